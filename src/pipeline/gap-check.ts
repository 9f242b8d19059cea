/** gap-check: what a provider says that it has sent is held against what came; what never came is fetched, and is an event as any other. */
import { GAP_PROVIDERS, type GapCheckFile } from "../core/gap-check.ts";
import type { Request } from "../core/event.ts";
import { matchesType } from "../core/route.ts";
import { isFields, type Fields } from "../core/schema-walk.ts";
import type { Answer, Ports } from "../ports.ts";
import type { Source, Workspace } from "../rules/workspace.ts";
import { acceptFetched } from "./accept.ts";
import { dispatch } from "./dispatch.ts";
import type { Ticks } from "./tick.ts";

const TIMEOUT_MS = 30_000;
/** Of a hundred each, the newest first. */
const PAGES = 20;
/** A list, or what was sent, that is larger is not read. */
const MOST_BYTES = 8 * 1024 * 1024;

/** What checking needs from outside. */
export type Checking = Pick<
  Ports,
  "clock" | "random" | "store" | "log" | "reopen" | "repetitions" | "tally" | "http" | "learning"
> & {
  /** How far each list has been checked, for all processes. */
  readonly ticks: Ticks;
  /** True where an event with this id of the provider's came. */
  readonly isKnown: (source: string, id: string) => Promise<boolean>;
};

/** Something that the provider has sent. */
interface Sent {
  readonly id: string;
  readonly type: string;
  /** Epoch ms. */
  readonly at: number;
  /** What was sent: headers and body. */
  readonly fetch: () => Promise<{ readonly headers: Record<string, string>; readonly body: unknown }>;
}

/**
 * Checks a source whose time has come, in one process at a time. How far it got is kept only when all went well: what failed is
 * tried again the next time, and what was fetched already is known by then. Never throws.
 */
export async function checkGaps(source: Source, workspace: Workspace, ports: Checking): Promise<void> {
  const { gapCheck, provider } = source.file;
  if (gapCheck === undefined || provider === undefined) return;
  const { clock, ticks, log } = ports;
  const name = `${source.name}:gapCheck`;
  const now = clock.now();
  try {
    // What came longer ago is not remembered: it must not be fetched as if it never came.
    const { dedupeDays, dedupeHours } = source.file;
    const remembered = now - (dedupeDays === undefined ? dedupeHours : dedupeDays * 24) * 3_600_000;
    const since = Math.max(remembered, await ticks.since(name, now));
    const upTo = now - gapCheck.graceSeconds * 1000;
    if (upTo < since + gapCheck.everyMinutes * 60_000 || !(await ticks.take(name))) return;
    const list = provider === "github" ? ofGithub : ofStripe;
    const get = (url: string): Promise<Answered> => ask(url, gapCheck, ports);
    const isWanted = ({ type }: Sent): boolean =>
      workspace.routesOf(source.name).some(({ file }) => matchesType(file.on, type));
    let fetched = 0;
    // The oldest first, as they would have come.
    const { sent, isCut } = await list(gapCheck, since, upTo, get);
    const oldest = sent.at(-1);
    if (isCut && oldest !== undefined) {
      // Another look would find the same: what came before is for the provider's own list.
      const [from, to] = [new Date(since).toISOString(), new Date(oldest.at).toISOString()];
      log.warn({ source: source.name, from, to, looked: sent.length }, "gap.unlooked");
    }
    for (const one of sent.reverse()) {
      if (!isWanted(one) || (await ports.isKnown(source.name, one.id))) continue;
      await admit(one, source, workspace, ports);
      fetched++;
    }
    await ticks.done(name, upTo);
    if (fetched > 0) log.warn({ source: source.name, fetched }, "gap.filled");
    else log.debug({ source: source.name }, "gap.none");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    log.warn({ source: source.name, error: why }, "gap.unchecked");
  }
}

interface Answered {
  readonly json: unknown;
  readonly headers: Answer["headers"];
}

async function ask(url: string, { token }: GapCheckFile, { http }: Pick<Ports, "http">): Promise<Answered> {
  const { status, body, headers, cut } = await http.send({
    ...{ method: "GET", url, body: undefined, timeoutMs: TIMEOUT_MS },
    headers: { authorization: `Bearer ${token}`, accept: "application/json", "user-agent": "signalbox" },
    keep: { bytes: MOST_BYTES, encoding: "utf8" },
  });
  const { host, pathname } = new URL(url);
  if (status !== 200) throw new Error(`${host}${pathname} answered ${status}`);
  if (cut === true) throw new Error(`${host}${pathname} answered more than ${MOST_BYTES} bytes`);
  return { json: JSON.parse(body) as unknown, headers };
}

/** What was sent in a time, the newest first; `isCut` where there is more of it, before that. */
interface Listed {
  readonly sent: Sent[];
  readonly isCut: boolean;
}

/** https://docs.github.com/en/rest/repos/webhooks: newest first, pages by a cursor in `link`; a redelivery has the first one's guid. */
async function ofGithub(
  { url = "" }: GapCheckFile,
  since: number,
  upTo: number,
  get: (url: string) => Promise<Answered>,
): Promise<Listed> {
  const base = `${url.replace(/\/$/, "")}/deliveries`;
  const found = new Map<string, Sent>();
  let next: string | undefined = `${base}?per_page=100`;
  for (let page = 0; next !== undefined && page < PAGES; page++) {
    const { json, headers }: Answered = await get(next);
    let isOver = false;
    for (const one of listIn(json)) {
      const at = Date.parse(String(one["delivered_at"]));
      if (at < since) isOver = true;
      const id = String(one["guid"]);
      if (!(at >= since && at < upTo)) continue;
      const fetch: Sent["fetch"] = async () => {
        const whole = (await get(`${base}/${String(one["id"])}`)).json;
        const request = isFields(whole) && isFields(whole["request"]) ? whole["request"] : {};
        const sent = isFields(request["headers"]) ? request["headers"] : {};
        const lower = Object.entries(sent).map(([name, value]) => [name.toLowerCase(), String(value)]);
        const payload = request["payload"];
        const body: unknown = typeof payload === "string" ? JSON.parse(payload) : payload;
        return { headers: Object.fromEntries(lower) as Record<string, string>, body };
      };
      found.set(id, { id, type: String(one["event"]), at, fetch });
    }
    const following = /<([^>]+)>;\s*rel="next"/.exec(headers["link"] ?? "")?.[1];
    // Another host would get the token.
    next = isOver || following === undefined || !following.startsWith(base) ? undefined : following;
  }
  return { sent: [...found.values()], isCut: next !== undefined };
}

/** https://docs.stripe.com/api/events/list: newest first, pages by `starting_after`; an event is what its webhook's body is. */
async function ofStripe(
  { url = GAP_PROVIDERS["stripe"] }: GapCheckFile,
  since: number,
  upTo: number,
  get: (url: string) => Promise<Answered>,
): Promise<Listed> {
  const found: Sent[] = [];
  const range = `created[gte]=${Math.floor(since / 1000)}&created[lt]=${Math.floor(upTo / 1000)}`;
  let after = "";
  for (let page = 0; page < PAGES; page++) {
    const { json } = await get(`${url}?limit=100&${range}${after}`);
    const events = isFields(json) ? listIn(json["data"]) : [];
    for (const body of events) {
      const fetch: Sent["fetch"] = () =>
        Promise.resolve({ headers: { "content-type": "application/json" }, body });
      found.push({
        id: String(body["id"]),
        type: String(body["type"]),
        at: Number(body["created"]) * 1000,
        fetch,
      });
    }
    if (!isFields(json) || json["has_more"] !== true || events.length === 0)
      return { sent: found, isCut: false };
    after = `&starting_after=${encodeURIComponent(String(events.at(-1)!["id"]))}`;
  }
  return { sent: found, isCut: true };
}

function listIn(json: unknown): Fields[] {
  if (!Array.isArray(json)) throw new Error("the answer is not the list that is documented");
  return json.filter(isFields);
}

/** Over TLS and by a token it is known who says so; the signature of what was sent cannot be checked, since its bytes are gone. */
async function admit(sent: Sent, source: Source, workspace: Workspace, ports: Checking): Promise<void> {
  const { headers, body } = await sent.fetch();
  const request: Request = {
    ...{ method: "POST", path: `/hooks/${source.name}`, query: "", address: "" },
    headers: { ...headers, "content-type": "application/json", "signalbox-fetched": "gap-check" },
    rawHeaders: [],
    body: Buffer.from(JSON.stringify(body)),
  };
  const accepted = acceptFetched(request, source, ports);
  const [dispatched] = await dispatch([accepted], workspace, ports);
  if (dispatched?.duplicate !== false) return;
  ports.tally.request(source.name, "accepted");
  ports.learning.note(accepted.event);
  const { id, source: from, type } = accepted.event.context;
  ports.log.warn({ event: id, source: from, type, sentAt: new Date(sent.at).toISOString() }, "gap.fetched");
}
