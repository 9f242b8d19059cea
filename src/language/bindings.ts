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

/** `$now`, `$millis`, `$toMillis`, `$random`, `$shuffle` and `$uuid` of an event. */
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
  // Where a picture leaves the date out, jsonata takes today's from the environment.
  const toMillis: Implementation = function (time, picture) {
    for (const text of [time, picture]) if (typeof text === "string") meter.picture(text);
    const environment = { timestamp: new Date(received()) };
    return builtins.get("toMillis")!.implementation.call({ ...this, environment }, time, picture);
  };
  const shuffle: Implementation = (items) => (Array.isArray(items) ? shuffled(items, chance()) : items);
  const definitions = new Map([
    ["now", like("now", now)],
    ["millis", like("millis", received)],
    ["toMillis", like("toMillis", toMillis)],
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

/** A function with the signature of a built-in, and its number of parameters, which `$map` goes by. */
function like(name: string, implementation: Implementation): Definition {
  const builtin = builtins.get(name)!;
  const { length } = builtin.implementation;
  return { ...builtin, implementation: Object.defineProperty(implementation, "length", { value: length }) };
}

/** Fisher and Yates, as Durstenfeld has it (CACM 1964, algorithm 235), on a copy. */
function shuffled(items: readonly unknown[], chance: Seeded): unknown[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(chance.number() * (last + 1));
    [result[last], result[other]] = [result[other], result[last]];
  }
  return result;
}
