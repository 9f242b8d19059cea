/** Rules that want to take the process with them: each stops, by a budget that is counted, and the next rule runs. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { hostile } from "../../bench/hostile-set.js";

interface Measured {
  readonly rule: string;
  readonly told: string;
  /** CPU, the best of three. */
  readonly ms: number;
  readonly grownMb: number;
  readonly stillWell: boolean;
}

describe("a hostile rule", () => {
  let measured: readonly Measured[] = [];
  let last: unknown;

  beforeAll(() => {
    const child = fileURLToPath(new URL("../../bench/hostile-rules.js", import.meta.url));
    const { stdout, status, stderr } = spawnSync(process.execPath, ["--max-old-space-size=64", child], {
      input: JSON.stringify(hostile.map(([rule]) => rule)),
      encoding: "utf8",
      maxBuffer: 2 ** 26,
      timeout: 100_000,
    });
    expect([status, stderr]).toEqual([0, ""]);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    last = lines.pop();
    measured = lines as Measured[];
  }, 120_000);

  it("of which there are more than 45, ends as it should, and the process goes on", () => {
    expect(hostile.length).toBeGreaterThan(45);
    expect(measured).toHaveLength(hostile.length);
    for (const [index, { rule, told, stillWell }] of measured.entries()) {
      expect(told, rule).toMatch(hostile[index]![1]);
      expect(stillWell, rule).toBe(true);
    }
    expect(last).toEqual({ polluted: false });
  });

  it("stops within 100 ms of CPU time", () => {
    expect(measured.filter(({ ms }) => ms > 100)).toEqual([]);
  });

  it("takes no more than 64 MB, in a heap that has no more", () => {
    expect(measured.filter(({ grownMb }) => grownMb > 64)).toEqual([]);
  });
});
