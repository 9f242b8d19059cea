/** What the endpoints look at: types only; `main.ts` fills them. */
import type { Queues } from "../adapters/bullmq.ts";
import type { Log } from "../ports.ts";
import type { Workspace } from "../rules/workspace.ts";
import type { ShownSetting } from "../settings.ts";
import type { Changes } from "./changes.ts";
import type { History } from "./history.ts";
import type { Balance } from "./shapes/state.ts";

/** What went over a route in the last hour. */
export interface RouteTraffic {
  readonly perMinute: number;
  readonly delivered: number;
  readonly failed: number;
  readonly filtered: number;
}

/** What came in at a source lately. */
export interface Arrivals {
  readonly accepted: number;
  readonly duplicates: number;
  /** By code. */
  readonly refused: Readonly<Record<string, number>>;
  /** ISO 8601. */
  readonly lastAt?: string;
}

export interface Watched {
  readonly workspace: () => Workspace;
  readonly history: History;
  readonly queues: Queues;
  readonly settings: () => readonly ShownSetting[];
  readonly log: Log;
  /** Is everything that serving needs there? Names with a sentence each. */
  readonly ready: () => Promise<Readonly<Record<string, { ok: boolean; detail: string }>>>;
  /** Follows what happens, a JSON text each; returns how to stop. */
  readonly follow: (hear: (line: string) => void) => () => void;
  /** The same, coalesced, for many. */
  readonly changes: Changes;
  /** True while a target is paused: what is open for it is held. */
  readonly paused: (target: string) => boolean;
  /** By route; a route without traffic may be missing. */
  readonly traffic: () => Promise<ReadonlyMap<string, RouteTraffic>>;
  /** By source; a source at which nothing came in may be missing. */
  readonly arrivals: () => Promise<ReadonlyMap<string, Arrivals>>;
  /** In against out over the last hours. */
  readonly balance: (hours: number) => Promise<Balance>;
}
