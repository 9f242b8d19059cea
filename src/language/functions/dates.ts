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
 * jsonata reads with a regular expression that it makes of the picture. Where two neighbours and what stands between them may
 * be of the same characters, they can share a text in many ways: each such pair multiplies the ways by the text's length.
 */
function checkReading(run: Run, time: string, picture: string): void {
  const components = [...picture.matchAll(/\[([^\]]*)\]([^[]*)/g)];
  let ways = 0;
  for (let at = 0; at + 1 < components.length; at++) {
    const [, one, between] = components[at]!;
    const shared = kindsOf(one!) & kindsOf(components[at + 1]![1]!);
    // The package gives numbers that stand side by side the width of their pictures.
    const isFixed = between === "" && shared === DIGITS && /^\s*[^fZz\s](?:\s*[^#\s]|\s*$)/.test(one!);
    if (shared !== 0 && !isFixed && [...between!].every((unit) => (kindOf(unit) & shared) !== 0)) ways++;
  }
  const units = time.length ** Math.min(8, 1 + ways);
  if ((run.pattern -= units) < 0) throw new BudgetExceeded("pattern", run.budgets.pattern);
}

const DIGITS = 1;
const LETTERS = 2;
const BLANKS = 4;

const kindOf = (unit: string): number =>
  /\d/.test(unit) ? DIGITS : /[a-zA-Z]/.test(unit) ? LETTERS : /[ ,-]/.test(unit) ? BLANKS : 0;

/** What a component's text may be of: words have blanks between them, ordinals letters behind. */
function kindsOf(component: string): number {
  const letter = component.trim()[0];
  const shape = component.replaceAll(/\s+/g, "").slice(1).split(",")[0]!;
  if (/^W?w/i.test(shape)) return LETTERS | BLANKS;
  if (/^[nNaAiI]/.test(shape) || (shape === "" && /[FPxCE]/.test(letter ?? ""))) return LETTERS;
  if (letter === "Z" || letter === "z") return DIGITS | BLANKS;
  return shape.endsWith("o") ? DIGITS | LETTERS : DIGITS;
}
