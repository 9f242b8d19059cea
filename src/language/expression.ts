/** JSONata behind one small interface: compile an expression, evaluate it on an event's body. */
import type { ErrorCode } from "../core/errors.ts";
import type { EventContext } from "../core/event.ts";
import { setImmediate as nextTurn } from "node:timers/promises";
import { eventFunctions } from "./bindings.ts";
import type { EventFunctions } from "./bindings.ts";
import { failureOf } from "./failure.ts";
import type { OwnWords } from "./failure.ts";
import { compileDirect } from "./direct.ts";
import { createGate } from "./gate.ts";
import { guarded } from "./guards.ts";
import { builtins } from "./jsonata.ts";
import type { Node, Parsed } from "./jsonata.ts";
import { createMeter } from "./meter.ts";
import type { Meter } from "./meter.ts";
import { rewriteOperators } from "./operators.ts";
import { readExpression } from "./problems.ts";
import { plainJson } from "./result.ts";
import { placeOf, resultStart } from "./tokens.ts";
import { ownWordsIn } from "./tree.ts";

/** A JSONata expression ready to run. */
export interface Expression {
  readonly source: string;
  /**
   * The result as plain JSON (own copies, ordinary prototypes, no aliases of the input), or undefined for "nothing".
   * Throws SignalboxError TRANSFORM_RULE_FAILED, TRANSFORM_LIMIT_EXCEEDED or TRANSFORM_RESULT_INVALID with line and column
   * in its detail, and no value of the payload.
   */
  evaluate(payload: unknown, context: EventContext): Promise<unknown>;
}

/** Something that is wrong in an expression's text. */
export interface ExpressionProblem {
  /** RULE_SYNTAX_INVALID, RULE_FUNCTION_UNKNOWN, RULE_EVAL_REFUSED or RULE_REGEX_INVALID. */
  readonly code: ErrorCode;
  /** Of the token, from 1. */
  readonly line: number;
  /** Of the token, from 1, in UTF-16 units. */
  readonly column: number;
  readonly message: string;
  readonly fix: string | undefined;
}

export type Compiled =
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly problems: readonly ExpressionProblem[] };

/** Compiles an expression of at most 64 KB, or tells all that is wrong with it. */
export function compileExpression(source: string): Compiled {
  const meter = createMeter();
  const { parsed, mistakes } = readExpression(source, meter.checkTime);
  if (parsed === undefined || mistakes.length > 0) {
    const problems = mistakes.map(({ offset, ...rest }) => ({ ...rest, ...placeOf(source, offset) }));
    return { ok: false, problems };
  }
  const ownWords = ownWordsIn(parsed.tree);
  const start = resultStart(source);
  rewriteOperators(parsed.tree);
  const functions = eventFunctions(meter);
  for (const [name, definition] of [...guarded(meter), ...functions.definitions])
    parsed.define(name, definition);
  const direct = directly(parsed.tree);
  return { ok: true, expression: ready({ source, parsed, meter, functions, ownWords, start, direct }) };
}

/** Evaluates directly, with counters and functions of its own; undefined where the reference has to be asked. */
type Direct = (payload: unknown, context: EventContext) => { readonly value: unknown } | undefined;

function directly(tree: Node): Direct | undefined {
  const meter = createMeter();
  const functions = eventFunctions(meter);
  const definitions = new Map([...builtins, ...guarded(meter), ...functions.definitions]);
  const run = compileDirect(tree, definitions, meter);
  return (
    run &&
    ((payload, context) => {
      meter.restart();
      functions.begin(context);
      try {
        return { value: plainJson(run(payload, { event: context })) };
      } catch {
        // Whatever it is, an error of the rule included: the reference finds it again and says where.
        return undefined;
      }
    })
  );
}

interface Prepared {
  readonly source: string;
  readonly parsed: Parsed;
  readonly meter: Meter;
  readonly functions: EventFunctions;
  readonly ownWords: OwnWords;
  /** Offset of what yields the result. */
  readonly start: number;
  readonly direct: Direct | undefined;
}

/**
 * All evaluations of the process pass here: jsonata's limit of time is wall-clock and knows nothing of others, and what an
 * expression counts is counted for one evaluation at a time.
 */
const oneAtATime = createGate();

function ready({ source, parsed, meter, functions, ownWords, start, direct }: Prepared): Expression {
  const run = async (payload: unknown, context: EventContext): Promise<unknown> => {
    meter.restart();
    functions.begin(context);
    try {
      return plainJson(await parsed.run(payload, { event: context, eval: undefined }));
    } catch (thrown) {
      // jsonata evaluates an object's fields side by side and leaves the others running when one fails. They wait for
      // nothing but each other, so by the next turn of the event loop they have ended.
      await nextTurn();
      throw failureOf(thrown, source, start, ownWords);
    }
  };
  const evaluate: Expression["evaluate"] = (payload, context) => {
    const found = direct?.(payload, context);
    return found === undefined ? oneAtATime(() => run(payload, context)) : Promise.resolve(found.value);
  };
  return { source, evaluate };
}
