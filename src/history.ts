/** What is asked of the history and of the record: types only. An adapter fills them, the operator's side asks. */
import type { Attempt, Delivery, DeliveryId, DeliveryState } from "./core/delivery.ts";
import type { EventContext, EventId } from "./core/event.ts";
import type { LineRule } from "./core/line.ts";
import type { Refusal } from "./core/refusal.ts";
import type { Repetition } from "./core/repetition.ts";

/** A delivery in a list. Times are ISO 8601. */
export interface ListedDelivery {
  readonly id: DeliveryId;
  readonly event: EventId;
  readonly source: string;
  readonly type: string;
  readonly route: string;
  readonly target: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly receivedAt: string;
  readonly changedAt: string;
  /** When its next attempt is due, and what it waits for where that is not the retry policy alone. */
  readonly dueAt?: string;
  readonly waitsFor?: string;
  readonly status?: number;
  readonly code?: string;
  /** Fingerprint of what it died of. */
  readonly cause?: string;
  /** Version of its route by which the last attempt was made. */
  readonly rule?: string;
  /** The hold that it waits in, or whose approval let it pass; as long as its event is hot. */
  readonly hold?: string;
}

/** A line that a dead letter stops. Times are epoch ms. */
export interface StoppedLine {
  readonly line: string;
  /** Absent where the route is gone. */
  readonly route?: string;
  /** As it may be shown: the beginning of a long one. */
  readonly key: string;
  readonly delivery: DeliveryId;
  /** `park`: goes on when that delivery has been replayed or discarded; `hold`: when a person has decided. */
  readonly how: "park" | "hold";
  readonly since: number;
  readonly code: string;
  /** How many wait behind it, and when the first of them was received. */
  readonly waiting: number;
  readonly oldestAt?: number;
}

/** An event in a list; its body is not loaded. */
export interface ListedEvent {
  readonly id: EventId;
  readonly source: string;
  readonly type: string;
  readonly receivedAt: string;
  readonly state: "quarantined" | "unrouted" | "open" | "settled";
  readonly bytes: number;
  readonly deliveries: readonly ListedDelivery[];
  readonly replayOf?: EventId;
}

/** An attempt, and who wished it where a person did. */
export interface KeptAttempt extends Attempt {
  readonly by?: string;
}

export interface DeliveryDetail extends ListedDelivery {
  readonly attemptList: readonly KeptAttempt[];
  readonly result?: unknown;
  readonly resultBytes?: number;
  readonly discarded?: { readonly by: string; readonly at: string; readonly reason: string };
  /** The line that it stands, or stood, in. */
  readonly line?: { readonly id: string; readonly rule: LineRule; readonly key: string };
  /** The first delivery of the batch that it went with; the newer one that took its place. */
  readonly batch?: DeliveryId;
  readonly supersededBy?: DeliveryId;
}

export interface EventDetail extends ListedEvent {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly body?: unknown;
  readonly providerId?: string;
  readonly verified?: { readonly scheme: string; readonly provider?: string };
  readonly tags: readonly { readonly name: string; readonly value: string }[];
  /** How often it was sent again, and the latest of those times, newest first. */
  readonly duplicates: number;
  readonly repetitions: readonly Repetition[];
  readonly editedBy?: string;
  readonly deliveries: readonly DeliveryDetail[];
}

/** An event as rules see it. */
export interface KeptBody {
  readonly context: EventContext;
  readonly body: unknown;
}

/** What a list is narrowed by; `from` and `to` in epoch ms. */
export interface Filter {
  readonly id?: string;
  readonly providerId?: string;
  readonly source?: string;
  readonly type?: string;
  readonly route?: string;
  readonly target?: string;
  readonly state?: string;
  readonly status?: number;
  readonly code?: string;
  readonly cause?: string;
  readonly tag?: { readonly name: string; readonly value: string };
  readonly from?: number;
  readonly to?: number;
}

/** Where to go on; opaque. Throws ADMIN_CURSOR_STALE where it is malformed or outlived. */
export interface Paging {
  readonly limit: number;
  readonly cursor?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

/** Dead letters that died of the same thing. */
export interface DeadCause {
  readonly id: string;
  readonly target: string;
  readonly route: string;
  readonly status?: number;
  readonly code: string;
  readonly answer?: string;
  readonly schema?: string;
  readonly pointer?: string;
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
  /** Deaths an hour, the newest last; 24 of them. */
  readonly trend: readonly number[];
  readonly sample: DeliveryId;
}

/** An hour of a source; the states are those of the deliveries made of its events. */
export interface BalanceHour {
  readonly hour: string;
  readonly source: string;
  readonly events: number;
  readonly duplicates: number;
  readonly unrouted: number;
  readonly quarantined: number;
  readonly made: number;
  /** Open ones: pending and retrying; and those that wait for people. */
  readonly pending: number;
  readonly held: number;
  readonly delivered: number;
  readonly filtered: number;
  readonly dead: number;
  readonly discarded: number;
  readonly superseded: number;
  readonly deviated: number;
  readonly refused: Readonly<Record<string, number>>;
  /** Deliveries found by counting the events themselves; absent where part has left the history, or it changed meanwhile. */
  readonly recounted?: number;
  /** Deliveries made less those that are somewhere, by the ledger. */
  readonly difference: number;
  /** False where there is a difference, and where the recount found another number of anything. */
  readonly balanced: boolean;
}

/** A refused request as it is listed. */
export type RefusedRequest = Refusal & { readonly id: string };

/** An event's request as it is kept: without a content-encoding and what carries credentials. */
export interface KeptRequest extends EventContext {
  readonly body: Buffer;
}

/** A filter and the value that is looked for. */
export interface Search extends Filter, Paging {
  readonly in: "body" | "result";
  /** `a.b[0].c`, or a JSON Pointer: `/a/b/0/c`. */
  readonly path: string;
  readonly value: string;
}

/** A hit of a search in bodies or results. */
export interface Hit {
  readonly event: EventId;
  readonly delivery?: DeliveryId;
  readonly source: string;
  readonly type: string;
  readonly receivedAt: string;
}

export interface History {
  events(filter: Filter & Paging): Promise<Page<ListedEvent>>;
  /** Events with their bodies, newest first, without those in quarantine; a page ends early where bodies are large. `id` is not looked at. */
  bodies(filter: Filter & Paging): Promise<Page<KeptBody>>;
  deliveries(filter: Filter & Paging): Promise<Page<ListedDelivery>>;
  attempts(
    filter: Filter & Paging,
  ): Promise<Page<{ readonly delivery: ListedDelivery; readonly attempt: KeptAttempt }>>;
  event(id: EventId): Promise<EventDetail | undefined>;
  delivery(id: DeliveryId): Promise<DeliveryDetail | undefined>;
  /** An event's request as it came: the exact bytes, and all that is kept beside them. */
  request(id: EventId): Promise<KeptRequest | undefined>;
  /** Newest first; a budget a call: `next` says where to go on. `path` as in `a.b[0].c`. */
  search(
    search: Search,
    emit: (hit: Hit) => void,
    signal?: AbortSignal,
  ): Promise<{ readonly scanned: number; readonly next?: string }>;
  deadCauses(): Promise<readonly DeadCause[]>;
  deadOf(cause: string, paging: Paging): Promise<Page<ListedDelivery>>;
  /** Open deliveries by target: how many, and when the oldest was received (epoch ms). */
  oldest(
    targets: readonly string[],
  ): Promise<ReadonlyMap<string, { readonly count: number; readonly oldestAt?: number }>>;
  /** The last hours, the newest first. `recount`: counted anew from the events themselves besides, which takes a while. */
  balance(hours: number, options?: { readonly recount?: boolean }): Promise<readonly BalanceHour[]>;
  refusals(filter: { source?: string; code?: string } & Paging): Promise<Page<RefusedRequest>>;
  refusal(id: string): Promise<RefusedRequest | undefined>;
  /** The latest requests that brought a known event, newest first. */
  repetitions(filter: { source?: string; type?: string } & Paging): Promise<Page<Repetition>>;
  repetition(id: string): Promise<Repetition | undefined>;
  /**
   * Opens a delivery again with its counters at zero. `priority`: 0 goes with the live ones, above it in the lane behind them.
   * "changed" where it is not as it was at `unchangedSince` (epoch ms) any more, and is left as it is. `version`: of its route, by which
   * this run is made instead of the one in force.
   */
  reopen(
    delivery: Delivery,
    how?: {
      readonly by?: string;
      readonly priority?: number;
      readonly unchangedSince?: number;
      readonly version?: string;
    },
  ): Promise<"opened" | "busy" | "unknown" | "changed">;
  /** Gives a delivery up for good. */
  discard(
    id: DeliveryId,
    how: { readonly by: string; readonly reason: string },
  ): Promise<"discarded" | "busy" | "unknown" | "ended">;
  usage(): Promise<{
    readonly events: number;
    readonly bytes: number;
    readonly segments: number;
    /** Events that are not sealed. */
    readonly hot: number;
    /** Epoch ms. */
    readonly oldestAt?: number;
  }>;
}
