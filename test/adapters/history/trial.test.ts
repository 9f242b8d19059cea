import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createRepetitions } from "../../../src/adapters/record/repetitions.ts";
import { startTrialStore } from "../../../src/adapters/store/trial-store.ts";
import type { Delivery } from "../../../src/core/delivery.ts";
import build from "../../helpers/build.ts";
import { aHistory, anEvent, DEAD, deliveriesOf, OK, type HistoryBench } from "../../helpers/history.ts";
import { aLog } from "../../helpers/log.ts";
import { until } from "../../helpers/until.ts";

let folder: string;
let store: Awaited<ReturnType<typeof startTrialStore>>;
let bench: HistoryBench;

beforeAll(async () => {
  build();
  folder = mkdtempSync(join(tmpdir(), "signalbox-trial-"));
  store = await startTrialStore(
    { path: folder, sockets: folder } as Parameters<typeof startTrialStore>[0],
    aLog(),
  );
  bench = await aHistory({ path: store.socket }, { events: 20, lateEvents: 1 });
}, 60_000);
afterAll(async () => {
  bench.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

it(
  "the history seals, lists, finds, thaws, counts and forgets on the trial store as on a real one",
  { timeout: 60_000 },
  async () => {
    const made: Delivery[] = [];
    for (let at = 0; at < 50; at++) {
      bench.pass(1_000);
      const { deliveries } = await bench.accept({ body: { at }, event: { tags: { half: at % 2 === 0 } } });
      if (at !== 7) await bench.attempt(deliveries[0]!.id, at % 10 === 0 ? DEAD : OK);
      made.push(deliveries[0]!);
    }
    const read = () =>
      Promise.all([
        bench.history.events({ limit: 100 }),
        bench.history.deliveries({ limit: 100, state: "dead" }),
        bench.history.events({ limit: 100, tag: { name: "half", value: "true" } }),
        bench.history.event(made[3]!.event),
        bench.history.deadCauses(),
      ]);
    const hot = await read();
    expect(hot.slice(0, 3).map((page) => (page as { items: unknown[] }).items.length)).toEqual([50, 5, 25]);
    bench.pass(700_000);
    expect(await bench.history.seal()).toBe(49);
    const [events, dead, tagged, one, causes] = await read();
    expect([events, dead, tagged, one]).toEqual(hot.slice(0, 4));
    expect(causes).toMatchObject([{ count: 5 }]);
    expect(await bench.history.reopen(made[10]!)).toBe("opened");
    await bench.attempt(made[10]!.id, OK);
    expect(await bench.history.discard(made[7]!.id, { by: "ada", reason: "x" })).toBe("discarded");
    await bench.history.seal();
    expect(await bench.history.usage()).toMatchObject({ events: 50, hot: 0, segments: 3 });
    const [row] = await bench.history.balance(1, { recount: true });
    expect(row).toMatchObject({ made: 50, delivered: 45, dead: 4, discarded: 1, balanced: true });
    const hits: string[] = [];
    await bench.history.search({ in: "body", path: "at", value: "31", limit: 5 }, ({ event }) =>
      hits.push(event),
    );
    expect(hits).toEqual([made[31]!.event]);
    expect(await bench.history.forget(0, 1e9)).toBe(50);
    expect(await bench.history.usage()).toMatchObject({ events: 0, segments: 0 });
  },
);

it("a batch is stored, known again and noted on the trial store as on a real one", async () => {
  const commits = Array.from({ length: 5 }, () => {
    const event = anEvent(bench.now());
    return { event, deliveries: deliveriesOf(event.context.id, { "to-api": "api" }) };
  });
  const { event } = commits[0]!;
  const again = { event: { ...anEvent(bench.now()), dedupeKey: event.dedupeKey }, deliveries: [] };
  const committed = await bench.store.commitAll([...commits, again]);
  expect(committed.map(({ kind }) => kind)).toEqual([...Array(5).fill("stored"), "duplicate"]);
  expect(committed[5]).toMatchObject({ event: event.context.id, deliveries: [{ state: "pending" }] });
  const noted = { id: "req_1", event: event.context.id, source: "github", type: "push", method: "POST" };
  const repetitions = createRepetitions(bench.commands, 60);
  repetitions.note({ ...noted, at: bench.now(), headers: { "x-attempt": "2" }, revived: [] });
  const detail = await until("it is noted", async () => {
    const found = await bench.history.event(event.context.id);
    return found !== undefined && found.repetitions.length === 1 && found;
  });
  expect(detail.repetitions[0]).toMatchObject({ ...noted, headers: { "x-attempt": "2" } });
});
