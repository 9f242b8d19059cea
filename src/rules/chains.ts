/** Chains: which routes take the router's own events, known before one is made, and where routes feed one another in circles. */
import { MAX_HOPS, OWN_SOURCE, happeningTypes } from "../core/happening.ts";
import type { HappeningType } from "../core/happening.ts";
import { matchesType } from "../core/route.ts";
import type { RouteFile } from "../core/route.ts";
import { foresee } from "../language/foresee.ts";
import type { Known } from "../language/foresee.ts";
import type { WorkspaceFile } from "./files.ts";
import { openYaml } from "./format.ts";
import { START } from "./problem.ts";
import type { Tell } from "./problem.ts";

/** What is known of an event of the router's own before it is made. */
export interface Foreknown {
  readonly type: string;
  /** Of a delivery's end. */
  readonly delivery?: { readonly route: string; readonly target: string };
  /** The source of the event that was delivered. */
  readonly source?: string;
}

/** A route as far as chains go. */
interface Linked {
  readonly name: string;
  readonly file: RouteFile;
}

/** The routes that take an own event: their `on` fits, and their `when` does not surely say no. Answers are remembered for deliveries. */
export function takersAmong<Route extends Linked>(
  routes: readonly Route[],
): (about: Foreknown) => readonly Route[] {
  const takers = routes.filter(({ file }) => file.source === OWN_SOURCE);
  if (takers.length === 0) return () => [];
  const known = new Map<string, readonly Route[]>();
  return (about) => {
    const { type, delivery, source = "" } = about;
    const key = delivery && `${type} ${delivery.route} ${delivery.target} ${source}`;
    const before = key === undefined ? undefined : known.get(key);
    if (before !== undefined) return before;
    const found = takers.filter(({ file }) => takes(file, about) !== false);
    if (key !== undefined) known.set(key, found);
    return found;
  };
}

/** Whether a route takes an own event: surely, surely not, or undefined where that depends on the event. */
function takes({ on, when }: RouteFile, { type, delivery, source }: Foreknown): boolean | undefined {
  if (!matchesType(on, type)) return false;
  if (when === undefined) return true;
  const state = type.replace(/^delivery\./, "");
  const body: Known = {
    type,
    ...(delivery && { delivery: { route: delivery.route, target: delivery.target, state } }),
    ...(source !== undefined && { event: { source } }),
  };
  return foresee(when, body, { type, source: OWN_SOURCE });
}

/** A step from the end of one route's delivery to the next route. */
interface Link {
  readonly from: string;
  readonly type: HappeningType;
  readonly to: string;
  /** Taken by every event that comes this way, while the targets answer. */
  readonly always: boolean;
}

/** Tells of routes that feed one another in a circle: endless ones, and those that a condition may end. */
export function checkChains(
  routes: ReadonlyMap<string, RouteFile>,
  files: readonly WorkspaceFile[],
  tell: Tell,
): void {
  const linked = [...routes].map(([name, file]) => ({ name, file }));
  const own = linked.filter(({ file }) => file.source === OWN_SOURCE);
  // Only routes of the own source can be in a circle.
  const links = own.flatMap((route) => linksOf(route, own));
  const told = new Set<string>();
  for (const { name } of own) {
    const circle = circleThrough(name, links);
    if (circle === undefined) continue;
    const members = circle.map(({ from }) => from).sort();
    if (told.has(members.join())) continue;
    told.add(members.join());
    tellCircle(circle, files, tell);
  }
}

function linksOf({ name, file }: Linked, own: readonly Linked[]): Link[] {
  const ends: HappeningType[] = ["delivery.delivered", "delivery.dead"];
  if (file.when !== undefined) ends.push("delivery.filtered");
  if ("expect" in file) ends.push("delivery.deviated");
  return ends.flatMap((type) =>
    own.flatMap((next) => {
      const about = { type, delivery: { route: name, target: file.target }, source: OWN_SOURCE };
      const verdict = takes(next.file, about);
      if (verdict === false) return [];
      return [{ from: name, type, to: next.name, always: verdict === true && type === "delivery.delivered" }];
    }),
  );
}

/** The shortest circle through a route, by links that are always taken where there is such a circle. */
function circleThrough(start: string, links: readonly Link[]): readonly Link[] | undefined {
  return (
    shortest(
      start,
      links.filter(({ always }) => always),
    ) ?? shortest(start, links)
  );
}

function shortest(start: string, links: readonly Link[]): readonly Link[] | undefined {
  const cameBy = new Map<string, Link | undefined>([[start, undefined]]);
  const queue = [start];
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    for (const link of links) {
      if (link.from !== name) continue;
      if (link.to === start) return [...wayTo(name, cameBy), link];
      if (cameBy.has(link.to)) continue;
      cameBy.set(link.to, link);
      queue.push(link.to);
    }
  }
  return undefined;
}

function wayTo(name: string, cameBy: ReadonlyMap<string, Link | undefined>): Link[] {
  const link = cameBy.get(name);
  return link === undefined ? [] : [...wayTo(link.from, cameBy), link];
}

function tellCircle(circle: readonly Link[], files: readonly WorkspaceFile[], tell: Tell): void {
  const [first] = circle;
  const file = files.find(({ folder, name }) => folder === "routes" && name === first!.from);
  if (first === undefined || file === undefined) return;
  const opened = openYaml(file, () => undefined);
  const place = opened?.document.place("/on") ?? START;
  const steps = circle.map(({ from, type }) => `\`${from}\` → ${type} → `).join("");
  const endless = circle.every(({ always }) => always);
  const said = endless
    ? `Every event goes in a circle: ${steps}\`${first.from}\`.`
    : `An event may go in a circle: ${steps}\`${first.from}\`; it is cut after ${MAX_HOPS} calls.`;
  const fix = `Let a \`when\` on the way say which routes' ends it is for, such as \`delivery.route != "${first.from}"\`.`;
  tell(file.path, place, endless ? "RULE_CHAIN_ENDLESS" : "RULE_CHAIN_CIRCULAR", said, fix);
}

/** Tells of patterns in `on` that fit none of the router's own events. */
export function unknownTypes(on: readonly string[]): readonly string[] {
  return on.filter((pattern) => !Object.keys(happeningTypes).some((type) => matchesType([pattern], type)));
}
