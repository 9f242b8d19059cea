/** The key `gapCheck` of a source: the provider's own list of what it has sent is held against what has come. */
import type { FromSchema, JSONSchema } from "json-schema-to-ts";

/** Providers whose lists are known, with where their list stands where that is the same for all. */
export const GAP_PROVIDERS: Readonly<Record<string, string | undefined>> = {
  github: undefined,
  stripe: "https://api.stripe.com/v1/events",
};

/** Its JSON Schema. */
export const gapCheckSchema = {
  type: "object",
  additionalProperties: false,
  required: ["token"],
  properties: {
    url: {
      type: "string",
      pattern: "^https?://",
      description:
        "GitHub: the hook's URL in its API. Stripe: the events' URL, its own where it is left out.",
      examples: ["https://api.github.com/repos/acme/shop/hooks/12345"],
    },
    token: {
      type: "string",
      minLength: 1,
      description: "What the API is called with, as a bearer token; it needs to read alone.",
      examples: ["${GITHUB_TOKEN}"],
    },
    everyMinutes: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: 1440,
      default: 15,
      description: "How often the list is asked for.",
    },
    graceSeconds: {
      type: "number",
      minimum: 0,
      maximum: 86400,
      default: 300,
      description: "What is younger may still be on its way, and is left for the next time.",
    },
  },
  description:
    "Asks the provider (github, stripe) for what it has sent, and fetches what never came, of the types that a route takes. What was sent before the source had this key is left alone.",
  examples: [{ url: "https://api.github.com/repos/acme/shop/hooks/12345", token: "${GITHUB_TOKEN}" }],
} as const satisfies JSONSchema;

/** What a source says of it. */
export type GapCheckFile = FromSchema<typeof gapCheckSchema>;
