/**
 * The versions of routes as the store keeps them: when each came into force, by which commit, and its texts, so that a delivery can be
 * made once more as it was then. Written when rules are loaded; bounded for each route, in number and in bytes.
 */
import { deflateRaw, inflateRaw } from "node:zlib";
import { promisify } from "node:util";
import type { KeptLoad, VersionLoad, VersionText } from "../../core/version.ts";
import { NO_VERSION, isVersion } from "../../core/version.ts";
import type { Clock, Log } from "../../ports.ts";
import { versionTextOf } from "../../rules/versions.ts";
import type { Route, Workspace } from "../../rules/workspace.ts";
import type { Commit } from "../rules/git.ts";
import { keys } from "./keys.ts";
import { defineScripts, type StoreConnection } from "../store/redis.ts";
import { repeat } from "../repeat.ts";
import { versionScripts } from "./version-scripts.ts";

/** Loads that are remembered of a route; versions, and bytes of their texts (deflated), that are kept of all. */
export interface VersionBounds {
  readonly loads: number;
  readonly versions: number;
  readonly bytes: number;
}

const BOUNDS: VersionBounds = { loads: 50, versions: 5_000, bytes: 32 * 1024 * 1024 };
/** So often it is looked whether everything is written down. */
const LOOK_MS = 30_000;
const AT_ONCE = 50;
const READ_LATELY = 32;

const deflated = promisify(deflateRaw);
const inflated = promisify(inflateRaw);

export interface Versions {
  /** Looks at once whether the rules in force are written down. Never throws, never waits. */
  look(): void;
  /** When a route came to run by which version, newest first; none where nothing is known of it. */
  loadsOf(route: string): Promise<readonly KeptLoad[]>;
  /** The texts of a version; undefined where they are not kept (any more). */
  read(version: string): Promise<VersionText | undefined>;
  stop(): Promise<void>;
}

/** Over a connection that waits for the store. `commit` is asked where there is something new. */
export function createVersions(parts: {
  readonly commands: StoreConnection;
  readonly workspace: () => Workspace;
  readonly commit: (dir: string) => Promise<Commit | undefined>;
  readonly clock: Clock;
  readonly log: Log;
  readonly bounds?: VersionBounds;
}): Versions {
  const { commands, workspace, commit, clock, log, bounds = BOUNDS } = parts;
  defineScripts(commands, versionScripts);
  /** Texts never change: those that were read lately are at hand, and stay compiled with that. */
  const read = new Map<string, VersionText>();
  let written: Workspace | undefined;

  /** Those of which the store does not say that they run by their version, or has not the texts. */
  const unknownAmong = async (routes: readonly Route[]): Promise<Route[]> => {
    const pipeline = commands.pipeline();
    for (const { name, version } of routes) {
      pipeline.lindex(keys.versionsOf(name), 0).hexists(keys.versionTexts, version);
      // What is in force is the last to make room.
      pipeline.zadd(keys.versionAges, "XX", clock.now(), version);
    }
    const replies = ((await pipeline.exec()) ?? []).map(([error, reply]) => {
      if (error) throw error;
      return reply;
    });
    return routes.filter(({ version }, at) => {
      const latest = replies[at * 3] as string | null;
      return latest?.startsWith(version) !== true || replies[at * 3 + 1] !== 1;
    });
  };

  const write = async (now: Workspace): Promise<void> => {
    const own = [...now.routes.values()].filter(({ version }) => version !== NO_VERSION);
    // A canary's deliveries are made by another version, which is in force beside the route's.
    const canaries = own.flatMap((route) =>
      route.canary === undefined
        ? []
        : [{ ...route, ...route.canary, name: `${route.name}/canary`, file: route.file }],
    );
    const routes: Route[] = [...own, ...canaries];
    let found: Commit | undefined;
    let isAsked = false;
    let count = 0;
    for (let from = 0; from < routes.length; from += AT_ONCE) {
      const unknown = await unknownAmong(routes.slice(from, from + AT_ONCE));
      if (unknown.length > 0 && !isAsked) {
        isAsked = true;
        found = await commit(now.dir);
      }
      for (const route of unknown) count += await writeOne(route, now, found);
    }
    if (count > 0) log.info({ routes: count, commit: found?.commit, edited: found?.edited }, "versions.kept");
  };

  const writeOne = async (route: Route, now: Workspace, found: Commit | undefined): Promise<number> => {
    const at = Math.round(clock.now());
    const text = await deflated(Buffer.from(JSON.stringify(versionTextOf(route, now))));
    const { version, name } = route;
    const load = [version, at, found?.commit ?? "", found?.edited === true ? "edited" : ""].join("|");
    const reply = await commands.sbKeepVersion(
      ...[keys.versionsOf(name), keys.versionTexts, keys.versionAges, keys.versionBytes],
      [version, at, bounds.loads, bounds.versions, bounds.bytes].join("|"),
      load,
      // What would push everything else out is not kept.
      text.length > bounds.bytes / 4 ? "" : text,
    );
    return Number(reply);
  };

  let running: Promise<void> | undefined;
  const run = (): Promise<void> => {
    running ??= (async () => {
      for (let now = workspace(); now !== written; now = workspace()) {
        await write(now);
        written = now;
      }
    })().finally(() => (running = undefined));
    return running;
  };
  const stop = repeat(LOOK_MS, log, "versions", run);

  return {
    look() {
      run().catch((error: unknown) => log.warn({ error: String(error) }, "versions.unkept"));
    },

    async loadsOf(route) {
      const texts = await commands.lrange(keys.versionsOf(route), 0, -1);
      const loads = texts.map(loadIn);
      if (loads.length === 0) return [];
      const pipeline = commands.pipeline();
      for (const { version } of loads) pipeline.hexists(keys.versionTexts, version);
      const replies = (await pipeline.exec()) ?? [];
      return loads.map((load, at) => ({ ...load, isKept: replies[at]?.[1] === 1 }));
    },

    async read(version) {
      if (!isVersion(version)) return undefined;
      const known = read.get(version);
      if (known !== undefined) return known;
      const text = await commands.hgetBuffer(keys.versionTexts, version);
      if (text === null) return undefined;
      const found = JSON.parse((await inflated(text)).toString()) as VersionText;
      const [oldest] = read.keys();
      if (read.size >= READ_LATELY && oldest !== undefined) read.delete(oldest);
      read.set(version, found);
      return found;
    },

    stop,
  };
}

function loadIn(text: string): VersionLoad {
  const [version = "", at = "0", commit = "", edited = ""] = text.split("|");
  return {
    ...{ version, at: Number(at) },
    ...(commit !== "" && { commit }),
    ...(edited !== "" && { edited: true as const }),
  };
}
