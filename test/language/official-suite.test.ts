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

const SEQUENCE = "makes a sequence of more than 100,000 items";
const EVAL = "uses $eval, which does not exist here";

/** Every case that comes out differently, and why. */
const DIFFERING: Readonly<Record<string, string>> = {
  "flattening/large#0": SEQUENCE,
  "flattening/large#1": SEQUENCE,
  "function-eval/case000": EVAL,
  "function-eval/case001": EVAL,
  "function-eval/case002": EVAL,
  "function-eval/case003": EVAL,
  "function-eval/case004": EVAL,
  "function-eval/case005": EVAL,
  "function-eval/case008#0": EVAL,
  "function-eval/case008#1": EVAL,
  "function-eval/case008#2": EVAL,
  "function-eval/case008#3": EVAL,
  "range-operator/case021": SEQUENCE,
  "range-operator/case024": SEQUENCE,
  "tail-recursion/case002": "wants recursion to end at a depth of 302; here it may go deeper",
};

/** They take about as long as the limit of time allows: how they come out depends on the machine. */
const NEAR_THE_LIMIT = ["performance/case000", "performance/case001"];

describe.skipIf(!existsSync(folder))(
  "the JSONata project's own 1,686 cases (../shared/jsonata-test-suite)",
  () => {
    it(
      "come out as published, but for the 15 and the 2 slow ones named here",
      { timeout: 300_000 },
      async () => {
        const cases = read("cases.json") as Case[];
        const datasets = read("datasets.json") as Record<string, unknown>;
        Object.values(datasets).forEach(frozen);
        const differing: string[] = [];
        const run = cases.filter(({ id }) => !NEAR_THE_LIMIT.includes(id));
        for (const each of run) if (!(await holds(each, datasets))) differing.push(each.id);
        expect([cases.length, run.length]).toEqual([1686, 1684]);
        expect(differing).toEqual(Object.keys(DIFFERING));
      },
    );
  },
);

/** A body is never written to. */
function frozen(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  Object.freeze(value);
  Object.values(value).forEach(frozen);
}

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
