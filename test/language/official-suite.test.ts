import { existsSync, readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import { compileExpression } from "../../src/language/expression.ts";
import { aContext } from "./context.ts";

const folder = new URL("../../../shared/jsonata-test-suite/", import.meta.url);
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), "utf8"));

interface Case {
  readonly id: string;
  readonly expr: string;
  readonly data?: unknown;
  readonly dataset?: string | null;
  readonly bindings?: Readonly<Record<string, unknown>>;
  readonly result?: unknown;
  readonly undefinedResult?: true;
  readonly unordered?: true;
}

describe.skipIf(!existsSync(folder))("the JSONata project's own 1,686 cases (../shared/jsonata-test-suite)", () => {
  it("come out as published, but for those named here", { timeout: 300_000 }, async () => {
    const cases = read("cases.json") as Case[];
    const datasets = read("datasets.json") as Record<string, unknown>;
    const differing: string[] = [];
    for (const each of cases) if (!(await holds(each, datasets))) differing.push(each.id);
    expect(cases).toHaveLength(1686);
    expect(differing).toEqual([]);
  });
});

async function holds(each: Case, datasets: Readonly<Record<string, unknown>>): Promise<boolean> {
  const payload = "dataset" in each ? datasets[String(each.dataset)] : each.data;
  const compiled = compileExpression(withBindings(each));
  const expectsError = !("result" in each) && each.undefinedResult !== true;
  if (!compiled.ok) return expectsError;
  try {
    const result = await compiled.expression.evaluate(payload, aContext());
    if (expectsError) return false;
    if (each.unordered) return isDeepStrictEqual(sorted(result), sorted(each.result));
    return isDeepStrictEqual(result, each.result);
  } catch {
    return expectsError;
  }
}

/** A rule has no variables from outside: those of a case are bound in the rule. */
function withBindings({ expr, bindings = {} }: Case): string {
  const bound = Object.entries(bindings).map(([name, value]) => `$${name} := ${JSON.stringify(value)};`);
  return bound.length === 0 ? expr : `(${bound.join(" ")} ${expr}\n)`;
}

const sorted = (value: unknown): unknown =>
  Array.isArray(value) ? value.map((item) => JSON.stringify(item)).sort() : value;
