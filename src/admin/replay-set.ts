/** Which deliveries a replay is of: fixed when it is made, so that one that fails again is not taken again. */
import { SignalboxError } from "../core/errors.ts";
import type { Filter, History, ListedDelivery } from "../history.ts";
import type { Filter as AskedFilter } from "./shapes/deliveries.ts";

/** What may be run again. Open ones are on their way already, but for those that wait for their next attempt. */
const ENDED = ["dead", "delivered", "filtered", "discarded", "deviated", "superseded"];
const REPLAYABLE = [...ENDED, "retrying"];

/** The API's filter as the history takes it. Throws ADMIN_INPUT_INVALID for one that takes everything, or what cannot be replayed. */
export function replayFilter(asked: AskedFilter): Filter {
  const { from, to, tag, state, ...rest } = asked;
  if (Object.keys(asked).length === 0)
    throw new SignalboxError(
      "ADMIN_INPUT_INVALID",
      "The filter must name something: everything is too much.",
    );
  if (state !== undefined && !REPLAYABLE.includes(state)) {
    const said = `The filter's state must be one of ${REPLAYABLE.join(", ")}: others are on their way already.`;
    throw new SignalboxError("ADMIN_INPUT_INVALID", said);
  }
  const at = tag?.indexOf(":") ?? -1;
  return {
    ...rest,
    ...(state !== undefined && { state }),
    ...(from !== undefined && { from: Date.parse(from) }),
    ...(to !== undefined && { to: Date.parse(to) }),
    ...(tag !== undefined && { tag: { name: tag.slice(0, at), value: tag.slice(at + 1) } }),
  };
}

/** Whether one that the filter found belongs to the set: it is as it was at `createdAt` (epoch ms), and can be run again. */
export function belongs(delivery: ListedDelivery, filter: Filter, createdAt: number): boolean {
  if (Date.parse(delivery.changedAt) >= createdAt) return false;
  return filter.state !== undefined || ENDED.includes(delivery.state);
}

/** True where the target has, or may have, taken the delivery: nobody knows what became of a request without an answer. */
export function mayRepeat({
  state,
  status,
  code,
}: Pick<ListedDelivery, "state" | "status" | "code">): boolean {
  if (state === "delivered" || state === "deviated") return true;
  const unheard = ["FORWARD_TIMEOUT", "FORWARD_CONNECTION_FAILED", "FORWARD_ATTEMPTS_EXHAUSTED"];
  return status === undefined && code !== undefined && unheard.includes(code);
}

/** A set, counted: `complete` is false where counting was cut short. */
export interface CountedSet {
  readonly count: number;
  readonly complete: boolean;
  readonly duplicates: number;
  readonly sample: readonly ListedDelivery[];
  /** How many were made by which version of their route; "" where none is known. */
  readonly byVersion: ReadonlyMap<string, number>;
}

const MAX_COUNTED = 50_000;
const COUNT_MS = 2_500;
const PAGE = 500;
const SAMPLE = 5;

/** Counts the set as it is at `now`. */
export async function countSet(
  filter: Filter,
  history: Pick<History, "deliveries">,
  now: number,
): Promise<CountedSet> {
  const begun = performance.now();
  let count = 0;
  let duplicates = 0;
  const sample: ListedDelivery[] = [];
  const byVersion = new Map<string, number>();
  let cursor: string | undefined;
  do {
    const page = await history.deliveries({
      ...filter,
      limit: PAGE,
      ...(cursor !== undefined && { cursor }),
    });
    for (const delivery of page.items) {
      if (!belongs(delivery, filter, now)) continue;
      count++;
      if (mayRepeat(delivery)) duplicates++;
      byVersion.set(delivery.rule ?? "", (byVersion.get(delivery.rule ?? "") ?? 0) + 1);
      if (sample.length < SAMPLE) sample.push(delivery);
    }
    cursor = page.next;
  } while (cursor !== undefined && count < MAX_COUNTED && performance.now() - begun < COUNT_MS);
  return { count, complete: cursor === undefined, duplicates, sample, byVersion };
}
