/** A delivery: one event on one route. */
import type { EventId } from "./event.ts";
import type { Line, OnDead } from "./line.ts";
import type { Due } from "./timing.ts";

/** `dlv_`, the event's 26 characters and 8 that stand for the route: the same event and route, the same id. */
export type DeliveryId = `dlv_${string}`;

/** What there is to do for one event on one route. */
export interface Delivery {
  readonly id: DeliveryId;
  readonly event: EventId;
  readonly route: string;
  readonly target: string;
  /** Lane in the target's queue: 0 or absent is the usual one, a greater number waits for it. */
  readonly priority?: number;
  /** Where deliveries with the same key wait for one another. */
  readonly line?: Line;
  /** Until when its first attempt waits; absent for at once. */
  readonly due?: Due;
  /** The channel on which its end is waited for. */
  readonly answerTo?: string;
}

/**
 * Where a delivery stands. `pending`, `retrying` and `held` are open, the others are end states; `discarded` is a person's,
 * `deviated`: the target answered, but not what the route expects; `superseded`: a newer one of the same key took its place.
 */
export type DeliveryState =
  | "pending"
  | "retrying"
  | "delivered"
  | "filtered"
  | "dead"
  | "discarded"
  | "deviated"
  | "superseded"
  | "held";

/** It has not come to an end; a held one waits for a person, and stands in no queue. */
export const OPEN_STATES: readonly DeliveryState[] = ["pending", "retrying", "held"];

/** An attempt may be made. */
export const QUEUED_STATES: readonly DeliveryState[] = ["pending", "retrying"];

/** Who wished an attempt: the event's arrival, the retry schedule, or a person. */
export type Trigger = "initial" | "retry" | "replay";

/** What came back from a target, or why nothing did. */
export interface Attempt {
  /** Counts from 1 within one run of the delivery; a replay starts anew. */
  readonly number: number;
  readonly trigger: Trigger;
  /** Epoch ms by the store's clock. */
  readonly startedAt: number;
  readonly durationMs: number;
  /** Where the time went, in ms: waiting in the queue, rewriting, and from the call's beginning to the answer's head and to the end of its body. */
  readonly timings: {
    readonly waitMs: number;
    readonly ruleMs: number;
    readonly headMs?: number;
    readonly bodyMs?: number;
  };
  /** Absent when the request was never made (filtered, rule error). */
  readonly request?: { readonly method: string; readonly url: string; readonly bytes: number };
  /** The transform that made the request, where the route has a canary. */
  readonly transform?: string;
  /** What was looked up for it; absent where the route looks nothing up. */
  readonly lookups?: readonly LookedUp[];
  readonly status?: number;
  /** The first 16 KB of the answer, as text. */
  readonly answer?: string;
  /** Code of the error table and a sentence; where a schema was not satisfied its name and the JSON Pointer of that part. */
  readonly error?: {
    readonly code: string;
    readonly detail: string;
    readonly schema?: string;
    readonly pointer?: string;
  };
}

/** A lookup of an attempt: whom it asked, how long that took, and whether it came from what is kept, or failed. */
export interface LookedUp {
  readonly name: string;
  readonly target: string;
  readonly milliseconds: number;
  readonly kept?: true;
  readonly error?: { readonly code: string; readonly detail: string };
}

/** What a transform made of an event at the last attempt, as JSON text; without `text` it was too large to keep. */
export interface Made {
  readonly bytes: number;
  readonly text?: string;
}

/** So many bytes of a target's answer are kept with an attempt. */
export const MAX_ANSWER_BYTES = 16_384;

/** Texts longer than this many bytes are not kept as results. */
export const MAX_RESULT_BYTES = 65_536;

/** What follows from an attempt. */
export type Outcome =
  | { readonly state: "delivered" }
  | { readonly state: "filtered" }
  | {
      readonly state: "retrying";
      /** Epoch ms by the store's clock. */
      readonly dueAt: number;
      /** What it waits for, where that is not the retry policy alone. */
      readonly because?: string;
    }
  | {
      readonly state: "dead";
      readonly code: string;
      readonly detail: string;
      /** What becomes of the line that it stood in. */
      readonly onDead?: OnDead;
    }
  | { readonly state: "deviated" };
