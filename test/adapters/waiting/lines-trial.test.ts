/** Lines on the trial store: the scripts do there what they do on a real one (lines.test.ts has it all). */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTrialStore } from "../../../src/adapters/store/trial-store.ts";
import type { DeliveryId } from "../../../src/core/delivery.ts";
import { routeTag } from "../../../src/core/ids.ts";
import { lineId } from "../../../src/core/line-id.ts";
import type { LineRule } from "../../../src/core/line.ts";
import type { Route } from "../../../src/rules/workspace.ts";
import build from "../../helpers/build.ts";
import { aHistory, anEvent, DEAD, deliveriesOf, OK, type HistoryBench } from "../../helpers/history.ts";
import { aLog } from "../../helpers/log.ts";

let folder: string;
let store: Awaited<ReturnType<typeof startTrialStore>>;
let bench: HistoryBench;

beforeAll(async () => {
  build();
  folder = mkdtempSync(join(tmpdir(), "signalbox-trial-"));
  const place = { path: folder, sockets: folder } as Parameters<typeof startTrialStore>[0];
  store = await startTrialStore(place, aLog());
  bench = await aHistory({ path: store.socket });
}, 60_000);
afterAll(async () => {
  bench.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Four events of one key on a route with a line. */
async function four(rule: LineRule, terms = ""): Promise<DeliveryId[]> {
  const line = { rule, terms, onDead: "park" as const };
  bench.routes.set(rule, { name: rule, line } as unknown as Route);
  const ids: DeliveryId[] = [];
  for (let n = 0; n < 4; n++) {
    const event = anEvent(bench.now());
    const [delivery] = deliveriesOf(event.context.id, { [rule]: "api" });
    await bench.store.commit(event, [
      { ...delivery!, line: { id: lineId(routeTag(rule), rule, "k"), terms } },
    ]);
    ids.push(delivery!.id);
    bench.pass(1);
  }
  return ids;
}

async function queued(ids: readonly DeliveryId[]): Promise<DeliveryId[]> {
  const known = await bench.queues.has(
    ids.map((id) => ({ id, event: `evt_${id.slice(4, 30)}`, route: "", target: "api" })),
  );
  return ids.filter((_, at) => known[at]);
}

it("lines order, keep the latest, throttle and batch on the trial store as on a real one", async () => {
  const [o1, o2, ...rest] = (await four("order")) as [DeliveryId, DeliveryId, ...DeliveryId[]];
  expect(await queued([o1, o2, ...rest])).toEqual([o1]);
  await bench.attempt(o1, OK);
  expect(await queued([o2, ...rest])).toEqual([o2]);
  await bench.attempt(o2, { ...DEAD, onDead: "park" });
  expect(await queued(rest)).toEqual([]);
  expect(await bench.lines.stopped(9)).toMatchObject({ items: [{ delivery: o2, key: "k", waiting: 2 }] });
  expect(await bench.history.discard(o2, { by: "ada", reason: "x" })).toBe("discarded");
  expect(await queued(rest)).toEqual([rest[0]]);

  const latest = await four("latest");
  expect(await queued(latest)).toEqual([latest[0]]);
  expect((await bench.history.deliveries({ limit: 9, state: "superseded" })).items).toHaveLength(2);

  const throttled = await four("throttle", "1,10000,all");
  expect(await queued(throttled)).toEqual([throttled[0]]);
  bench.pass(10_001);
  await bench.lines.go();
  expect(await queued(throttled)).toEqual(throttled.slice(0, 2));

  const batch = await four("batch", "3,10000");
  expect(await queued(batch)).toEqual([batch[0]]);
  expect((await bench.store.batch(batch[0]!)).map(({ delivery }) => delivery.id)).toEqual(batch.slice(0, 3));
  const rows = await bench.history.balance(3, { recount: true });
  expect(rows.every(({ balanced }) => balanced)).toBe(true);
}, 60_000);
