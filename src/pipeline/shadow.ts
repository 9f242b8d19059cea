/** shadow: what a second transform would have made is compared with what was made; after the attempt, within budgets of its own. */
import { SignalboxError } from "../core/errors.ts";
import { isFields } from "../core/schema-walk.ts";
import type { Ports, Recorded, ShadowNote } from "../ports.ts";
import { applyRoute } from "../rules/apply.ts";
import { differencesOf } from "../rules/differences.ts";
import type { Route, Shadow } from "../rules/workspace.ts";
import type { Forwarded } from "./forward.ts";

/** A path that is longer is told by its beginning. */
const MAX_PATH = 200;

/** Lets the shadow of a route run once the process has time for it. Never throws, never waits. */
export function shadowed(
  route: Route | undefined,
  recorded: Recorded,
  { attempt, result, compared }: Forwarded,
  { shadows }: Pick<Ports, "shadows">,
): void {
  const { shadow } = route ?? {};
  if (shadow === undefined || attempt.number !== 1 || recorded.trigger !== "initial") return;
  const failedCode = attempt.error?.code.startsWith("TRANSFORM_") ? attempt.error.code : undefined;
  if (result === "filtered" || (compared?.result === undefined && failedCode === undefined)) return;
  const { event } = recorded.delivery;
  shadows.run(shadow.id, async () => {
    const verdict = await judged(shadow, recorded, compared, failedCode);
    shadows.note(shadow.id, { ...verdict, event });
  });
}

async function judged(
  { transform }: Shadow,
  { payload, context }: Recorded,
  compared: Forwarded["compared"],
  failedCode: string | undefined,
): Promise<Omit<ShadowNote, "event">> {
  const enrich = compared?.enrich;
  let made: unknown;
  try {
    const applied = await applyRoute({ transform }, payload, context, {
      ...(enrich !== undefined && { look: () => Promise.resolve(enrich) }),
    });
    made = applied.filtered ? undefined : applied.result;
  } catch (error) {
    const code = error instanceof SignalboxError ? error.code : "TRANSFORM_RULE_FAILED";
    if (failedCode === code) return { verdict: "same", found: [] };
    return { verdict: "failed", found: [{ path: "", how: code }] };
  }
  if (failedCode !== undefined) return { verdict: "mended", found: [{ path: "", how: failedCode }] };
  const differences = differencesOf(compared?.result, made);
  if (differences.length === 0) return { verdict: "same", found: [] };
  const found = differences.map(({ path, expected, actual }) => ({
    path: path
      .replace(/\/\d+(?=\/|$)/g, "/*")
      .replace(/\s/g, "_")
      .slice(0, MAX_PATH),
    how: howOf(expected, actual),
  }));
  const distinct = new Map(found.map((one) => [`${one.path} ${one.how}`, one]));
  return { verdict: "differs", found: [...distinct.values()] };
}

/** How two values differ, without them. */
function howOf(first: unknown, second: unknown): string {
  if (first === undefined) return `only the shadow makes it (${kindOf(second)})`;
  if (second === undefined) return `the shadow does not make it (${kindOf(first)})`;
  const kinds = [kindOf(first), kindOf(second)];
  return kinds[0] === kinds[1] ? `another ${kinds[0]!}` : `${kinds[0]!} → ${kinds[1]!}`;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (isFields(value)) return "object";
  return typeof value === "string" ? "text" : typeof value;
}
