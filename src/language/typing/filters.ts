/** Predicates in brackets: what is left of a value, by position or by truth. */
import type { Node } from "../jsonata.ts";
import { join } from "./join.ts";
import { narrowed } from "./narrow.ts";
import { onItem } from "./scope.ts";
import type { Env } from "./scope.ts";
import type { Session } from "./session.ts";
import { canBeFalse, canBeTrue, collapsed, countOf } from "./truth.ts";
import { ANY, NEVER, isEmpty, nothingOf, onlyKinds, optional, present } from "./lattice.ts";
import type { Type } from "./lattice.ts";

const MANY = 200;

/** What a predicate leaves of a value. */
export function filterType(predicate: Node, value: Type, env: Env, session: Session): Type {
  const { item, min, max } = countOf(value);
  if (isEmpty(item)) {
    // Of nothing, a condition is evaluated once all the same.
    const verdict = predicate.type === "number" ? undefined : session.infer(predicate, onItem(env, value));
    // A list of positions takes nothing as often as it names it.
    const isListed = verdict?.isAny === true || verdict?.array !== undefined;
    if (isListed && firstItems(predicate, env, session) === undefined) return ANY;
    return value.array === undefined ? value : nothingOf("there are no items");
  }
  const causes = value.nothing ?? [];
  if (predicate.type === "number") {
    const at = Math.floor(predicate.value as number);
    const isThere = at < 0 ? -at <= min : at < min;
    const kept = isThere ? item : optional(item, ...causes, missingAt(value, at));
    return { ...kept, nothing: isThere ? undefined : kept.nothing };
  }
  const first = firstItems(predicate, env, session);
  if (first !== undefined)
    return collapsed({
      item,
      min: Math.min(min, first.min),
      max: Math.min(max, first.max),
      causes: [...causes, ...noneCause(value)],
    });
  const loop = env.loop + (max > MANY ? 1 : 0);
  const at = onItem(env, item, loop);
  const verdict = session.infer(predicate, at);
  return collapsed(keptItems(verdict, { item, min, max }, predicate, at, session, value));
}

/**
 * True where a predicate may let nothing itself pass: a list that is not there is gone through as if it were one item, and what
 * stands behind the filter is then evaluated on nothing.
 */
export function passesNothing(predicate: Node, value: Type, env: Env, session: Session): boolean {
  if (value.nothing === undefined || predicate.type === "number") return false;
  if (firstItems(predicate, env, session) !== undefined) return true;
  const verdict = session.infer(predicate, onItem(env, nothingOf(...value.nothing)));
  return (
    verdict.isAny ||
    verdict.number !== undefined ||
    verdict.array !== undefined ||
    canBeTrue(present(verdict))
  );
}

const missingAt = ({ from }: Type, at: number): string =>
  from === undefined ? `there may be no item [${at}]` : `\`${from}[${at}]\` may be missing`;

const noneCause = ({ from, array }: Type, path = from ?? array?.item.from): string[] =>
  path === undefined ? ["there may be no items"] : [`\`${path}\` may be empty`];

/** `[[0..n]]`: as many of the first items. */
function firstItems(predicate: Node, env: Env, session: Session): { min: number; max: number } | undefined {
  const [range, ...more] =
    predicate.type === "unary" && predicate.value === "[" ? (predicate.expressions as Node[]) : [];
  if (range?.type !== "binary" || range.value !== ".." || more.length > 0) return undefined;
  const from = session.infer(range.lhs as Node, env);
  const to = session.infer(range.rhs as Node, env);
  const isZero = from.number?.values?.length === 1 && from.number.values[0] === 0;
  if (!isZero || to.number === undefined || to.nothing !== undefined) return undefined;
  return { min: Math.max(0, to.number.min + 1), max: Math.max(0, to.number.max + 1) };
}

interface Kept {
  readonly item: Type;
  readonly min: number;
  readonly max: number;
  readonly causes?: readonly string[];
}

function keptItems(verdict: Type, all: Kept, predicate: Node, at: Env, session: Session, value: Type): Kept {
  const isPosition = verdict.number !== undefined || verdict.isAny || verdict.array !== undefined;
  const byTruth = present(onlyKinds({ ...verdict, isAny: false }, "sblof"));
  const left = narrowed(predicate, true, at, session).input;
  const canKeep = verdict.isAny || canBeTrue(byTruth);
  const canDrop = verdict.isAny || verdict.nothing !== undefined || canBeFalse(byTruth);
  const causes = [
    ...(value.nothing ?? []),
    value.from === undefined
      ? "the filter may leave nothing"
      : `the filter on \`${value.from}\` may leave nothing`,
  ];
  // A list of positions takes an item as often as it names it.
  const times = verdict.isAny ? Infinity : Math.max(1, verdict.array?.max ?? 1);
  if (isPosition)
    return { item: canKeep ? join(all.item, left) : all.item, min: 0, max: all.max * times, causes };
  if (!canKeep) return { item: NEVER, min: 0, max: 0, causes };
  return { item: left, min: canDrop ? 0 : all.min, max: all.max, causes };
}
