/** Repetitions on a real store: what had died runs again, hot or sealed, once; every time it came is kept with its event. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { createRepetitions } from "../../../src/adapters/record/repetitions.ts";
import type { Event } from "../../../src/core/event.ts";
import { dispatch } from "../../../src/pipeline/dispatch.ts";
import { loadWorkspace } from "../../../src/rules/load.ts";
import type { Workspace } from "../../../src/rules/workspace.ts";
import { aHistory, anEvent, DEAD, OK, type HistoryBench } from "../../helpers/history.ts";
import { aRedis, type TestRedis } from "../../helpers/redis.ts";
import { describeWithRedis } from "../../helpers/require.ts";
import { until } from "../../helpers/until.ts";
import { aWorkspace } from "../../helpers/workspace.ts";

const SEALS_AT_ONCE = { hotMs: 0, waitMs: 0, lateEvents: 1, lateMs: 0 };

let redis: TestRedis;
let bench: HistoryBench;
let workspace: Workspace;

beforeEach(async () => {
  redis = await aRedis();
  bench = await aHistory({ url: redis.url }, SEALS_AT_ONCE, 0);
  const dir = aWorkspace({
    "sources/github.yaml": "provider: github\nsecrets: [s]\n",
    "routes/one.yaml": "source: github\non: [push]\ntarget: api\n",
    "routes/two.yaml": "source: github\non: [push]\ntarget: api\n",
    "targets/api.yaml": "url: https://api.example/\n",
  });
  workspace = (await loadWorkspace(dir, {})).workspace!;
});
afterEach(async () => {
  bench.close();
  await redis.close();
});

/** What a source's request with these events comes to. */
function arrive(...events: readonly Event[]) {
  const { store, log, history, commands } = bench;
  const repetitions = createRepetitions(commands, 3_600);
  const ports = { store, log, repetitions, reopen: history.reopen.bind(history) };
  return dispatch(
    events.map((event) => ({ event })),
    workspace,
    ports,
  );
}

const again = (event: Event, headers: Readonly<Record<string, string>> = {}): Event => ({
  ...anEvent(bench.now(), { headers }),
  dedupeKey: event.dedupeKey,
});

/** An event of which one delivery has died and the other was delivered. */
async function halfDead() {
  const event = anEvent(bench.now());
  const [first] = await arrive(event);
  const [dead, delivered] = first!.deliveries;
  await bench.attempt(dead!, DEAD);
  await bench.attempt(delivered!, OK);
  return { event, dead: dead!, delivered: delivered! };
}

describeWithRedis("a repetition", () => {
  it.each(["hot", "sealed"])(
    "runs again what had died of an event that is %s, and nothing else",
    async (how) => {
      const { event, dead, delivered } = await halfDead();
      if (how === "sealed") {
        bench.pass(1_000);
        expect(await bench.history.seal()).toBe(1);
      }
      const [repeated] = await arrive(again(event, { "x-retry-count": "1" }));
      expect(repeated).toEqual({
        ...{ id: event.context.id, duplicate: true, revived: [dead] },
        deliveries: [dead, delivered],
      });
      expect(await bench.history.delivery(dead)).toMatchObject({ state: "pending" });
      expect(await bench.history.delivery(delivered)).toMatchObject({ state: "delivered", attempts: 1 });
      const open = { id: dead, event: event.context.id, route: "one", target: "api" };
      expect(await bench.queues.has([open])).toEqual([true]);
      // As long as it is open, and when it was delivered, nothing runs again.
      expect((await arrive(again(event)))[0]).toMatchObject({ duplicate: true, revived: [] });
      await bench.attempt(dead, OK);
      expect((await arrive(again(event)))[0]).toMatchObject({ duplicate: true, revived: [] });
      expect(await bench.history.delivery(dead)).toMatchObject({ state: "delivered" });
    },
  );

  it("does not run again what was given up, filtered or kept in quarantine", async () => {
    const { event, dead } = await halfDead();
    await bench.history.discard(dead, { by: "ada", reason: "a test order" });
    expect((await arrive(again(event)))[0]).toMatchObject({ duplicate: true, revived: [] });
    expect(await bench.history.delivery(dead)).toMatchObject({ state: "discarded" });
    const { event: kept } = await bench.accept({ routes: {}, quarantined: true });
    expect((await arrive(again(kept)))[0]).toMatchObject({ duplicate: true, deliveries: [], revived: [] });
  });

  it("that comes twice at once opens a dead delivery once", async () => {
    const { event, dead } = await halfDead();
    await Promise.all(Array.from({ length: 8 }, () => arrive(again(event))));
    expect(await bench.history.delivery(dead)).toMatchObject({ state: "pending" });
    expect(redis.cli("ZSCORE", "{sb}:dead", dead)).toBe("");
    expect(redis.cli("HGET", `{sb}:e:${event.context.id.slice(4)}`, "o")).toBe("1");
    const [hour] = await bench.history.balance(1, { recount: true });
    expect(hour).toMatchObject({ duplicates: 8, pending: 1, delivered: 1, balanced: true });
  });

  it("is kept with its event and among all, newest first, within bounds, whether the event is hot or sealed", async () => {
    const { event, dead } = await halfDead();
    bench.pass(1_000);
    await bench.history.seal();
    for (let nth = 1; nth <= 25; nth++)
      await arrive(again(event, { "x-slack-retry-num": String(nth), "x-other": "no" }));
    const detail = await until("all are noted", async () => {
      const found = await bench.history.event(event.context.id);
      return found?.duplicates === 25 && found;
    });
    expect(detail.repetitions.length).toBe(20);
    expect(detail.repetitions[0]).toMatchObject({
      ...{ event: event.context.id, source: "github", type: "push", method: "POST" },
      ...{ headers: { "x-slack-retry-num": "25" }, revived: [] },
    });
    const page = await bench.history.repetitions({ limit: 10 });
    expect(page.items.map(({ headers }) => headers["x-slack-retry-num"])).toEqual(
      Array.from({ length: 10 }, (_, at) => String(25 - at)),
    );
    const rest = await bench.history.repetitions({ limit: 100, cursor: page.next! });
    expect(rest.items.length).toBe(15);
    const first = rest.items.at(-1)!;
    expect(first.revived).toEqual([dead]);
    expect(await bench.history.repetition(first.id)).toEqual(first);
    expect((await bench.history.repetitions({ limit: 9, source: "stripe" })).items).toEqual([]);
    expect(Number(redis.cli("PTTL", `{sb}:u:${event.context.id.slice(4)}`))).toBeGreaterThan(3_590_000);
    await expect(bench.history.repetitions({ limit: 9, cursor: "x" })).rejects.toThrow(/ADMIN_CURSOR_STALE/);
  });

  it("of an event that has left the history is still known, with no delivery", async () => {
    const { event } = await halfDead();
    bench.pass(10_000);
    expect(await bench.history.forget(1, 1)).toBe(1);
    expect((await arrive(again(event)))[0]).toEqual({
      ...{ id: event.context.id, deliveries: [], duplicate: true, revived: [] },
    });
  });
});
