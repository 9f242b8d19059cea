/**
 * Where an evaluation goes on that takes longer than a turn of the event loop may: nowhere, unless a process that serves others
 * names a thread. Evaluations are synchronous, and what comes meanwhile would wait for as long as the budgets of a rule last.
 */
import type { ErrorCode } from "../core/errors.ts";
import type { EventContext } from "../core/event.ts";
import type { Budgets } from "./budgets.ts";

/** An expression and what it is evaluated on; all of it can be given to a thread. */
export interface Wish {
  readonly source: string;
  readonly budgets: Budgets;
  readonly payload: unknown;
  readonly context: EventContext;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
}

/** What came of it, with the greatest part of any budget that it used, from 0 to 1. */
export type Told =
  | { readonly spent: number; readonly value: unknown }
  | { readonly spent: number; readonly code: ErrorCode; readonly detail: string };

/** Evaluates elsewhere; undefined where that cannot be done at present. Never throws. */
export type Aside = (wish: Wish) => Promise<Told | undefined>;

/** The process's own. Set once, by whoever starts it. */
export const aside: { take?: Aside | undefined } = {};
