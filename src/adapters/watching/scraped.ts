/** What the page for Prometheus is made of, besides what is counted: of the targets, of the whole router, of this process. */

/** A target as the store has it: the same in every process. */
export interface TargetGauges {
  readonly name: string;
  readonly verdict: string;
  readonly waiting: number;
  readonly retrying: number;
  readonly active: number;
  readonly open: number;
  readonly dead: number;
  /** ISO 8601. */
  readonly oldestAt?: string;
  /** Absent where it has none. */
  readonly breaker?: BreakerState;
}

/** States of a breaker, as the API has them. */
export const BREAKER_STATES = ["closed", "open", "probing", "draining"] as const;
export type BreakerState = (typeof BREAKER_STATES)[number];

/** The router as a whole: the same in every process. */
export interface WholeGauges {
  /** Processes that were heard of, by role. */
  readonly processes: Readonly<Record<string, number>>;
  /** Deliveries whose time comes within so long, by how long; each holds the ones before it. */
  readonly retriesDue: Readonly<Record<string, number>>;
  readonly holds: number;
  readonly stoppedLines: number;
  /** What is wrong with the store's own settings or state. */
  readonly storeWarnings: number;
  readonly history: { readonly events: number; readonly bytes: number };
  /** Deliveries that the balance of the last day misses, or has too many. */
  readonly unaccounted: number;
}

/** This process. */
export interface OwnGauges {
  /** The last reading of the files was refused. */
  readonly rulesRefused: boolean;
  readonly durability: { readonly mode: string; readonly by?: string } | undefined;
  /** Absent where it has none. */
  readonly spool?: {
    readonly events: number;
    readonly bytes: number;
    readonly maxBytes: number;
    readonly usable: boolean;
  };
  /** Absent where nobody asked for traces. */
  readonly spans?: { readonly sent: number; readonly dropped: number };
}

/** What is asked when somebody scrapes. */
export interface Scraped {
  readonly version: string;
  readonly role: string;
  /** The rules in force: what is counted by their names begins at 0, so that the first of a kind is seen as one more. */
  readonly rules: () => {
    readonly revision: string;
    readonly sources: Iterable<string>;
    readonly routes: Iterable<{ readonly name: string; readonly target: string }>;
  };
  /** Epoch ms of the store's clock. */
  readonly now: () => number;
  readonly own: () => OwnGauges;
  readonly targets: () => Promise<readonly TargetGauges[]>;
  readonly store: () => Promise<{ readonly usedBytes?: number; readonly maxBytes?: number }>;
  /** Costs more than the others: it is asked every 5 s at most, and not waited for. */
  readonly whole: () => Promise<WholeGauges>;
}
