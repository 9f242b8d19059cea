/** From a call to an answer: who is it, may he, is what he sends as declared, and what came of it. */
import { timingSafeEqual } from "node:crypto";
import type { StreamClient, Streaming } from "../adapters/http/event-stream.ts";
import type { AdminCall, ServedPath } from "../adapters/http/express.ts";
import { readBody } from "../core/body.ts";
import { SignalboxError, type SchemaPart } from "../core/errors.ts";
import { problemOf, type Reply } from "../core/reply.ts";
import type { Caller } from "../core/role.ts";
import { compileFormat, type SchemaProblem, type Validator } from "../core/schema.ts";
import type { Log } from "../ports.ts";
import { isReply, jsonReply, operationId, queryShape, type Call, type Endpoint } from "./endpoint.ts";
import { nameOfShape } from "./shapes/names.ts";

/** Something that somebody did, for the audit trail. */
export interface Deed {
  readonly action: string;
  readonly caller: Caller | undefined;
  readonly call: AdminCall;
  readonly status: number;
  /** Why, where whoever did it was asked. */
  readonly reason?: string;
}

/** What answering needs from outside. */
export interface Answering {
  /** Who calls; undefined: nobody that is known. Throws SignalboxError for a revoked or broken credential. */
  readonly identify: (call: AdminCall) => Promise<Caller | undefined>;
  /** Writes down what was done. */
  readonly record: (deed: Deed) => Promise<void>;
  readonly log: Log;
  /** True where the store does not answer. */
  readonly away?: () => Promise<boolean>;
  /** A stream's caller is asked for again after so many ms; 30,000 by default. */
  readonly recheckMs?: number;
}

/** The endpoints as paths to serve. */
export function servedPaths(endpoints: readonly Endpoint[], answering: Answering): ServedPath[] {
  return endpoints.map((endpoint) => {
    // Most are never called, and to make them all would take a tenth of the start.
    let checks: Checks | undefined;
    return {
      method: endpoint.method,
      path: endpoint.path,
      answer: (call) => answerTo(call, endpoint, (checks ??= checksOf(endpoint)), answering),
    };
  });
}

async function answerTo(
  raw: AdminCall,
  endpoint: Endpoint,
  checks: Checks,
  answering: Answering,
): Promise<Reply | Streaming> {
  let caller: Caller | undefined;
  let reason: string | undefined;
  let answer: Reply;
  try {
    // What needs nobody known does not wait for the store either: /healthz answers without it.
    if (endpoint.scope !== "public") caller = await answering.identify(raw);
    permit(caller, endpoint);
    requireCsrf(raw, caller);
    const call = checked(raw, caller, endpoint, checks);
    reason = reasonIn(call.body);
    if (endpoint.stream)
      return {
        headers: actingHeaders(caller),
        open: (client) => watchedStream(call, client, endpoint, answering),
      };
    // Else a change would be made when the store is back, long after who asked for it has gone.
    if (endpoint.audit !== undefined && endpoint.withoutStore !== true) await requireStore(answering.away);
    const value = await unlessAway(endpoint.answer?.(call), answering.away);
    answer = isReply(value)
      ? value
      : value === undefined
        ? { status: 204, headers: { "cache-control": "no-store" }, body: "" }
        : jsonReply(endpoint.status ?? 200, value);
  } catch (error) {
    answer = failed(error, endpoint, answering.log);
  }
  answer = { ...answer, headers: { ...answer.headers, ...actingHeaders(caller) } };
  if (endpoint.audit !== undefined) {
    const deed = {
      action: endpoint.audit,
      caller,
      call: raw,
      status: answer.status,
      ...(reason && { reason }),
    };
    await answering.record(deed).catch((error: unknown) => {
      answering.log.error({ action: deed.action, error: String(error) }, "audit.failed");
    });
  }
  return answer;
}

async function requireStore(away: Answering["away"]): Promise<void> {
  if ((await away?.()) === true)
    throw new SignalboxError("ADMIN_STORE_UNAVAILABLE", "The store does not answer; nothing was changed.");
}

/** While an answer waits for the store, it is looked so often whether that is there. */
const AWAY_MS = 3_000;
const LATE = Symbol("late");

/** Commands of the history and of deliveries wait until the store is back: who asks is told meanwhile that it is not there. */
async function unlessAway<T>(asked: T | Promise<T>, away: Answering["away"]): Promise<T> {
  if (away === undefined || !(asked instanceof Promise)) return asked;
  // It may fail when nobody waits for it any more.
  asked.catch(() => undefined);
  for (;;) {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<typeof LATE>((resolve) => (timer = setTimeout(resolve, AWAY_MS, LATE)));
    const first = await Promise.race([asked, late]).finally(() => clearTimeout(timer));
    if (first !== LATE) return first as T;
    if (await away())
      throw new SignalboxError(
        "ADMIN_STORE_UNAVAILABLE",
        "The store does not answer. A change that was asked for may yet be made when it does: look before you ask again.",
      );
  }
}

/** What a body that was found as declared gives as its reason. */
function reasonIn(body: unknown): string | undefined {
  const { reason } = (body ?? {}) as { readonly reason?: unknown };
  return typeof reason === "string" ? reason : undefined;
}

/** A stream that ends with the session or token that opened it: every 30 s it is asked again who that is. */
function watchedStream(
  call: Call,
  client: StreamClient,
  endpoint: Endpoint,
  answering: Answering,
): () => void {
  const stop = endpoint.stream!(call, client);
  const timer = setInterval(() => {
    answering
      .identify(call.raw)
      .then((caller) => permit(caller, endpoint))
      .catch((error: unknown) => {
        // A store that does not answer for a while says nothing about the session.
        if (!(error instanceof SignalboxError) || error.code === "ADMIN_STORE_UNAVAILABLE") return;
        client.send("ended", '{"reason":"session"}');
        client.end();
      });
  }, answering.recheckMs ?? 30_000);
  return () => {
    clearInterval(timer);
    stop();
  };
}

/** A failure as a problem; what is not ours is the store's. */
export function failed(error: unknown, endpoint: { readonly path: string }, log: Log): Reply {
  if (error instanceof SignalboxError) return noStore(problemOf(error));
  log.error({ path: endpoint.path, error: String(error) }, "admin.failed");
  const detail = "The store does not answer.";
  return noStore(problemOf(new SignalboxError("ADMIN_STORE_UNAVAILABLE", detail, { cause: error })));
}

function noStore(reply: Reply): Reply {
  return { ...reply, headers: { ...reply.headers, "cache-control": "no-store" } };
}

function permit(caller: Caller | undefined, { scope }: Endpoint): void {
  if (scope === "public") return;
  if (caller === undefined) {
    throw new SignalboxError("ADMIN_LOGIN_NEEDED", "The call carries no session and no token.");
  }
  if (scope === "known") return;
  if (scope === "session") {
    if (caller.kind === "session" && caller.impersonator === undefined) return;
    throw new SignalboxError("ADMIN_SCOPE_MISSING", "Only the person may do this, logged in at the page.");
  }
  if (caller.scopes.includes(scope)) return;
  throw new SignalboxError(
    "ADMIN_SCOPE_MISSING",
    `This needs the scope \`${scope}\`; ${caller.name} has not got it here.`,
  );
}

/** A cookie comes along by itself, so a change under a session wants what only our page knows. OWASP ASVS 5.0, 3.5. */
function requireCsrf({ method, headers }: AdminCall, caller: Caller | undefined): void {
  if (caller?.csrf === undefined || method === "GET" || method === "HEAD") return;
  const sent = Buffer.from(headers["x-csrf-token"] ?? "");
  const expected = Buffer.from(caller.csrf);
  if (sent.length === expected.length && timingSafeEqual(sent, expected)) return;
  throw new SignalboxError(
    "ADMIN_CSRF_MISSING",
    "The header `x-csrf-token` is missing, or is not this session's.",
  );
}

/** Who acts as somebody else is told so with every answer. Names are percent-encoded: headers hold ASCII. */
function actingHeaders(caller: Caller | undefined): Record<string, string> {
  if (caller?.impersonator === undefined) return {};
  return {
    "x-impersonated-user": encodeURIComponent(caller.name),
    "x-impersonator": encodeURIComponent(caller.impersonator.name),
  };
}

interface Checks {
  readonly query: Validator;
  readonly body: Validator | undefined;
  /** Names of their pages under /docs/schemas/. */
  readonly queryName: string;
  readonly bodyName: string;
}

function checksOf(endpoint: Endpoint): Checks {
  const { body } = endpoint;
  return {
    query: compileFormat(queryShape(endpoint)),
    body: body && compileFormat(body),
    queryName: `api.${operationId(endpoint)}.query`,
    bodyName: `api.${(body && nameOfShape(body)) ?? `${operationId(endpoint)}.body`}`,
  };
}

/** The call with its query and body as declared. Throws ADMIN_INPUT_INVALID, ADMIN_BODY_INVALID. */
function checked(raw: AdminCall, caller: Caller | undefined, endpoint: Endpoint, checks: Checks): Call {
  const query: Record<string, string | number> = {};
  const declared = endpoint.query ?? {};
  for (const [name, value] of raw.query) {
    if (Object.hasOwn(query, name))
      throw new SignalboxError("ADMIN_INPUT_INVALID", `Parameter \`${clip(name)}\` is there twice.`);
    const type = Object.hasOwn(declared, name) ? declared[name]?.["type"] : undefined;
    const numeric = (type === "integer" || type === "number") && /^-?\d{1,15}(\.\d{1,15})?$/.test(value);
    // Not by assignment: a parameter may be called `__proto__`.
    Object.defineProperty(query, name, {
      value: numeric ? Number(value) : value,
      enumerable: true,
      writable: true,
    });
  }
  const [misfit] = checks.query(query);
  if (misfit !== undefined) {
    const said = `The query: ${misfit.message}.`;
    throw new SignalboxError("ADMIN_INPUT_INVALID", said, { schema: partOf(checks.queryName, misfit) });
  }
  return { parameters: raw.parameters, query, body: bodyOf(raw, checks), caller, raw };
}

function partOf(name: string, { schemaPath }: SchemaProblem): SchemaPart {
  return { name, pointer: decodeURIComponent(schemaPath.replace(/^#/, "")) };
}

function clip(name: string): string {
  return name.length > 60 ? `${name.slice(0, 60)}…` : name;
}

function bodyOf({ body, headers }: AdminCall, { body: check, bodyName }: Checks): unknown {
  if (check === undefined) return undefined;
  if (body.length > 0 && !/^application\/json\b/i.test(headers["content-type"] ?? "")) {
    throw new SignalboxError(
      "ADMIN_BODY_INVALID",
      "The body must be sent as `content-type: application/json`.",
    );
  }
  const value = body.length === 0 ? {} : jsonOf(body);
  const [misfit] = check(value);
  if (misfit !== undefined) {
    const said = `The body: ${misfit.message}.`;
    throw new SignalboxError("ADMIN_BODY_INVALID", said, { schema: partOf(bodyName, misfit) });
  }
  return value;
}

/** A body as a sender's would be read: UTF-8, JSON, and not nested more deeply than can be looked through. */
function jsonOf(body: Buffer): unknown {
  try {
    return readBody(body, "json");
  } catch (cause) {
    throw new SignalboxError(
      "ADMIN_BODY_INVALID",
      "The body is not JSON in UTF-8, nested at most 100 levels deep.",
      { cause },
    );
  }
}
