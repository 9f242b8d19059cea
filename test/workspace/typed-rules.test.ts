/**
 * The shipped rules against what the analysis says of them: whatever satisfies an input schema and the route's condition, a rule
 * without a warning makes of it what its output schema takes. SIGNALBOX_TEST_RUNS=10000 tries that many bodies a rule.
 */
import { describe, expect, test } from "vitest";
import { SignalboxError } from "../../src/core/errors.ts";
import { loadWorkspace } from "../../src/rules/load.ts";
import type { Route } from "../../src/rules/workspace.ts";
import { chanceFrom, makerOf, variedFrom } from "../language/typing/generated.ts";
import { aContext } from "../language/context.ts";

const RUNS = Number(process.env["SIGNALBOX_TEST_RUNS"] ?? 150);

const { workspace, problems } = await loadWorkspace(".", {}, {}, { types: true });
const routes = [...workspace!.routes.values()].filter(
  ({ transform }) => transform?.input !== undefined && transform.output !== undefined,
);

test("the shipped workspace has no warning", () => {
  expect(problems).toEqual([]);
  expect(routes.length).toBeGreaterThanOrEqual(6);
});

// What is excused is not claimed.
const claimed = routes.filter(({ transform }) => !transform!.rule.source.includes("signalbox-ignore"));

describe.each(claimed)("$name", ({ when, transform }: Route) => {
  const { rule, input, output, cases } = transform!;
  const schema = workspace!.schemas.get(input!.name)!.schema as Record<string, unknown>;

  test(`makes what ${output!.name} takes, of ${RUNS} bodies`, { timeout: 600_000 }, () => {
    const chance = chanceFrom(20_261_125);
    const make = makerOf(schema, chance);
    const samples = cases.filter(({ expected }) => expected.kind === "result").map(({ payload }) => payload);
    const wrong: string[] = [];
    let tried = 0;
    for (let attempt = 0; tried < RUNS && attempt < RUNS * 20; attempt++) {
      const isNew = attempt % 8 === 0;
      const share = [0.02, 0.1, 0.3][attempt % 3]!;
      const body = isNew
        ? make()
        : variedFrom(samples[attempt % samples.length], schema, schema, make, chance, share);
      if (input!.validate(body).length > 0 || (when !== undefined && !holds(when, body))) continue;
      tried++;
      const fault = faultOf(body);
      if (fault !== undefined) wrong.push(`${fault}: ${JSON.stringify(body).slice(0, 2000)}`);
      if (wrong.length >= 3) break;
    }
    expect(wrong).toEqual([]);
    expect(tried, "bodies that satisfy schema and condition").toBeGreaterThanOrEqual(RUNS);
  });

  /** What came out that must not; what only a text's content tells (a time that is none) may fail. */
  function faultOf(body: unknown): string | undefined {
    try {
      const result = rule.evaluateNow(body, aContext());
      return result === undefined ? "nothing" : output!.validate(result)[0]?.message;
    } catch (error) {
      if (!(error instanceof SignalboxError)) throw error;
      return error.code === "TRANSFORM_TYPE" ? error.detail : undefined;
    }
  }
});

function holds(when: NonNullable<Route["when"]>, body: unknown): boolean {
  try {
    return when.evaluateNow(body, aContext()) === true;
  } catch {
    return false;
  }
}
