/** How a target is shown who calls: the formats of a target's `auth` and `tls`. Secrets stand there by name alone. */
import type { FromSchema, JSONSchema } from "json-schema-to-ts";

const text = { type: "string", minLength: 1 } as const;
const secret = { ...text, description: "By name: `${NAME}`." } as const;
const secrets = {
  type: "array",
  minItems: 1,
  maxItems: 8,
  items: text,
  description: "By name. Where the signature can stand several times each of them signs: rotation.",
} as const;

const plain = [
  {
    type: "object",
    additionalProperties: false,
    required: ["type", "token"],
    properties: { type: { const: "bearer" }, token: secret },
  },
  {
    type: "object",
    additionalProperties: false,
    required: ["type", "user", "password"],
    properties: { type: { const: "basic" }, user: { type: "string" }, password: { type: "string" } },
  },
  {
    type: "object",
    additionalProperties: false,
    required: ["type", "name", "value"],
    properties: { type: { const: "header" }, name: text, value: secret },
  },
  {
    type: "object",
    additionalProperties: false,
    required: ["type", "name", "value"],
    properties: {
      type: { const: "query" },
      name: { ...text, description: "A field of the URL's query, which logs and history never hold." },
      value: secret,
    },
  },
  {
    type: "object",
    additionalProperties: false,
    required: ["type", "token"],
    properties: {
      type: { const: "gitlab" },
      token: secret,
      sudo: {
        ...text,
        description: "User name or id in whose name GitLab acts; the token needs scope sudo.",
      },
    },
  },
] as const;

const fetched = [
  {
    type: "object",
    additionalProperties: false,
    required: ["type", "user", "token", "crumbUrl"],
    properties: {
      type: { const: "jenkins" },
      user: text,
      token: { ...secret, description: "API token or password, by name." },
      crumbUrl: {
        ...text,
        description: "Where crumbs are issued. A crumb is kept, and fetched anew where it is refused.",
        examples: ["https://ci.example.com/crumbIssuer/api/json"],
      },
    },
  },
  {
    type: "object",
    additionalProperties: false,
    required: ["type", "tokenUrl", "clientId", "clientSecret"],
    properties: {
      type: { const: "oauth2" },
      tokenUrl: {
        ...text,
        description:
          "Client credentials, RFC 6749 § 4.4. The token is kept, encrypted, for all processes; a 401 renews it and repeats the call once.",
      },
      clientId: text,
      clientSecret: secret,
      scopes: { type: "array", items: text },
      clientAuthentication: {
        type: "string",
        enum: ["basic", "body"],
        default: "basic",
        description: "How the id and the secret are sent: RFC 6749 § 2.3.1.",
      },
      parameters: {
        type: "object",
        additionalProperties: text,
        description: "Sent with the request for a token, such as `audience` or `resource`.",
      },
    },
  },
] as const;

/** Algorithms of signatures that `jose` makes, RFC 7518 § 3.1 and RFC 8037. */
export const SIGNING_ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "ES256",
  "ES384",
  "EdDSA",
  "HS256",
] as const;

/** How long a token of our own is good; Ajv fills in no defaults below `oneOf`. */
export const LIFETIME_SECONDS = 300;

const signed = [
  {
    type: "object",
    additionalProperties: false,
    required: ["type", "secrets"],
    properties: {
      type: { const: "signature" },
      provider: {
        ...text,
        description: "Signs as this provider of the catalogue does.",
        examples: ["github", "stripe"],
      },
      scheme: {
        type: "object",
        description: "Or a scheme of your own: the same format as a source's `verify`.",
      },
      secrets,
      config: { type: "object", additionalProperties: { type: "string" } },
      url: {
        ...text,
        description: "The URL as the receiver knows it, where it is signed; else the one called.",
      },
    },
  },
  {
    type: "object",
    additionalProperties: false,
    required: ["type", "secrets"],
    properties: {
      type: { const: "standard-webhooks" },
      secrets: {
        ...secrets,
        description:
          "By name. `whsec_…` signs as v1 (HMAC), `whsk_…` as v1a (Ed25519). Several sign side by side: rotation.",
      },
    },
  },
  {
    type: "object",
    additionalProperties: false,
    required: ["type", "algorithm", "key"],
    properties: {
      type: { const: "jwt" },
      algorithm: { type: "string", enum: SIGNING_ALGORITHMS },
      key: { ...secret, description: "By name: a private key as PEM; for HS256 a text." },
      keyId: text,
      issuer: text,
      subject: text,
      audience: text,
      claims: {
        type: "object",
        additionalProperties: { type: ["string", "number", "boolean"] },
        description: "Further claims, the same in every token.",
      },
      lifetimeSeconds: { type: "integer", minimum: 10, maximum: 86400, default: LIFETIME_SECONDS },
    },
  },
  {
    type: "object",
    additionalProperties: false,
    required: ["type", "accessKeyId", "secretAccessKey", "region", "service"],
    properties: {
      type: { const: "aws-sigv4" },
      accessKeyId: text,
      secretAccessKey: secret,
      sessionToken: { ...secret, description: "Of temporary credentials, by name." },
      region: { ...text, examples: ["eu-central-1"] },
      service: { ...text, examples: ["lambda", "execute-api"] },
    },
  },
] as const;

/** `auth`: one of these kinds. */
export const authSchema = {
  description:
    "Credentials, sent with every attempt and shown nowhere. Secrets stand here by name: `${NAME}` from the environment, or from the file that NAME_FILE names.",
  oneOf: [...plain, ...fetched, ...signed],
} as const satisfies JSONSchema;

/** A target's `auth`, variables filled in. */
export type Auth =
  | FromSchema<(typeof plain)[number]>
  | FromSchema<(typeof fetched)[number], AsWritten>
  | FromSchema<(typeof signed)[number], AsWritten>;
type AsWritten = { keepDefaultedPropertiesOptional: true };

/** One kind of `auth`. */
export type AuthOf<Type extends Auth["type"]> = Extract<Auth, { type: Type }>;

/** `tls`: a private authority to trust, and a certificate to show. */
export const tlsSchema = {
  type: "object",
  additionalProperties: false,
  minProperties: 1,
  description: "For a target with a private authority, or one that wants to see a certificate. PEM, by name.",
  properties: {
    ca: { ...text, description: "Authorities that are trusted for this target, instead of the usual ones." },
    certificate: { ...text, description: "The certificate that we show, and its chain." },
    key: { ...text, description: "The private key of `certificate`." },
    passphrase: { ...text, description: "Of the key." },
    serverName: {
      ...text,
      description: "Name that the target's certificate must have, where it is not the host.",
    },
  },
} as const satisfies JSONSchema;

/** A target's `tls`, variables filled in. */
export interface TlsFile {
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly passphrase?: string;
  readonly serverName?: string;
}

/** Keys of `auth`, `tls`, `jws` and `jwe` whose texts are secrets: they stand in a file by name alone. */
export const SECRET_KEYS: ReadonlySet<string> = new Set([
  "token",
  "password",
  "value",
  "clientSecret",
  "secrets",
  "key",
  "secretAccessKey",
  "sessionToken",
  "passphrase",
]);
