/** How attempts are counted: by what came of them. */
import type { Attempt } from "./delivery.ts";

/** `rule` never left the router, `network` found nobody, `timeout` waited in vain. */
export const ATTEMPT_CLASSES = [
  "2xx",
  "3xx",
  "4xx",
  "429",
  "5xx",
  "timeout",
  "network",
  "rule",
  "filtered",
] as const;
export type AttemptClass = (typeof ATTEMPT_CLASSES)[number];

/** Classes in which the target did not take what it was sent. */
export const FAILED_CLASSES: readonly AttemptClass[] = ["3xx", "4xx", "429", "5xx", "timeout", "network"];

const NETWORK: ReadonlySet<string> = new Set([
  "FORWARD_CONNECTION_FAILED",
  "FORWARD_CERTIFICATE_REFUSED",
  "FORWARD_CREDENTIAL_REFUSED",
  "FORWARD_TOKEN_UNAVAILABLE",
]);

/** The class of an attempt that has ended. A status that was expected counts as success, whatever it is. */
export function classOf({ status, error }: Pick<Attempt, "status" | "error">): AttemptClass {
  if (status !== undefined) {
    if (error === undefined) return "2xx";
    if (status === 429) return "429";
    return status < 300 ? "2xx" : status < 400 ? "3xx" : status < 500 ? "4xx" : "5xx";
  }
  if (error === undefined) return "filtered";
  if (error.code === "FORWARD_TIMEOUT") return "timeout";
  return NETWORK.has(error.code) ? "network" : "rule";
}
