/** What a rule sees beside the body: `$event`, the time it was received, and chance that its id decides. */
import type { EventContext } from "../core/event.ts";
import { builtins } from "./jsonata.ts";
import type { Definition, Implementation } from "./jsonata.ts";
import type { Meter } from "./meter.ts";
import { seeded } from "./seeded.ts";
import type { Seeded } from "./seeded.ts";

/** Names, without `$`, of what a rule can use beside jsonata's own functions. */
export const ownNames: readonly string[] = ["event", "uuid"];

/** The functions that depend on the event, for one expression; `begin` says which event comes now. */
export interface EventFunctions {
  readonly definitions: ReadonlyMap<string, Definition>;
  /** Chance begins anew, so that a retry yields the same payload. */
  begin(event: EventContext): void;
}

/** `$now`, `$millis`, `$random`, `$shuffle` and `$uuid` of an event. */
export function eventFunctions(meter: Meter): EventFunctions {
  let current: EventContext | undefined;
  let begun: Seeded | undefined;
  const chance = (): Seeded => (begun ??= seeded(current!.id));
  const received = (): number => Date.parse(current!.receivedAt);
  const fromMillis = builtins.get("fromMillis")!.implementation;
  const now: Implementation = function (picture, timezone) {
    if (typeof picture === "string") meter.picture(picture);
    return fromMillis.call(this, received(), picture, timezone);
  };
  const shuffle: Implementation = (items) => (Array.isArray(items) ? shuffled(items, chance()) : items);
  const definitions = new Map([
    ["now", like("now", now)],
    ["millis", like("millis", received)],
    ["random", like("random", () => chance().number())],
    ["uuid", like("random", () => chance().uuid())],
    ["shuffle", like("shuffle", shuffle)],
  ]);
  const begin = (event: EventContext): void => {
    current = event;
    begun = undefined;
  };
  return { definitions, begin };
}

/** A function with the signature of a built-in. */
const like = (name: string, implementation: Implementation): Definition => ({
  ...builtins.get(name)!,
  implementation,
});

/** Fisher and Yates, as Durstenfeld has it (CACM 1964, algorithm 235), on a copy. */
function shuffled(items: readonly unknown[], chance: Seeded): unknown[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(chance.number() * (last + 1));
    [result[last], result[other]] = [result[other], result[last]];
  }
  return result;
}
