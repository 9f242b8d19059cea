/** What a token must be, as data: algorithm, claims, times, hashes. */
import type { FromSchema, JSONSchema } from "json-schema-to-ts";

/** What a `jwt` scheme demands of the token. */
export const jwtSchema = {
  type: "object",
  additionalProperties: false,
  required: ["algorithm"],
  description: "What the token of a `jwt` scheme must be.",
  properties: {
    algorithm: {
      type: "string",
      enum: ["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "EdDSA"],
      description: "The only one that is taken, whatever the token says of itself.",
    },
    claims: {
      type: "object",
      additionalProperties: {
        anyOf: [{ type: "string" }, { type: "boolean" }, { type: "array", items: { type: "string" } }],
      },
      description:
        "Claims (`a | b`: the first that is there) with the value that they must have (of several: any). May hold `{config:x}` and `{url}`.",
    },
    maxAgeSeconds: {
      type: "number",
      exclusiveMinimum: 0,
      description: "How old `iat` may be; the claim must then be there.",
    },
    requireExpiry: {
      type: "boolean",
      description: "`exp` must be there; where it is there it always counts.",
    },
    hashes: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["claim", "of"],
        properties: {
          claim: { type: "string", minLength: 1 },
          of: { type: "string", enum: ["body", "url", "atlassian"] },
          encoding: { type: "string", enum: ["hex", "base64"], default: "hex" },
        },
      },
      description:
        "Claims that must be the SHA-256 of the body, of the registered URL, or of the request as Atlassian writes it.",
    },
    detached: {
      type: "boolean",
      description: "The token's payload is left out: it is the body. RFC 7515, appendix F.",
    },
  },
} as const satisfies JSONSchema;

export type JwtDemands = FromSchema<typeof jwtSchema, { keepDefaultedPropertiesOptional: true }>;
