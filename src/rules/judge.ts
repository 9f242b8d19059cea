/** What a set of routes makes of events: the one that runs, or one that is to take its place. */
import { SignalboxError, type SchemaPart } from "../core/errors.ts";
import type { EventContext } from "../core/event.ts";
import { matchesType } from "../core/route.ts";
import { NO_VERSION, type VersionText } from "../core/version.ts";
import { applyToOne } from "./apply.ts";
import { compileVersion, type Judging } from "./versions.ts";
import type { Workspace } from "./workspace.ts";

/** An event as rules see it. */
export interface Judgeable {
  readonly context: EventContext;
  readonly body: unknown;
}

/** A route, as far as it decides about events and makes something of them. */
export interface Judge {
  readonly route: string;
  readonly version: string;
  readonly source: string;
  readonly on: readonly string[];
  /** It looks things up before its rule runs: what that would bring is not known. */
  readonly looksUp: boolean;
  readonly judging: Judging;
}

/** Why nothing would be sent. */
export interface Fault {
  readonly code: string;
  readonly detail: string;
  readonly schema?: SchemaPart;
}

/** What a route makes of an event. */
export type Judged =
  | { readonly kind: "unmatched" }
  | { readonly kind: "made"; readonly result: unknown }
  | { readonly kind: "failed"; readonly fault: Fault };

/** The routes of a workspace by their names. */
export function judgesOf({ routes }: Pick<Workspace, "routes">): Map<string, Judge> {
  const own = [...routes.values()].filter(({ version }) => version !== NO_VERSION);
  return new Map(
    own.map((route) => {
      const { name, version, file, lookups } = route;
      const { source, on } = file;
      return [name, { route: name, version, source, on, looksUp: lookups !== undefined, judging: route }];
    }),
  );
}

/** A route by the texts of its version. Throws RULE_VERSION_UNUSABLE. */
export function judgeOf(version: string, text: VersionText): Judge {
  const { route, source, on, enrich } = text;
  return { route, version, source, on, looksUp: enrich !== undefined, judging: compileVersion(text) };
}

/** True where the route's `on` lets an event through. */
export function takes({ source, on }: Judge, { context }: Judgeable): boolean {
  return source === context.source && matchesType(on, context.type);
}

const UNMATCHED: Judged = { kind: "unmatched" };

/** Never throws for what a rule or a body does. */
export async function judged(judge: Judge | undefined, event: Judgeable): Promise<Judged> {
  if (judge === undefined || !takes(judge, event)) return UNMATCHED;
  try {
    const applied = await applyToOne(judge.judging, event.body, event.context);
    return applied.filtered ? UNMATCHED : { kind: "made", result: applied.result };
  } catch (error) {
    if (!(error instanceof SignalboxError)) throw error;
    const { code, detail, schema } = error;
    return { kind: "failed", fault: { code, detail, ...(schema && { schema }) } };
  }
}
