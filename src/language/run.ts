/** One evaluation under way: what is left of its budgets, which event it is for, the tail call that comes next. */
import type { EventContext } from "../core/event.ts";
import type { Budgets } from "./budgets.ts";
import { seeded } from "./seeded.ts";
import type { Seeded } from "./seeded.ts";
import type { Callable } from "./callable.ts";
import { BudgetExceeded } from "./fault.ts";

/** The state of one evaluation. Evaluations are synchronous, so that an expression needs one. */
export interface Run {
  readonly budgets: Budgets;
  /** What this evaluation may use of them. */
  allowed: Budgets;
  /** Left. */
  steps: number;
  bytes: number;
  pattern: number;
  /** In use. */
  depth: number;
  context: EventContext | undefined;
  chance: Seeded | undefined;
  /** The call to be made where `TAIL` was returned. */
  tailCall: Callable | undefined;
  tailArgs: unknown[];
}

export function createRun(budgets: Budgets): Run {
  const { steps, bytes, pattern } = budgets;
  return {
    budgets,
    allowed: budgets,
    steps,
    bytes,
    pattern,
    depth: 0,
    context: undefined,
    chance: undefined,
    tailCall: undefined,
    tailArgs: [],
  };
}

/** Begins an evaluation: budgets are full again, and chance begins anew, so that a retry yields the same payload. */
export function begin(run: Run, context: EventContext, allowed = run.budgets): void {
  const { steps, bytes, pattern } = allowed;
  run.allowed = allowed;
  run.steps = steps;
  run.bytes = bytes;
  run.pattern = pattern;
  run.depth = 0;
  run.context = context;
  run.chance = undefined;
}

/** The greatest part of any budget that is used up, from 0 to 1; of depth only what is in use counts. */
export function spentOf({ budgets, allowed, steps, bytes, pattern }: Run): number {
  const spent = Math.max(
    (allowed.steps - steps) / budgets.steps,
    (allowed.bytes - bytes) / budgets.bytes,
    (allowed.pattern - pattern) / budgets.pattern,
  );
  return Math.min(1, Math.max(0, spent));
}

/** Chance as the event's id decides it. */
export function chanceOf(run: Run): Seeded {
  return (run.chance ??= seeded(run.context!.id));
}

/** When the event was received, in ms. */
export function receivedAt(run: Run): number {
  return Date.parse(run.context!.receivedAt);
}

export function spendSteps(run: Run, steps: number): void {
  if ((run.steps -= steps) < 0) throw new BudgetExceeded("steps", run.budgets.steps);
}

export function spendBytes(run: Run, bytes: number): void {
  if ((run.bytes -= bytes) < 0) throw new BudgetExceeded("bytes", run.budgets.bytes);
}

/** For this many items in a new array. */
export function spendItems(run: Run, count: number): void {
  spendBytes(run, ITEM_BYTES * count);
}

/** For a text of this many UTF-16 units in new memory. */
export function spendText(run: Run, length: number): void {
  spendBytes(run, 2 * length);
}

/** For a call of the rule's own functions that is about to nest. */
export function checkDepth(run: Run): void {
  if (run.depth >= run.budgets.depth) throw new BudgetExceeded("depth", run.budgets.depth);
}

/** Bytes that are charged for an item of an array, and for a field of an object. */
export const ITEM_BYTES = 16;
