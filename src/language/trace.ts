/** What each part of an expression yielded in one evaluation, why it was not true, and where a value became nothing. */
import type { Budgets } from "./budgets.ts";
import type { Expression } from "./expression.ts";
import type { Node } from "./jsonata.ts";
import { nearest } from "../core/suggest.ts";
import { shownValue } from "./shown-value.ts";
import { placesIn } from "./tokens.ts";
import type { Place } from "./tokens.ts";
import { childrenOf } from "./tree.ts";
import { watchExpression } from "./watched.ts";
import type { Part, Watched } from "./watched.ts";

/** A part with what it yielded. */
export interface TracedPart extends Place {
  readonly endLine: number;
  readonly endColumn: number;
  readonly text: string;
  /** How often it was evaluated. */
  readonly count: number;
  /** The first values, as short JSON; `nothing`, `a function`. */
  readonly values: readonly string[];
}

/** A place where something was looked for and not found. */
export interface Missing extends Place {
  readonly text: string;
  readonly why: string;
}

export interface Trace {
  readonly parts: readonly TracedPart[];
  readonly missing: readonly Missing[];
}

export interface Traced {
  readonly expression: Expression;
  /** Of the evaluations so far. */
  trace(): Trace;
  /** For a condition that did not hold: the clause that was not true, with its values. */
  whyNot(): string;
}

/** Values of a part that are kept. */
const KEPT = 4;
/** UTF-16 units of a part's text that are shown. */
const TEXT = 120;

/** The expression, traced; undefined where it does not compile. */
export function traced(source: string, budgets: Budgets): Traced | undefined {
  const watched = watchExpression(source, budgets, { keep: KEPT });
  if (watched === undefined) return undefined;
  return {
    expression: watched.expression,
    trace: () => ({ parts: tracedParts(watched), missing: missingIn(watched) }),
    whyNot: () => whyNot(watched.tree, watched),
  };
}

const LITERAL = /^(?:string|number|value|regex|lambda|block)$/;

function tracedParts({ tried: parts, source, tree }: Watched): TracedPart[] {
  const steps = stepsIn(tree);
  const placeOf = placesIn(source);
  const shown = parts.filter(
    ({ node, seen }) => seen.count > 0 && !LITERAL.test(node.type) && !steps.has(node),
  );
  return shown
    .filter(({ start, end }, at) => shown[at - 1]?.start !== start || shown[at - 1]?.end !== end)
    .map(({ start, end, seen }) => {
      const to = placeOf(end);
      return {
        ...placeOf(start),
        ...{ endLine: to.line, endColumn: to.column },
        text: textAt(source, start, end),
        count: seen.count,
        values: seen.values.map((value) => shownValue(value)),
      };
    });
}

/** Steps of paths are told as their path. */
function stepsIn(node: Node, found = new Set<Node>()): Set<Node> {
  if (node.type === "path")
    for (const step of node.steps as readonly Node[])
      if (/^(?:name|variable)$/.test(step.type)) found.add(step);
  for (const child of childrenOf(node)) stepsIn(child, found);
  return found;
}

function textAt(source: string, start: number, end: number): string {
  const text = source.slice(start, end).replaceAll(/\s+/g, " ");
  return text.length > TEXT ? `${text.slice(0, TEXT - 1)}…` : text;
}

/** A part that yielded nothing although nothing below it did. */
function missingIn({ tried: parts, source, seenOf }: Watched): Missing[] {
  const began = (node: Node): boolean =>
    childrenOf(node).every((child) => (seenOf(child)?.nothing ?? 0) === 0 && began(child));
  const placeOf = placesIn(source);
  return parts
    .filter(({ node, seen }) => seen.nothing > 0 && node.type !== "block" && began(node))
    .map((part) => ({
      ...placeOf(part.start),
      text: textAt(source, part.start, part.end),
      why: whyNothing(part),
    }));
}

function whyNothing({ node, seen: { emptyOn, count, nothing } }: Part): string {
  const often = nothing < count ? ` (${nothing} of ${count} times)` : "";
  if (node.type === "name") return noField(String(node.value), emptyOn) + often;
  if (node.type === "condition") return `the condition was not true, and there is no other arm${often}`;
  if (node.type === "variable") return `\`$${String(node.value)}\` is bound to nothing here${often}`;
  if (node.type === "path") return `nothing is left of it${often}`;
  return `it yields nothing${often}`;
}

/** Names of fields that are told. */
const NAMES = 8;

function noField(name: string, on: unknown): string {
  if (on === undefined) return `there is nothing in which \`${name}\` could be`;
  if (on === null) return `null has no \`${name}\``;
  if (typeof on !== "object")
    return `${typeof on === "string" ? "a text" : `a ${typeof on}`} has no \`${name}\``;
  const items: readonly unknown[] = Array.isArray(on) ? on : [on];
  if (items.length === 0) return "the list is empty";
  const names = [...new Set(items.flatMap((item) => (isObject(item) ? Object.keys(item) : [])))];
  const meant = nearest(name, names);
  const there = names.slice(0, NAMES).join(", ") + (names.length > NAMES ? ", …" : "");
  const has = names.length === 0 ? "it has no fields" : `there are ${there}`;
  return `no \`${name}\`: ${has}${meant === undefined ? "" : `; did you mean \`${meant}\`?`}`;
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Of clauses joined by `and` the first that was not true; of a comparison both sides. */
function whyNot(node: Node, watched: Watched): string {
  const part = watched.parts.find((one) => one.node === node);
  const seen = watched.seenOf(node);
  const text = part === undefined ? "it" : textAt(watched.source, part.start, part.end);
  const value = (one: Node): string => shownValue(watched.seenOf(one)?.values.at(0));
  if (node.type === "block") {
    const last = (node.expressions as readonly Node[]).at(-1);
    if (last !== undefined) return whyNot(last, watched);
  }
  if (seen === undefined || seen.values.length === 0) return `\`${text}\` was not evaluated`;
  const sides = [node.lhs, node.rhs] as [Node, Node];
  if (node.type === "binary" && node.value === "and") {
    const failed = sides.find((side) => (watched.seenOf(side)?.count ?? 0) > 0 && !truthy(watched, side));
    if (failed !== undefined) return whyNot(failed, watched);
  }
  if (node.type === "binary" && node.value === "or")
    return sides.map((side) => whyNot(side, watched)).join(", and ");
  const inner = node.type === "binary" ? sides : node.type === "function" ? (node.arguments as Node[]) : [];
  const told = inner
    .filter((one) => !LITERAL.test(one.type) && watched.seenOf(one) !== undefined)
    .map((one) => {
      const span = watched.parts.find((other) => other.node === one);
      return span && `\`${textAt(watched.source, span.start, span.end)}\` is ${value(one)}`;
    })
    .filter((one) => one !== undefined);
  return `\`${text}\` is ${value(node)}${told.length === 0 ? "" : `: ${told.join(", ")}`}`;
}

/** As `and` takes it. */
function truthy(watched: Watched, node: Node): boolean {
  const value = watched.seenOf(node)?.values.at(0);
  if (Array.isArray(value)) return value.length > 0 && value.some(Boolean);
  return isObject(value) ? Object.keys(value).length > 0 : Boolean(value);
}
