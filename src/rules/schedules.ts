/** `schedule` of a source, made ready; and the keys that a source without a caller has no use for. */
import { matchesType } from "../core/route.ts";
import { scheduleOf, tickBody } from "../core/schedule.ts";
import type { Schedule } from "../core/schedule.ts";
import type { SourceFile } from "../core/source.ts";
import type { Opened } from "./format.ts";
import type { Tell } from "./problem.ts";
import { checkTimeZone } from "./timing.ts";
import type { Source } from "./workspace.ts";

/** Keys that mean something for a schedule. The others are about requests. */
const KEYS: ReadonlySet<string> = new Set(["schedule", "tags", "schemas"]);

/** The schedule; undefined, and told, where it cannot be used. */
export function loadSchedule(
  schedule: NonNullable<SourceFile["schedule"]>,
  schemas: Source["schemas"],
  opened: Opened,
  tell: Tell,
): Schedule | undefined {
  const { path, document } = opened;
  for (const key of Object.keys(document.value as object)) {
    if (KEYS.has(key)) continue;
    const said = `\`/${key}\` is about requests, and a source with a \`schedule\` takes none.`;
    tell(path, document.place(`/${key}`, "key"), "RULE_KEY_UNKNOWN", said, "Remove the key.");
  }
  checkBody(schedule, schemas, opened, tell);
  if (!checkTimeZone(schedule.timeZone, "/schedule/timeZone", opened, tell)) return undefined;
  const { cron } = schedule;
  const wrong = (why: string): undefined => {
    const said = `\`/schedule/cron\` ${why}`;
    const fix = "Write minute, hour, day of the month, month and day of the week, such as `0 7 * * mon-fri`.";
    tell(path, document.place("/schedule/cron"), "RULE_VALUE_INVALID", said, fix);
  };
  try {
    const made = scheduleOf(schedule);
    if (cron !== undefined && made.next(0) === undefined) return wrong("names a time that never comes.");
    return made;
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^CronPattern: /, "").replace(/\.$/, "") : "";
    return wrong(`must be a cron expression: ${why}.`);
  }
}

/** What every tick brings is known beforehand, and so is whether it satisfies its schema. */
function checkBody(
  { body, type }: NonNullable<SourceFile["schedule"]>,
  schemas: Source["schemas"],
  { path, document }: Opened,
  tell: Tell,
): void {
  for (const { type: pattern, name, validate } of schemas) {
    if (!matchesType([pattern], type)) continue;
    const [problem] = validate(tickBody(body, new Date(0).toISOString()));
    if (problem === undefined) continue;
    const said = `The events' body does not satisfy schema \`${name}\`: ${problem.message}.`;
    tell(path, document.place(`/schedule/body${problem.path}`), "RULE_VALUE_INVALID", said);
  }
}
