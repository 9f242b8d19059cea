/** One turn of the ingest: a request to a source → accept → dispatch, and what the sender is answered. */
import { SignalboxError, errorTable } from "../core/errors.ts";
import type { Request } from "../core/event.ts";
import { OWN_SOURCE } from "../core/happening.ts";
import { problemOf, type Reply } from "../core/reply.ts";
import type { Ports } from "../ports.ts";
import type { Provider } from "../providers/provider.ts";
import type { Source, Workspace } from "../rules/workspace.ts";
import { accept } from "./accept.ts";
import { dispatch, type Dispatched } from "./dispatch.ts";
import { greet } from "./greet.ts";
import { hold } from "./hold.ts";
import { asked, made } from "./respond.ts";
import { traceAccepted, traceRefused } from "./trace.ts";

/** What receiving needs from outside. */
export type Receiving = Pick<
  Ports,
  | "store"
  | "log"
  | "clock"
  | "random"
  | "limits"
  | "gate"
  | "refusals"
  | "fetchText"
  | "captured"
  | "former"
  | "http"
  | "quarantine"
  | "reopen"
  | "repetitions"
  | "tally"
  | "answers"
  | "learning"
  | "tracing"
>;

/**
 * The answer to a request that is not let in: ACCEPT_OVERLOADED, or where others ask for less ACCEPT_SHARE_EXCEEDED.
 * It has not been read: to refuse has to cost little, or refusing is what there is too much of.
 */
export function turnAway(source: string, { gate, tally }: Pick<Ports, "gate" | "tally">): Reply {
  const { noisy, retryAfterSeconds } = gate.refuse(source);
  const code = noisy ? "ACCEPT_SHARE_EXCEEDED" : "ACCEPT_OVERLOADED";
  // Saying more of each would be a part of the load; the gate tells of all together.
  tally.request(source, code);
  const key = `${code} ${retryAfterSeconds} ${noisy ? source : ""}`;
  let reply = turnedAway.get(key);
  if (reply === undefined) {
    const detail = noisy
      ? `Source \`${source}\` sends more than its share.`
      : "More comes in than gets done.";
    reply = problemOf(new SignalboxError(code, detail, { retryAfterSeconds }));
    if (turnedAway.size >= MOST_TURNED_AWAY) turnedAway.clear();
    turnedAway.set(key, reply);
  }
  return reply;
}

/** Made once each: they differ by code, source and time. */
const turnedAway = new Map<string, Reply>();
const MOST_TURNED_AWAY = 1_000;

/** Answers a request to `/hooks/<name>` that was not turned away. Never throws: a refusal is an answer too, and is counted. */
export async function receive(
  name: string,
  request: Request,
  workspace: Workspace,
  ports: Receiving,
): Promise<Reply> {
  const source = workspace.sources.get(name);
  try {
    if (source === undefined) {
      const said =
        name === OWN_SOURCE
          ? `\`${OWN_SOURCE}\` is the source of the router's own events: nobody posts to it.`
          : `There is no source \`${printable(name)}\`.`;
      throw new SignalboxError("ACCEPT_SOURCE_UNKNOWN", said);
    }
    if (source.schedule !== undefined) {
      const said = `Source \`${name}\` is a schedule, ${source.schedule.words}: it takes no requests.`;
      throw new SignalboxError("ACCEPT_SOURCE_SCHEDULED", said);
    }
    await withinLimit(source, ports);
    const accepted = await accept(request, source, workspace.sources.values(), ports);
    if (accepted.kind === "reply") return await greet(accepted, source, ports);
    const { respond } = source.file;
    const isMade = respond?.transform !== undefined || respond?.route !== undefined;
    const asks = isMade ? await asked(accepted.events, source, ports) : undefined;
    const dispatched = await dispatch(accepted.events, workspace, ports, asks?.answerTo);
    for (const [at, { event }] of accepted.events.entries())
      if (dispatched[at]?.duplicate === false) ports.learning.note(event);
    ports.gate.became(dispatched.reduce((sum, { deliveries }) => sum + deliveries.length, 0));
    const { arrivedAt } = request;
    const tookMs = arrivedAt === undefined ? undefined : performance.now() - arrivedAt;
    ports.tally.request(name, isRepeated(dispatched) ? "duplicate" : "accepted", tookMs);
    traceAccepted(request, accepted.events, dispatched, ports);
    const [first] = dispatched;
    if (asks === undefined || first === undefined) return acceptedReply(dispatched, source);
    const here = { workspace, arrivedAt: arrivedAt ?? performance.now() };
    const reply = await made(asks, first, accepted.events[0]!, here, ports);
    return reply === undefined
      ? fallbackReply(dispatched, source)
      : { ...reply, headers: { ...reply.headers, "signalbox-event": first.id } };
  } catch (thrown) {
    return refuse(thrown, source, request, ports);
  }
}

/** A refusal: logged and counted with its cause, answered as a problem that tells no more than the sender may know. */
export function refuse(
  thrown: unknown,
  source: Source | undefined,
  request: Pick<Request, "method" | "address"> & Partial<Request>,
  ports: Pick<Ports, "log" | "refusals" | "clock" | "random" | "quarantine" | "tally" | "tracing">,
): Reply {
  const { log, refusals, clock, tally } = ports;
  const error =
    thrown instanceof SignalboxError
      ? thrown
      : new SignalboxError("ACCEPT_INTERNAL", "The router failed on this request.", { cause: thrown });
  const cause = typeof error.cause === "string" ? error.cause : error.detail;
  const line = {
    source: source?.name,
    code: error.code,
    cause,
    address: request.address,
    method: request.method,
  };
  const traced = traceRefused(request, source?.name, error, ports);
  if ((errorTable[error.code] as { status?: number }).status === 500)
    log.error({ ...line, ...traced, error: String(thrown) }, "event.refused");
  else log.warn({ ...line, ...traced }, "event.refused");
  tally.request(source?.name ?? "", error.code);
  const at = clock.now();
  const held = hold(error, source, request, cause, at, ports);
  const part = error.schema && { schema: error.schema.name, pointer: error.schema.pointer };
  const noted = { ...part, ...(held !== undefined && { id: held }) };
  refusals.note({ ...line, source: source?.name ?? "", at, ...noted });
  const reply = problemOf(error);
  if (reply.status !== 401 || source?.scheme.kind !== "basic") return reply;
  // RFC 9110 § 15.5.2 and RFC 7617 § 2: some clients send their name and password only when they are asked for it.
  const asks = `Basic realm="${printable(source.name)}", charset="UTF-8"`;
  return { ...reply, headers: { ...reply.headers, "www-authenticate": asks } };
}

async function withinLimit(source: Source, { limits }: Pick<Ports, "limits">): Promise<void> {
  const { limit } = source.file;
  if (limit === undefined) return;
  const waitSeconds = await limits.take(source.name, limit.count, limit.perSeconds);
  if (waitSeconds === 0) return;
  throw new SignalboxError(
    "ACCEPT_RATE_LIMITED",
    `Source \`${source.name}\` takes ${limit.count} requests in ${limit.perSeconds} s.`,
    { retryAfterSeconds: waitSeconds },
  );
}

/** True where every event of the request was known before. */
function isRepeated(dispatched: readonly Dispatched[]): boolean {
  return dispatched.length > 0 && dispatched.every((each) => each.duplicate);
}

/** Where no answer could be made: the one that is stated for that, else the usual one. */
function fallbackReply(dispatched: readonly Dispatched[], source: Source): Reply {
  const { fallback } = source.file.respond ?? {};
  const headers = { "signalbox-event": dispatched[0]!.id };
  return fallback === undefined
    ? acceptedReply(dispatched, source, source.provider?.response)
    : wishedReply(fallback, headers);
}

function acceptedReply(
  dispatched: readonly Dispatched[],
  { file, provider }: Source,
  wished: Wished | undefined = file.respond ?? provider?.response,
): Reply {
  const [first] = dispatched;
  const headers: Record<string, string> = first === undefined ? {} : { "signalbox-event": first.id };
  const revived = dispatched.flatMap((each) => each.revived ?? []);
  const isKnown = isRepeated(dispatched) && provider?.response?.body === undefined;
  if (!isKnown && wished !== undefined) return wishedReply(wished, headers);
  // What is undefined is not in the JSON.
  const body = {
    id: first?.id,
    events: dispatched.length === 1 ? undefined : dispatched.map(({ id }) => id),
    deliveries: dispatched.flatMap(({ deliveries }) => deliveries),
    revived: revived.length > 0 ? revived : undefined,
    duplicate: isKnown ? true : undefined,
  };
  return json(isKnown || dispatched.length === 0 ? 200 : 202, body, headers);
}

type Wished = NonNullable<Source["file"]["respond"] | Provider["response"]>;

function wishedReply(wished: Wished, headers: Record<string, string>): Reply {
  const { status = 202, body, contentType } = wished;
  if (body === undefined) return { status, headers, body: "" };
  if (typeof body !== "string")
    return json(status, body, {
      ...(contentType !== undefined && { "content-type": contentType }),
      ...headers,
    });
  return {
    status,
    headers: { "content-type": contentType ?? "text/plain; charset=utf-8", ...headers },
    body,
  };
}

function json(status: number, body: unknown, headers: Record<string, string>): Reply {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}

/** A name that a stranger chose, fit to stand in a sentence. */
function printable(name: string): string {
  return name.replace(/[^\w.-]/g, "?").slice(0, 100);
}
