/** Ticks of a schedule over a real store: one event each over all who tick, over deaths on the way, and what was missed. */
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createTicks } from "../../src/adapters/ticking.ts";
import { tick, type Ticks } from "../../src/pipeline/tick.ts";
import type { Ports } from "../../src/ports.ts";
import { loadWorkspace } from "../../src/rules/load.ts";
import type { Workspace } from "../../src/rules/workspace.ts";
import { aHistory, type HistoryBench } from "../helpers/history.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aWorkspace } from "../helpers/workspace.ts";

const MINUTE = 60_000;
let redis: TestRedis;
let bench: HistoryBench;
let workspace: Workspace;
let repeated: number;

beforeEach(async () => {
  redis = await aRedis();
  // Half a minute after a full minute, far from now.
  const start = Math.ceil(Date.now() / MINUTE) * MINUTE + 1_000 * MINUTE + MINUTE / 2;
  bench = await aHistory({ url: redis.url }, {}, start - Date.now());
  repeated = 0;
  const loaded = await loadWorkspace(
    aWorkspace({
      "sources/minutely.yaml": "schedule: { everySeconds: 60, type: minute }\ntags: { at: at }\n",
      "sources/skipping.yaml": "schedule: { cron: '* * * * *', missed: skip, body: { n: 1 } }\n",
      "targets/api.yaml": "url: https://api.example\n",
      "routes/minutely.yaml": "source: minutely\ntarget: api\n",
      "routes/skipping.yaml": "source: skipping\ntarget: api\n",
    }),
    {},
  );
  expect(loaded.problems).toEqual([]);
  workspace = loaded.workspace!;
});
afterEach(async () => {
  bench.close();
  await redis.close();
});

function turn(name: string, ticks: Ticks = createTicks(bench.commands)): Promise<number> {
  const { store, log } = bench;
  const tally = { request: () => undefined, attempt: () => undefined, ended: () => undefined };
  const ports = {
    ...{
      store,
      log,
      tally,
      clock: { now: bench.now },
      random: { bytes: (count: number) => randomBytes(count) },
    },
    reopen: () => Promise.resolve("unknown" as const),
    repetitions: { note: () => void repeated++ },
  } satisfies Partial<Ports>;
  return tick(name, workspace, ports, ticks);
}

const events = async (source: string) => (await bench.history.events({ source, limit: 50 })).items;

describeWithRedis("a schedule's tick", () => {
  it("is one event with its time, type, body and tags, and says when the next one is", async () => {
    const next = await turn("minutely");
    expect(await events("minutely")).toEqual([]);
    expect(next % MINUTE).toBe(0);
    bench.pass(next - bench.now());
    expect(await turn("minutely")).toBe(next + MINUTE);
    const [event] = await events("minutely");
    const at = new Date(next).toISOString();
    expect(event).toMatchObject({ type: "minute", deliveries: [{ route: "minutely", target: "api" }] });
    expect(await bench.history.event(event!.id)).toMatchObject({
      ...{ body: { at }, method: "TICK", headers: { "signalbox-tick": at }, providerId: at },
      ...{ tags: [{ name: "at", value: at }], verified: { scheme: "schedule" } },
    });
    await turn("minutely");
    expect(await events("minutely")).toHaveLength(1);
  });

  it("is one event over all processes that notice it at the same moment", async () => {
    await turn("minutely");
    bench.pass(MINUTE);
    const all = Array.from({ length: 8 }, () => turn("minutely", createTicks(bench.commands)));
    await Promise.all(all);
    await turn("minutely", createTicks(bench.commands));
    expect(await events("minutely")).toHaveLength(1);
    expect(repeated).toBe(0);
  });

  it("is one event though who made it died before saying so: the next one finds the event by its time", async () => {
    await turn("minutely");
    bench.pass(MINUTE);
    const ticks = createTicks(bench.commands);
    const dies: Ticks = { ...ticks, done: () => Promise.reject(new Error("killed")) };
    await expect(turn("minutely", dies)).rejects.toThrow("killed");
    const other = createTicks(bench.commands);
    expect(await turn("minutely", other)).toBeLessThanOrEqual(bench.now() + 1_000);
    const [by] = (await bench.commands.keys("{sb}:tick:minutely:*:by")) as [string];
    expect(await bench.commands.pttl(by)).toBeGreaterThan(0);
    await bench.commands.del(by);
    await turn("minutely", other);
    expect(await events("minutely")).toHaveLength(1);
    expect(repeated).toBe(1);
  });

  it("that nobody was there for is made up for once, by the latest", async () => {
    await turn("minutely");
    bench.pass(10 * MINUTE);
    await turn("minutely");
    const [event, ...others] = await events("minutely");
    expect(others).toEqual([]);
    expect((await bench.history.event(event!.id))!.body).toEqual({
      at: new Date(Math.floor(bench.now() / MINUTE) * MINUTE).toISOString(),
    });
    bench.pass(MINUTE);
    await turn("minutely");
    expect(await events("minutely")).toHaveLength(2);
  });

  it("that nobody was there for is left out where the schedule says so, one that is a little late is not", async () => {
    await turn("skipping");
    bench.pass(10 * MINUTE + 15_000);
    const next = await turn("skipping");
    expect(await events("skipping")).toEqual([]);
    bench.pass(next - bench.now() + 20_000);
    await turn("skipping");
    const [event] = await events("skipping");
    expect((await bench.history.event(event!.id))!.body).toEqual({ n: 1 });
  });

  it("of a schedule that was changed begins anew instead of making up for what the new one would have had", async () => {
    await turn("minutely");
    bench.pass(10 * MINUTE);
    const other = { ...workspace.sources.get("skipping")!, name: "minutely" };
    workspace = { ...workspace, sources: new Map([["minutely", other]]) };
    await turn("minutely");
    expect(await events("minutely")).toEqual([]);
  });
});
