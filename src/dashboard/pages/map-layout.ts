/** Where the map's boxes stand and how its lines run: routes by source, targets near their routes, so that few lines cross. */
import type { RouteState, SourceState, TargetState } from "../../admin/shapes/state.ts";

const ROW = 66;
const TOP = 16;
const BOX = 50;
/** Shares of the width: boxes take 28 of 100, columns begin every 36. */
const BOX_SHARE = 28;
const STEP_SHARE = 36;

/** The top edge of a box. */
export interface Placed {
  readonly y: number;
}

export interface Laid {
  readonly height: number;
  readonly sources: ReadonlyMap<string, Placed>;
  readonly routes: ReadonlyMap<string, Placed>;
  readonly targets: ReadonlyMap<string, Placed>;
}

type Named = Readonly<{ name: string }>;
type Wire = Pick<RouteState, "name" | "source" | "target" | "perMinute" | "failed" | "delivered">;

/** Places every box; none lies on another of its column. */
export function layOut(
  sources: readonly Pick<SourceState, "name">[],
  routes: readonly Wire[],
  targets: readonly Pick<TargetState, "name">[],
): Laid {
  const order = new Map(sources.map(({ name }, index) => [name, index]));
  const sorted = [...routes].sort(
    (a, b) =>
      (order.get(a.source) ?? 0) - (order.get(b.source) ?? 0) ||
      a.target.localeCompare(b.target) ||
      a.name.localeCompare(b.name),
  );
  const rows = new Map(sorted.map(({ name }, index) => [name, index]));
  const middle = (of: readonly Wire[]): number =>
    of.length === 0 ? Infinity : of.reduce((sum, { name }) => sum + (rows.get(name) ?? 0), 0) / of.length;
  const near = <T extends Named>(all: readonly T[], own: (one: T) => readonly Wire[]): T[] =>
    [...all].sort((a, b) => middle(own(a)) - middle(own(b)) || a.name.localeCompare(b.name));
  const sourceRows = near(sources, ({ name }) => routes.filter(({ source }) => source === name));
  const targetRows = near(targets, ({ name }) => routes.filter(({ target }) => target === name));
  const most = Math.max(sorted.length, sourceRows.length, targetRows.length, 1);
  return {
    height: TOP * 2 + most * ROW - (ROW - BOX),
    sources: spread(sourceRows, most),
    routes: spread(sorted, most),
    targets: spread(targetRows, most),
  };
}

/** Evenly over the height. */
function spread(all: readonly Named[], most: number): Map<string, Placed> {
  const gap = (most * ROW) / Math.max(1, all.length);
  return new Map(all.map(({ name }, index) => [name, { y: TOP + gap * index + (gap - ROW) / 2 }]));
}

export interface Edge {
  readonly key: string;
  /** In shares of the width and pixels of the height. */
  readonly path: string;
  readonly width: number;
  readonly tone: "still" | "well" | "ill";
  readonly flows: boolean;
}

/** So many lines at most move; more would cost the browser more than they tell. */
const MOVING = 40;

/** Two lines a route: to it from its source, and from it to its target. */
export function edgesOf({ sources, routes: places, targets }: Laid, routes: readonly Wire[]): Edge[] {
  return routes.flatMap(({ name, source, target, perMinute, failed, delivered }) => {
    const here = places.get(name);
    const width = Math.min(7, 1.2 + Math.log10(1 + perMinute) * 1.6);
    const tone = failed > 0 ? "ill" : delivered > 0 || perMinute > 0 ? "well" : "still";
    const flows = perMinute > 0 && routes.length <= MOVING;
    return [
      ["from", sources.get(source), here, 0],
      ["to", here, targets.get(target), 1],
    ].flatMap(([side, from, to, column]) => {
      if (from === undefined || to === undefined) return [];
      const path = curve(from as Placed, to as Placed, column as number);
      return [
        { key: `${side as string} ${name}`, path, width, tone: side === "from" ? calmer(tone) : tone, flows },
      ];
    });
  });
}

/** What fails, fails between a route and its target. */
function calmer(tone: Edge["tone"]): Edge["tone"] {
  return tone === "ill" ? "well" : tone;
}

function curve(from: Placed, to: Placed, column: number): string {
  const x1 = column * STEP_SHARE + BOX_SHARE;
  const x2 = (column + 1) * STEP_SHARE;
  const bend = (x2 - x1) / 2;
  const [y1, y2] = [from.y + BOX / 2, to.y + BOX / 2];
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}
