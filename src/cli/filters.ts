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
  const named = (Object.keys(FLAGS) as FilterName[]).map((name) => [name, given[name]] as const);
  const pairs = [...named, ...Object.entries(more)].flatMap(([name, value]) =>
    value === undefined ? [] : [[name, name === "from" || name === "to" ? timeOf(value) : value]],
  );
  return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs as [string, string][]).toString()}`;
}

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** "2h" is two hours ago; anything else is left to the API to judge. */
function timeOf(text: string): string {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count === undefined) return text;
  return new Date(Date.now() - Number(count) * UNITS[unit as keyof typeof UNITS]).toISOString();
}
