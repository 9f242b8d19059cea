/** Handshakes as data: a provider asks whether we are there and gets the answer it needs, never a page. */
import type { FromSchema, JSONSchema } from "json-schema-to-ts";
import { accessTokenSchema } from "./key-fetch.ts";

/** An answer: its text may hold `{place}` parts, which stand for what the handshake's `match` has checked. */
export const replySchema = {
  type: "object",
  additionalProperties: false,
  required: ["status"],
  properties: {
    status: { type: "integer", minimum: 200, maximum: 299 },
    contentType: {
      type: "string",
      enum: ["text/plain; charset=utf-8", "application/json", "text/xml; charset=utf-8"],
      default: "text/plain; charset=utf-8",
      description: "Never HTML: what is echoed was written by a stranger.",
    },
    body: {
      type: "string",
      default: "",
      description:
        "Of a JSON body, `{place}` parts stand inside quotes. `{computed}` and `{config:x}` may stand there too.",
    },
    headers: { type: "object", additionalProperties: { type: "string" }, default: {} },
  },
} as const satisfies JSONSchema;

const place = { type: "string", pattern: "^(header|query|form|json):.+$" } as const;

/** When a request is a handshake, whether it must be signed, and the answer. */
export const handshakeSchema = {
  type: "object",
  additionalProperties: false,
  required: ["match", "auth", "reply"],
  properties: {
    method: {
      type: "string",
      enum: ["GET", "HEAD", "OPTIONS", "POST"],
      description: "Without it, any of them.",
    },
    match: {
      type: "array",
      description: "All of them must hold.",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["at"],
        properties: {
          at: place,
          is: { type: "string", description: "The text that stands there." },
          pattern: {
            type: "string",
            pattern: "^\\^.*\\$$",
            description:
              "What the text must look like; without `is`, `pattern` and `config` it is a token of at most 512 characters.",
          },
          config: {
            type: "string",
            minLength: 1,
            description:
              "It must be the value of this name in the source's `config`, or one of a comma list. Another, or no such value: the request is refused.",
          },
          absent: { const: true, description: "Nothing stands there." },
        },
      },
    },
    emptyBody: { type: "boolean", description: "The body is empty." },
    auth: {
      type: "string",
      enum: ["signature", "none", "pending"],
      description:
        "`signature`: answered only when verified; `pending`: only while the source has no secret yet.",
    },
    compute: {
      type: "object",
      additionalProperties: false,
      required: ["of"],
      description:
        "What `{computed}` stands for. Where it is made with the secret, `match` must hold what it is made of to a pattern that no signed text fits: else anybody could have events signed.",
      properties: {
        of: {
          type: "string",
          minLength: 1,
          description: "Text of `{place}`, `{config:x}` and `{url}` parts.",
        },
        keyed: {
          type: "boolean",
          default: true,
          description: "An HMAC with the source's secret; else a plain hash.",
        },
        keyDigest: { type: "string", enum: ["sha1"], description: "The key is this hash of the secret." },
        algorithm: { type: "string", enum: ["sha1", "sha256"], default: "sha256" },
        encoding: { type: "string", enum: ["hex", "base64"], default: "hex" },
      },
    },
    capture: { ...place, description: "Where the secret stands that the provider hands over." },
    confirm: {
      type: "object",
      additionalProperties: false,
      required: ["hosts"],
      oneOf: [{ required: ["from"] }, { required: ["url"] }],
      description: "A URL that is called after the answer, so that the provider begins.",
      properties: {
        from: { ...place, description: "Where the URL stands." },
        url: {
          type: "string",
          minLength: 1,
          description: "The URL where it does not come along; may hold `{config:x}`.",
        },
        hosts: {
          type: "array",
          minItems: 1,
          items: { type: "string", pattern: "^\\^https:.*\\$$" },
          description: "What the whole URL must look like.",
        },
        post: {
          type: "string",
          minLength: 1,
          description:
            "JSON to be posted instead of a GET; may hold `{config:x}`, and `{place}` parts that `match` has checked.",
        },
        token: { ...accessTokenSchema, description: "An access token to be sent along, fetched first." },
        example: {
          type: "string",
          minLength: 1,
          description: "Such a URL, for a rehearsal; it is not called.",
        },
        spare: {
          type: "boolean",
          description: "The answer suffices: this is done as well, should it be lost.",
        },
      },
    },
    reply: replySchema,
  },
} as const satisfies JSONSchema;

/** One handshake of a provider. */
export type Handshake = FromSchema<typeof handshakeSchema, { keepDefaultedPropertiesOptional: true }>;
