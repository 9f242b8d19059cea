/** What the endpoints look at: types only; `main.ts` fills them. */
import type { ListedHeld } from "../adapters/quarantine.ts";
import type { AdmittedHeld } from "../pipeline/admit-held.ts";
import type { EventId } from "../core/event.ts";
import type { Held, Log } from "../ports.ts";
import type { Reloaded } from "../rules/live.ts";
import type { Workspace } from "../rules/workspace.ts";
import type { ShownSetting } from "../settings.ts";
import type { Changes } from "./changes.ts";
import type { History } from "../history.ts";
import type { Glance } from "./overview.ts";

export interface Watched {
  readonly workspace: () => Workspace;
  readonly history: History;
  readonly settings: () => readonly ShownSetting[];
  readonly log: Log;
  /** Is everything that serving needs there? Names with a sentence each. */
  readonly ready: () => Promise<Readonly<Record<string, { ok: boolean; detail: string }>>>;
  /** Follows what happens, a JSON text each; returns how to stop. */
  readonly follow: (hear: (line: string) => void) => () => void;
  /** The same, coalesced, for many. */
  readonly changes: Changes;
  /** True while a target is paused or its breaker is open: what is open for it is held. */
  readonly paused: (target: string) => boolean;
  /** What is counted, and shared by all who ask within 2 s. */
  readonly glance: Pick<Glance, "sources" | "routes" | "balance">;
  /** Refused requests that are held, by the store's clock. */
  readonly quarantine: {
    /** Newest first. */
    list(): Promise<readonly ListedHeld[]>;
    /** Those of the ids that are held, or were let in and say what they became. */
    of(ids: readonly string[]): Promise<ReadonlyMap<string, ListedHeld>>;
    read(id: string): Promise<Held | undefined>;
    release(id: string, events: readonly EventId[]): Promise<void>;
  };
  /** Secrets that providers handed over. */
  readonly captured: {
    of(source: string): Promise<readonly string[]>;
    /** True where there was one. */
    forget(source: string): Promise<boolean>;
  };
  /** Verifies a held request again and lets it in where it passes. */
  readonly admit: (held: Held) => Promise<AdmittedHeld>;
  /** Reads the workspace's files again, in this process. */
  readonly reload: () => Promise<Reloaded>;
}
