/** Examples of what a change of rules would change: a few of each class, the smallest of each way in which events are of it. */
import { redacted } from "../core/redaction.ts";
import { differencesOf } from "./differences.ts";
import type { Fault, Judgeable, Judged } from "./judge.ts";

/** What becomes of an event on a route. Every pair is of one of the first six; `slower` may come on top. */
export const IMPACT_CLASSES = [
  "unchanged",
  "changed",
  "newlyMatched",
  "noLongerMatched",
  "nowFailing",
  "mended",
  "slower",
] as const;
export type ImpactClass = (typeof IMPACT_CLASSES)[number];

/** Where two results differ; absent: there is nothing at the path. */
export interface ImpactDifference {
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** An event that stands for others of its kind; values are redacted as in cases. */
export interface ImpactExample {
  readonly kind: Exclude<ImpactClass, "unchanged">;
  readonly route: string;
  readonly event: string;
  readonly type: string;
  /** So many events of the route are of this kind in the same way. */
  readonly alike: number;
  readonly differences: readonly ImpactDifference[];
  readonly faultBefore?: Fault;
  readonly faultAfter?: Fault;
  readonly milliseconds?: { readonly before: number; readonly after: number };
}

const EXAMPLES = 3;
/** Ways that are told apart. */
const WAYS = 300;

/** An event of a class. */
export interface Candidate {
  readonly event: Judgeable;
  readonly size: number;
  readonly before: Judged;
  readonly after: Judged;
  readonly milliseconds?: { readonly before: number; readonly after: number };
}

interface Way {
  count: number;
  readonly smallest: Candidate[];
}

/** Keeps the smallest of each way. */
export function collectExamples(redact: readonly string[]): {
  note(kind: ImpactExample["kind"], route: string, candidate: Candidate): void;
  smallest(): ImpactExample[];
} {
  const ways = new Map<string, Way>();
  return {
    note(kind, route, candidate) {
      const own = `${kind}\n${route}\n`;
      const exact = own + wayOf(kind, candidate);
      const key = ways.has(exact) || ways.size < WAYS ? exact : own;
      const way = ways.get(key) ?? { count: 0, smallest: [] };
      ways.set(key, way);
      way.count++;
      const { smallest } = way;
      if (smallest.length === EXAMPLES && smallest.at(-1)!.size <= candidate.size) return;
      smallest.push(candidate);
      smallest.sort((a, b) => a.size - b.size);
      smallest.length = Math.min(smallest.length, EXAMPLES);
    },
    smallest: () => examplesOf(ways, redact),
  };
}

/** Most results are the same to the letter. */
export function isSame(before: unknown, after: unknown): boolean {
  return JSON.stringify(before) === JSON.stringify(after) || differencesOf(before, after).length === 0;
}

const resultOf = (one: Judged): unknown => (one.kind === "made" ? one.result : undefined);
const faultOf = (one: Judged): Fault | undefined => (one.kind === "failed" ? one.fault : undefined);

/** In what way it is of its class: the paths that differ, items of lists alike, and what went wrong. */
function wayOf(kind: ImpactClass, { before, after }: Candidate): string {
  if (kind === "slower") return "";
  const faults = [faultOf(before), faultOf(after)].map((fault) =>
    fault === undefined ? "" : `${fault.code} ${fault.schema?.name ?? ""}${fault.schema?.pointer ?? ""}`,
  );
  if (before.kind !== "made" || after.kind !== "made") return faults.join("\n");
  const paths = differencesOf(before.result, after.result).map(
    ({ path, expected, actual }) =>
      `${path.replaceAll(/\/\d+(?=\/|$)/g, "/*")} ${typeof expected} ${typeof actual}`,
  );
  return [...new Set(paths)].sort().join("\n");
}

/** Bytes, about, of what there is to show. */
export function sizeOf(before: Judged, after: Judged): number {
  if (before.kind === "made" && after.kind === "made")
    return JSON.stringify(differencesOf(before.result, after.result)).length;
  return [before, after].reduce((total, one) => total + (JSON.stringify(resultOf(one))?.length ?? 0), 0);
}

/** Of each class the smallest of each way, then the second smallest, until there are enough. */
function examplesOf(ways: ReadonlyMap<string, Way>, redact: readonly string[]): ImpactExample[] {
  return IMPACT_CLASSES.flatMap((kind) => {
    if (kind === "unchanged") return [];
    const own = [...ways].filter(([key]) => key.startsWith(`${kind}\n`));
    const ranked = own.flatMap(([key, { count, smallest }]) =>
      smallest.map((candidate, rank) => ({ key, count, candidate, rank })),
    );
    ranked.sort((a, b) => a.rank - b.rank || a.candidate.size - b.candidate.size);
    return ranked
      .slice(0, EXAMPLES)
      .map(({ key, count, candidate }) => exampleOf(kind, key.split("\n")[1]!, count, candidate, redact));
  });
}

function exampleOf(
  kind: ImpactExample["kind"],
  route: string,
  alike: number,
  { event, before, after, milliseconds }: Candidate,
  redact: readonly string[],
): ImpactExample {
  const { id, type } = event.context;
  // Both at once: the same value gets the same stand-in, so what was the same stays so.
  const paths = redact.flatMap((path) => [`/before${path}`, `/after${path}`]);
  const { value } = redacted({ before: resultOf(before), after: resultOf(after) }, paths);
  const shown = value as { readonly before?: unknown; readonly after?: unknown };
  const differences = kind === "slower" ? [] : differencesOf(shown.before, shown.after);
  const [faultBefore, faultAfter] = [faultOf(before), faultOf(after)];
  return {
    ...{ kind, route, event: id, type, alike },
    differences: differences.map(({ path, expected, actual }) => ({
      path,
      ...(expected !== undefined && { before: expected }),
      ...(actual !== undefined && { after: actual }),
    })),
    ...(faultBefore && { faultBefore }),
    ...(faultAfter && { faultAfter }),
    ...(milliseconds && { milliseconds }),
  };
}
