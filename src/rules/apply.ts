/** What a route does to a payload: `when`, input schema, rule, output schema. Deliveries, cases and `try` share it. */
import { SignalboxError, detailOf } from "../core/errors.ts";
import { schemaPartOf } from "../core/schema-part.ts";
import type { EventContext } from "../core/event.ts";
import type { Expression } from "../language/expression.ts";
import { lookupsIn } from "../language/lookups.ts";
import { hintForResult } from "../language/hints.ts";
import type { Route, Transform } from "./workspace.ts";

/** Of a route or of a transform alone; `name` is the route's. */
export interface Applicable {
  readonly name?: string;
  readonly when?: Expression;
  readonly transform?: Pick<Transform, "name" | "rule" | "input" | "output">;
}

/** What applying a route has to do with others. */
export interface Beside {
  /** Hears what the rule made, whether or not it fits. */
  readonly yielded?: (result: unknown) => void;
  /** Hears the greatest part of any of its budgets that the rule used, from 0 to 1, also where it failed. */
  readonly spent?: (share: number) => void;
  /** Brings `$enrich`, once it is known that the event is wanted, unless `when` reads of it. Absent: nothing is looked up. */
  readonly look?: (() => Promise<Readonly<Record<string, unknown>>>) | undefined;
}

export type Applied = { readonly filtered: true } | { readonly filtered: false; readonly result: unknown };

/**
 * Applies a route to a payload, which is left as it is. Throws SignalboxError TRANSFORM_*, with the first problem of a
 * schema and the place in an expression, never with a value; and what `look` throws.
 */
export async function applyRoute(
  parts: Applicable,
  payload: unknown,
  context: EventContext,
  { yielded, spent, look }: Beside = {},
): Promise<Applied> {
  const { when, transform } = parts;
  const early = look !== undefined && when !== undefined && readsLookups(when) ? await look() : undefined;
  if (when !== undefined && !(await isWanted(when, parts.name, payload, context, early)))
    return { filtered: true };
  if (transform === undefined) return { filtered: false, result: payload };
  const { name, rule, input, output } = transform;
  const misfit = input?.validate(payload)[0];
  if (misfit !== undefined) {
    const said = `The body does not satisfy schema \`${input!.name}\` of transform \`${name}\`: ${misfit.message}.`;
    const schema = schemaPartOf(input!.name, misfit.schemaPath);
    throw new SignalboxError("TRANSFORM_INPUT_INVALID", said, { schema });
  }
  const enrich = early ?? (look && (await look()));
  const result = await run(rule, name, payload, context, enrich, spent);
  if (result === undefined) {
    throw new SignalboxError(
      "TRANSFORM_RESULT_EMPTY",
      `The rule of transform \`${name}\` made nothing of this body.`,
    );
  }
  yielded?.(result);
  const misfitting = output?.validate(result)[0];
  if (misfitting !== undefined) {
    const hint = hintForResult(misfitting);
    const said = `The result does not satisfy schema \`${output!.name}\` of transform \`${name}\`: ${misfitting.message}.${hint === undefined ? "" : ` ${hint}`}`;
    const schema = schemaPartOf(output!.name, misfitting.schemaPath);
    throw new SignalboxError("TRANSFORM_OUTPUT_INVALID", said, { schema });
  }
  return { filtered: false, result };
}

/** What a route would send of one event; of a batch, as if it were alone in it. Throws as `applyRoute`. */
export async function applyToOne(
  parts: Applicable & Pick<Route, "line">,
  payload: unknown,
  context: EventContext,
): Promise<Applied> {
  if (parts.line?.rule !== "batch") return applyRoute(parts, payload, context);
  const { when, ...rest } = parts;
  const judged =
    when && (await applyRoute({ ...(rest.name && { name: rest.name }), when }, payload, context));
  if (judged?.filtered) return judged;
  return applyRoute(rest, [payload], { ...context, events: [context] });
}

async function run(
  rule: Expression,
  name: string,
  payload: unknown,
  context: EventContext,
  enrich: unknown,
  spent: Beside["spent"],
): Promise<unknown> {
  try {
    return await rule.evaluate(payload, context, given(enrich), spent);
  } catch (cause) {
    if (!(cause instanceof SignalboxError)) throw cause;
    throw new SignalboxError(cause.code, `Transform \`${name}\`, ${cause.detail}`, { cause });
  }
}

async function isWanted(
  when: Expression,
  route: string | undefined,
  payload: unknown,
  context: EventContext,
  enrich: unknown,
): Promise<boolean> {
  try {
    return (await when.evaluate(payload, context, given(enrich))) === true;
  } catch (cause) {
    const detail = detailOf(cause);
    const whose = route === undefined ? "The `when`" : `The \`when\` of route \`${route}\``;
    throw new SignalboxError("TRANSFORM_WHEN_FAILED", `${whose} failed: ${detail}`, { cause });
  }
}

const reading = new WeakMap<Expression, boolean>();

/** True for a `when` that can only be judged once everything has been looked up. */
export function readsLookups(when: Expression): boolean {
  let reads = reading.get(when);
  if (reads === undefined) reading.set(when, (reads = lookupsIn(when.source).length > 0));
  return reads;
}

const given = (enrich: unknown): { readonly enrich: unknown } | undefined =>
  enrich === undefined ? undefined : { enrich };
