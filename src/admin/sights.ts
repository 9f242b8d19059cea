/** What the overview is made of: each part by the one who knows it. */
import type { Queues } from "../adapters/queues/bullmq.ts";
import type { Beat } from "../adapters/watching/heartbeat.ts";
import type { Held } from "../adapters/waiting/held.ts";
import type { Pause } from "../adapters/waiting/pauses.ts";
import type { StoreFacts } from "../adapters/store/state.ts";
import type { TallySteps } from "../adapters/watching/tally-steps.ts";
import type { Judged } from "../adapters/watching/verdicts.ts";
import type { Clock } from "../ports.ts";
import type { Workspace } from "../rules/workspace.ts";
import type { History } from "../history.ts";

/** What the overview is made of. */
export interface Sights {
  readonly workspace: () => Workspace;
  readonly clock: Clock;
  readonly steps: TallySteps;
  readonly queues: Pick<Queues, "counts" | "due">;
  readonly history: Pick<History, "events" | "oldest" | "deadCauses" | "balance" | "usage">;
  /** How many lines a dead letter stops. */
  readonly stoppedLines: () => Promise<number>;
  /** True while a target is paused or its breaker is open. */
  readonly paused: (target: string) => boolean;
  readonly pauses: () => Promise<ReadonlyMap<string, Pause>>;
  /** Those whose breaker is open. */
  readonly open: () => Iterable<string>;
  readonly workers: () => Promise<readonly Beat[]>;
  readonly since: (judged: readonly Judged[]) => Promise<ReadonlyMap<string, number>>;
  readonly held: (
    targets: readonly { target: string; routes: readonly string[] }[],
    hours: { from: number; to: number },
  ) => Promise<readonly Held[]>;
  readonly store: { readonly kind: string; readonly describe: string; readonly warnings: readonly string[] };
  readonly facts: () => Promise<StoreFacts>;
  readonly version: string;
}
