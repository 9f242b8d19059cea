/** The API's filters as options of the commands that list. */
import type { Command } from "commander";

const FLAGS = {
  source: ["--source <name>", "only of this source"],
  type: ["--type <type>", "only of this event type"],
  route: ["--route <name>", "only of this route"],
  target: ["--target <name>", "only to this target"],
  state: ["--state <state>", "only in this state"],
  status: ["--status <status>", "only where the target's last answer had this HTTP status"],
  code: ["--code <code>", "only with this code of an error"],
  cause: ["--cause <id>", "only of this group of dead letters"],
  tag: ["--tag <name:value>", "only with this business key"],
  providerId: ["--provider-id <id>", "only with this delivery id of the provider's"],
  from: ["--from <time>", "received since then: ISO 8601, or 30m, 2h, 7d ago"],
  to: ["--to <time>", "received up to then"],
  before: ["--before <id>", "only older than this event"],
  cursor: ["--cursor <cursor>", "go on where a former page ended"],
  limit: ["--limit <count>", "at most so many"],
} as const;

/** Name of a filter, as the API's parameter. */
export type FilterName = keyof typeof FLAGS;

/** What was given, by name. */
export type Given = Readonly<Partial<Record<FilterName, string>>>;

/** The filters of events. */
export const EVENT_FILTERS = ["source", "type", "state", "tag", "providerId", "route", "target"] as const;
/** The filters of deliveries. */
export const DELIVERY_FILTERS = [...EVENT_FILTERS, "status", "code", "cause"] as const;
/** How lists are cut into pages. */
export const PAGING = ["from", "to", "before", "cursor", "limit"] as const;

/** Adds options for some filters. */
export function filters(command: Command, names: readonly FilterName[]): Command {
  for (const name of names) {
    const [flag, meaning] = FLAGS[name];
    if (name === "limit") command.option(flag, meaning, "20");
    else command.option(flag, meaning);
  }
  return command;
}

/** The query text of what was given, with `?` before it; "" where nothing was. */
export function queryOf(given: Given, more: Readonly<Record<string, string | undefined>> = {}): string {
  const pairs = pairsOf({ ...named(given), ...more });
  return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs).toString()}`;
}

/** What was given, as the filter in a body has it: undefined where nothing narrows it. */
export function filterOf(given: Given): Readonly<Record<string, string | number>> | undefined {
  const pairs = pairsOf(named(given)).filter(([name]) => !["limit", "cursor", "before"].includes(name));
  if (pairs.length === 0) return undefined;
  return Object.fromEntries(
    pairs.map(([name, value]) => [name, name === "status" && /^\d+$/.test(value) ? Number(value) : value]),
  );
}

function named(given: Given): Partial<Record<FilterName, string | undefined>> {
  return Object.fromEntries((Object.keys(FLAGS) as FilterName[]).map((name) => [name, given[name]]));
}

function pairsOf(values: Readonly<Record<string, string | undefined>>): [string, string][] {
  return Object.entries(values).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, name === "from" || name === "to" ? timeOf(value) : value]],
  );
}

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** "2h" in ms; undefined where it is no such length of time. */
export function spanOf(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * UNITS[unit as keyof typeof UNITS];
}

/** "2h" is two hours ago; anything else is left to the API to judge. */
function timeOf(text: string): string {
  const span = spanOf(text);
  return span === undefined ? text : new Date(Date.now() - span).toISOString();
}
