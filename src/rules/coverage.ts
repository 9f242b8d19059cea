/** Coverage of a workspace's rules by its cases: parts and arms that ran, fields that were made, fields that were read. */
import { readable } from "../core/reads.ts";
import { isFields, pointerKeys, pointerStep } from "../core/schema-walk.ts";
import { covered } from "../language/coverage.ts";
import type { Covered, ExpressionCoverage } from "../language/coverage.ts";
import type { Expression } from "../language/expression.ts";
import { SignalboxError } from "../core/errors.ts";
import { casesOf } from "./cases.ts";
import type { Outcome, Running } from "./cases.ts";
import { fieldsOf } from "./schema-fields.ts";
import type { Case, Transform, Workspace } from "./workspace.ts";

/** One of a transform's or a route's expressions, with the place of its text. */
export interface CoveredRule extends ExpressionCoverage {
  readonly kind: "transform" | "when";
  /** Of the transform or the route. */
  readonly name: string;
  /** Relative to the workspace. */
  readonly file: string;
}

/** What the cases of a transform show of its payloads; paths are JSON Pointers with `*` for items of lists. */
export interface CoveredFields {
  readonly transform: string;
  /** Required by the output schema: made by a case, or by none. */
  readonly made: readonly string[];
  readonly neverMade: readonly string[];
  /** Of the input schema, or of the cases' bodies where there is none: read by the rule, or never; the outermost of each kind. */
  readonly read: readonly string[];
  readonly neverRead: readonly string[];
}

export interface Coverage {
  readonly rules: readonly CoveredRule[];
  readonly fields: readonly CoveredFields[];
}

/** Measures what `runCases` runs with `running`; transforms without a case count as not run at all. */
export interface Measuring {
  readonly running: Pick<Running, "heard" | "instead">;
  coverage(): Coverage;
}

interface Notes {
  readonly reads: Set<string>;
  readonly made: Set<string>;
  readonly given: Set<string>;
}

/** Begins to measure the rules that a filter's cases try, or all; the workspace's own expressions stay as they are. */
export function measure(workspace: Workspace, filter?: string): Measuring {
  const tried = new Set(casesOf(workspace, filter).map(({ transform }) => transform.name));
  const isMeant = (name: string): boolean => filter === undefined || tried.has(name);
  const transforms = [...workspace.transforms.values()].filter(({ name }) => isMeant(name));
  const notes = new Map<string, Notes>();
  const stands = new Map<Expression, { readonly counted: Covered; readonly stand: Expression }>();
  const rules: { kind: CoveredRule["kind"]; name: string; file: string; counted: Covered }[] = [];
  const add = (
    kind: CoveredRule["kind"],
    name: string,
    expression: Expression,
    reads?: Set<string>,
  ): void => {
    const counted = covered(expression.source, expression.budgets);
    if (counted === undefined) return;
    const stand = reads === undefined ? counted.expression : reading(counted.expression, reads);
    stands.set(expression, { counted, stand });
    const file = kind === "transform" ? `transforms/${name}.jsonata` : `routes/${name}.yaml`;
    rules.push({ kind, name, file, counted });
  };
  for (const { name, rule } of transforms) {
    const note: Notes = { reads: new Set(), made: new Set(), given: new Set() };
    notes.set(name, note);
    add("transform", name, rule, note.reads);
  }
  for (const { name, when, transform } of workspace.routes.values())
    if (when !== undefined && transform !== undefined && isMeant(transform.name))
      add("when", name, when, notes.get(transform.name)?.reads);
  return {
    running: {
      instead: (expression) => stands.get(expression)?.stand ?? expression,
      heard: (one, transform, outcome) => note(notes.get(transform.name), one, outcome),
    },
    coverage: () => ({
      rules: rules.map(({ counted, ...rule }) => ({ ...rule, ...counted.coverage() })),
      fields: transforms.map((transform) => fieldsCovered(transform, notes.get(transform.name)!, workspace)),
    }),
  };
}

/** Of a copy, since aliases of a YAML file would make two fields one. */
function reading(expression: Expression, reads: Set<string>): Expression {
  const evaluateNow: Expression["evaluateNow"] = (payload, ...rest) => {
    const copy: unknown = JSON.parse(JSON.stringify(payload ?? null));
    return expression.evaluateNow(
      readable(copy, (path) => reads.add(path)),
      ...rest,
    );
  };
  const evaluate: Expression["evaluate"] = async (payload, context, variables) =>
    Promise.resolve(evaluateNow(payload, context, variables));
  return { ...expression, evaluateNow, evaluate };
}

function note(notes: Notes | undefined, one: Case, outcome: Outcome): void {
  if (notes === undefined) return;
  if (one.expected.kind !== "error") addPaths(one.payload, "", notes.given);
  if (!(outcome instanceof SignalboxError) && !outcome.filtered) addPaths(outcome.result, "", notes.made);
}

function addPaths(value: unknown, path: string, into: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) addPaths(item, `${path}/*`, into);
  else if (isFields(value))
    for (const key of Object.keys(value)) {
      into.add(path + pointerStep(key));
      addPaths(value[key], path + pointerStep(key), into);
    }
}

function fieldsCovered(
  { name, input, output }: Transform,
  notes: Notes,
  workspace: Workspace,
): CoveredFields {
  const schemaOf = (schema: string | undefined): unknown =>
    schema === undefined ? undefined : workspace.schemas.get(schema)?.schema;
  const required = fieldsOf(schemaOf(output?.name), workspace.schemas).filter((field) => field.required);
  const made = required.filter(({ path }) => notes.made.has(path)).map(({ path }) => path);
  const neverMade = required.filter(({ path }) => !notes.made.has(path)).map(({ path }) => path);
  const declared = fieldsOf(schemaOf(input?.name), workspace.schemas).map(({ path }) => path);
  const known = declared.length > 0 ? declared : [...notes.given];
  const isRead = (path: string): boolean => notes.reads.has(path);
  return {
    transform: name,
    ...{ made, neverMade },
    read: known.filter(isRead),
    neverRead: outermost(known.filter((path) => !isRead(path))),
  };
}

/** Without those that lie below another one. */
export function outermost(paths: readonly string[]): string[] {
  const all = new Set(paths);
  return paths.filter((path) => {
    const keys = pointerKeys(path);
    return !keys.some((_, at) => at > 0 && all.has(keys.slice(0, at).map(pointerStep).join("")));
  });
}

/** Parts and arms that ran, and how many there are. */
export interface Share {
  readonly parts: number;
  readonly partsRan: number;
  readonly arms: number;
  readonly armsRan: number;
  /** Of parts and arms together; 100 where there are none. */
  readonly percent: number;
}

/** The share of one rule, or of several together. */
export function shareOf(rules: readonly ExpressionCoverage[]): Share {
  const ran = (all: readonly { readonly count: number }[]): number =>
    all.filter(({ count }) => count > 0).length;
  const parts = rules.flatMap((rule) => rule.parts);
  const arms = rules.flatMap((rule) => rule.arms);
  const [partsRan, armsRan] = [ran(parts), ran(arms)];
  const total = parts.length + arms.length;
  // Rounded down: 100 means all of them.
  const percent = total === 0 ? 100 : Math.floor((1000 * (partsRan + armsRan)) / total) / 10;
  return { parts: parts.length, partsRan, arms: arms.length, armsRan, percent };
}
