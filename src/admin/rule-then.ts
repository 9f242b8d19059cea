/** Replays as then: by the version of its route that a delivery's last attempt was made by, instead of the one in force. */
import type { Versions } from "../adapters/record/versions.ts";
import { SignalboxError } from "../core/errors.ts";
import { routeAsOf } from "../rules/versions.ts";
import type { Route } from "../rules/workspace.ts";
import type { ListedDelivery } from "../history.ts";
import { oneOf } from "./shapes/shape.ts";

/** By which rule a replay is made. */
export const ruleChoice = {
  ...oneOf("now", "then"),
  description:
    "By the rules in force, which is the default, or by the version of the route that the last attempt was made by.",
} as const;

export type RuleChoice = "now" | "then";

/**
 * The route as a delivery's last attempt had it. Throws RULE_VERSION_GONE where that is not known or not kept, and
 * RULE_VERSION_UNUSABLE where it cannot be run again.
 */
export async function routeThen(
  { id, rule: version }: Pick<ListedDelivery, "id" | "rule">,
  today: Route,
  versions: Pick<Versions, "read">,
): Promise<Route> {
  const { name, line } = today;
  if (version === undefined)
    throw new SignalboxError("RULE_VERSION_GONE", `No attempt of delivery ${id} came to a rule.`);
  if (version === today.version) return today;
  const text = await versions.read(version);
  if (text === undefined)
    throw new SignalboxError("RULE_VERSION_GONE", `Version ${version} of route \`${name}\` is not kept.`);
  if (text.batches === true || line?.rule === "batch") {
    const said = `Route \`${name}\` sends batches, whose rule is run over all of them at once: by today's only.`;
    throw new SignalboxError("RULE_VERSION_UNUSABLE", said);
  }
  return routeAsOf(today, version, text);
}
