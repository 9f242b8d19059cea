/** `delay`, `notBefore` and `quietHours` of a route, made ready. */
import { isAlwaysQuiet, isTimeZone, quietHours } from "../core/quiet-hours.ts";
import type { RouteFile } from "../core/route.ts";
import { didYouMean } from "../core/suggest.ts";
import type { QuietHoursFile } from "../core/timing.ts";
import type { Budgets } from "../language/budgets.ts";
import { loadExpression } from "./expressions.ts";
import type { Opened } from "./format.ts";
import type { Tell } from "./problem.ts";
import type { Timing } from "./workspace.ts";

/** The route's timing; undefined where it has none. Whatever is wrong with it is told. */
export function loadTiming(
  { delay, notBefore, quietHours: quiet }: RouteFile,
  opened: Opened,
  budgets: Budgets,
  tell: Tell,
): Timing | undefined {
  if (delay === undefined && notBefore === undefined && quiet === undefined) return undefined;
  const { path, document } = opened;
  const expression =
    notBefore === undefined
      ? undefined
      : loadExpression(notBefore, budgets, ({ code, message, fix, ...inner }) =>
          tell(path, document.within("/notBefore", inner), code, message, fix),
        );
  const isUsable = quiet !== undefined && checkQuiet(quiet, opened, tell);
  return {
    ...(delay !== undefined && { delayMs: Math.round(delay * 1000) }),
    ...(expression && { notBefore: expression }),
    ...(isUsable && { quiet: quietHours(quiet) }),
  };
}

function checkQuiet(quiet: QuietHoursFile, { path, document }: Opened, tell: Tell): boolean {
  if (!checkTimeZone(quiet.timeZone, "/quietHours/timeZone", { path, document }, tell)) return false;
  if (quiet.from !== quiet.to && !isAlwaysQuiet(quiet)) return true;
  const said =
    quiet.from === quiet.to
      ? "`/quietHours/to` must be another time than `from`; a whole day is 00:00 to 24:00."
      : "`/quietHours` must leave hours in which something is sent, got all of every day.";
  tell(path, document.place("/quietHours/to"), "RULE_VALUE_INVALID", said);
  return false;
}

/** True for a time zone that there is; another one is told. */
export function checkTimeZone(
  name: string,
  pointer: string,
  { path, document }: Pick<Opened, "path" | "document">,
  tell: Tell,
): boolean {
  if (isTimeZone(name)) return true;
  const hint = didYouMean(name, Intl.supportedValuesOf("timeZone"));
  const said = `\`${pointer}\` must be a time zone's name, such as Europe/Berlin, got \`${name}\`.${hint}`;
  tell(path, document.place(pointer), "RULE_VALUE_INVALID", said);
  return false;
}
