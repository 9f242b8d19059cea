/** How a result is written for a target: the formats of a target's `format`, `jws` and `jwe`. */
import type { FromSchema, JSONSchema } from "json-schema-to-ts";
import { SIGNING_ALGORITHMS } from "./target-auth.ts";

const text = { type: "string", minLength: 1 } as const;
const kind = <Name extends string>(name: Name) => ({ const: name }) as const;

const formats = [
  { type: "object", additionalProperties: false, required: ["type"], properties: { type: kind("json") } },
  { type: "object", additionalProperties: false, required: ["type"], properties: { type: kind("form") } },
  { type: "object", additionalProperties: false, required: ["type"], properties: { type: kind("text") } },
  { type: "object", additionalProperties: false, required: ["type"], properties: { type: kind("ndjson") } },
  {
    type: "object",
    additionalProperties: false,
    required: ["type"],
    properties: { type: kind("multipart") },
  },
  {
    type: "object",
    additionalProperties: false,
    required: ["type"],
    properties: {
      type: kind("xml"),
      root: {
        ...text,
        description: "Name of an element around the result; else the result's one key is it.",
      },
      attributes: {
        type: "object",
        additionalProperties: text,
        description: "Of the root element, such as `xmlns`.",
      },
    },
  },
  {
    type: "object",
    additionalProperties: false,
    required: ["type"],
    properties: {
      type: kind("cloudevents"),
      mode: {
        type: "string",
        enum: ["binary", "structured"],
        default: "binary",
        description: "Attributes as `ce-` headers, or together with the result in one JSON.",
      },
      attributes: {
        type: "object",
        additionalProperties: text,
        propertyNames: { pattern: "^[a-z0-9]{1,20}$" },
        description:
          "Texts that may hold `{{ JSONata }}` parts. `id` is the delivery's, `source` and `type` are the event's, `time` is when it was received, unless they are given here.",
      },
    },
  },
] as const;

/** `format`: one of these kinds. */
export const formatSchema = {
  description:
    "How the result is written. Without it text is sent as text/plain and everything else as JSON. See docs/targets.md.",
  oneOf: formats,
} as const satisfies JSONSchema;

/** A target's `format`, as it is written: Ajv fills in no defaults below `oneOf`. */
export type Format = FromSchema<(typeof formats)[number], { keepDefaultedPropertiesOptional: true }>;

/** `jws`: the body becomes a compact JWS, RFC 7515. */
export const jwsSchema = {
  type: "object",
  additionalProperties: false,
  required: ["algorithm", "key"],
  description: "The body is sent as a compact JWS (RFC 7515), signed by this key.",
  properties: {
    algorithm: { type: "string", enum: SIGNING_ALGORITHMS },
    key: { ...text, description: "By name: a private key as PEM; for HS256 a text." },
    keyId: text,
  },
} as const satisfies JSONSchema;

/** A target's `jws`. */
export type JwsFile = FromSchema<typeof jwsSchema>;

/** `jwe`: the body becomes a compact JWE, RFC 7516. */
export const jweSchema = {
  type: "object",
  additionalProperties: false,
  required: ["algorithm", "key"],
  description:
    "The body is sent as a compact JWE (RFC 7516), encrypted for this key; with `jws` it is signed first.",
  properties: {
    algorithm: {
      type: "string",
      enum: ["RSA-OAEP-256", "RSA-OAEP", "ECDH-ES", "ECDH-ES+A256KW", "A256KW", "dir"],
    },
    encryption: {
      type: "string",
      enum: ["A256GCM", "A128GCM", "A128CBC-HS256", "A256CBC-HS512"],
      default: "A256GCM",
    },
    key: {
      ...text,
      description:
        "By name: the receiver's public key as PEM; for `A256KW` and `dir` a shared key in base64.",
    },
    keyId: text,
  },
} as const satisfies JSONSchema;

/** A target's `jwe`. */
export type JweFile = FromSchema<typeof jweSchema>;
