/** A provider: what we know of one sender of webhooks, as data. The format of `catalogue/<id>.json`. */
import type { FromSchema, JSONSchema } from "json-schema-to-ts";
import { handshakeSchema, replySchema } from "./handshake.ts";
import { schemeSchema } from "./scheme.ts";
import type { Scheme } from "./scheme.ts";
import type { Credentials } from "./verdict.ts";
import { credentialProblem } from "./verify.ts";

const place = { type: "string", pattern: "^(header|query|form|json|text|member):.+$" } as const;
const places = { anyOf: [place, { type: "array", minItems: 2, items: place }] } as const;

/** The file's JSON Schema. Places are those of `locate`: `header:x`, `json:a.b`, `a | b` for the first that is there. */
export const providerSchema = {
  title: "provider",
  description:
    "What is known of one sender of webhooks: how it signs, where its delivery id and event type stand.",
  type: "object",
  additionalProperties: false,
  required: ["id", "name", "confidence", "schemes", "delivery", "type", "body", "secretHint"],
  properties: {
    id: { type: "string", pattern: "^[a-z][a-z0-9-]*$" },
    name: { type: "string", minLength: 1 },
    confidence: {
      type: "string",
      enum: ["confirmed", "from one source"],
      description:
        "`confirmed`: read in the provider's own documentation or code, or in two independent sources.",
    },
    docs: { type: "string", pattern: "^https://", description: "The provider's page about its signatures." },
    schemes: {
      type: "array",
      minItems: 1,
      description:
        "Chosen when a source is configured, never by a request: the one that `config.scheme` names, else the first that the source's secrets fit.",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["name", "scheme"],
        properties: { name: { type: "string", minLength: 1 }, scheme: schemeSchema },
      },
    },
    delivery: {
      anyOf: [...places.anyOf, { enum: ["body", "none"] }],
      description:
        "Where the delivery's id stands, of several places all together; `body`: the body's hash; `none`: a repetition cannot be known.",
    },
    type: {
      ...places,
      description: "Where the event's type stands; several places are joined by a dot.",
    },
    batch: {
      type: "object",
      additionalProperties: false,
      required: ["items", "delivery", "type"],
      description: "Its requests hold several events: with `split: true` a source takes them one by one.",
      properties: {
        items: {
          type: "string",
          pattern: "\\[\\]",
          description: "Path of the items in the body, `[]` for every element.",
        },
        delivery: {
          anyOf: [...places.anyOf, { enum: ["body", "none"] }],
          description:
            "As above; `json:` places are read in the item, and `body` is the whole body's hash with the item's place.",
        },
        type: { ...places, description: "As above, in the item." },
      },
    },
    handshake: {
      type: "array",
      items: handshakeSchema,
      description: "Requests that are answered at once and are no events.",
    },
    body: {
      type: "array",
      minItems: 1,
      items: { type: "string", enum: ["json", "form", "text", "xml", "multipart", "ndjson", "jwt"] },
      description: "The kinds of body that it sends, the usual one first.",
    },
    payloadField: {
      type: "string",
      minLength: 1,
      description: "The form field that holds the payload as JSON.",
    },
    payloadXml: {
      type: "string",
      minLength: 1,
      description: "The form field that holds the payload as XML in base64.",
    },
    emptyBody: { type: "boolean", description: "It may send a delivery without a body." },
    response: { ...replySchema, description: "The answer that it needs to a delivery." },
    ackSeconds: {
      type: "number",
      exclusiveMinimum: 0,
      description: "How soon it wants an answer.",
    },
    retries: { type: "string", minLength: 1, description: "What it does when a delivery fails." },
    unsure: {
      type: "array",
      items: { type: "string", enum: ["ackSeconds", "retries", "delivery", "type", "tolerance", "setup"] },
      description: "What has not been read in a good source, though the signature has.",
    },
    config: {
      type: "object",
      additionalProperties: { type: "string", minLength: 1 },
      description: "What the names of a source's `config` mean for it.",
    },
    setup: {
      type: "string",
      pattern: "\\{url\\}",
      description: "How to register the URL on its side; `{url}` stands for it.",
    },
    redact: {
      type: "array",
      items: { type: "string", pattern: "^(json|form):.+$" },
      description:
        "Where the body holds a credential that is not to be kept or passed on; `[]` for every element.",
    },
    secretHint: {
      type: "string",
      minLength: 1,
      description: "Where to find the secret, and what it looks like.",
    },
    notes: { type: "string", minLength: 1 },
  },
} as const satisfies JSONSchema;

/** A provider of the catalogue. */
export type Provider = Omit<FromSchema<typeof providerSchema>, "schemes"> & {
  readonly schemes: readonly { readonly name: string; readonly scheme: Scheme }[];
};

/**
 * The scheme that a source uses, chosen at configuration time: by `config.scheme`, else the first that the secrets fit,
 * else the first, which will say what is missing. Undefined where `config.scheme` names none.
 */
export function chooseScheme(provider: Provider, credentials: Credentials): Scheme | undefined {
  const { schemes } = provider;
  const named = credentials.config?.scheme;
  if (named !== undefined) return schemes.find(({ name }) => name === named)?.scheme;
  // Taking requests unsigned is a decision of its own: it is never what is left over.
  const fitting = schemes.find(
    ({ scheme }, at) =>
      (at === 0 || scheme.kind !== "none") && credentialProblem(scheme, credentials) === undefined,
  );
  return (fitting ?? schemes[0])?.scheme;
}
