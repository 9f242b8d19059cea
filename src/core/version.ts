/** A version of a route: everything by which it takes events and makes something of them, and the digits that stand for it. */

/** What a version consists of; plain JSON, and no value of a variable is in it. */
export interface VersionText {
  readonly route: string;
  readonly source: string;
  /** Patterns of event types. */
  readonly on: readonly string[];
  readonly when?: string;
  /** The route's lookups, as its file has them. */
  readonly enrich?: unknown;
  /** Name and text of the rule; without one the body goes on as it is. */
  readonly transform?: string;
  readonly rule?: string;
  /** Names in `schemas`. */
  readonly input?: string;
  readonly output?: string;
  /** The two, and what they refer to. */
  readonly schemas: Readonly<Record<string, unknown>>;
  /** What one evaluation may take, by name. */
  readonly budgets: Readonly<Record<string, number>>;
  /** The rule is given an array of bodies. */
  readonly batches?: true;
}

/** When a route came to run by a version. */
export interface VersionLoad {
  /** 12 hex digits. */
  readonly version: string;
  /** Epoch ms. */
  readonly at: number;
  /** The commit that the workspace's files were of, 40 hex digits; absent where they are in no git. */
  readonly commit?: string;
  /** Files of the workspace were not as that commit has them. */
  readonly edited?: true;
}

/** A load of which it is known whether its texts are still there. */
export interface KeptLoad extends VersionLoad {
  readonly isKept: boolean;
}

/** Of a route that no file of the user makes: it has none. */
export const NO_VERSION = "000000000000";

/** True for what may be a version's id. */
export function isVersion(text: string): boolean {
  return /^[0-9a-f]{12}$/.test(text);
}
