import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { batched } from "../../../src/adapters/store/batch.ts";

/** Groups as they are sent, each answered when it is told to be. */
function groups() {
  const sent: {
    readonly items: readonly number[];
    readonly answer: () => void;
    readonly fail: () => void;
  }[] = [];
  const send = (items: readonly number[]): Promise<readonly (number | Error)[]> =>
    new Promise((resolve, reject) =>
      sent.push({
        items,
        answer: () => resolve(items.map((item) => (item < 0 ? new Error(`no ${item}`) : item * 10))),
        fail: () => reject(new Error("away")),
      }),
    );
  return { sent, send, sizes: () => sent.map(({ items }) => items.length) };
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, nth) => nth + 1);

describe("what is asked for in one turn of the event loop", () => {
  it("goes out together at its end, and each is answered on its own", async () => {
    const { sent, send, sizes } = groups();
    const ask = batched<number, number>(send, { max: 64, inFlight: 4, early: 10 });
    const all = [1, -2, 3].map((item) => ask(item).catch((error: Error) => error.message));
    expect(sizes()).toEqual([]);
    await turn();
    expect(sizes()).toEqual([3]);
    sent[0]!.answer();
    expect(await Promise.all(all)).toEqual([10, "no -2", 30]);
  });

  it("goes out before its end as soon as enough wait, and the rest at its end", async () => {
    const { sent, send, sizes } = groups();
    const ask = batched<number, number>(send, { max: 64, inFlight: 4, early: 10 });
    const all = numbers(23).map((item) => ask(item));
    expect(sizes()).toEqual([10, 10]);
    await turn();
    expect(sizes()).toEqual([10, 10, 3]);
    for (const { answer } of sent) answer();
    expect(await Promise.all(all)).toEqual(numbers(23).map((item) => item * 10));
  });

  it("waits while enough groups are under way, and then goes in groups of at most so many", async () => {
    const { sent, send, sizes } = groups();
    const ask = batched<number, number>(send, { max: 16, inFlight: 2, early: 4 });
    const all = numbers(40).map((item) => ask(item));
    await turn();
    expect(sizes()).toEqual([4, 4]);
    sent[0]!.answer();
    await turn();
    await turn();
    expect(sizes()).toEqual([4, 4, 16]);
    for (let nth = 1; nth < 4; nth++) {
      sent[nth]!.answer();
      await turn();
      await turn();
    }
    expect(sizes()).toEqual([4, 4, 16, 16]);
    expect(await Promise.all(all)).toEqual(numbers(40).map((item) => item * 10));
  });

  it("fails with what waits behind it, where its group fails as a whole", async () => {
    const { sent, send } = groups();
    const ask = batched<number, number>(send, { max: 64, inFlight: 1, early: 2 });
    const all = numbers(5).map((item) => ask(item).catch((error: Error) => error.message));
    await turn();
    sent[0]!.fail();
    expect(await Promise.all(all)).toEqual(Array<string>(5).fill("away"));
    const later = ask(7);
    await turn();
    sent[1]!.answer();
    expect(await later).toBe(70);
  });
});
