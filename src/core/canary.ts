/** A second transform on a route: as `shadow` evaluated beside the first and never sent, as `canary` for a part of the deliveries. Pure. */
import { hash } from "node:crypto";
import type { FromSchema, JSONSchema } from "json-schema-to-ts";

/** The key `shadow` of a route's JSON Schema. */
export const shadowSchema = {
  type: "string",
  minLength: 1,
  description:
    "Name of a second transform that is evaluated beside the first, compared, and never sent; `signalbox shadow <route>` shows where they differ.",
  examples: ["github-push-to-chat-2"],
} as const satisfies JSONSchema;

/** The key `canary` of a route's JSON Schema. */
export const canarySchema = {
  type: "object",
  additionalProperties: false,
  required: ["transform", "percent"],
  properties: {
    transform: {
      type: "string",
      minLength: 1,
      description: "Name of the second transform, which makes a part of the deliveries instead of the first.",
    },
    percent: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: 100,
      description: "How many of the keys it has, in percent.",
    },
    by: {
      type: "string",
      minLength: 1,
      description:
        "JSONata over the body that yields the key: deliveries with the same key are made by the same transform. Without it, the event's id.",
      examples: ["repository.id", "customer.email"],
    },
    margin: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: 100,
      default: 10,
      description:
        "It is rolled back by itself when the percentage of its deliveries whose first attempt fails is greater than the other's by more than this.",
    },
    minimum: {
      type: "integer",
      minimum: 1,
      maximum: 100000,
      default: 20,
      description: "Not before it has made so many deliveries.",
    },
  },
  description:
    "A second transform that makes a part of the deliveries, and is rolled back by itself when it fails more often.",
  examples: [{ transform: "github-push-to-chat-2", percent: 10 }],
} as const satisfies JSONSchema;

/** What a route says of its canary. */
export type CanaryFile = FromSchema<typeof canarySchema>;

/** True for the keys that a canary has: the same for the same key on the same route, and more of them with more percent. */
export function hasKey(route: string, key: string, percent: number): boolean {
  const share = Number.parseInt(hash("sha256", `${route}\n${key}`).slice(0, 12), 16) / 2 ** 48;
  return share * 100 < percent;
}

/** What says nothing about the rule that made a request: such attempts are counted for neither. */
const OF_NEITHER: readonly string[] = [
  "FORWARD_CONNECTION_FAILED",
  "FORWARD_TOKEN_UNAVAILABLE",
  "FORWARD_CREDENTIAL_REFUSED",
  "FORWARD_ADDRESS_REFUSED",
  "FORWARD_CERTIFICATE_REFUSED",
  "FORWARD_LOOKUP_UNAVAILABLE",
  "FORWARD_LOOKUP_REFUSED",
  "CHAIN_TOO_LONG",
  "DISPATCH_TARGET_GONE",
];

/** Whether an attempt speaks against the rule that made it; undefined where it says nothing of it. */
export function speaksAgainst(
  result: "delivered" | "filtered" | "retry" | "dead" | "deviated" | "held",
  code: string | undefined,
): boolean | undefined {
  if (result === "held" || result === "filtered") return undefined;
  if (result === "delivered") return false;
  return code !== undefined && OF_NEITHER.includes(code) ? undefined : true;
}
