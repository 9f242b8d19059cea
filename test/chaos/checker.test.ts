/** The checker of the chaos run sees what it is there for: every invariant, broken by one line, is told. */
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { check } from "../../bench/chaos/checker.js";

interface Answer {
  n: number;
  source: string;
  type: string;
  id: string;
  sha: string;
  at: number;
  ms: number;
  status: number;
  event: string;
  deliveries: string[];
}
interface Arrival {
  path: string;
  id: string;
  event: string;
  sha: string;
  n: number;
  key: string;
  taken: boolean;
  at: number;
}
interface Scene {
  answers: Answer[];
  arrivals: Arrival[];
  deliveries: { id: string; state: string; target: string; attempts: number; dueAt?: string }[];
  ledger: { made: number; delivered: number; dead: number; balanced: boolean };
  otherNames: Record<string, string>;
  metrics: { accepted: number; delivered: number };
  logs: Record<string, string>;
  megabytes: number;
}

const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** Three requests, each delivered once. */
function sound(): Scene {
  const numbers = [0, 1, 2];
  const sha = (n: number): string => createHash("sha256").update(String(n)).digest("hex");
  return {
    answers: numbers.map((n) => ({
      ...{ n, source: "chaos", type: "push", id: `chaos-${n}`, sha: sha(n), at: 1_000 + n, ms: 5 },
      ...{ status: 202, event: `evt_${n}`, deliveries: [`dlv_${n}`] },
    })),
    arrivals: numbers.map((n) => ({
      ...{
        path: "/ok",
        id: `dlv_${n}`,
        event: `evt_${n}`,
        sha: sha(n),
        n,
        key: "k",
        taken: true,
        at: 1_100 + n,
      },
    })),
    deliveries: numbers.map((n) => ({ id: `dlv_${n}`, state: "delivered", target: "all", attempts: 1 })),
    otherNames: {},
    ledger: { made: 3, delivered: 3, dead: 0, balanced: true },
    metrics: { accepted: 3, delivered: 3 },
    logs: { "router.log": "all is well" },
    megabytes: 100,
  };
}

/** The scene's books as the checker reads them: two logs, and the answers of the API. */
async function checked(scene: Scene, expected: Record<string, unknown> = {}): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), "signalbox-checker-"));
  folders.push(folder);
  const lines = (all: readonly object[]): string => all.map((one) => `${JSON.stringify(one)}\n`).join("");
  const [sent, arrived] = [join(folder, "sent"), join(folder, "arrived")];
  await writeFile(sent, lines(scene.answers));
  await writeFile(arrived, lines(scene.arrivals));
  for (const [name, text] of Object.entries(scene.logs)) await writeFile(join(folder, name), text);
  const answers: Record<string, unknown> = {
    "/api/v1/deliveries?limit=200": { items: scene.deliveries },
    "/api/v1/balance?hours=4": { hours: [scene.ledger] },
    ...Object.fromEntries(
      Object.entries(scene.otherNames).map(([told, id]) => [`/api/v1/deliveries/${told}`, { id }]),
    ),
  };
  const world = {
    ...{ sent, arrived },
    ask: (path: string) => Promise.resolve(answers[path] ?? {}),
    askEach: () =>
      Promise.resolve([
        `signalbox_requests_total{source="chaos",verdict="accepted"} ${scene.metrics.accepted}\n` +
          `signalbox_deliveries_total{route="all",state="delivered"} ${scene.metrics.delivered}\n`,
      ]),
    paths: new Map([["/ok", { name: "all", source: "chaos" }]]),
    most: { megabytes: scene.megabytes, files: 10, storeMegabytes: 1 },
    secrets: { sender: "planted-secret" },
    written: () => Object.keys(scene.logs).map((name) => join(folder, name)),
  };
  return (await check(world, { ordered: true, calm: true, ...expected })).broken;
}

it("finds nothing where nothing is wrong, nor in a repetition of the same bytes under the same id", async () => {
  const scene = sound();
  expect(await checked(scene)).toEqual([]);
  scene.arrivals.push({ ...scene.arrivals[2]!, at: 1_200 });
  expect(await checked(scene, { calm: false })).toEqual([]);
});

it("lets a request be delivered under the event of a try that nobody was told of, once, where the API knows both ids, and to as many targets as it was to go to", async () => {
  const scene = sound();
  const other = { id: "dlv_8", event: "evt_8" };
  Object.assign(scene.arrivals[2]!, other);
  scene.deliveries[2]!.id = "dlv_8";
  expect((await checked(scene)).join()).toMatch(/dlv_2 .* is unknown/);
  scene.otherNames = { dlv_2: "dlv_8" };
  expect(await checked(scene)).toEqual([]);
  scene.answers[2]!.deliveries.push("dlv_9");
  expect((await checked(scene, { calm: false })).join()).toMatch(/dlv_2 .* is unknown.*dlv_9 .* is unknown/);
});

it("tells of one that died where none may, behind many that may", async () => {
  const scene = sound();
  scene.arrivals.splice(0);
  const ids = Array.from({ length: 6 }, (_, n) => `dlv_${n}`);
  scene.answers[0]!.deliveries = ids;
  scene.answers.splice(1);
  scene.deliveries = ids.map((id, n) => ({ id, state: "dead", target: n < 5 ? "bad" : "all", attempts: 1 }));
  scene.ledger = { made: 6, delivered: 0, dead: 6, balanced: true };
  const found = await checked(scene, { calm: false, mayDie: ["bad"] });
  expect(found).toEqual(["dlv_5 of request 0 is a dead letter, of target `all`."]);
});

it.each<[what: string, spoil: (scene: Scene) => void, said: RegExp]>([
  [
    "an acknowledged delivery that nobody knows",
    (scene) => (scene.arrivals.pop(), scene.deliveries.pop()),
    /dlv_2 .* is unknown/,
  ],
  [
    "a delivery that died where none may",
    (scene) => (scene.arrivals.pop(), (scene.deliveries[2]!.state = "dead")),
    /dlv_2 .* is a dead letter/,
  ],
  [
    "a delivery that is still on its way",
    (scene) => (scene.arrivals.pop(), (scene.deliveries[2]!.state = "retrying")),
    /waits, and is not due at any time/,
  ],
  [
    "a request that was accepted and goes nowhere",
    (scene) => (scene.answers[1]!.deliveries = []),
    /accepted, and go nowhere/,
  ],
  ["a body that nobody sent", (scene) => (scene.arrivals[1]!.sha = "other"), /bodies that nobody sent/],
  [
    "the bytes of another request",
    (scene) => (scene.arrivals[1]!.sha = scene.arrivals[0]!.sha),
    /another request's bytes/,
  ],
  [
    "a repetition with other bytes",
    (scene) => scene.arrivals.push({ ...scene.arrivals[2]!, sha: scene.answers[0]!.sha }),
    /repeated with other bytes/,
  ],
  ["an arrival where no route leads", (scene) => (scene.arrivals[1]!.path = "/else"), /no route leads to/],
  [
    "a second delivery of an event",
    (scene) => scene.arrivals.push({ ...scene.arrivals[2]!, id: "dlv_9" }),
    /under several ids/,
  ],
  [
    "a request that came as two events, of which one was told",
    (scene) => (
      scene.arrivals.push({ ...scene.arrivals[2]!, id: "dlv_8", event: "evt_8" }),
      scene.deliveries.push({ ...scene.deliveries[2]!, id: "dlv_8" })
    ),
    /came to one target as several events/,
  ],
  [
    "a repeated request that became another event",
    (scene) => scene.answers.push({ ...scene.answers[2]!, event: "evt_9" }),
    /told different events/,
  ],
  ["one that overtook another", (scene) => scene.arrivals.reverse(), /overtook/],
  [
    "a delivery that was taken and is not delivered",
    (scene) => (scene.deliveries[1]!.state = "dead"),
    /were taken and are not delivered/,
  ],
  [
    "a delivery that is delivered and that nobody took",
    (scene) => scene.deliveries.push({ id: "dlv_9", state: "delivered", target: "all", attempts: 1 }),
    /no target has taken/,
  ],
  [
    "attempts that nobody heard of",
    (scene) => (scene.deliveries[1]!.attempts = 2),
    /other numbers of attempts/,
  ],
  ["a ledger that does not balance", (scene) => (scene.ledger.balanced = false), /not balanced/],
  ["a ledger that has lost one", (scene) => (scene.ledger.made = 2), /ledger knows 2 deliveries, the list 3/],
  ["metrics that count otherwise", (scene) => (scene.metrics.delivered = 4), /metrics count 4/],
  ["a secret in a log", (scene) => (scene.logs["router.log"] = "token planted-secret"), /holds the secret/],
  ["memory without bound", (scene) => (scene.megabytes = 5_000), /took 5000 MB/],
  ["answers that take long", (scene) => scene.answers.forEach((one) => (one.ms = 2_000)), /took 2000 ms/],
])("tells of %s", async (_what, spoil, said) => {
  const scene = sound();
  spoil(scene);
  expect((await checked(scene)).some((sentence) => said.test(sentence))).toBe(true);
});
