/** A target: an API that we call, with its limits and credentials. The format of `targets/<name>.yaml`. */
import type { FromSchema, JSONSchema } from "json-schema-to-ts";
import { authSchema, tlsSchema } from "./target-auth.ts";
import type { Auth } from "./target-auth.ts";
import { adviceSchema, breakerSchema, concurrencySchema, limitSchema } from "./target-flow.ts";
import type { Format } from "./target-format.ts";
import { formatSchema, jweSchema, jwsSchema } from "./target-format.ts";

/** The file's JSON Schema. */
export const targetSchema = {
  title: "target",
  description: "An API that we call, with its limits and credentials.",
  type: "object",
  additionalProperties: false,
  required: ["url"],
  properties: {
    url: {
      type: "string",
      minLength: 1,
      description:
        "http(s) URL. May hold `{{ JSONata }}` parts after the host; their text is percent-encoded.",
      examples: ["${CHAT_URL}", "https://api.example.com/repos/{{ repository.name }}/issues"],
    },
    method: { type: "string", enum: ["POST", "PUT", "PATCH", "DELETE", "GET"], default: "POST" },
    headers: {
      type: "object",
      additionalProperties: { type: "string" },
      propertyNames: { pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$" },
      default: {},
      description:
        "Sent with every attempt. May hold `{{ JSONata }}` parts. Hop-by-hop, `host`, `content-length`, proxies' and the router's own headers are refused.",
    },
    query: {
      type: "object",
      additionalProperties: { type: "string" },
      default: {},
      description:
        "Fields that are added to the URL's query. May hold `{{ JSONata }}` parts; all is percent-encoded.",
    },
    auth: authSchema,
    tls: tlsSchema,
    format: formatSchema,
    compress: {
      type: "string",
      enum: ["gzip"],
      description: "The body is sent compressed, with `content-encoding`.",
    },
    jws: jwsSchema,
    jwe: jweSchema,
    timeoutSeconds: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: 300,
      default: 15,
      description: "Deadline of one attempt, from connecting to the answer's last byte.",
    },
    concurrency: concurrencySchema,
    limit: limitSchema,
    advice: adviceSchema,
    breaker: breakerSchema,
    retry: {
      type: "object",
      additionalProperties: false,
      default: {},
      properties: {
        attempts: {
          type: "integer",
          minimum: 1,
          maximum: 100,
          default: 10,
          description: "The first one included.",
        },
        firstDelaySeconds: { type: "number", exclusiveMinimum: 0, maximum: 86400, default: 5 },
        maxDelaySeconds: { type: "number", exclusiveMinimum: 0, maximum: 2592000, default: 86400 },
      },
      description:
        "After 408, 425, 429, 5xx and network errors: exponential with full jitter, doubling from the first delay to the longest.",
    },
  },
} as const satisfies JSONSchema;

/** A target file with its defaults filled in. */
export type TargetFile = Omit<FromSchema<typeof targetSchema>, "auth" | "format" | "headers" | "query"> & {
  readonly auth?: Auth;
  readonly format?: Format;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
};
