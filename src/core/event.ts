/** An event: an accepted request, once. Its record is what is kept; queues only say what to do next. */

/** `evt_` and 26 characters that sort by time (a UUIDv7 in Crockford base32). */
export type EventId = `evt_${string}`;

/** Header names in lower case; a header that was sent several times is joined by ", ". */
export type Headers = Readonly<Record<string, string>>;

/** One HTTP call to a source, read whole and not yet trusted. */
export interface Request {
  readonly method: string;
  /** Path without the query, as sent: "/hooks/github". */
  readonly path: string;
  /** Query string without "?", as sent. */
  readonly query: string;
  readonly headers: Headers;
  /** Headers as they stood on the wire, name and value in turn: duplicates are told apart here. */
  readonly rawHeaders: readonly string[];
  /** The exact bytes that were sent. */
  readonly body: Buffer;
  /** Address of the peer that opened the connection. */
  readonly address: string;
  /** When it came, in ms of this process's clock that only goes forward (`performance.now()`). */
  readonly arrivedAt?: number;
}

/** What a rule sees of an event besides its body, as `$event`. */
export interface EventContext {
  readonly id: EventId;
  readonly source: string;
  /** The provider's name for what happened ("push"); "" where it names none. */
  readonly type: string;
  /** ISO 8601, by the store's clock. */
  readonly receivedAt: string;
  /** Without those that carry credentials. */
  readonly headers: Headers;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  readonly method: string;
  readonly path: string;
  /** Where the body is those of a batch: its events, of which this is the first. */
  readonly events?: readonly EventContext[];
}

/** An accepted request: who sent it has been checked and its body could be read. */
export interface Event {
  readonly context: EventContext;
  /** The provider's own id of this delivery, by which a repetition is known; undefined: cannot be known. */
  readonly dedupeKey: string | undefined;
  /** How long the dedupe key is remembered, in ms. */
  readonly dedupeMs: number;
  /** The exact bytes that were sent, after removal of a content-encoding. */
  readonly body: Buffer;
  /** The provider's own id of this delivery, to be found by; absent where it sends none. */
  readonly providerId?: string;
  /** How the sender proved who it is. */
  readonly verified?: Verification;
  /** Business keys that its source and routes declare. */
  readonly tags?: Tags;
  /** An edited replay: the event that a person took the body from, and who edited it. */
  readonly replayOf?: EventId;
  readonly editedBy?: string;
  /** How to read the bytes again; see `readBody`. */
  readonly contentType: BodyKind;
  /** The body as a rule sees it: JSON value, form fields or text. */
  readonly payload: unknown;
}

/** The scheme's kind ("hmac"), and the catalogue's provider where there is one. */
export interface Verification {
  readonly kind: string;
  readonly provider?: string;
}

/** What an event can be found by: names with one value or up to eight. */
export type Tags = Readonly<Record<string, TagValue>>;
export type TagValue = string | number | boolean | readonly (string | number | boolean)[];

/**
 * The kinds of body that are read; anything else is answered 415. `form:name` and `multipart:name`: the field holds JSON;
 * `form-xml:name`: it holds XML in base64; `json-rounded`: whole numbers beyond ±2^53 are rounded instead of read as
 * text; `jwt`: the claims of a token.
 */
export type BodyKind =
  | "json"
  | "json-rounded"
  | "ndjson"
  | "form"
  | `form:${string}`
  | `form-xml:${string}`
  | "multipart"
  | `multipart:${string}`
  | "xml"
  | "jwt"
  | "text"
  | "empty";

/** The context alone, of something that holds more: what an expression sees as `$event`. */
export function contextOf(event: EventContext): EventContext {
  const { id, source, type, receivedAt, headers, query, method, path } = event;
  return { id, source, type, receivedAt, headers, query, method, path };
}
