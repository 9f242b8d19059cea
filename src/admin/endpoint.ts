/** An operation of the operator's API: what it takes, who may call it, what it answers. The table is made of these. */
import type { StreamClient } from "../adapters/http/event-stream.ts";
import type { AdminCall } from "../adapters/http/express.ts";
import type { Reply } from "../core/reply.ts";
import type { Caller, Scope } from "../core/role.ts";

/** A JSON Schema value, draft 2020-12. */
export type Shape = Readonly<Record<string, unknown>>;

/** What an operation gets: everything has been checked against its declaration. */
export interface Call {
  readonly parameters: Readonly<Record<string, string>>;
  /** Numbers where the declaration says number. */
  readonly query: Readonly<Record<string, string | number>>;
  readonly body: unknown;
  /** Undefined for public operations alone. */
  readonly caller: Caller | undefined;
  readonly raw: AdminCall;
}

export interface Endpoint {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** `/api/v1/events/:id` */
  readonly path: string;
  /** Heading under which it is listed: "Events". */
  readonly tag: string;
  readonly summary: string;
  /**
   * What the caller needs. `public`: nothing, and it is not asked who calls · `known`: to be somebody, whatever he may do ·
   * `session`: to be a person at the page, for what no token may do.
   */
  readonly scope: Scope | "public" | "known" | "session";
  /** Properties of the query; all are optional but those of `required`. A parameter that is not listed is refused. */
  readonly query?: Readonly<Record<string, Shape>>;
  /** Names of parameters that must be there. */
  readonly required?: readonly string[];
  /** Shape of the JSON body. */
  readonly body?: Shape;
  /** Status of success; 200 by default. */
  readonly status?: number;
  /** Shape of the answer's JSON; undefined with 204 and where the answer is no JSON. */
  readonly reply?: Shape;
  /** Name in the audit trail of what it does ("target.paused"); required where something changes. */
  readonly audit?: string;
  /** What it changes is not in the store. */
  readonly withoutStore?: true;
  /** A JSON value, or a reply of its own kind. Throws SignalboxError. */
  readonly answer?: (call: Call) => unknown;
  /** Server-sent events until the caller leaves, instead of an answer; returns how to stop. */
  readonly stream?: (call: Call, client: StreamClient) => () => void;
  /** Shapes of the data of each of its server-sent events, by their name. */
  readonly streamed?: Readonly<Record<string, Shape>>;
}

/** `/api/v1/targets/:name/pause` by POST is `postTargetsByNamePause`: its name in the OpenAPI document. */
export function operationId({ method, path }: Pick<Endpoint, "method" | "path">): string {
  const steps = path.replace(/^\/api\/v1/, "").match(/:?\w+/g) ?? ["root"];
  const named = steps.map((step) => (step.startsWith(":") ? `By_${step.slice(1)}` : step));
  const words = named.flatMap((step) => step.split("_"));
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}

/** The query as one shape. */
export function queryShape({ query = {}, required = [] }: Pick<Endpoint, "query" | "required">): Shape {
  return { type: "object", additionalProperties: false, properties: query, required };
}

/** A reply that is no JSON value. */
export function isReply(answer: unknown): answer is Reply {
  return (
    typeof answer === "object" &&
    answer !== null &&
    "headers" in answer &&
    "body" in answer &&
    "status" in answer
  );
}

/** A JSON answer that nobody keeps. */
export function jsonReply(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
    body: JSON.stringify(body),
  };
}
