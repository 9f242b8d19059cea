/** What is usual of a source over the API, and forgetting the shape of its bodies. */
import type { KeptLearning, LearnedType } from "../adapters/watching/learned.ts";
import type { Silence } from "../adapters/watching/silence.ts";
import { LEARNING } from "../core/drift.ts";
import { SignalboxError } from "../core/errors.ts";
import { readersOf } from "../rules/readers.ts";
import type { Workspace } from "../rules/workspace.ts";
import type { Call, Endpoint } from "./endpoint.ts";
import { habits, type Habits } from "./shapes/habits.ts";
import { isoOf } from "./shown.ts";

/** What the endpoints need. */
export interface Knowing {
  readonly workspace: () => Workspace;
  readonly learning: Pick<KeptLearning, "read" | "forget">;
  readonly silence: Pick<Silence, "read">;
}

/** GET and DELETE /sources/:name/habits. */
export function habitEndpoints({ workspace, learning, silence }: Knowing): readonly Endpoint[] {
  const show = async (source: string): Promise<Habits> => {
    const [types, { cadence, lastAt, missing, silentSince }] = await Promise.all([
      learning.read(source),
      silence.read(source),
    ]);
    return {
      source,
      cadence: {
        ...{ learning: cadence.isLearning, knownHours: cadence.knownHours, perHour: [...cadence.perHour] },
        ...(lastAt !== undefined && { lastAt: isoOf(lastAt) }),
        ...{ missing, limit: cadence.limit },
        ...(silentSince !== undefined && { silentSince: isoOf(silentSince) }),
      },
      types: types.map((type) => shownType(source, type, workspace())),
    };
  };
  return [
    {
      method: "GET",
      path: "/api/v1/sources/:name/habits",
      tag: "Workspace",
      summary: "When a source calls usually, how its bodies look, and what has changed in them",
      scope: "read",
      reply: habits,
      answer: (call) => show(nameOf(call, workspace())),
    },
    {
      method: "DELETE",
      path: "/api/v1/sources/:name/habits",
      tag: "Workspace",
      summary: "Forgets how a source's bodies look and what has changed: that is learned anew",
      scope: "operate",
      audit: "habits.forgotten",
      reply: habits,
      answer: async (call) => {
        const source = nameOf(call, workspace());
        await learning.forget(source);
        return show(source);
      },
    },
  ];
}

function nameOf({ parameters }: Call, { sources }: Workspace): string {
  const name = parameters["name"] ?? "";
  if (sources.has(name)) return name;
  throw new SignalboxError("ADMIN_NAME_UNKNOWN", "There is no source of this name in the workspace.");
}

function shownType(
  source: string,
  { type, samples, fields, drifts }: LearnedType,
  workspace: Workspace,
): Habits["types"][number] {
  const shown = Object.entries(fields).filter(([path]) => path !== "");
  return {
    ...{ type, samples },
    fields: shown.sort().map(([path, { k, c, a }]) => ({
      ...{ path, kinds: [...k], seen: c, always: a && c >= Math.min(samples, LEARNING) },
    })),
    drifts: drifts.toReversed().map(({ path, what, from, to, event, at }) => ({
      ...{ path, what, from, to, event, at: isoOf(at) },
      rules: [...readersOf({ source, type, path }, workspace)],
    })),
  };
}
