/** An attempt with what follows from it, as one call of the record's script. */
import { causeOf } from "../../core/cause.ts";
import type { Attempt, Outcome } from "../../core/delivery.ts";
import type { FlowSign } from "../../core/flow-sign.ts";
import type { Commit, Recorded, Transformed } from "../../ports.ts";
import type { DeliveryMeta } from "./format.ts";
import { hourOf, keys } from "./keys.ts";

export interface Settlement {
  readonly recorded: Recorded;
  readonly attempt: Attempt;
  readonly outcome: Outcome;
  readonly transformed?: Transformed;
  /** The event that is stored with it. */
  readonly follows?: Commit;
  readonly sign?: FlowSign;
}

/** Keys and arguments of that call, but for what finishes it in its queue and what is said of its target; `now` is epoch ms. */
export function settlementOf(
  settlement: Settlement,
  now: number,
): { readonly names: readonly string[]; readonly args: readonly string[] } {
  const { recorded, attempt, outcome, transformed } = settlement;
  const { id, route, target, event, answerTo, line } = recorded.delivery;
  const { source, receivedAt } = recorded.context;
  const { state } = outcome;
  const ever = recorded.attemptsEver + 1;
  const made = transformed?.made;
  const { id: cause = "", ...why } =
    state === "dead" ? causeOf({ route, target }, attempt, outcome.code) : {};
  const meta: DeliveryMeta = {
    r: route,
    t: target,
    s: state,
    n: attempt.number,
    k: ever,
    g: state === "retrying" ? "retry" : attempt.trigger,
    u: now,
    ...(state === "retrying" && { x: outcome.dueAt }),
    ...(state === "retrying" && recorded.version !== undefined && { i: recorded.version }),
    ...(state === "retrying" && answerTo !== undefined && { a: answerTo }),
    ...(state === "retrying" && outcome.because !== undefined && { b: outcome.because }),
    ...(state === "dead" ? { c: outcome.code, f: cause } : attempt.error && { c: attempt.error.code }),
    ...(attempt.status !== undefined && { h: attempt.status }),
    ...(transformed && { v: transformed.rule }),
    ...(made && { z: made.bytes }),
    ...(recorded.by !== undefined && { y: recorded.by }),
    ...(line && { l: line.id }),
    ...(recorded.batch !== undefined && { j: recorded.batch }),
    ...(recorded.hold !== undefined && { o: recorded.hold }),
  };
  const news = { delivery: id, route, target, state, attempt: attempt.number, status: attempt.status };
  const { onDead = "skip", code = "" } = state === "dead" ? outcome : {};
  const dueAt = state === "retrying" ? outcome.dueAt : 0;
  const names = [keys.event(event.slice(4)), keys.ledger(hourOf(Date.parse(receivedAt)))];
  const args = [
    [id, ever, state, dueAt, now, source, target, cause, line?.id ?? "", onDead, code].join("|"),
    JSON.stringify(meta),
    JSON.stringify(attempt),
    made?.text ?? "",
    JSON.stringify(news),
    cause === "" ? "" : JSON.stringify(why),
  ];
  return { names, args };
}
