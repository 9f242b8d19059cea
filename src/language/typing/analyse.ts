/**
 * What a rule reads and makes, and what can go wrong with it, worked out from its schemas before it runs. Where nothing is
 * told, no body that satisfies the input schema makes an operator or a function meet a kind that it does not take, or yields
 * a result that the output schema refuses. Not looked into is what only a text's content tells: whether `$number` can read it.
 */
import type { ErrorCode } from "../../core/errors.ts";
import type { Node } from "../jsonata.ts";
import { readExpression } from "../problems.ts";
import { placeOf, tokenAt, tokensOf } from "../tokens.ts";
import type { Token } from "../tokens.ts";
import { misfits } from "./conform.ts";
import type { Misfit } from "./conform-kind.ts";
import { excusesIn } from "./excuses.ts";
import { inferRule } from "./infer.ts";
import { join } from "./join.ts";
import { narrowed } from "./narrow.ts";
import { typeOf } from "./schema-type.ts";
import type { Part } from "./schema-type.ts";
import { outermost } from "./scope.ts";
import type { TellType, TypeFinding } from "./session.ts";
import { SOME_TEXT } from "./texts.ts";
import { ANY, isNever, optional, present, shapeType, textType } from "./lattice.ts";
import type { Field, Type } from "./lattice.ts";
import { checkVariables } from "./variable-uses.ts";

export { wholeSchema } from "./schema-type.ts";
export type { Part as SchemaPart } from "./schema-type.ts";
export { describe, typeAt } from "./describe.ts";
export type { Type } from "./lattice.ts";

/** A problem at its place; lines and columns count from 1, columns in UTF-16 units. */
export interface TypeProblem {
  readonly code: ErrorCode;
  /** An error surely fails wherever it is evaluated; a warning may. */
  readonly severity: "error" | "warning";
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly fix: string | undefined;
  /** Of the result, where the problem is one of its fields: "payload.severity". */
  readonly path?: string;
}

export interface Analysis {
  readonly problems: readonly TypeProblem[];
  /** Paths of the body that the rule reads. */
  readonly reads: readonly string[];
  /** Of these, those that a name in the rule reads, by the offset behind it. */
  readonly readsAt: ReadonlyMap<number, ReadonlySet<string>>;
  /** What the rule makes. */
  readonly makes: Type;
}

/** What is known besides the rule. */
export interface Surroundings {
  /** True where a route that uses the rule looks things up for it: `$enrich` is there. */
  readonly isEnriched?: boolean;
  /** True where a route that uses the rule collects batches: `$event.events` is there. */
  readonly isBatched?: boolean;
  /** Conditions of the routes that use the rule: one of them holds when it runs. A route without one stands for none. */
  readonly whens?: readonly string[];
  /** The rule's tree, where it has been read already. */
  readonly tree?: Node | undefined;
}

/**
 * Analyses an expression that parses; of one that does not, nothing is told here. Without an input schema, what is not known
 * of the body is not told either.
 */
export function analyse(
  expression: string,
  input: Part | undefined,
  output: Part | undefined,
  { whens = [], tree = readExpression(expression).tree, isEnriched, isBatched }: Surroundings = {},
): Analysis {
  if (tree === undefined) return { problems: [], reads: [], readsAt: new Map(), makes: ANY };
  const body =
    input === undefined ? { ...ANY, nothing: undefined, from: "" } : { ...typeOf(input), from: "" };
  const variables = new Map(VARIABLES);
  if (isEnriched) variables.set("enrich", ENRICH);
  if (isBatched) variables.set("event", BATCHED);
  const conditions = whens.flatMap((when) => readExpression(when).tree ?? []);
  const { findings, reads, readsAt, makes } = inferRule(
    tree,
    { source: expression, input: body, isStrict: input !== undefined, variables },
    (session) => {
      const left = conditions.map((when) => narrowed(when, true, outermost(body), session).input);
      const [first, ...more] = conditions.length === whens.length ? left : [];
      return first === undefined ? body : more.reduce(join, first);
    },
  );
  const all = [...findings];
  const tell: TellType = (code, node, message, more) => {
    const position = typeof node === "number" ? node : (node.position ?? 0);
    all.push({ code, position, message, fix: more?.fix, isSure: more?.isSure === true });
  };
  checkVariables(tree, [...variables.keys()], tell);
  const ofResult = output === undefined ? [] : resultFindings(makes, output, tree, input !== undefined);
  return { problems: excused([...all, ...ofResult], expression), reads: [...reads].sort(), readsAt, makes };
}

/** What a route's condition has against it: it is evaluated before the body is held against the schema. */
export function analyseCondition(
  when: string,
  input: Part | undefined,
  surroundings: Pick<Surroundings, "isEnriched"> = {},
): readonly TypeProblem[] {
  const { problems } = analyse(when, input, undefined, surroundings);
  return problems
    .filter(({ code }) => OF_CONDITIONS.has(code))
    .map((one) => ({ ...one, severity: "warning" }));
}

const OF_CONDITIONS: ReadonlySet<ErrorCode> = new Set([
  "RULE_PATH_UNKNOWN",
  "RULE_OPERAND_TYPE",
  "RULE_ARGUMENT_INVALID",
  "RULE_DEFAULT_NULL",
  "RULE_VARIABLE_UNKNOWN",
  "RULE_VARIABLE_UNUSED",
  "RULE_REGEX_SLOW",
  "RULE_EXCUSE_INVALID",
]);

const TEXT: Type = textType({ ...SOME_TEXT });

const required = (type: Type): Field => ({ type, isRequired: true });

/** `$event`, with what else it has. */
const eventWith = (more: readonly (readonly [string, Field])[]): Type => ({
  ...shapeType({
    fields: new Map([
      ...more,
      ["id", required(textType({ ...SOME_TEXT, min: 30, max: 30, prefix: "evt_", isSolid: true }))],
      ["source", required(textType({ ...SOME_TEXT, min: 1 }))],
      ["type", required(TEXT)],
      [
        "receivedAt",
        required(
          textType({ ...SOME_TEXT, min: 24, max: 24, format: "date-time", isSolid: true, isVolatile: true }),
        ),
      ],
      ["headers", required(shapeType({ fields: new Map(), rest: optional(TEXT), isListed: false }))],
      [
        "query",
        required(
          shapeType({
            fields: new Map(),
            rest: optional(
              join(TEXT, {
                ...ANY,
                isAny: false,
                isNull: false,
                nothing: undefined,
                array: { item: TEXT, min: 0, max: Infinity, isPlain: true },
              }),
            ),
            isListed: false,
          }),
        ),
      ],
      ["method", required(TEXT)],
      ["path", required(TEXT)],
    ]),
    rest: undefined,
    isListed: true,
  }),
  from: "$event",
});

const EVENT = eventWith([]);

/** `$event` of a batch: the first one's, and those of all. */
const BATCHED = eventWith([
  [
    "events",
    required({
      ...ANY,
      isAny: false,
      isNull: false,
      nothing: undefined,
      array: { item: EVENT, min: 1, max: Infinity },
    }),
  ],
]);

/** What every rule is given besides the body. */
export const VARIABLES: ReadonlyMap<string, Type> = new Map([["event", EVENT]]);

/** What a route's lookups have brought: nothing is known of it. */
const ENRICH: Type = { ...ANY, nothing: undefined, from: "$enrich" };

interface ResultFinding extends TypeFinding {
  readonly path: string;
}

function resultFindings(makes: Type, output: Part, tree: Node, isStrict: boolean): ResultFinding[] {
  const position = tree.position ?? 0;
  const found = misfits(present(makes), output)
    .filter(({ isSure }) => isSure || isStrict)
    .map((one): ResultFinding => ({ ...ofMisfit(one, position), path: one.path }));
  if (makes.nothing === undefined || makes.isAny || !isStrict) return found;
  const why = makes.nothing[0];
  const message = `The rule may make nothing${why === undefined ? "" : `: ${why}`}.`;
  return [
    ...found,
    { code: "RULE_RESULT_EMPTY", position, message, isSure: isNever(present(makes)), path: "" },
  ];
}

const ofMisfit = ({ code, path, says, isSure, at, fix }: Misfit, otherwise: number): TypeFinding => ({
  code,
  position: at ?? otherwise,
  message: path === "" ? `The result ${says}.` : `The result's \`${path}\` ${says}.`,
  fix,
  isSure,
});

/** The problems at their places, without those that are excused; and the excuses that excuse nothing. */
function excused(
  findings: readonly (TypeFinding & { readonly path?: string })[],
  source: string,
): TypeProblem[] {
  const tokens = findings.length > 0 ? tokensOf(source) : [];
  const problems = new Map<string, TypeProblem>();
  for (const one of findings) {
    const problem = problemAt(one, source, tokens);
    const key = `${problem.code} ${problem.line}:${problem.column} ${problem.message}`;
    if (problems.get(key)?.severity !== "error") problems.set(key, problem);
  }
  const excuses = excusesIn(source);
  const used = new Set<number>();
  const left = [...problems.values()].filter(({ code, line }) => {
    const fitting = excuses.filter((one) => one.code === code && one.line === line && one.reason !== "");
    for (const { offset } of fitting) used.add(offset);
    return fitting.length === 0;
  });
  const idle = excuses.filter(({ offset }) => !used.has(offset));
  return [...left, ...idle.map((one) => idleExcuse(one, source))].sort(
    (a, b) => a.line - b.line || a.column - b.column,
  );
}

function idleExcuse(
  { code, reason, offset }: ReturnType<typeof excusesIn>[number],
  source: string,
): TypeProblem {
  const message =
    code === ""
      ? "This excuse names no code."
      : reason === ""
        ? `This excuse of ${code} gives no reason.`
        : `There is no ${code} on the line that this excuses.`;
  return {
    code: "RULE_EXCUSE_INVALID",
    severity: "warning",
    ...placeOf(source, offset),
    message,
    fix: undefined,
  };
}

function problemAt(
  { code, position, message, fix, isSure, path }: TypeFinding & { readonly path?: string },
  source: string,
  tokens: readonly Token[],
): TypeProblem {
  const offset = tokenAt(tokens, position)?.start ?? position;
  return {
    ...{ code, severity: isSure ? "error" : "warning", message, fix },
    ...placeOf(source, offset),
    ...(path === undefined || path === "" ? {} : { path }),
  };
}
