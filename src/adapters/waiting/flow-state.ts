/** What is stored of a target's flow, as it is shown: how long it is waited for, its pace, its breaker. */

/** The fields that are read, in this order. */
export const FLOW_FIELDS = ["until", "header", "tat", "most", "state", "since", "next", "because"] as const;

/** A breaker that is not closed. */
export interface StoredBreaker {
  /** `open`: nothing is sent until `nextAt`; `probing`: some are; `draining`: it has closed, and what was held goes out. */
  readonly state: "open" | "probing" | "draining";
  /** Epoch ms. */
  readonly since: number;
  readonly nextAt?: number;
  /** Attempts within the window that opened it: failed, slow, all. */
  readonly because?: {
    readonly failed: number;
    readonly slow: number;
    readonly all: number;
    readonly seconds: number;
  };
}

/** What is stored of a target's flow. Epoch ms. */
export interface StoredFlow {
  /** It asked to be left alone until then, by this header. May be over. */
  readonly until?: number;
  readonly header?: string;
  /** When, at its pace, the last attempt was due. */
  readonly tat?: number;
  /** Attempts at once, where their number adapts itself. */
  readonly most?: number;
  readonly breaker?: StoredBreaker;
}

/** The fields' values as they come from the store. */
export function storedFlow(values: readonly (string | null)[]): StoredFlow {
  const [until, header, tat, most, state, since, next, because] = values;
  return {
    ...(until && { until: Number(until) }),
    ...(header && { header }),
    ...(tat && { tat: Number(tat) }),
    ...(most && { most: Math.floor(Number(most)) }),
    ...(isState(state) && {
      breaker: {
        state,
        since: Number(since ?? 0),
        ...(next && { nextAt: Number(next) }),
        ...(because && { because: causeOf(because) }),
      },
    }),
  };
}

/** True while nothing but probes is sent. */
export function isHeld({ breaker }: StoredFlow): boolean {
  return breaker !== undefined && breaker.state !== "draining";
}

function isState(text: string | null | undefined): text is StoredBreaker["state"] {
  return text === "open" || text === "probing" || text === "draining";
}

function causeOf(text: string): NonNullable<StoredBreaker["because"]> {
  const [failed = 0, slow = 0, all = 0, seconds = 0] = text.split("|").map(Number);
  return { failed, slow, all, seconds };
}
