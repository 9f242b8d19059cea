/**
 * accept: a request becomes an event, or is refused with the reason. Different stages are different types:
 * Request → Verified (who sent it is known) → Readable (its body could be read) → Event.
 */
import { createHash } from "node:crypto";
import { decodeContent, fieldsOf, kindOfContentType, readBody } from "../core/body.ts";
import { SignalboxError, type SchemaPart } from "../core/errors.ts";
import type { BodyKind, Event, Request } from "../core/event.ts";
import { eventId } from "../core/ids.ts";
import { matchesType } from "../core/route.ts";
import { schemaPartOf } from "../core/schema-part.ts";
import type { Ports } from "../ports.ts";
import { matchHandshake, type HandshakeReply } from "../providers/handshake.ts";
import { locate } from "../providers/locate.ts";
import { verify } from "../providers/verify.ts";
import type { Source } from "../rules/workspace.ts";
import { admit } from "./admit.ts";
import { withoutCredentials, withoutToken } from "./credentials.ts";

/** A request whose sender has proved who it is. Made by `authenticate` alone. */
type Verified = Request & { readonly verified: true };

/** A verified request with the value of its body. */
interface Readable {
  readonly request: Verified;
  readonly contentType: BodyKind;
  readonly payload: unknown;
}

/** What accepting comes to when it is not refused. */
export type Accepted =
  | {
      readonly kind: "event";
      readonly event: Event;
      /** The schema's complaint, where such events are quarantined. */ readonly quarantine?: string;
    }
  | { readonly kind: "reply"; readonly reply: HandshakeReply };

/** Checks, verifies and reads a request. Throws SignalboxError ACCEPT_* for every refusal. */
export function accept(request: Request, source: Source, ports: Pick<Ports, "clock" | "random">): Accepted {
  admit(request, source);
  const early = handshakeOf(request, source, "none");
  if (early !== undefined) return { kind: "reply", reply: early };
  if (request.method !== "POST") {
    throw new SignalboxError(
      "ACCEPT_METHOD_REFUSED",
      `Source \`${source.name}\` takes POST, got ${request.method}.`,
    );
  }
  const verified = authenticate(request, source, ports.clock.now());
  const late = handshakeOf(verified, source, "signature");
  if (late !== undefined) return { kind: "reply", reply: late };
  const readable = read(verified, source);
  const event = eventOf(readable, source, ports);
  const complaint = schemaComplaint(event, source);
  if (complaint === undefined) return { kind: "event", event };
  if (source.file.onInvalid === "quarantine") return { kind: "event", event, quarantine: complaint.said };
  throw new SignalboxError("ACCEPT_SCHEMA_INVALID", complaint.said, { schema: complaint.schema });
}

/** A provider's question whether we are there; answered at once and never an event. */
function handshakeOf(
  request: Request,
  source: Source,
  auth: "none" | "signature",
): HandshakeReply | undefined {
  const provider = source.provider;
  if (provider?.handshake === undefined) return undefined;
  const handshake = matchHandshake(provider, request);
  return handshake?.auth === auth ? handshake.reply : undefined;
}

/** One object for all: the verifier keeps what it compiled by it. */
const NO_SECRETS: readonly string[] = [];

/** Some senders sign the bytes on the wire, others those before compression: both are bytes that the sender made. */
function authenticate(request: Request, source: Source, now: number): Verified {
  const { secrets = NO_SECRETS, config, url } = source.file;
  const credentials = { secrets, ...(config && { config }), ...(url !== undefined && { url }) };
  let verdict = verify(source.scheme, request, credentials, now);
  const encoding = request.headers["content-encoding"];
  if (encoding === undefined) {
    if (verdict.ok) return { ...request, verified: true };
  } else {
    const body = decodeContent(request.body, encoding, source.file.maxBodyBytes);
    const decoded = { ...request, body };
    if (!verdict.ok) verdict = verify(source.scheme, decoded, credentials, now);
    if (verdict.ok) return { ...decoded, verified: true };
  }
  const why = verdict.ok ? "" : `${verdict.cause}: ${verdict.detail}`;
  throw new SignalboxError(
    "ACCEPT_SIGNATURE_INVALID",
    `The request to source \`${source.name}\` is not verified.`,
    {
      cause: why,
    },
  );
}

/** Reads the body by its content type; where that says little, by what the provider is known to send. */
function read(request: Verified, source: Source): Readable {
  const { provider } = source;
  const sent = request.headers["content-type"];
  const usual = provider?.body[0] ?? "json";
  const announced = sent === undefined || /^(text\/plain|application\/octet-stream)\b/i.test(sent);
  const named = kindOfContentType(sent);
  const kind = announced && (named === undefined || !provider?.body.includes(named)) ? usual : named;
  if (kind === undefined) {
    throw new SignalboxError(
      "ACCEPT_TYPE_UNSUPPORTED",
      `The content type of the request to source \`${source.name}\` is not read.`,
    );
  }
  if (request.body.length === 0) {
    if (provider?.emptyBody === true) return { request, contentType: "empty", payload: null };
    throw new SignalboxError(
      "ACCEPT_BODY_INVALID",
      `The body is empty, which source \`${source.name}\` never sends.`,
    );
  }
  const field = provider?.payloadField;
  const contentType: BodyKind = kind === "form" && field !== undefined ? `form:${field}` : kind;
  return { request, contentType, payload: readBody(request.body, contentType) };
}

function eventOf(
  { request, contentType, payload }: Readable,
  source: Source,
  { clock, random }: Pick<Ports, "clock" | "random">,
): Event {
  const now = clock.now();
  const where = source.file.id ?? source.provider?.delivery ?? "none";
  const type = locateType(source.file.type ?? source.provider?.type, request, payload);
  const providerId = where === "none" || where === "body" ? undefined : locate(where, request, payload);
  return {
    context: {
      id: eventId(now, random.bytes(10)),
      source: source.name,
      type: type ?? "",
      receivedAt: new Date(now).toISOString(),
      headers: withoutCredentials(request.headers, source),
      query: fieldsOf(new URLSearchParams(withoutToken(request.query, source))),
      method: request.method,
      path: request.path,
    },
    dedupeKey: where === "none" ? undefined : where === "body" ? bodyHash(request.body) : providerId,
    ...(providerId !== undefined && providerId !== "" && { providerId }),
    verified: {
      kind: source.scheme.kind,
      ...(source.provider !== undefined && { provider: source.provider.id }),
    },
    dedupeMs: source.file.dedupeHours * 3_600_000,
    body: request.body,
    contentType,
    payload,
  };
}

/** A type may be made of several places ("issue" and "created"): those that are there, joined by a dot. */
function locateType(
  where: string | readonly string[] | undefined,
  request: Request,
  payload: unknown,
): string | undefined {
  if (where === undefined) return undefined;
  const parts = typeof where === "string" ? [where] : where;
  const found = parts
    .map((part) => locate(part, request, payload))
    .filter((part) => part !== undefined && part !== "");
  return found.length === 0 ? undefined : found.join(".");
}

function bodyHash(body: Buffer): string {
  return createHash("sha256").update(body).digest("base64url");
}

/** The first complaint of the schema that stands for the event's type. */
function schemaComplaint(event: Event, source: Source): { said: string; schema: SchemaPart } | undefined {
  for (const { type, name, validate } of source.schemas) {
    if (!matchesType([type], event.context.type)) continue;
    const [problem] = validate(event.payload);
    if (problem === undefined) continue;
    const said = `The body does not satisfy schema \`${name}\`: ${problem.message}.`;
    return { said, schema: schemaPartOf(name, problem.schemaPath) };
  }
  return undefined;
}
