/** What a route looks up elsewhere before its rule runs: the format of `enrich`, and what a lookup's request may ask. */
import type { JSONSchema } from "json-schema-to-ts";
import { NOT_IN_HEADERS } from "./sendable.ts";

/** The `enrich` of a route: by name, at most eight. */
export const enrichSchema = {
  type: "object",
  minProperties: 1,
  maxProperties: 8,
  propertyNames: { pattern: "^[A-Za-z_]\\w{0,31}$" },
  additionalProperties: {
    type: "object",
    additionalProperties: false,
    required: ["target"],
    properties: {
      target: {
        type: "string",
        minLength: 1,
        description: "Name of a file in `targets/`: its credentials, limits and time apply.",
      },
      request: {
        type: "string",
        minLength: 1,
        description:
          "JSONata over the body that makes `{ path, query, headers, body }`, each of them optional: what is added to the target's URL and headers, and what is sent. Without it the target is called as its file says.",
        examples: ['{ "path": ["users", $string(user.id)], "query": { "fields": "name" } }'],
      },
      cacheSeconds: {
        type: "number",
        minimum: 0,
        maximum: 604_800,
        default: 300,
        description:
          "How long an answer to the same request is kept, encrypted, for all processes. 0: it is asked for each time.",
      },
      onError: {
        enum: ["retry", "dead", "null", null],
        default: "retry",
        description:
          "Where it fails: `retry` tries the delivery again where that may help, `dead` ends it as a dead letter, `null` goes on with `$enrich.<name>` as null.",
      },
    },
  },
  description:
    "Looked up before the rule runs, all at once, and at hand in it as `$enrich.<name>`: the body of the answer, as a value where it is JSON.",
  examples: [{ issues: { target: "github-search", request: '{ "query": { "q": error } }' } }],
} as const satisfies JSONSchema;

/** What happens to a delivery whose lookup fails. */
export type OnError = "retry" | "dead" | "null";

/** What is asked, ready to be put into a request. */
export interface Ask {
  /** Percent-encoded, with its slash, or "". */
  readonly path: string;
  /** Percent-encoded fields, without the question mark, or "". */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined: nothing is sent. */
  readonly body: unknown;
}

/** Asks for nothing but what the target's file says. */
export const ASK_NOTHING: Ask = { path: "", query: "", headers: {}, body: undefined };

/** Hop-by-hop (RFC 9110 § 7.6.1), framing, routing and proxies' headers, and those that the router sets on every attempt. */
export const REFUSED_HEADERS =
  /^(?:connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|host|content-length|proxy-.*|forwarded|via|x-forwarded-.*|x-real-ip|webhook-id|webhook-timestamp|idempotency-key|traceparent|signalbox-.*)$/i;

/** What an expression yielded, as an `Ask`; a text says why it is none, without a value of the event. */
export function askOf(yielded: unknown): Ask | string {
  if (!isFields(yielded)) return "it must make an object of `path`, `query`, `headers` and `body`";
  const other = Object.keys(yielded).find((key) => !["path", "query", "headers", "body"].includes(key));
  if (other !== undefined) return "it makes a key besides `path`, `query`, `headers` and `body`";
  const path = pathOf(yielded["path"]);
  if (typeof path !== "string") return path.fault;
  const query = queryOf(yielded["query"]);
  if (typeof query !== "string") return query.fault;
  const headers = headersOf(yielded["headers"]);
  return typeof headers === "string" ? headers : { path, query, headers, body: yielded["body"] };
}

interface Fault {
  readonly fault: string;
}

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isWord = (value: unknown): value is string | number | boolean =>
  ["string", "number", "boolean"].includes(typeof value);

const isGone = (value: unknown): boolean => value === undefined || value === null;

/** A text is divided at its slashes; of a list each item is a segment, slashes and all. Nothing leads up or elsewhere. */
function pathOf(path: unknown): string | Fault {
  if (isGone(path)) return "";
  const segments = typeof path === "string" ? path.replace(/^\//, "").split("/") : path;
  if (!Array.isArray(segments) || !segments.every(isWord))
    return { fault: "its `path` must be a text, or a list of texts and numbers" };
  if (segments.some((segment) => /^\.{1,2}$/.test(String(segment))))
    return { fault: "its `path` must not hold `.` or `..` as a segment" };
  return segments.map((segment) => `/${encodeURIComponent(String(segment))}`).join("");
}

/** Fields that are missing or null are left out; a list is a field several times. */
function queryOf(query: unknown): string | Fault {
  if (isGone(query)) return "";
  const fault = { fault: "its `query` must be an object of texts, numbers, booleans, or lists of them" };
  if (!isFields(query)) return fault;
  const fields: string[] = [];
  for (const [name, value] of Object.entries(query)) {
    if (isGone(value)) continue;
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (!values.every(isWord)) return fault;
    fields.push(...values.map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`));
  }
  return fields.join("&");
}

function headersOf(headers: unknown): Readonly<Record<string, string>> | string {
  if (isGone(headers)) return {};
  if (!isFields(headers)) return "its `headers` must be an object of texts";
  const made: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (isGone(value)) continue;
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || REFUSED_HEADERS.test(name))
      return "its `headers` name one that cannot be set";
    if (!isWord(value) || NOT_IN_HEADERS.test(String(value)))
      return "its `headers` must be texts without line breaks and control characters";
    made[name.toLowerCase()] = String(value);
  }
  return made;
}

/** A URL with what is asked added to its path and query. */
export function askedUrl(url: string, { path, query }: Ask): string {
  const at = url.search(/[?#]/);
  const [base, rest] = at < 0 ? [url, ""] : [url.slice(0, at), url.slice(at).replace(/#.*$/s, "")];
  const whole = path === "" ? base : base.replace(/\/+$/, "") + path;
  if (query === "") return whole + rest;
  return whole + (rest === "" || rest === "?" ? "?" : `${rest}&`) + query;
}

/** Something to look up: `key` is the same for the same question. Times in ms. */
export interface Question {
  readonly key: string;
  readonly target: string;
  /** How long the answer is kept; 0: not at all. */
  readonly cacheMs: number;
  /** How long anybody waits for it. */
  readonly budgetMs: number;
  readonly concurrency: number;
  readonly limit?: { readonly count: number; readonly perSeconds: number };
}

/** What is looked up, kept for all processes. */
export interface Lookups {
  /**
   * The answer that is kept, or else what `look` brings, which is asked once at a time in this process and not beyond the target's
   * limits. Throws what `look` throws, and FORWARD_LOOKUP_UNAVAILABLE where the time is up or the target is paused.
   */
  take(
    question: Question,
    look: () => Promise<string>,
  ): Promise<{ readonly text: string; readonly kept: boolean }>;
}
