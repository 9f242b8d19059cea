/** What a process keeps of what it has just committed: what came first stays, until somebody else must have taken it. */
import { setFlagsFromString } from "node:v8";
import { expect, test } from "vitest";
import { metaOf, pendingOf, recordedOf } from "../../../src/adapters/record/format.ts";
import { Fresh, freshBytes } from "../../../src/adapters/record/fresh.ts";
import { anEvent, deliveriesOf } from "../../helpers/history.ts";

const events = Array.from({ length: 5 }, () => {
  const event = anEvent(Date.now(), { body: JSON.stringify("x".repeat(1_000)) });
  return { event, deliveries: deliveriesOf(event.context.id, { all: "api" }) };
});
const roomFor = (count: number) => count * (events[0]!.event.body.length + 1_024);

test("a full one keeps what came first, since that is asked for first", () => {
  const fresh = new Fresh(roomFor(2));
  for (const { event, deliveries } of events) fresh.keep(event, deliveries, 0);
  const taken = events.map(({ deliveries }) => fresh.take(deliveries[0]!.id)?.payload);
  expect(taken.map((payload) => payload !== undefined)).toEqual([true, true, false, false, false]);
});

test("what was taken makes room, and is given once", () => {
  const fresh = new Fresh(roomFor(1));
  const [first, second] = events;
  fresh.keep(first!.event, first!.deliveries, 0);
  expect(fresh.take(first!.deliveries[0]!.id)?.payload).toEqual(first!.event.payload);
  expect(fresh.take(first!.deliveries[0]!.id)).toBeUndefined();
  fresh.keep(second!.event, second!.deliveries, 0);
  expect(fresh.take(second!.deliveries[0]!.id)).toBeDefined();
});

test("what nobody asked for within twenty seconds makes room for what comes", () => {
  const fresh = new Fresh(roomFor(1));
  const [first, second] = events;
  fresh.keep(first!.event, first!.deliveries, 0);
  fresh.keep(second!.event, second!.deliveries, 20_001);
  expect(fresh.take(first!.deliveries[0]!.id)).toBeUndefined();
  expect(fresh.take(second!.deliveries[0]!.id)).toBeDefined();
});

test("of what comes when much waits only the bytes are kept, and are read again when it is taken", () => {
  const { event, deliveries } = events[0]!;
  const json = {
    ...event,
    body: Buffer.from('{"n":[1,"é"]}'),
    contentType: "json" as const,
    payload: { n: [1, "é"] },
  };
  const [roomy, tight] = [new Fresh(10_000, 10_000), new Fresh(10_000, 0)];
  for (const fresh of [roomy, tight]) fresh.keep(json, deliveries, 0);
  expect(roomy.take(deliveries[0]!.id)?.payload).toBe(json.payload);
  const again = tight.take(deliveries[0]!.id);
  expect(again?.payload).toEqual(json.payload);
  expect(again?.payload).not.toBe(json.payload);
});

test("what the store did not take is not kept, and its room is free", () => {
  const fresh = new Fresh(roomFor(1));
  const [first, second] = events;
  fresh.keep(first!.event, first!.deliveries, 0);
  fresh.keep(first!.event, first!.deliveries, 0);
  fresh.drop(first!.deliveries);
  fresh.drop(first!.deliveries);
  expect(fresh.take(first!.deliveries[0]!.id)).toBeUndefined();
  fresh.keep(second!.event, second!.deliveries, 0);
  expect(fresh.take(second!.deliveries[0]!.id)).toBeDefined();
});

test("what is at hand is of the same shape as what is read from the store, or code for the one would be thrown away for the other", () => {
  setFlagsFromString("--allow-natives-syntax");
  const haveOneShape = new Function("a", "b", "return %HaveSameMap(a, b)") as (
    a: object,
    b: object,
  ) => boolean;
  setFlagsFromString("--no-allow-natives-syntax");
  const { event, deliveries } = events[0]!;
  const [delivery] = deliveries;
  const [asRead, asBytes] = [new Fresh(10_000, 10_000), new Fresh(10_000, 0)].map((fresh) => {
    fresh.keep(event, deliveries, 0);
    return fresh.take(delivery!.id)!;
  });
  const fields = [metaOf(event, false), event.body, pendingOf(delivery!, 0)].map((one) => Buffer.from(one));
  const stored = recordedOf(delivery!.id, fields)!;
  expect(stored).toEqual(asRead);
  expect(haveOneShape(asRead!, stored)).toBe(true);
  expect(haveOneShape(asBytes!, stored)).toBe(true);
  expect(haveOneShape(asRead!.delivery, stored.delivery)).toBe(true);
  expect(haveOneShape(stored, { ...stored, by: "somebody" })).toBe(false);
});

test("there is less room for it in a small process", () => {
  const megabytes = 1024 * 1024;
  expect(freshBytes(undefined, 4_096 * megabytes)).toBe(64 * megabytes);
  expect(freshBytes(2 ** 64, 4_096 * megabytes)).toBe(64 * megabytes);
  expect(freshBytes(256 * megabytes, 4_096 * megabytes)).toBe(32 * megabytes);
  expect(freshBytes(0, 160 * megabytes)).toBe(20 * megabytes);
});
