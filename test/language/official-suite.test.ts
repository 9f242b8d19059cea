import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runCase } from "../../src/language/conformance.ts";
import type { SuiteCase } from "../../src/language/conformance.ts";

const folder = new URL("../../../shared/jsonata-test-suite/", import.meta.url);
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), "utf8"));

describe.skipIf(!existsSync(folder))(
  "the JSONata project's own 1,686 cases (../shared/jsonata-test-suite)",
  () => {
    it("come out as published, but for those that use $eval or lookaround", { timeout: 300_000 }, () => {
      const cases = read("cases.json") as SuiteCase[];
      const datasets = read("datasets.json") as Record<string, unknown>;
      frozen(cases);
      frozen(datasets);
      const reports = cases.map((each) => runCase(each, datasets));
      expect(cases).toHaveLength(1686);
      expect(reports.filter(({ verdict }) => verdict === "differs")).toEqual([]);
      const byDesign = cases.filter((_, index) => reports[index]!.verdict === "differs by design");
      expect(byDesign.every(({ expr }) => /\$eval|\(\?[=!<]/.test(expr))).toBe(true);
      expect(byDesign.length).toBeLessThanOrEqual(12);
    });
  },
);

describe("a case of the suite", () => {
  it.each<[string, Partial<SuiteCase>, string]>([
    ["1 + 1", { result: 2 }, "same"],
    ["1 + 1", { result: 3 }, "differs"],
    ["1 + 1", { undefinedResult: true }, "differs"],
    ["1 + 'x'", { code: "T2002" }, "same"],
    ["1 + 'x'", { code: "T2001" }, "differs"],
    ["1 + 1", { code: "T2001" }, "differs"],
    ["1 +", { code: "S0207" }, "same"],
    ["1 +", { code: "S0201" }, "differs"],
    ["[2, 1]", { result: [1, 2] }, "differs"],
    ["[2, 1]", { result: [1, 2], unordered: true }, "same"],
    ["$x", { bindings: { x: 5 }, result: 5 }, "same"],
    ["$eval('1')", { result: 1 }, "differs by design"],
    ["($f := function() { 1 + $f() }; $f())", { depth: 300, code: "U1001" }, "same"],
  ])("%s with %j: %s", (expr, expected, verdict) => {
    expect(runCase({ id: "x", expr, data: null, ...expected }, {}).verdict).toBe(verdict);
  });
});

/** A body is never written to. */
function frozen(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  Object.freeze(value);
  Object.values(value).forEach(frozen);
}
