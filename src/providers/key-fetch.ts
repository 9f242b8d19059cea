/** Keys that are not in the source's file, as data: where they are fetched from, and what is found there. */
import type { FromSchema, JSONSchema } from "json-schema-to-ts";

/** An access token that is fetched with the source's own credentials before something else can be called. */
export const accessTokenSchema = {
  type: "object",
  additionalProperties: false,
  required: ["url", "hosts"],
  description:
    "An access token (RFC 6749 § 4.4) that is fetched first: what `{token}` in `headers` stands for.",
  properties: {
    url: { type: "string", minLength: 1, description: "May hold `{config:x}`." },
    hosts: {
      type: "array",
      minItems: 1,
      items: { type: "string", pattern: "^\\^https:.*\\$$" },
      description: "What the whole URL must look like.",
    },
    user: {
      type: "string",
      minLength: 1,
      description: "The client's id, by RFC 7617; may hold `{config:x}`.",
    },
    password: { type: "string", minLength: 1, description: "Its secret; may hold `{config:x}`." },
    form: { type: "string", minLength: 1, description: "What is posted, as a form." },
    post: { type: "string", minLength: 1, description: "What is posted as JSON; may hold `{config:x}`." },
  },
  oneOf: [{ required: ["form", "user", "password"] }, { required: ["post"] }],
} as const satisfies JSONSchema;

export type AccessToken = FromSchema<typeof accessTokenSchema>;

/** Where a scheme's public key is fetched from, and what is found there. */
export const keyFetchSchema = {
  type: "object",
  additionalProperties: false,
  required: ["url", "as"],
  description: "Where the public key is fetched from, where the source has no `secrets`.",
  properties: {
    url: {
      type: "string",
      minLength: 1,
      description: "Of literal text, places of the request (`{header:x}`, `{json:x}`) and `{config:x}`.",
    },
    hosts: {
      type: "array",
      minItems: 1,
      items: { type: "string", pattern: "^\\^https:.*\\$$" },
      description:
        "What the whole URL must look like. Required where a part of the URL comes from the request.",
    },
    as: {
      type: "string",
      enum: ["pem", "certificate", "jwks", "der"],
      description: "`der`: SPKI in base64.",
    },
    at: { type: "string", minLength: 1, description: "Path in the JSON that was fetched." },
    keyId: {
      type: "string",
      pattern: "^(header|json):.+$",
      description: "Where the request names the key; without it every key is tried.",
    },
    subject: {
      type: "string",
      minLength: 1,
      description:
        "Pattern of the certificate's common name, and of one of its DNS names where it lists any.",
    },
    issuers: {
      type: "array",
      minItems: 1,
      items: { type: "string", pattern: "^\\^https?:.*\\$$" },
      description:
        "Where the certificate's issuers may be fetched that were not sent along; what the whole URL must look like.",
    },
    token: accessTokenSchema,
    headers: {
      type: "object",
      additionalProperties: { type: "string" },
      description: "Sent along; may hold `{config:x}` and `{token}`.",
    },
    post: {
      type: "string",
      minLength: 1,
      description: "JSON to be posted instead of a GET; may hold `{config:x}` and `{kid}`.",
    },
  },
} as const satisfies JSONSchema;

export type KeyFetch = FromSchema<typeof keyFetchSchema>;
