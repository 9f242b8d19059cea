/** How much a target is sent, with two whole routers on one store: limits, what targets ask for, adapting, the breaker. */
import { afterEach, expect, it } from "vitest";
import type { TargetState } from "../../src/admin/shapes/state.ts";
import { answers, call } from "../helpers/admin.ts";
import { post } from "../helpers/github.ts";
import { mostWithin } from "../helpers/queues.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { run, type RunningRouter } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { status } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

let redis: TestRedis;
let scene: Scene;
let second: RunningRouter;

afterEach(async () => {
  await scene.close();
  await redis.close();
});

const RETRY = "retry: { attempts: 8, firstDelaySeconds: 0.2, maxDelaySeconds: 1 }\n";

/** Two routers with a target of these keys. */
async function begin(keys: string): Promise<void> {
  redis = await aRedis();
  const files = { "targets/api.yaml": `url: \${TARGET}/api\ntimeoutSeconds: 2\n${RETRY}${keys}` };
  scene = await aScene({ redisUrl: redis.url, files });
  second = await scene.start();
}

async function send(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let at = 0; at < count; at += 20) {
    const turn = Array.from({ length: Math.min(20, count - at) }, (_, nth) => {
      const { hooks } = nth % 2 === 0 ? scene.router : second;
      return post(hooks, { body: JSON.stringify({ nth: at + nth }) });
    });
    ids.push(...(await Promise.all(turn)).map(({ json }) => json.deliveries![0]!));
  }
  return ids;
}

const api = (wished: (state: TargetState) => boolean, withinMs?: number): Promise<TargetState> =>
  answers<TargetState>(scene.router.admin, "/targets/api", wished, withinMs);

/** A delivery's attempts, and how many they are. */
const attemptsOf = async (id: string): Promise<readonly { startedAt: string }[]> =>
  (await call<{ attemptList: { startedAt: string }[] }>(scene.router.admin, `/deliveries/${id}`)).json
    .attemptList;
const attempts = async (id: string): Promise<number> => (await attemptsOf(id)).length;

describeWithRedis("two routers and a limited target", () => {
  it("send no more than its limit in any second together", async () => {
    await begin("limit: { count: 50, perSeconds: 1 }\n");
    const ids = await send(200);
    await until("all are there", () => scene.target.arrivals.length === 200, { withinMs: 30_000 });
    expect(new Set(scene.target.arrivals.map(({ headers }) => headers["webhook-id"]))).toEqual(new Set(ids));
    await api(({ open }) => open === 0);
    // When each began, by the store's clock: what a busy machine adds on the way is not theirs.
    const begun = (await Promise.all(ids.map(attemptsOf))).map(([first]) => Date.parse(first!.startedAt));
    expect(mostWithin(begun, 1_000)).toBeLessThanOrEqual(55);
    const { log } = second;
    await until("the second one took part", () => log.some(({ step }) => step === "delivery.settled"));
  }, 60_000);
});

describeWithRedis("a target that asks to be left alone", () => {
  it.each([
    ["by Retry-After in seconds", 429, { "retry-after": "5" }],
    ["by Retry-After as a date of its own clock", 503, () => dateHeaders(3_600, 5)],
    [
      "by GitHub's headers",
      200,
      () => ({ "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(Math.ceil(Date.now() / 1000) + 5) }),
    ],
    ["by the IETF's header", 200, { ratelimit: '"default";r=0;t=5' }],
  ] as const)(
    "%s is, by both routers, and what had not begun loses no attempt",
    async (_how, code, headers) => {
      await begin("concurrency: 2\n");
      let asked = 0;
      scene.target.answer = (arrival, response, nth) => {
        if (asked === 0) asked = Date.now();
        const first = Date.now() - asked < 500;
        status(first ? code : 200, first ? (typeof headers === "function" ? headers() : headers) : {})(
          arrival,
          response,
          nth,
        );
      };
      // Watched from the first on, and for more than the two seconds that the figures of a target are kept.
      const [ids, state] = await Promise.all([send(40), api(({ verdict }) => verdict === "limited")]);
      expect(state.reason).toMatch(/^It asked to be left alone until 2\d{3}-.* \(.*\)\.$/);
      expect(Date.parse(state.limitedUntil!)).toBeGreaterThan(asked);
      await api(({ open }) => open === 0);
      const times = scene.target.arrivals.map(({ at }) => at - asked).sort((a, b) => a - b);
      const before = times.filter((ms) => ms < 4_500);
      expect(before.length, "no more than were under way").toBeLessThanOrEqual(4);
      expect(times[before.length]).toBeGreaterThanOrEqual(4_900);
      const counts = await Promise.all(ids.map(attempts));
      expect(counts.filter((count) => count > 1).length).toBeLessThanOrEqual(before.length);
      expect(counts.every((count) => count <= 2)).toBe(true);
    },
    60_000,
  );

  it.each([
    ["absurdly long", { "retry-after": "99999999999" }],
    ["in the past", { "retry-after": new Date(0).toUTCString() }],
    ["for less than no time", { "retry-after": "-7" }],
    ["in words", { "retry-after": "tomorrow" }],
    ["without a word", {}],
  ])(
    "%s costs the others a second or two, not the day",
    async (_how, headers) => {
      await begin("concurrency: 2\nadvice: { maxSeconds: 1 }\n");
      scene.target.answer = (arrival, response, nth) =>
        status(scene.target.arrivals.length <= 2 ? 429 : 200, headers)(arrival, response, nth);
      await send(10);
      await until("it was called", () => scene.target.arrivals.length > 0);
      const begun = Date.now();
      // Those that were told wait themselves as long as they were told to, up to a day.
      await until("all others are there", () => scene.target.arrivals.length >= 10, { withinMs: 20_000 });
      expect(Date.now() - begun).toBeGreaterThan(700);
      await api(({ waiting, active, dead }) => waiting + active + dead === 0);
    },
    60_000,
  );

  it("is called again at once when a person resumes it, and is not heeded where its file says so", async () => {
    await begin("concurrency: 1\n");
    scene.target.answer = status(429, { "retry-after": "600" });
    await send(5);
    await api(({ verdict }) => verdict === "limited");
    scene.target.answer = status(200);
    expect((await call(scene.router.admin, "/targets/api/resume", {})).json).toEqual({
      target: "api",
      released: true,
    });
    await until("what had not begun is there", () => scene.target.arrivals.length >= 5);
    expect((await call(scene.router.admin, "/targets/api/resume", {})).json).toEqual({ target: "api" });
  }, 60_000);

  it("is called all the same where its file says not to heed it", async () => {
    await begin("concurrency: 1\nadvice: { heed: false }\n");
    scene.target.answer = (arrival, response, nth) =>
      status(scene.target.arrivals.length === 1 ? 429 : 200, { "retry-after": "3600" })(
        arrival,
        response,
        nth,
      );
    await send(5);
    await until("the others are there", () => scene.target.arrivals.length === 5);
  }, 60_000);
});

function dateHeaders(skewSeconds: number, seconds: number): Record<string, string> {
  const at = (plus: number): string => new Date(Date.now() + (skewSeconds + plus) * 1000).toUTCString();
  // The date is cut to whole seconds: so much longer is asked for.
  return { date: at(0), "retry-after": at(seconds) };
}

describeWithRedis("concurrency that adapts itself", () => {
  it("widens while all goes well, and narrows when the target says that it is too much", async () => {
    await begin("concurrency: { min: 1, max: 16 }\nadvice: { heed: false }\n");
    let active = 0;
    let most = 0;
    let pressed = false;
    scene.target.answer = (arrival, response, nth) => {
      most = Math.max(most, ++active);
      setTimeout(() => {
        active--;
        status(pressed ? 503 : 200)(arrival, response, nth);
      }, 40);
    };
    await send(300);
    await until("it has widened", () => most >= 12, { withinMs: 20_000 });
    expect(most).toBeLessThanOrEqual(16);
    pressed = true;
    await send(60);
    const state = await api(({ concurrency }) => concurrency <= 8);
    expect(state.adaptive).toEqual({ min: 1, max: 16 });
    pressed = false;
    await api(({ open }) => open === 0);
  }, 90_000);
});

describeWithRedis("a circuit breaker", () => {
  const BREAKER =
    "concurrency: 2\nbreaker: { minimum: 6, windowSeconds: 30, openSeconds: 2, probes: 2, drain: { count: 20, perSeconds: 1 } }\n";

  it("opens for all processes, holds without spending attempts, probes, and drains at a rate", async () => {
    await begin(BREAKER);
    scene.target.answer = status(500);
    const ids = await send(60);
    const state = await api(({ verdict }) => verdict === "breaker-open");
    expect(state.reason).toMatch(
      /^Its breaker is open: of \d+ attempts in 30 s \d+ failed\. (Next probe at 2.*|It is being probed)\.$/,
    );
    expect(state.breaker!.since).toBe(state.since);
    const held = scene.target.arrivals.length;
    expect(held).toBeLessThanOrEqual(6 + 4);
    const seen = await until("a waiting one is shown as held", async () => {
      const { json } = await call<{ items: { state: string }[] }>(second.admin, "/deliveries?target=api");
      return json.items.some((one) => one.state === "held") && json.items;
    });
    expect(seen.every((one) => ["held", "pending", "retrying"].includes(one.state))).toBe(true);
    // It is probed while it still fails: two attempts at most each time, and it stays open.
    await until("it was probed", () => scene.target.arrivals.length > held, { withinMs: 10_000 });
    await api(({ breaker }) => breaker?.state === "open");
    expect(scene.target.arrivals.length).toBeLessThanOrEqual(held + 2);
    expect((await fetch(`${second.admin}/readyz`)).status, "a held queue is no worker that sleeps").toBe(200);

    scene.target.answer = status(200);
    const failed = scene.target.arrivals.length;
    await api(({ breaker }) => breaker?.state === "draining", 20_000);
    const recovered = Date.now();
    await until("all are there", () => scene.target.arrivals.length >= failed + 60, { withinMs: 30_000 });
    await api(({ open, dead }) => open === 0 && dead === 0);
    const after = scene.target.arrivals.slice(failed).map(({ at }) => at);
    expect(
      mostWithin(
        after.filter((at) => at > recovered),
        1_000,
      ),
    ).toBeLessThanOrEqual(23);
    await api(({ breaker }) => breaker === undefined);
    const counts = await Promise.all(ids.map(attempts));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(scene.target.arrivals.length);
    const steps = [...scene.router.log, ...second.log].map(({ step }) => step);
    expect(steps.filter((step) => step === "target.breaker.opened")).toHaveLength(1);
    expect(steps.filter((step) => step === "target.recovered")).toHaveLength(1);
  }, 90_000);

  it("opens by slowness, and is closed by hand on the command line, which stands in the audit trail", async () => {
    await begin(
      "concurrency: 4\nbreaker: { minimum: 4, slowSeconds: 0.1, slowRate: 0.5, openSeconds: 600 }\n",
    );
    scene.target.answer = (arrival, response, nth) =>
      void setTimeout(() => status(200)(arrival, response, nth), 200);
    await send(30);
    const state = await api(({ verdict }) => verdict === "breaker-open");
    expect(state.reason).toMatch(/were slow/);
    const held = scene.target.arrivals.length;
    scene.target.answer = status(200);
    const environment = { SIGNALBOX_DIR: scene.dir, SIGNALBOX_DATA_DIR: scene.dataDir };
    const resumed = await run(["resume", "api", "--json"], environment);
    expect(JSON.parse(resumed.stdout)).toEqual({ target: "api", released: true });
    await until("all are there", () => scene.target.arrivals.length >= 30);
    expect(held).toBeLessThan(12);
    const { json } = await call<{ items: { action: string; on?: string }[] }>(scene.router.admin, "/audit");
    expect(json.items.some(({ action }) => action === "target.resumed")).toBe(true);
  }, 60_000);

  it("lets another process probe when the one that did is killed", async () => {
    await begin("concurrency: 1\nbreaker: { minimum: 3, openSeconds: 1, probes: 1 }\n");
    scene.target.answer = status(500);
    await send(12);
    await api(({ verdict }) => verdict === "breaker-open");
    scene.target.answer = () => undefined;
    const held = scene.target.arrivals.length;
    await until("it is probed", () => scene.target.arrivals.length > held, { withinMs: 10_000 });
    await Promise.all([scene.router.end("SIGKILL"), second.end("SIGKILL")]);
    scene.target.answer = status(200);
    scene.router = await scene.start();
    second = scene.router;
    await api(({ open }) => open === 0, 60_000);
  }, 120_000);
});
