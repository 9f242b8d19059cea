/** Handshakes as data: a provider asks whether we are there and gets the answer it needs, never a page. */
import type { FromSchema, JSONSchema } from "json-schema-to-ts";
import type { Request } from "../core/event.ts";
import { find, open } from "./locate.ts";
import type { Opened } from "./locate.ts";

/** An answer: its text may hold `{place}` parts, which stand for what the handshake's `match` has checked. */
export const replySchema = {
  type: "object",
  additionalProperties: false,
  required: ["status"],
  properties: {
    status: { type: "integer", minimum: 200, maximum: 299 },
    contentType: {
      type: "string",
      enum: ["text/plain; charset=utf-8", "application/json"],
      default: "text/plain; charset=utf-8",
      description: "Never HTML: what is echoed was written by a stranger.",
    },
    body: {
      type: "string",
      default: "",
      description: "Of a JSON body, `{place}` parts stand inside quotes.",
    },
    headers: { type: "object", additionalProperties: { type: "string" }, default: {} },
  },
} as const satisfies JSONSchema;

/** When a request is a handshake, whether it must be signed, and the answer. */
export const handshakeSchema = {
  type: "object",
  additionalProperties: false,
  required: ["method", "match", "auth", "reply"],
  properties: {
    method: { type: "string", enum: ["GET", "HEAD", "OPTIONS", "POST"] },
    match: {
      type: "array",
      description: "All of them must hold.",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["at"],
        properties: {
          at: { type: "string", pattern: "^(header|query|form|json):.+$" },
          is: { type: "string", description: "The text that stands there." },
          pattern: {
            type: "string",
            pattern: "^\\^.*\\$$",
            description:
              "What the text must look like; without `is` and `pattern` it is a token of at most 512 characters.",
          },
          absent: { const: true, description: "Nothing stands there." },
        },
      },
    },
    auth: {
      type: "string",
      enum: ["signature", "none"],
      description: "`signature`: answered only when verified.",
    },
    reply: replySchema,
  },
} as const satisfies JSONSchema;

/** One handshake of a provider. */
export type Handshake = FromSchema<typeof handshakeSchema, { keepDefaultedPropertiesOptional: true }>;
type Condition = Handshake["match"][number];

/** What is answered to a handshake. */
export interface HandshakeReply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Alphabet and length of what is echoed: no markup, no line breaks, no text that could be somebody's signed body. */
const TOKEN = /^[A-Za-z0-9+/=_.~:-]{1,512}$/;

/** The provider's handshake that this request is, and its answer; undefined where it is none. */
export function matchHandshake(
  provider: { readonly handshake?: readonly Handshake[] },
  request: Request,
): { readonly auth: "signature" | "none"; readonly reply: HandshakeReply } | undefined {
  const opened = open(request);
  for (const handshake of provider.handshake ?? []) {
    if (handshake.method !== request.method) continue;
    if (handshake.match.every((condition) => holds(condition, opened))) {
      return { auth: handshake.auth, reply: replyOf(handshake, opened) };
    }
  }
  return undefined;
}

function holds({ at, is, pattern, absent }: Condition, opened: Opened): boolean {
  const text = find(at, opened);
  if (absent === true) return text === undefined;
  if (text === undefined) return false;
  if (is !== undefined) return text === is;
  return pattern === undefined ? TOKEN.test(text) : new RegExp(pattern).test(text);
}

function replyOf({ match, reply }: Handshake, opened: Opened): HandshakeReply {
  const properties = replySchema.properties;
  const contentType = reply.contentType ?? properties.contentType.default;
  const fill = (template: string, json: boolean): string =>
    template.replace(/\{((?:header|query|form|json):[^{}]+)\}/g, (_, at: string) => {
      // Only what `match` has looked at may be echoed.
      const text = match.some((condition) => condition.at === at) ? (find(at, opened) ?? "") : "";
      return json ? JSON.stringify(text).slice(1, -1) : text;
    });
  const headers = Object.entries(reply.headers ?? {}).map(
    ([name, value]) => [name.toLowerCase(), fill(value, false)] as const,
  );
  return {
    status: reply.status,
    contentType,
    body: fill(reply.body ?? properties.body.default, contentType === "application/json"),
    headers: { "x-content-type-options": "nosniff", ...Object.fromEntries(headers) },
  };
}
