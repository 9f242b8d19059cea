/** From a call to an answer: who is it, may he, is what he sends as declared, and what came of it. */
import { timingSafeEqual } from "node:crypto";
import type { AdminCall, ServedPath, Streaming } from "../adapters/express.ts";
import { SignalboxError } from "../core/errors.ts";
import { problemOf, type Reply } from "../core/reply.ts";
import type { Caller } from "../core/role.ts";
import { compileFormat, type Validator } from "../core/schema.ts";
import type { Log } from "../ports.ts";
import { isReply, jsonReply, type Call, type Endpoint } from "./endpoint.ts";

/** Something that somebody did, for the audit trail. */
export interface Deed {
  readonly action: string;
  readonly caller: Caller | undefined;
  readonly call: AdminCall;
  readonly status: number;
}

/** What answering needs from outside. */
export interface Answering {
  /** Who calls; undefined: nobody that is known. Throws SignalboxError for a revoked or broken credential. */
  readonly identify: (call: AdminCall) => Promise<Caller | undefined>;
  /** Writes down what was done. */
  readonly record: (deed: Deed) => Promise<void>;
  readonly log: Log;
}

/** The endpoints as paths to serve. */
export function servedPaths(endpoints: readonly Endpoint[], answering: Answering): ServedPath[] {
  return endpoints.map((endpoint) => {
    const checks = checksOf(endpoint);
    return {
      method: endpoint.method,
      path: endpoint.path,
      answer: (call) => answerTo(call, endpoint, checks, answering),
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
  let answer: Reply;
  try {
    // What needs nobody known does not wait for the store either: /healthz answers without it.
    if (endpoint.scope !== "public") caller = await answering.identify(raw);
    permit(caller, endpoint);
    requireCsrf(raw, caller);
    const call = checked(raw, caller, endpoint, checks);
    if (endpoint.stream)
      return { headers: actingHeaders(caller), open: (send, end) => endpoint.stream!(call, send, end) };
    const value = await endpoint.answer?.(call);
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
    const deed = { action: endpoint.audit, caller, call: raw, status: answer.status };
    await answering.record(deed).catch((error: unknown) => {
      answering.log.error({ action: deed.action, error: String(error) }, "audit.failed");
    });
  }
  return answer;
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
}

function checksOf({ query = {}, body }: Endpoint): Checks {
  return {
    query: compileFormat({ type: "object", additionalProperties: false, properties: query }),
    body: body && compileFormat(body),
  };
}

/** The call with its query and body as declared. Throws ADMIN_INPUT_INVALID, ADMIN_BODY_INVALID. */
function checked(raw: AdminCall, caller: Caller | undefined, endpoint: Endpoint, checks: Checks): Call {
  const query: Record<string, string | number> = {};
  for (const [name, value] of raw.query) {
    if (name in query)
      throw new SignalboxError("ADMIN_INPUT_INVALID", `Parameter \`${name}\` is there twice.`);
    const type = endpoint.query?.[name]?.["type"];
    const numeric = (type === "integer" || type === "number") && /^-?\d{1,15}(\.\d+)?$/.test(value);
    query[name] = numeric ? Number(value) : value;
  }
  const [misfit] = checks.query(query);
  if (misfit !== undefined) throw new SignalboxError("ADMIN_INPUT_INVALID", `The query: ${misfit.message}.`);
  return { parameters: raw.parameters, query, body: bodyOf(raw, checks.body), caller, raw };
}

function bodyOf({ body, headers }: AdminCall, check: Validator | undefined): unknown {
  if (check === undefined) return undefined;
  if (body.length > 0 && !/^application\/json\b/i.test(headers["content-type"] ?? "")) {
    throw new SignalboxError(
      "ADMIN_BODY_INVALID",
      "The body must be sent as `content-type: application/json`.",
    );
  }
  let value: unknown;
  try {
    value = body.length === 0 ? {} : JSON.parse(body.toString("utf8"));
  } catch {
    throw new SignalboxError("ADMIN_BODY_INVALID", "The body is not JSON.");
  }
  const [misfit] = check(value);
  if (misfit !== undefined) throw new SignalboxError("ADMIN_BODY_INVALID", `The body: ${misfit.message}.`);
  return value;
}
