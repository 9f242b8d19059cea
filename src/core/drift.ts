/** What is learned of the bodies of a source and type, and which changes of them are told. Pure: the same state and samples, the same result. */
import type { EventId } from "./event.ts";
import type { Kind, Said, Shape } from "./shape.ts";
import { MOST_PATHS } from "./shape.ts";

/** After so many samples a shape counts as known, and a field that was in all of them as one that is always there. */
export const LEARNING = 30;
/** So many samples one after the other lack a field that was always there: it is gone. */
const GONE_AFTER = 5;
/** Changes that are kept of a source and type, the latest. */
const MOST_DRIFTS = 50;

/** A field: kinds, samples with it, samples in a row without it although there is the object that it stands in, and whether it was always there. */
interface Field {
  readonly k: readonly Kind[];
  readonly c: number;
  readonly m: number;
  readonly a: boolean;
}

/** A change, without any value. */
export interface Drift {
  readonly path: string;
  readonly what: "new" | "gone" | "retyped" | "out-of-enum";
  readonly from: string;
  readonly to: string;
  /** The first event with it, and when that was received (epoch ms). */
  readonly event: EventId;
  readonly at: number;
  readonly told?: true;
}

export interface Learned {
  readonly samples: number;
  readonly fields: Readonly<Record<string, Field>>;
  readonly drifts: readonly Drift[];
}

export const NOTHING_LEARNED: Learned = { samples: 0, fields: {}, drifts: [] };

/** One event, as far as it is learned from. */
export interface Sample {
  readonly event: EventId;
  readonly at: number;
  readonly shape: Shape;
  /** Paths whose value is none that the schema lists. */
  readonly outside: readonly string[];
}

/** Learns from samples in their order; `said` is what the schema says of a path. The drifts that are new stand last and are not told yet. */
export function learn(
  before: Learned,
  samples: readonly Sample[],
  said: (path: string) => Said | undefined,
): Learned {
  let { samples: count } = before;
  const fields: Record<string, Field> = { ...before.fields };
  const drifts = [...before.drifts];
  const tell = (drift: Drift): void => {
    const isTold = drifts.some(
      ({ path, what, to }) => path === drift.path && what === drift.what && to === drift.to,
    );
    if (!isTold) drifts.push(drift);
  };
  for (const { event, at, shape, outside } of samples) {
    const isKnown = count >= LEARNING;
    const added = new Set<string>();
    for (const [path, kinds] of shape) {
      const field = fields[path];
      if (field === undefined) {
        if (Object.keys(fields).length >= MOST_PATHS) continue;
        added.add(path);
        fields[path] = { k: kinds, c: 1, m: 0, a: !isKnown && count === 0 };
        // What comes with an object that is new itself is told by that.
        if (isKnown && !added.has(parentOf(path)) && said(path) === undefined)
          tell({ path, what: "new", from: "nothing", to: kinds.join(" or "), event, at });
        continue;
      }
      const more = kinds.filter((kind) => !field.k.includes(kind));
      const allowed = more.length === 0 ? undefined : said(path)?.kinds;
      const strange = more.filter((kind) => allowed?.includes(kind) !== true);
      if (strange.length > 0 && (isKnown || allowed !== undefined))
        tell({ path, what: "retyped", from: field.k.join(" or "), to: strange.join(" or "), event, at });
      const isBack = field.m > 0;
      fields[path] = { k: [...field.k, ...more].sort(), c: field.c + 1, m: 0, a: field.a && !isBack };
    }
    for (const [path, field] of Object.entries(fields)) {
      if (shape.has(path) || path.endsWith("/*") || shape.get(parentOf(path))?.includes("object") !== true)
        continue;
      const missed = field.m + 1;
      const isRequired = said(path)?.isRequired === true;
      const isGone = isRequired ? missed === 1 : missed === GONE_AFTER && field.a && field.c >= LEARNING;
      if (isGone) tell({ path, what: "gone", from: field.k.join(" or "), to: "nothing", event, at });
      fields[path] = { ...field, m: missed, a: field.a && !isGone && missed < GONE_AFTER };
    }
    for (const path of outside)
      tell({ path, what: "out-of-enum", from: "one of the schema's", to: "another value", event, at });
    count++;
  }
  return { samples: count, fields, drifts: drifts.slice(-MOST_DRIFTS) };
}

/** The path of what a field stands in; a field of an item stands in the list's items. */
function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
