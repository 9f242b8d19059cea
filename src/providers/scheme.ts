/** A scheme: how a sender proves that a request is its own, as data that the engine reads. */
import type { FromSchema, JSONSchema } from "json-schema-to-ts";
import { keyFetchSchema } from "./key-fetch.ts";
import { jwtSchema } from "./jwt-demands.ts";

const location = "^((header|query|form|json|item):.+|body)$";
const algorithms = ["sha1", "sha256", "sha384", "sha512", "md5"] as const;

/**
 * The scheme's JSON Schema: a provider's `scheme` and a source's own `verify`.
 * Templates (`content`) hold literal text and tokens; a token whose value is missing means "not verified":
 * `{body}` `{timestamp}` `{header:x}` `{query:x}` `{form:x}` `{json:a.b[0]}` `{item:a.b}` `{sig:t}` (a field of the
 * signature header) `{url}` `{url:hubspotDecoded}` `{pathAndQuery}` `{method}` `{sortedForm}` `{payload}` (the form field
 * `payload`, or the body) `{sha256hex:body}` `{crc32dec:body}` `{secret}` `{config:x}`.
 * `{item:a?}`, `{json:a?}` and `{form:a?}` are empty where the value is missing. Tokens that stand for one provider's own
 * rules are in `irregular/`.
 */
export const schemeSchema = {
  title: "scheme",
  description: "How a sender proves that a request is its own.",
  type: "object",
  additionalProperties: false,
  required: ["kind"],
  properties: {
    kind: {
      type: "string",
      enum: ["hmac", "digest", "ed25519", "ecdsa", "rsa", "jwt", "shared-token", "basic", "none"],
      description:
        "`digest`: a plain hash with the secret inside; `jwt`: a signed token, RFC 7519; `shared-token`: the secret itself is sent; `basic`: RFC 7617.",
    },
    algorithm: {
      type: "string",
      enum: algorithms,
      default: "sha256",
      description:
        "The hash. It comes from configuration alone, never from the sender. `md5` for `digest` only.",
    },
    padding: {
      type: "string",
      enum: ["pkcs1", "pss"],
      default: "pkcs1",
      description: "Of an `rsa` signature.",
    },
    encoding: {
      type: "string",
      enum: ["hex", "base64", "base64url", "base64hex", "base64percent"],
      default: "hex",
      description:
        "Of the signature; `base64hex`: base64 of the hex text; `base64percent`: base64 with percent codes.",
    },
    from: {
      anyOf: [
        { type: "string", pattern: location },
        { type: "array", minItems: 1, items: { type: "string", pattern: location } },
      ],
      description:
        "Where the signature stands. Several places: any of them may match. `header:x-sig-1..100` stands for numbered headers.",
      examples: [
        "header:x-signature",
        "json:signature.signature",
        "header:{config:header|x-signature}",
        "header:x-signature#signature",
      ],
    },
    prefix: {
      type: "string",
      default: "",
      description: "Text that must stand before the signature.",
      examples: ["sha256="],
    },
    list: {
      type: "object",
      additionalProperties: false,
      required: ["separator"],
      description:
        "The header holds several items, some of which are signatures. A header of a list may be sent repeatedly.",
      properties: {
        separator: { type: "string", minLength: 1, description: "Between items." },
        pair: { type: "string", minLength: 1, description: "Between an item's name and its value." },
        field: {
          type: "string",
          minLength: 1,
          description: "Name of the items that are signatures; without it, those that have no name.",
        },
        position: {
          type: "integer",
          minimum: 0,
          description: "The items from this place on, counted from 0, are signatures.",
        },
        groups: {
          type: "string",
          minLength: 1,
          description: "Between whole lists, where the header holds several.",
        },
      },
    },
    content: {
      anyOf: [
        { type: "string", minLength: 1 },
        { type: "array", minItems: 2, items: { type: "string", minLength: 1 } },
      ],
      default: "{body}",
      description:
        "Template of the signed text (of several, any may be what was signed): literal text and `{body}` `{timestamp}` `{header:x}` `{query:x}` `{form:x}` `{json:a.b[0]}` `{item:a.b}` `{sig:t}` (a field of the signature header) `{url}` `{url:hubspotDecoded}` `{pathAndQuery}` `{method}` `{sortedForm}` `{payload}` `{sha256hex:body}` `{crc32dec:body}` `{secret}` `{config:x}`. Where a value is missing the request is not verified.",
      examples: ["{timestamp}.{body}"],
    },
    timestamp: {
      type: "object",
      additionalProperties: false,
      required: ["from", "unit"],
      properties: {
        from: { type: "string", pattern: "^(header|query|form|json|sig):.+$" },
        unit: { type: "string", enum: ["s", "ms", "iso8601", "http-date"] },
        toleranceSeconds: {
          type: "number",
          exclusiveMinimum: 0,
          description:
            "How far the time may be from the clock, on either side; without it the time is not checked.",
        },
      },
    },
    key: {
      type: "object",
      additionalProperties: false,
      properties: {
        decode: {
          type: "string",
          enum: ["utf8", "base64", "base64url", "hex", "pem"],
          default: "utf8",
          description:
            "How a secret becomes a key. A public key is PEM, or DER SPKI or (ed25519) 32 raw bytes in a text encoding.",
        },
        stripPrefix: {
          type: "string",
          minLength: 1,
          description: "Removed from the secret where it is there.",
          examples: ["whsec_"],
        },
        prefixRequired: {
          type: "boolean",
          default: false,
          description: "A secret without `stripPrefix` is none of this scheme's.",
        },
        template: {
          type: "string",
          minLength: 1,
          description: "The key's text, of `{secret}` and `{config:x}`.",
        },
        digest: {
          type: "string",
          enum: ["sha1", "sha256"],
          description: "The key is this hash of the secret.",
        },
        fetch: keyFetchSchema,
      },
    },
    each: {
      type: "string",
      minLength: 1,
      description:
        "Path of the items that are signed one by one, `[]` for every element; all of them must verify. `item:.` is the item itself.",
      examples: ["notificationItems[].NotificationRequestItem"],
    },
    bodyHash: {
      type: "object",
      additionalProperties: false,
      required: ["from"],
      description: "A hash of the body that stands in signed text and must be right.",
      properties: {
        from: { type: "string", pattern: location },
        algorithm: { type: "string", enum: algorithms, default: "sha256" },
        encoding: { type: "string", enum: ["hex", "base64", "base64url"], default: "hex" },
      },
    },
    urlVariants: {
      type: "array",
      items: { type: "string", enum: ["port", "apostrophe"] },
      description:
        "Other spellings of `{url}` to try: default port added or removed, `'` in the query as %27.",
    },
    headerPrefixes: {
      type: "array",
      minItems: 2,
      items: { type: "string", minLength: 1 },
      description:
        "The scheme's headers begin with the first; all of them may begin with another instead, but not be mixed.",
      examples: [["svix-", "webhook-"]],
    },
    weaker: {
      type: "object",
      additionalProperties: false,
      required: ["field", "content"],
      description: "What is verified instead where the list holds no item named `list.field` at all.",
      properties: { field: { type: "string", minLength: 1 }, content: { type: "string", minLength: 1 } },
    },
    prehash: {
      type: "string",
      enum: ["sha256"],
      description: "What is signed is this hash of the signed text.",
    },
    jwt: jwtSchema,
    require: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["at"],
        properties: {
          at: {
            type: "string",
            pattern: "^(header|query|form|json):.+$",
            description: "`[]` in a `json:` path: every element.",
          },
          is: { type: "string" },
          config: {
            type: "string",
            minLength: 1,
            description: "Name in the source's `config`: the text must be its value, or one of a comma list.",
          },
        },
      },
      description: "What else must be so: a signature that anybody may have made for something of their own.",
    },
    absent: {
      type: "array",
      items: { type: "string", minLength: 1 },
      description: "Headers that must not be there: a stronger signature, which this scheme cannot check.",
    },
  },
  allOf: [
    { if: { properties: { kind: { enum: ["none", "basic"] } } }, else: { required: ["from"] } },
    {
      if: { properties: { kind: { const: "digest" } } },
      then: { required: ["content"], properties: { content: { type: "string", pattern: "\\{secret\\}" } } },
      else: { properties: { algorithm: { enum: ["sha1", "sha256", "sha384", "sha512"] } } },
    },
    { if: { properties: { kind: { const: "jwt" } } }, then: { required: ["jwt"] } },
  ],
} as const satisfies JSONSchema;

/** A scheme as it is written: what is left out has the schema's default. */
export type Scheme = FromSchema<typeof schemeSchema, { keepDefaultedPropertiesOptional: true }>;

/** The templates of the signed text; the first is the one to sign with. */
export function contentsOf(scheme: Scheme): readonly string[] {
  return [scheme.content ?? schemeSchema.properties.content.default].flat();
}
