/** What is searched for, as a person types it, as a URL holds it, and as the API is asked. */

import { zone } from "../shell/choices.ts";

/** Names that the API knows, in the order in which the form shows them. */
const FILTER_NAMES = [
  "source",
  "type",
  "route",
  "target",
  "state",
  "status",
  "code",
  "tag",
  "id",
  "providerId",
  "cause",
  "from",
  "to",
] as const;
export type FilterName = (typeof FILTER_NAMES)[number];

/** path = value in bodies or results. */
export interface Within {
  readonly in: "body" | "result";
  readonly path: string;
  readonly value: string;
}

export interface Search {
  readonly filter: Readonly<Partial<Record<FilterName, string>>>;
  readonly within?: Within;
}

/** What a URL asks for; parameters of other meaning are left alone. */
export function searchOf(query: Readonly<Record<string, string>> | URLSearchParams): Search {
  // A value is taken as it is: a tag may begin or end with blanks.
  const get = (name: string): string | undefined => {
    const value = query instanceof URLSearchParams ? query.get(name) : query[name];
    return value === null || value === undefined || value.trim() === "" ? undefined : value;
  };
  const filter: Partial<Record<FilterName, string>> = {};
  for (const name of FILTER_NAMES) {
    const value = get(name);
    if (value !== undefined) filter[name] = value;
  }
  const path = get("path");
  if (path === undefined) return { filter };
  return {
    filter,
    within: { in: get("in") === "result" ? "result" : "body", path, value: get("value") ?? "" },
  };
}

/** The same as parameters of a URL; nothing that is empty. */
export function queryOf({ filter, within }: Search): Record<string, string> {
  const query: Record<string, string> = {};
  for (const name of FILTER_NAMES) if (filter[name]) query[name] = filter[name];
  if (within) Object.assign(query, { path: within.path, value: within.value, in: within.in });
  return query;
}

/** The filter as the API takes it: `from` and `to` may be spans back from now (`-1h`, or `1h` as on the command line), which become times. */
export function askedOf(search: Search, now: number): Record<string, string> {
  const query = queryOf(search);
  for (const name of ["from", "to"] as const) {
    const time = query[name] === undefined ? undefined : timeOf(query[name], now);
    if (time !== undefined) query[name] = time;
  }
  return query;
}

const UNITS: Readonly<Record<string, number>> = { s: 1e3, m: 6e4, h: 3.6e6, d: 8.64e7, w: 6.048e8 };

/** A day, or a day and a time, of no zone. */
const ZONELESS = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?))?$/;

/** ISO 8601 of a time (without a zone: of that in which the page shows times) or of a span back from now; undefined for what is neither. */
export function timeOf(text: string, now: number): string | undefined {
  const [, day, hour = "00:00"] = ZONELESS.exec(text) ?? [];
  const span = /^-?(\d{1,6})([smhdw])$/.exec(text);
  const written = day === undefined ? text : `${day}T${hour}${zone.value === "UTC" ? "Z" : ""}`;
  const time = span ? now - Number(span[1]) * UNITS[span[2]!]! : Date.parse(written);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

const SHORT: Readonly<Record<string, FilterName>> = { provider: "providerId", since: "from", until: "to" };

/**
 * What a person typed into the one field: `evt_…`, `dlv_…`, `req_…`, `hld_…`, `source:github status:500`, `order:4711` (a tag),
 * `customer.email=a@b.c` (in bodies), `result.text="two words"` (in results). A bare word is a provider's id.
 */
export function typed(text: string): Search {
  const filter: Partial<Record<FilterName, string>> = {};
  let within: Within | undefined;
  for (const word of words(text)) {
    const named = /^([A-Za-z][\w-]{0,31}):(.+)$/s.exec(word);
    const equal = /^([^\s=:"]+)(?:\s+=\s*|=)(.*)$/s.exec(word);
    const name = named && (SHORT[named[1]!] ?? FILTER_NAMES.find((one) => one === named[1]));
    if (/^(evt|dlv)_\w+$/.test(word) || pageOf(word) !== undefined) filter.id = word;
    else if (named && name) filter[name] = unquoted(named[2]!);
    else if (equal) {
      const path = equal[1]!;
      const side = /^(body|result)\.(?=.)/.exec(path)?.[1];
      within = {
        in: side === "result" ? "result" : "body",
        path: side ? path.slice(side.length + 1) : path,
        value: unquoted(equal[2]!),
      };
    } else if (named) filter.tag = `${named[1]!}:${unquoted(named[2]!)}`;
    else filter.providerId = unquoted(word);
  }
  return within ? { filter, within } : { filter };
}

/** The search as one would type it. */
export function asTyped({ filter, within }: Search): string {
  const parts = FILTER_NAMES.flatMap((name) => {
    const value = filter[name];
    if (value === undefined) return [];
    if (name === "tag" && !isFilterName(value.split(":")[0]!))
      return [quotedAfter(value, value.indexOf(":") + 1)];
    return [quotedAfter(`${name}:${value}`, name.length + 1)];
  });
  if (within) {
    const path = `${within.in === "result" || /^(body|result)\./.test(within.path) ? `${within.in}.` : ""}${within.path}`;
    parts.push(quotedAfter(`${path}=${within.value}`, path.length + 1));
  }
  return parts.join(" ");
}

function isFilterName(name: string): boolean {
  return name in SHORT || FILTER_NAMES.some((one) => one === name);
}

/** Words, in which blanks may stand between quotes, and around the `=` of `path = value`. */
function words(text: string): string[] {
  return text.match(/[^\s=:"]+\s+=\s*(?:"(?:\\.|[^"\\])*"|[^\s"])*|(?:"(?:\\.|[^"\\])*"|[^\s"])+|"/g) ?? [];
}

function unquoted(text: string): string {
  return /^".*"$/s.test(text) && text.length > 1 ? text.slice(1, -1).replace(/\\(["\\])/g, "$1") : text;
}

function quotedAfter(text: string, at: number): string {
  const value = text.slice(at);
  if (value !== "" && !/[\s"\\]/.test(value)) return text;
  return `${text.slice(0, at)}"${value.replace(/["\\]/g, "\\$&")}"`;
}

/** States of deliveries, which only the list of deliveries is asked for. */
export const DELIVERY_STATES = [
  "pending",
  "retrying",
  "held",
  "delivered",
  "filtered",
  "dead",
  "discarded",
  "superseded",
  "deviated",
] as const;
/** States of events. */
export const EVENT_STATES = ["open", "settled", "unrouted", "quarantined"] as const;

/** The page of a request or a hold, whose ids no list narrows to. Shorter ones are a provider's own: Stripe's requests are `req_…` too. */
function pageOf(id: string): string | undefined {
  if (/^req_([0-9a-hjkmnp-tv-z]{26}|[0-9a-f]{32})$/.test(id)) return `/requests/${id}`;
  return /^hld_[0-9a-hjkmnp-tv-z]{26}$/.test(id) ? `/holds/${id}` : undefined;
}

/** Where a search leads: a request's or hold's id to its page, states of deliveries to the list of deliveries, all others where one is. */
export function placeOf(here: "/events" | "/deliveries", search: Search): string {
  const { state, id } = search.filter;
  const page = id === undefined ? undefined : pageOf(id);
  if (page !== undefined) return page;
  const delivery = DELIVERY_STATES.some((one) => one === state);
  const event = EVENT_STATES.some((one) => one === state);
  const place = search.within || event ? "/events" : delivery ? "/deliveries" : here;
  const query = new URLSearchParams(queryOf(search)).toString();
  return query === "" ? place : `${place}?${query}`;
}
