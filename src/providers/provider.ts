/** A provider: what we know of one sender of webhooks, as data. The format of `catalogue/<id>.json`. */
import type { FromSchema, JSONSchema } from "json-schema-to-ts";
import { handshakeSchema, replySchema } from "./handshake.ts";
import { schemeSchema } from "./scheme.ts";
import type { Scheme } from "./scheme.ts";
import type { Credentials } from "./verdict.ts";
import { credentialProblem } from "./verify.ts";

const place = { type: "string", pattern: "^(header|query|form|json|text):.+$" } as const;

/** The file's JSON Schema. Places are those of `locate`: `header:x`, `json:a.b`, `a | b` for the first that is there. */
export const providerSchema = {
  title: "provider",
  description:
    "What is known of one sender of webhooks: how it signs, where its delivery id and event type stand.",
  type: "object",
  additionalProperties: false,
  required: ["id", "name", "confidence", "docs", "schemes", "delivery", "type", "body", "secretHint"],
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
      anyOf: [place, { enum: ["body", "none"] }],
      description:
        "Where the delivery's id stands; `body`: the body's hash; `none`: a repetition cannot be known.",
    },
    type: {
      anyOf: [place, { type: "array", minItems: 2, items: place }],
      description: "Where the event's type stands; several places are joined by a dot.",
    },
    handshake: {
      type: "array",
      items: handshakeSchema,
      description: "Requests that are answered at once and are no events.",
    },
    body: {
      type: "array",
      minItems: 1,
      items: { type: "string", enum: ["json", "form", "text"] },
      description: "The kinds of body that it sends, the usual one first.",
    },
    payloadField: {
      type: "string",
      minLength: 1,
      description: "The form field that holds the payload as JSON.",
    },
    emptyBody: { type: "boolean", description: "It may send a delivery without a body." },
    response: { ...replySchema, description: "The answer that it needs to a delivery." },
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
  const fitting = schemes.find(({ scheme }) => credentialProblem(scheme, credentials) === undefined);
  return (fitting ?? schemes[0])?.scheme;
}
