import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { createGate } from "../../src/language/gate.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

describe("a gate", () => {
  it("lets one at a time through, in order, also after errors", async () => {
    const gate = createGate();
    const log: string[] = [];
    const work = (name: string, fails: boolean) => async () => {
      log.push(`${name} begins`);
      for (let turns = 0; turns < 3; turns++) await Promise.resolve();
      log.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    };
    const outcomes = await Promise.allSettled([
      gate(work("a", false)),
      gate(work("b", true)),
      gate(work("c", false)),
    ]);
    expect(log).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  it("gives timers their turn while a long queue is worked off", async () => {
    const gate = createGate();
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const spin = async () => {
      const began = performance.now();
      while (performance.now() - began < 2);
      await Promise.resolve();
    };
    await Promise.all(Array.from({ length: 100 }, () => gate(spin)));
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(5);
  });

  it("does not grow: what has passed can be collected", async () => {
    const gate = createGate();
    const passed: WeakRef<object>[] = [];
    for (let n = 0; n < 50; n++) {
      const result = await gate(() => Promise.resolve({ n, filling: new Array<number>(10_000).fill(n) }));
      passed.push(new WeakRef(result));
    }
    await new Promise(setImmediate);
    collectGarbage();
    const kept = passed.filter((reference) => reference.deref() !== undefined).length;
    expect(kept).toBeLessThanOrEqual(2);
  });
});
