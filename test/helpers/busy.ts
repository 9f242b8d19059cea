/** A router at work for pages to show: the shipped rules, an hour of history, targets that fail, are slow and are paused. */
import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createTallies } from "../../src/adapters/watching/tallies.ts";
import { draftSample, findSample } from "../../src/providers/samples.ts";
import { sign } from "../../src/providers/sign.ts";
import { loadWorkspace } from "../../src/rules/load.ts";
import type { Workspace } from "../../src/rules/workspace.ts";
import { aHistory } from "./history.ts";
import { invite, setUp, type Client } from "./people.ts";
import { aRedis, type TestRedis } from "./redis.ts";
import { redisServer } from "./require.ts";
import { aRouter, type RunningRouter } from "./router.ts";
import { aTarget, type TargetServer } from "./target.ts";
import { until } from "./until.ts";

/** Which target answers how, at /<path>. */
export const NAMES = {
  fine: "team-chat",
  failing: "pager",
  refusing: "tracker",
  paused: "issues",
  slow: "incident-chat",
};

/** The shipped files, with less patience so that a test sees how it ends. */
const OVERRIDES: Readonly<Record<string, string>> = {
  "sources/stripe.yaml":
    "provider: stripe\nsecrets: ['${STRIPE_WEBHOOK_SECRET:-whsec_demo-stripe-secret}']\nonInvalid: quarantine\ntags: { customer: data.object.customer }\n",
  "targets/team-chat.yaml": "url: ${DEMO_TARGET}/chat\n",
  "targets/incident-chat.yaml": "url: ${DEMO_TARGET}/incidents\ntimeoutSeconds: 2\n",
  "targets/pager.yaml":
    "url: ${DEMO_TARGET}/pager\nauth: { type: header, name: x-routing-key, value: '${KEY}' }\nretry: { attempts: 2, firstDelaySeconds: 0.1, maxDelaySeconds: 1 }\n",
  "sources/shop.yaml": "provider: none\n",
  "routes/refund-to-chat.yaml":
    "source: shop\ntarget: team-chat\ngate:\n  approvals: 2\n  timeout: 24h\n  causedBy: requestedBy\n  show: '{ \"amount\": amount }'\n",
  "targets/issues.yaml": "url: ${DEMO_TARGET}/issues\nconcurrency: 4\n",
};

const REPOSITORIES = ["acme/storefront", "acme/checkout", "acme/mobile-app", "acme/infrastructure"];
const PEOPLE = ["Ada Lovelace", "Grace Hopper", "Alan Kay", "Barbara Liskov", "Ken Thompson"];

export interface Busy {
  readonly router: RunningRouter;
  readonly admin: Client;
  readonly target: TargetServer;
  /** Ids to look at. */
  readonly ids: Readonly<
    Record<"event" | "dead" | "cause" | "replay" | "request" | "held" | "person" | "hold", string>
  >;
  close(): Promise<void>;
}

/** Starts it and waits until everything that pages show is there. */
export async function aBusyRouter(): Promise<Busy> {
  const target = await aTarget();
  const dir = await mkdtemp(join(tmpdir(), "signalbox-busy-"));
  const dataDir = await mkdtemp(join(tmpdir(), "signalbox-data-"));
  const root = fileURLToPath(new URL("../../", import.meta.url));
  for (const folder of ["sources", "routes", "transforms", "targets", "schemas"])
    await cp(join(root, folder), join(dir, folder), { recursive: true });
  for (const file of [
    "sources/bench.yaml",
    "routes/workload.yaml",
    "targets/bench.yaml",
    "transforms/workload.yaml",
    "transforms/workload.jsonata",
  ])
    await rm(join(dir, file));
  for (const [file, text] of Object.entries(OVERRIDES)) await writeFile(join(dir, file), text);
  const environment = { DEMO_TARGET: target.url, KEY: "a routing key" };
  const { workspace, problems } = await loadWorkspace(dir, environment);
  if (workspace === undefined) throw new Error(`The shipped rules do not load: ${JSON.stringify(problems)}`);
  const redis = redisServer === undefined ? undefined : await aRedis();
  if (redis !== undefined) await remember(redis, workspace);
  target.answer = answering;
  const router = await aRouter({
    ...{ dir, dataDir, environment: { ...environment } },
    ...(redis && { redisUrl: redis.url }),
  });
  const admin = await setUp(router.admin, router.setup, "grace");
  const ids = await happen(router, admin, workspace);
  return {
    router,
    admin,
    target,
    ids,
    async close() {
      await router.end();
      await target.close();
      await redis?.close();
      for (const folder of [dir, dataDir]) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The targets: one takes everything, one is down, one refuses a field, one takes its time. */
function answering({ path }: { path: string }, response: ServerResponse): void {
  const json = (status: number, body: unknown): void =>
    void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  if (path === "/pager") json(503, { status: "unavailable", message: "The service is down for maintenance" });
  else if (path === "/tracker")
    json(400, {
      errorMessages: [],
      errors: {
        customfield_10010: "The field cannot be set: it is not on the appropriate screen, or unknown.",
      },
    });
  else if (path === "/incidents") setTimeout(() => json(200, { ok: true }), 1_750);
  else json(200, { ok: true });
}

/** What the senders send: the catalogue's samples, with other names in them, signed as they would sign. */
async function send(
  { hooks }: RunningRouter,
  workspace: Workspace,
  source: string,
  type: string,
  change: (body: Record<string, never>) => void = () => undefined,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { scheme, provider, file } = workspace.sources.get(source)!;
  const url = `${hooks}/hooks/${source}`;
  const drawn = draftSample(findSample(provider!.id, type)!, url, { uuid: randomUUID(), nowMs: Date.now() });
  const json = JSON.parse(drawn.body.toString()) as Record<string, never>;
  change(json);
  const draft = sign(
    scheme,
    { ...drawn, body: Buffer.from(JSON.stringify(json)) },
    { secrets: file.secrets ?? [], url },
    Date.now(),
  );
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...draft.headers, ...headers },
    body: new Uint8Array(draft.body),
  });
  return String(((await response.json()) as { id?: string }).id);
}

/** A payment whose sender's secret is another. */
async function sendHeld({ hooks }: RunningRouter, workspace: Workspace, end: string): Promise<void> {
  const { scheme, file } = workspace.sources.get("stripe")!;
  const url = `${hooks}/hooks/stripe`;
  const ids = { uuid: randomUUID(), nowMs: Date.now() };
  const draft = draftSample(findSample("stripe", "invoice.payment_failed")!, url, ids);
  const { headers, body } = sign(scheme, draft, { secrets: [`${file.secrets![0]}${end}`], url }, ids.nowMs);
  await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: new Uint8Array(body),
  });
}

/** Sets the value at a path of a body. */
function put(body: unknown, path: string, value: unknown): void {
  const names = path.split(".");
  const last = names.pop()!;
  const at = names.reduce((part, name) => (part as Record<string, unknown>)[name], body);
  (at as Record<string, unknown>)[last] = value;
}

async function happen(router: RunningRouter, admin: Client, workspace: Workspace): Promise<Busy["ids"]> {
  const { status } = await admin.call("POST", `/api/v1/targets/${NAMES.paused}/pause`, {
    reason: "GitHub maintenance until 14:00, tickets can wait",
  });
  if (status !== 200) throw new Error(`${NAMES.paused} was not paused: ${status}`);
  let event = "";
  for (let nth = 0; nth < 12; nth++) {
    const repository = REPOSITORIES[nth % REPOSITORIES.length]!;
    event = await send(router, workspace, "github", "push", (body) => {
      put(body, "repository.full_name", repository);
      put(body, "repository.name", repository.split("/")[1]);
      put(body, "ref", "refs/heads/master");
      put(body, "pusher.name", PEOPLE[nth % PEOPLE.length]);
    });
    if (nth % 3 === 0) await send(router, workspace, "stripe", "invoice.payment_failed");
    if (nth % 4 === 0)
      await send(router, workspace, "alertmanager", "firing", (body) =>
        put(body, "groupKey", `{}:{alertname="disk ${nth}"}`),
      );
    if (nth % 4 === 1) await send(router, workspace, "zendesk", "zen:event-type:ticket.created");
    if (nth % 5 === 2) await send(router, workspace, "github", "pull_request");
    if (nth % 3 === 1)
      await send(router, workspace, "github", "issues", (body) => {
        put(body, "action", "labeled");
        put(body, "label", { id: 208_045_946, name: "bug", color: "f29513", default: true });
        put(body, "issue.state", "open");
        put(body, "issue.number", 400 + nth);
      });
  }
  // Refused: a wrong signature, no such source, a body that is no JSON.
  await send(router, workspace, "github", "push", undefined, {
    "x-hub-signature-256": `sha256=${"0".repeat(64)}`,
  });
  await send(router, workspace, "stripe", "invoice.payment_failed", undefined, {
    "stripe-signature": "t=1,v1=00",
  });
  // Held: signed with what the secret is with a line break behind it, as when it was pasted so on the other side.
  for (const end of ["\n", "\n", " of somebody else"]) await sendHeld(router, workspace, end);
  // Repeated: GitHub is asked to deliver it again, Slack's way of counting stands in for others.
  const again = { "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958" };
  for (const attempt of [{}, { "x-attempt": "2" }, { "x-attempt": "3" }])
    await send(router, workspace, "github", "push", undefined, { ...again, ...attempt });
  for (const source of ["githup", "github"])
    await fetch(`${router.hooks}/hooks/${source}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"ref":',
    });
  for (const [name, role] of [
    ["ada", "operator"],
    ["linus", "author"],
    ["margaret", "viewer"],
  ] as const)
    await invite(router.admin, admin, name, role);
  const { json: people } = await admin.call("GET", "/api/v1/users");
  const person = String(people.items?.find(({ name }) => name === "ada")?.["id"]);
  await admin.call("POST", `/api/v1/users/${person}/impersonation_tokens`, {
    ...{
      name: "incident 4711",
      reason: "Ada is away; replaying her failed pages",
      scopes: ["read", "operate"],
    },
  });
  await admin.call("POST", "/api/v1/tokens", {
    name: "grafana",
    description: "Reads the metrics",
    scopes: ["read"],
  });
  await admin.call("POST", "/api/v1/tokens", {
    name: "deploy",
    description: "Replays after a release",
    scopes: ["read", "operate"],
  });
  const dead = await until(
    "the dead are dead",
    async () => {
      const { json } = await admin.call(
        "GET",
        `/api/v1/deliveries?state=dead&target=${NAMES.refusing}&limit=1`,
      );
      const { json: pager } = await admin.call(
        "GET",
        `/api/v1/deliveries?state=dead&target=${NAMES.failing}&limit=1`,
      );
      const [one] = json.items ?? [];
      return pager.items?.length === 1 && one;
    },
    { withinMs: 30_000, everyMs: 200 },
  );
  const cause = String(dead["cause"]);
  // Slow enough to be under way for as long as anybody looks.
  const begun = await admin.call("POST", "/api/v1/replays", {
    ...{
      filter: { target: NAMES.fine, state: "delivered" },
      reason: "The channel was archived by mistake",
      ratePerSecond: 0.1,
    },
  });
  if (begun.status !== 202) throw new Error(`the replay was not begun: ${begun.status} ${begun.json.detail}`);
  await admin.call("POST", "/api/v1/replays", {
    ...{ filter: { cause, state: "dead" }, reason: "The field is on the screen now", ratePerSecond: 100 },
  });
  const { json: refused } = await admin.call("GET", "/api/v1/requests?verdict=refused&source=github&limit=1");
  const held = await until("some are held", async () => {
    const { json } = await admin.call("GET", "/api/v1/requests?verdict=held");
    return (json.items?.length ?? 0) >= 3 && json.items;
  });
  await until("the event is delivered", async () => {
    const { json } = await admin.call("GET", `/api/v1/events/${event}`);
    return json["state"] === "settled";
  });
  const request = String(refused.items?.[0]?.["id"]);
  const hold = await holdOne(router, admin);
  return {
    ...{ event, dead: String(dead["id"]), cause, replay: String(begun.json["id"]), request, person, hold },
    held: String(held.find(({ cause: why }) => String(why).includes("line break"))?.["id"]),
  };
}

/** A refund that waits for people; one of them has edited it. */
async function holdOne({ hooks }: RunningRouter, admin: Client): Promise<string> {
  const refund = { customer: "Ada Lovelace", amount: 1_900, requestedBy: "linus" };
  await fetch(`${hooks}/hooks/shop`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(refund),
  });
  const hold = await until("a refund is held", async () => {
    const { json } = await admin.call("GET", "/api/v1/holds?state=waiting");
    return json.items?.[0]?.["id"];
  });
  const result = { ...refund, amount: 900 };
  const edit = { result, reason: "Half of it was delivered" };
  const { status } = await admin.call("POST", `/api/v1/holds/${String(hold)}/edit`, edit);
  if (status !== 200) throw new Error(`the hold was not edited: ${status}`);
  return String(hold);
}

/** An hour that has passed: what came, how it ended, how long it took, written as the router writes it. */
async function remember(redis: TestRedis, workspace: Workspace): Promise<void> {
  const MINUTES = 55;
  const history = await aHistory({ url: redis.url }, {}, -MINUTES * 60_000);
  const tallies = createTallies(history.commands, { now: () => history.now() }, history.log);
  const timings = (nth: number) => ({
    waitMs: 2 + (nth % 7),
    ruleMs: 0.3,
    headMs: 30 + (nth % 11) * 9,
    bodyMs: 32 + (nth % 11) * 9,
  });
  for (let minute = 0, nth = 0; minute < MINUTES; minute++) {
    const many = 4 + Math.round(3 * Math.sin(minute / 6)) + (minute % 3);
    for (let one = 0; one < many; one++, nth++) {
      const [route, type] = PAST[nth % PAST.length]!;
      const { file, target } = workspace.routes.get(route)!;
      const { deliveries } = await history.accept({
        ...{ source: file.source, type, routes: { [route]: target.name } },
        body: { repository: { full_name: REPOSITORIES[nth % 4] }, pusher: { name: PEOPLE[nth % 5] } },
      });
      tallies.request(file.source, nth % 41 === 40 ? "ACCEPT_SIGNATURE_INVALID" : "accepted");
      const down = target.name === NAMES.failing && minute > 40;
      const durationMs =
        target.name === NAMES.slow && minute > 30 ? 1_600 + (nth % 5) * 40 : 40 + (nth % 13) * 8;
      const outcome = down
        ? ({
            state: "dead",
            code: "FORWARD_ATTEMPTS_EXHAUSTED",
            detail: `Target \`${target.name}\` answered 503.`,
          } as const)
        : ({ state: "delivered" } as const);
      const parts = {
        ...{
          durationMs,
          timings: timings(nth),
          status: down ? 503 : 200,
          answer: down ? '{"status":"unavailable"}' : '{"ok":true}',
        },
        ...(down && { error: { code: outcome.code!, detail: outcome.detail! } }),
      };
      const [delivery] = deliveries;
      await history.attempt(delivery!.id, outcome, parts);
      const made = {
        number: 1,
        trigger: "initial",
        startedAt: history.now(),
        request: { method: "POST", url: target.name, bytes: 400 },
        ...parts,
      } as const;
      tallies.attempt(delivery!, down ? "5xx" : "2xx", made);
      tallies.ended(delivery!, down ? "failed" : "delivered");
    }
    await tallies.flush();
    history.pass(60_000);
  }
  await tallies.stop();
  history.close();
}

/** Routes of the shipped workspace with the types that they take, as often as they come. */
const PAST = [
  ["github-push-to-chat", "push"],
  ["github-push-to-chat", "push"],
  ["stripe-payment-failed-to-pager", "invoice.payment_failed"],
  ["github-push-to-chat", "push"],
  ["alertmanager-to-incident-chat", "firing"],
  ["zendesk-ticket-to-github", "zen:event-type:ticket.created"],
  ["github-push-to-chat", "push"],
] as const;
