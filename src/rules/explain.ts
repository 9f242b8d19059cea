/** A route explained on one event: why its `when` held or not, what each part of its rule yielded, what the schemas say. */
import { SignalboxError } from "../core/errors.ts";
import { compileSchemas } from "../core/schema.ts";
import { defaultBudgets } from "../language/budgets.ts";
import { hintForResult } from "../language/hints.ts";
import { traced } from "../language/trace.ts";
import type { Trace, Traced } from "../language/trace.ts";
import type { Sketch } from "./playground.ts";

/** What went wrong, in the words of a delivery's error. */
export interface Fault {
  readonly code: string;
  readonly message: string;
}

export interface ExplainedExpression extends Trace {
  readonly source: string;
  readonly fault?: Fault;
}

export interface ExplainedSchema {
  readonly schema: string;
  /** Sentences; none where the value satisfies it. */
  readonly problems: readonly string[];
}

export interface ExplainedRule {
  readonly when?: ExplainedExpression & {
    readonly isTrue: boolean;
    /** Where it is not: the clause, with its values. */
    readonly why?: string;
  };
  readonly input?: ExplainedSchema;
  /** Absent where the `when` is not true. */
  readonly rule?: ExplainedExpression;
  readonly output?: ExplainedSchema;
  /** Absent where nothing was made. */
  readonly result?: unknown;
  /** Why there is no explanation. */
  readonly fault?: Fault;
}

/** Never throws. Goes on to the rule where the body does not satisfy its schema: both can be wrong. */
export async function explainRule(sketch: Sketch): Promise<ExplainedRule> {
  const { body, context, budgets = defaultBudgets } = sketch;
  const schemas = compileSchemas(new Map(Object.entries(sketch.schemas)));
  const check = (
    name: string | undefined,
    value: unknown,
    isResult: boolean,
  ): ExplainedSchema | undefined => {
    const schema = name === undefined ? undefined : schemas.get(name);
    if (schema?.ok !== true) return undefined;
    const problems = schema.validate(value).map((problem) => {
      const hint = isResult ? hintForResult(problem) : undefined;
      return hint === undefined ? problem.message : `${problem.message}. ${hint}`;
    });
    return { schema: name!, problems };
  };
  const run = async (expression: Traced): Promise<{ value?: unknown; fault?: Fault }> => {
    try {
      return { value: await expression.expression.evaluate(body, context) };
    } catch (error) {
      return { fault: faultOf(error) };
    }
  };
  const when = sketch.when === undefined ? undefined : traced(sketch.when, budgets);
  const asked = when && (await run(when));
  const told = when &&
    asked && {
      when: {
        ...{ source: sketch.when!, isTrue: asked.value === true, ...when.trace() },
        ...(asked.value !== true && asked.fault === undefined && { why: when.whyNot() }),
        ...(asked.fault && { fault: asked.fault }),
      },
    };
  const input = check(sketch.input, body, false);
  const rule = traced(sketch.rule, budgets);
  if (asked !== undefined && asked.value !== true) return { ...told, ...(input && { input }) };
  if (rule === undefined)
    return { ...told, fault: { code: "TRANSFORM_RULE_FAILED", message: "The rule does not compile." } };
  const { value: result, fault } = await run(rule);
  const empty: Fault = { code: "TRANSFORM_RESULT_EMPTY", message: "The rule made nothing of this body." };
  const wrong = fault ?? (result === undefined ? empty : undefined);
  const output = result === undefined ? undefined : check(sketch.output, result, true);
  return {
    ...told,
    ...(input && { input }),
    rule: { source: sketch.rule, ...rule.trace(), ...(wrong && { fault: wrong }) },
    ...(output && { output }),
    ...(result !== undefined && { result }),
  };
}

function faultOf(error: unknown): Fault {
  if (error instanceof SignalboxError) return { code: error.code, message: error.detail };
  return { code: "TRANSFORM_RULE_FAILED", message: "It failed in a way that nobody foresaw." };
}
