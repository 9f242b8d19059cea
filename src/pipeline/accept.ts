/**
 * accept: a request becomes an event, or is refused with the reason. Different stages are different types:
 * Request → Verified (who sent it is known) → Readable (its body could be read) → Event.
 */
import { fieldsOf, inUtf8, kindOfContentType, readBody } from "../core/body.ts";
import { SignalboxError, type SchemaPart } from "../core/errors.ts";
import type { BodyKind, Event, Request } from "../core/event.ts";
import { eventId } from "../core/ids.ts";
import { matchesType } from "../core/route.ts";
import { schemaPartOf } from "../core/schema-part.ts";
import type { Ports } from "../ports.ts";
import { locate } from "../providers/locate.ts";
import type { Provider } from "../providers/provider.ts";
import type { Source } from "../rules/workspace.ts";
import { admit } from "./admit.ts";
import { authenticate, type Greeted, type Verified } from "./authenticate.ts";
import { withoutCredentials, withoutSecrets, withoutToken } from "./credentials.ts";
import { identityOf } from "./identity.ts";
import { itemsOf, type Item } from "./items.ts";

/** A verified request with the value of its body. */
interface Readable {
  readonly request: Verified;
  readonly contentType: BodyKind;
  readonly payload: unknown;
  /** Where this is one of several events of a request. */
  readonly item?: Item;
}

/** An event that is accepted, with the schema's complaint where such events are quarantined. */
export interface AcceptedEvent {
  readonly event: Event;
  readonly quarantine?: string;
}

/** What accepting comes to when it is not refused; a batch that is split yields several events, or none. */
export type Accepted = { readonly kind: "events"; readonly events: readonly AcceptedEvent[] } | Greeted;

/** Checks, verifies and reads a request. Throws SignalboxError ACCEPT_* for every refusal. */
export async function accept(
  request: Request,
  source: Source,
  sources: Iterable<Source>,
  ports: Pick<Ports, "clock" | "random" | "fetchText" | "captured" | "former" | "limits">,
): Promise<Accepted> {
  admit(request, source);
  const verified = await authenticate(request, source, sources, ports);
  if ("kind" in verified) return verified;
  const readable = read(verified, source);
  const events = source.file.split
    ? itemsOf(readable, source).map((item) => eventOf(item, source, ports))
    : [eventOf(readable, source, ports)];
  return { kind: "events", events: events.map((event) => heldAgainstSchema(event, source)) };
}

/** The event of what was fetched from a provider instead of posted by it: how it was got proves who says it. Throws as `accept`. */
export function acceptFetched(
  request: Request,
  source: Source,
  ports: Pick<Ports, "clock" | "random">,
): AcceptedEvent {
  const event = eventOf(read({ verified: true, ...request }, source), source, ports);
  const { provider } = source;
  const verified = { kind: "fetched", ...(provider !== undefined && { provider: provider.id }) };
  return heldAgainstSchema({ ...event, verified }, source);
}

function heldAgainstSchema(event: Event, source: Source): AcceptedEvent {
  const complaint = schemaComplaint(event, source);
  if (complaint === undefined) return { event };
  if (source.file.onInvalid === "quarantine") return { event, quarantine: complaint.said };
  throw new SignalboxError("ACCEPT_SCHEMA_INVALID", complaint.said, { schema: complaint.schema });
}

/** Reads the body by its content type; where that says little, by what the provider is known to send. */
function read(request: Verified, source: Source): Readable {
  const { provider } = source;
  const sent = request.headers["content-type"];
  const usual = provider?.body[0] ?? "json";
  const vague = sent === undefined || /^(text\/plain|application\/octet-stream)\b/i.test(sent);
  const named = kindOfContentType(sent);
  const kind = vague && (named === undefined || !provider?.body.includes(named)) ? usual : named;
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
  const contentType = kindFor(kind, source);
  const body = withoutSecrets(inUtf8(request.body, sent, kind), contentType, source);
  return { request: { ...request, body }, contentType, payload: readBody(body, contentType) };
}

/** The kind with what the provider and the source say of it. */
function kindFor(kind: Provider["body"][number], { provider, file }: Source): BodyKind {
  const field = provider?.payloadField;
  if (kind === "form" && provider?.payloadXml !== undefined) return `form-xml:${provider.payloadXml}`;
  if ((kind === "form" || kind === "multipart") && field !== undefined) return `${kind}:${field}`;
  return kind === "json" && file.bigIntegers === "rounded" ? "json-rounded" : kind;
}

function eventOf(
  { request, contentType, payload, item }: Readable,
  source: Source,
  { clock, random }: Pick<Ports, "clock" | "random">,
): Event {
  const now = clock.now();
  const { provider } = source;
  const known = item === undefined ? provider : provider?.batch;
  const where = source.file.id ?? known?.delivery ?? provider?.delivery ?? "none";
  const type = locateType(source.file.type ?? known?.type ?? provider?.type, request, payload);
  const identity = identityOf(where, request, payload, item);
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
    ...identity,
    verified: {
      kind: source.scheme.kind,
      ...(source.provider !== undefined && { provider: source.provider.id }),
    },
    dedupeMs: dedupeHoursOf(source.file) * 3_600_000,
    body: item === undefined ? request.body : Buffer.from(item.text),
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

function dedupeHoursOf({ dedupeDays, dedupeHours }: Source["file"]): number {
  return dedupeDays === undefined ? dedupeHours : dedupeDays * 24;
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
