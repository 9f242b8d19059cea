/** Times, and chance: both are the event's, so that a retry yields the same. */
import { builtin } from "../builtin.ts";
import type { Builtin } from "../builtin.ts";
import { BudgetExceeded, Fault } from "../fault.ts";
import { chanceOf, receivedAt } from "../run.ts";
import type { Run } from "../run.ts";
import { isoMillis } from "./iso-time.ts";
import { checkPicture } from "./numbers.ts";
import { plainPicture } from "./plain-picture.ts";
import { reference } from "./reference.ts";

/** `$now`, `$millis`, `$fromMillis`, `$toMillis`, `$random`, `$uuid`. */
export const dateFunctions: readonly Builtin[] = [
  builtin("now", "<s?s?:s>", (run, picture, timezone) => written(run, receivedAt(run), picture, timezone)),
  builtin("millis", "<:n>", (run) => receivedAt(run)),
  builtin("fromMillis", "<n-s?s?:s>", (run, millis, picture, timezone) =>
    millis === undefined ? undefined : written(run, millis as number, picture, timezone),
  ),
  builtin("toMillis", "<s-s?:n>", (run, time, picture) =>
    time === undefined ? undefined : millisOf(run, time as string, picture as string | undefined),
  ),
  builtin("random", "<:n>", (run) => chanceOf(run).number()),
  builtin("uuid", "<:s>", (run) => chanceOf(run).uuid()),
];

const fromMillis = reference("fromMillis");
const toMillis = reference("toMillis");

function written(run: Run, millis: number, picture: unknown, timezone: unknown): unknown {
  checkPicture(run, picture);
  if (timezone === undefined) {
    const text = plainPicture(picture as string | undefined)?.(millis);
    if (text !== undefined) return text;
  }
  return fromMillis(0, millis, picture, timezone);
}

/** What jsonata takes for ISO 8601. */
const ISO = /^\d{4}(-[01]\d)?(-[0-3]\d)?(T[0-2]\d:[0-5]\d:[0-5]\d)?(\.\d+)?([+-][0-2]\d:?[0-5]\d|Z)?$/;

function millisOf(run: Run, time: string, picture: string | undefined): unknown {
  if (picture === undefined) {
    const millis = isoMillis(time);
    if (millis !== undefined) return millis;
    checkPicture(run, time);
    if (!ISO.test(time)) throw new Fault("D3110", { value: time });
    return Date.parse(time);
  }
  checkPicture(run, time);
  checkPicture(run, picture);
  checkReading(run, time, picture);
  return toMillis(receivedAt(run), time, picture);
}

/**
 * jsonata reads with a regular expression that it makes of the picture. Two components of one kind with nothing but that
 * kind between them can share a text in many ways; more than a few such pairs and it would try for ever.
 */
function checkReading(run: Run, time: string, picture: string): void {
  const components = [...picture.matchAll(/\[[^\]]*\]([^[]*)/g)];
  const pairs = components.filter(([, between]) => /^[\w ,-]*$/.test(between!)).length;
  const digitsApart = components.filter(([, between]) => /^[ ,-]+$/.test(between!)).length;
  const ways = Math.max(0, pairs - digitsApart - 7);
  const units = time.length ** Math.min(8, 1 + ways);
  if ((run.pattern -= units) < 0) throw new BudgetExceeded("pattern", run.budgets.pattern);
}
