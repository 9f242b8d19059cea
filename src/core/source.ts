/** A source: who calls us, and how we know that it is really them. The format of `sources/<name>.yaml`. */
import type { FromSchema, JSONSchema } from "json-schema-to-ts";
import { gapCheckSchema } from "./gap-check.ts";
import { respondSchema } from "./respond.ts";
import { scheduleSchema } from "./schedule.ts";
import { tagsSchema } from "./tags.ts";

/** The file's JSON Schema: types, defaults, `check`, the editor schema and the reference page come from it. */
export const sourceSchema = {
  title: "source",
  description:
    "Who calls us, and how we know it is really them. The file's stem is the source's name; the SaaS posts to `/hooks/<name>`.",
  type: "object",
  additionalProperties: false,
  properties: {
    provider: {
      type: "string",
      minLength: 1,
      description:
        "A provider of the catalogue (`signalbox providers`): how it signs, names its deliveries and types.",
      examples: ["github", "stripe", "hmac", "shared-token"],
    },
    verify: {
      type: "object",
      description:
        "A signature scheme of your own instead of a provider's, in the catalogue's format (docs/reference/scheme.md).",
      examples: [
        { kind: "hmac", algorithm: "sha256", encoding: "hex", from: "header:x-signature", content: "{body}" },
      ],
    },
    schedule: scheduleSchema,
    secrets: {
      type: "array",
      items: { type: "string", minLength: 1 },
      maxItems: 16,
      description:
        "What the sender signs with: secrets, tokens, `user:password` pairs or public keys. All are tried: rotation.",
      examples: [["${GITHUB_WEBHOOK_SECRET}"]],
    },
    config: {
      type: "object",
      additionalProperties: { type: "string" },
      description: "Values that a scheme's `{config:name}` stands for.",
    },
    url: {
      type: "string",
      pattern: "^https?://",
      description: "The URL registered at the provider, where the provider signs it.",
    },
    id: {
      anyOf: [
        { type: "string", pattern: "^(header:.+|json:.+|form:.+|query:.+|body|none)$" },
        {
          type: "array",
          minItems: 2,
          items: { type: "string", pattern: "^(header|json|form|query):.+$" },
        },
      ],
      description:
        "Where the delivery's id stands, by which a repetition is known: `header:x-id`, `json:path`, `form:field`, `query:name`; several places make it together; `body`: the body's hash; `none`.",
      examples: ["header:x-request-id", ["json:order.id", "json:status"], "body"],
    },
    type: {
      type: "string",
      pattern: "^(header:.+|json:.+|form:.+|query:.+|text:.*)$",
      description: "Where the event's type stands: as for `id`, or a fixed `text:name`.",
    },
    schemas: {
      type: "object",
      additionalProperties: { type: "string", minLength: 1 },
      description: "Schemas that bodies must satisfy to be accepted, by event type (`*` wildcards).",
      examples: [{ push: "github.push" }],
    },
    dedupeHours: {
      type: "number",
      minimum: 0,
      maximum: 8760,
      default: 72,
      description:
        "How long a delivery id is remembered; a repetition within it is answered 200 and not delivered again, unless it had died: then it runs again.",
    },
    dedupeDays: {
      type: "number",
      minimum: 0,
      maximum: 365,
      description: "The same in days; it stands instead of `dedupeHours`.",
    },
    split: {
      type: "boolean",
      default: false,
      description:
        "Where a request holds several events, each becomes one: those of the provider's batches, otherwise the elements of a list or the lines of NDJSON. All are stored before the sender is answered, or none.",
    },
    bigIntegers: {
      type: "string",
      enum: ["text", "rounded"],
      default: "text",
      description:
        "How rules see whole numbers beyond ±2^53, which JavaScript cannot hold: as the text of their digits, or rounded. Without a transform they are passed on digit for digit.",
    },
    maxBodyBytes: {
      type: "integer",
      minimum: 1,
      maximum: 33554432,
      default: 1048576,
      description: "A larger body is answered 413.",
    },
    limit: {
      type: "object",
      additionalProperties: false,
      required: ["count", "perSeconds"],
      properties: {
        count: { type: "integer", minimum: 1, description: "So many requests …" },
        perSeconds: { type: "number", exclusiveMinimum: 0, description: "… in so many seconds." },
      },
      description: "More requests than this, counted by each process, are answered 429.",
    },
    allowFrom: {
      type: "array",
      items: { type: "string", minLength: 2 },
      description: "Addresses or CIDR ranges that may call; others are answered 403.",
      examples: [["10.0.0.0/8", "192.0.2.7"]],
    },
    allowUnsigned: {
      type: "boolean",
      default: false,
      description:
        "Says out loud that anybody may post here. Without it, provider `none` answers loopback addresses only.",
    },
    gapCheck: gapCheckSchema,
    respond: respondSchema,
    tags: tagsSchema,
    onInvalid: {
      type: "string",
      enum: ["reject", "quarantine"],
      default: "reject",
      description:
        "A body that does not satisfy its schema: answered 422, or kept without being delivered until it is replayed. With `quarantine`, a request that is not verified is answered 401 and held, encrypted, until `signalbox requests admit` lets it in.",
    },
    quarantineHours: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: 168,
      default: 24,
      description: "How long such requests are held.",
    },
  },
  oneOf: [{ required: ["provider"] }, { required: ["verify"] }, { required: ["schedule"] }],
} as const satisfies JSONSchema;

/** A source file with its defaults filled in. */
export type SourceFile = FromSchema<typeof sourceSchema>;
