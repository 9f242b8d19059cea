/** A rule tried on a body, with everything that is wrong with either, in the words of `check`. For a process of its own. */
import { errorTable, isErrorCode, SignalboxError } from "../core/errors.ts";
import type { EventContext } from "../core/event.ts";
import { compileSchemas, type SchemaProblem } from "../core/schema.ts";
import type { Budgets } from "../language/budgets.ts";
import { hintForResult } from "../language/hints.ts";
import { compileExpression, treeOf, type Expression } from "../language/expression.ts";
import { analyse, wholeSchema } from "../language/typing/analyse.ts";
import type { SchemaPart } from "../language/typing/analyse.ts";

/** What is tried; plain JSON, so that it can be handed to another process. */
export interface Sketch {
  readonly rule: string;
  readonly body: unknown;
  readonly context: EventContext;
  /** What lookups have brought. */
  readonly enrich?: unknown;
  /** Of the route that it is tried as. */
  readonly when?: string;
  /** The language's where it is left out. */
  readonly budgets?: Budgets;
  /** Names in `schemas`. */
  readonly input?: string;
  readonly output?: string;
  readonly schemas: Readonly<Record<string, unknown>>;
}

/** Line and column from 1, in the rule; `schema` is the path of the page of the part that was not satisfied. */
export interface SketchProblem {
  readonly code: string;
  readonly message: string;
  readonly fix?: string;
  readonly line?: number;
  readonly column?: number;
  readonly schema?: string;
  /** It may fail for some other body; without it, something is wrong. */
  readonly severity?: "warning";
}

export interface Sketched {
  readonly result?: unknown;
  readonly problems: readonly SketchProblem[];
  readonly filtered: boolean;
  readonly milliseconds: number;
}

/** Larger results are not shown. */
const MAX_RESULT_BYTES = 1_048_576;

/** Never throws; a body that does not fit goes on to the rule, so that both can be seen. */
export async function tryRule(sketch: Sketch): Promise<Sketched> {
  const begun = performance.now();
  const problems: SketchProblem[] = [];
  const done = (rest: { result?: unknown; filtered?: true }): Sketched => ({
    problems,
    filtered: false,
    milliseconds: Math.round((performance.now() - begun) * 100) / 100,
    ...rest,
  });
  const { budgets } = sketch;
  const rule = compiled(sketch.rule, budgets, problems, "");
  if (rule !== undefined) problems.push(...typeProblems(rule, sketch));
  const when =
    sketch.when === undefined ? undefined : compiled(sketch.when, budgets, problems, "The route's `when`: ");
  const schemas = compileSchemas(new Map(Object.entries(sketch.schemas)));
  const check = (name: string | undefined, value: unknown, code: string, what: string): void => {
    const schema = name === undefined ? undefined : schemas.get(name);
    if (schema?.ok !== true) return;
    for (const problem of schema.validate(value)) {
      const hint = value === sketch.body ? undefined : hintForResult(problem);
      problems.push({ ...misfit(code, what, name!, problem), ...(hint !== undefined && { fix: hint }) });
    }
  };
  check(sketch.input, sketch.body, "TRANSFORM_INPUT_INVALID", "The body");
  if (rule === undefined || (sketch.when !== undefined && when === undefined)) return done({});
  try {
    if (
      when !== undefined &&
      (await when.evaluate(sketch.body, sketch.context, { enrich: sketch.enrich })) !== true
    )
      return done({ filtered: true });
  } catch (error) {
    problems.push(failure(error, "TRANSFORM_WHEN_FAILED", "The route's `when`: "));
    return done({});
  }
  try {
    const result = await rule.evaluate(sketch.body, sketch.context, { enrich: sketch.enrich });
    if (result === undefined) {
      problems.push(problemOf("TRANSFORM_RESULT_EMPTY", "The rule made nothing of this body."));
      return done({});
    }
    check(sketch.output, result, "TRANSFORM_OUTPUT_INVALID", "The result");
    if (JSON.stringify(result).length <= MAX_RESULT_BYTES) return done({ result });
    problems.push(
      problemOf("TRANSFORM_LIMIT_EXCEEDED", "The result is larger than 1 MB and is not shown here."),
    );
    return done({});
  } catch (error) {
    problems.push(failure(error, undefined, ""));
    return done({});
  }
}

function compiled(
  source: string,
  budgets: Budgets | undefined,
  problems: SketchProblem[],
  whose: string,
): Expression | undefined {
  const made = compileExpression(source, budgets);
  const severity = made.ok ? ({ severity: "warning" } as const) : {};
  for (const { code, message, fix, line, column } of made.ok ? made.warnings : made.problems) {
    const place = whose === "" ? { line, column } : {};
    const more = { ...(fix !== undefined && { fix }), ...place, ...severity };
    problems.push({ ...problemOf(code, whose + message), ...more });
  }
  return made.ok ? made.expression : undefined;
}

/** What `check` would tell of the rule with these schemas. */
function typeProblems(rule: Expression, { input, output, schemas, when }: Sketch): SketchProblem[] {
  const named = new Map(Object.entries(schemas));
  const part = (name: string | undefined): SchemaPart | undefined =>
    name === undefined || !named.has(name) ? undefined : wholeSchema(named.get(name), named);
  const surroundings = { whens: [when ?? "true"], tree: treeOf(rule) };
  return analyse(rule.source, part(input), part(output), surroundings).problems.map(
    ({ code, message, fix, line, column, severity }) => ({
      ...problemOf(code, message),
      ...(fix !== undefined && { fix }),
      ...{ line, column },
      ...(severity === "warning" && { severity }),
    }),
  );
}

function failure(error: unknown, code: string | undefined, whose: string): SketchProblem {
  if (!(error instanceof SignalboxError))
    return problemOf("TRANSFORM_RULE_FAILED", `${whose}It failed in a way that nobody foresaw.`);
  const [, line, column, said] = /^line (\d+), column (\d+): ([^]*)$/.exec(error.detail) ?? [];
  if (said === undefined) return problemOf(code ?? error.code, whose + error.detail);
  const place = whose === "" ? { line: Number(line), column: Number(column) } : {};
  return { ...problemOf(code ?? error.code, whose + capital(said)), ...place };
}

function misfit(code: string, what: string, name: string, problem: SchemaProblem): SketchProblem {
  const [, pointer = ""] = problem.schemaPath.split("#");
  const schema = `/docs/schemas/${encodeURIComponent(name)}#${pointer}`;
  return { ...problemOf(code, `${what} does not satisfy schema \`${name}\`: ${problem.message}.`), schema };
}

/** A problem with the fix of its code. */
export function problemOf(code: string, message: string): SketchProblem {
  return { code, message, ...(isErrorCode(code) && { fix: errorTable[code].fix }) };
}

function capital(sentence: string): string {
  return sentence.slice(0, 1).toUpperCase() + sentence.slice(1) + (/[.?!]$/.test(sentence) ? "" : ".");
}
