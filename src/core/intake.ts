/**
 * How much may come in while the router is at its limit: as much as gets done, shared among the sources so that one of them
 * does not push the others out. Pure: what is measured is told, once a tick.
 */

/** So many ticks are a second. */
export const TICKS_PER_SECOND = 4;

/** What was measured in the last tick. */
export interface Strain {
  /** Share of the time in which the event loop was busy, 0 to 1. */
  readonly busy: number;
  /** How long deliveries that were begun had waited for their first attempt, ms; undefined where none was begun. */
  readonly waitMs: number | undefined;
  /** How late the event loop is, ms. */
  readonly lagMs: number;
  /** Events that had waited for the store are being delivered: that they waited says nothing of this process. */
  readonly catchingUp: boolean;
  /** Deliveries that came to an attempt's end; undefined in a process that delivers nothing. */
  readonly done: number | undefined;
}

/** What a request is told that is not taken: when it may come again, and whether its source alone asks for too much. */
export interface Refused {
  readonly noisy: boolean;
  readonly retryAfterSeconds: number;
}

/** What the last tick came to. */
export interface Shed {
  readonly overloaded: boolean;
  /** Requests refused in the last tick, by source. */
  readonly refused: ReadonlyMap<string, number>;
}

/** After an outage it is over when deliveries wait for less than this share of what is too long. */
const CALM_SHARE = 0.3;
/** So long deliveries are to wait while not all is taken, ms: what has waited for longer costs more, since it is at hand no more. */
const SHORT_MS = 500;
/** What is taken of what gets done, by how long deliveries wait: up to so many SHORT_MS. */
const AIMS = [
  [0.25, 1.25],
  [1, 1.05],
  [3, 0.95],
  [10, 0.75],
  [Infinity, 0.5],
] as const;
/** A loop that is this late, ms, answers too late. */
const LATE_MS = 1_000;
/** Shares of a few seconds; a tick alone may be anything. */
const BUSY = 0.8;
const IDLE = 0.65;
/** What is let in of a tick's share before its time. */
const EARLY = 0.02;
/** What a source wants at least of which some had to wait, as a multiple of what it got. */
const KEPT_WANTS = 1.5;
/** Ticks in a row for which it must be so. */
const PATIENCE = 8;
/** However bad it is, so many requests a tick are taken, so that it is seen when it gets better. */
const LEAST = 2;
/** Ticks after which what waits is not from an outage any more. */
const OUTAGE_TICKS = 120 * TICKS_PER_SECOND;

/** Counts requests and says which are taken. */
export class Intake {
  /** Requests a tick that may come in; Infinity while the router is not at its limit. */
  #most = Infinity;
  #share = Infinity;
  #strained = 0;
  #calm = 0;
  #waitMs = 0;
  #busy = 0;
  #catchingUp = 0;
  #asked = new Map<string, number>();
  #taken = new Map<string, number>();
  #refused = new Map<string, number>();
  /** Sources of which one did not come in at once, in this tick. */
  #kept = new Set<string>();
  #events = 0;
  #deliveries = 0;
  /** Deliveries a tick that were made of requests, and that came to an attempt's end; smoothed. */
  #coming = 0;
  #going = 0;
  /** Requests a tick of each source, smoothed: who asks for how much. */
  #demand = new Map<string, number>();
  readonly #random: () => number;
  readonly #longMs: number;

  /** `longMs`: deliveries that wait for so long while the loop is busy are too many. */
  constructor(longMs: number, random: () => number) {
    this.#longMs = longMs;
    this.#random = random;
  }

  get overloaded(): boolean {
    return this.#most !== Infinity;
  }

  /** Counts a source's request: once each, however long it waits. */
  came(source: string): void {
    this.#asked.set(source, (this.#asked.get(source) ?? 0) + 1);
  }

  /** Lets one of them in, or not. `elapsed`: how much of the tick is over, 0 to 1. */
  take(source: string, elapsed = 1): boolean {
    if (this.#most === Infinity) return true;
    const taken = this.#taken.get(source) ?? 0;
    // All at the beginning of a tick would keep the deliveries from the loop; who asks for no more than its share may.
    const paced = (this.#demand.get(source) ?? 0) > this.#share ? Math.min(1, elapsed + EARLY) : 1;
    if (taken >= this.#share * paced) {
      this.#kept.add(source);
      return false;
    }
    this.#taken.set(source, taken + 1);
    return true;
  }

  /** Gives up on one that was not taken. */
  refuse(source: string): Refused {
    this.#refused.set(source, (this.#refused.get(source) ?? 0) + 1);
    return {
      noisy: this.#demand.size > 1 && [...this.#demand.values()].some((demand) => demand <= this.#share),
      // Spread, or all who were refused would come back in one moment.
      retryAfterSeconds: 2 + Math.floor(this.#random() * 9),
    };
  }

  /** A request became so many deliveries. */
  became(deliveries: number): void {
    this.#events++;
    this.#deliveries += deliveries;
  }

  /** Ends a tick. */
  tick(strain: Strain): Shed {
    const { lagMs } = strain;
    this.#busy = 0.8 * this.#busy + 0.2 * strain.busy;
    const busy = this.#busy;
    if (strain.waitMs !== undefined) this.#waitMs = strain.waitMs;
    else if (strain.done === 0 && busy < BUSY) this.#waitMs = 0;
    if (strain.catchingUp) this.#catchingUp = OUTAGE_TICKS;
    else if (this.#catchingUp > 0)
      this.#catchingUp = this.#waitMs < CALM_SHARE * this.#longMs ? 0 : this.#catchingUp - 1;
    this.#coming = 0.7 * this.#coming + 0.3 * this.#deliveries;
    this.#going = 0.7 * this.#going + 0.3 * (strain.done ?? 0);
    // What comes now waits for longer than what was begun now, by as much as more comes than goes.
    const growth = Math.max(1, this.#coming / Math.max(1, this.#going));
    const willWaitMs = this.#waitMs * growth;
    const waits = strain.done !== undefined && willWaitMs > this.#longMs && this.#catchingUp === 0;
    this.#strained = busy >= BUSY && (waits || lagMs > LATE_MS) ? this.#strained + 1 : 0;
    // As long as somebody has to wait at the door, more comes than gets done, however short the queue is by that.
    const isCalm = busy < IDLE || ((strain.done === undefined || this.#kept.size === 0) && lagMs < LATE_MS);
    this.#calm = isCalm ? this.#calm + 1 : 0;
    const asked = sum(this.#asked);
    for (const source of new Set([...this.#demand.keys(), ...this.#asked.keys(), ...this.#kept])) {
      // Who waits at the door asks once, however long it waits: a source that was kept there wants more than it got.
      const least = this.#kept.has(source) ? KEPT_WANTS * (this.#taken.get(source) ?? 0) + 1 : 0;
      const asks = 0.7 * (this.#demand.get(source) ?? 0) + 0.3 * (this.#asked.get(source) ?? 0);
      const smoothed = Math.max(asks, least);
      if (smoothed < 0.05) this.#demand.delete(source);
      else this.#demand.set(source, smoothed);
    }
    if (this.#most === Infinity && this.#strained >= PATIENCE) {
      this.#most = Math.max(LEAST, asked);
      this.#calm = 0;
    }
    if (this.#most !== Infinity) this.#most = this.#next(strain, asked);
    this.#share = this.#most === Infinity ? Infinity : fairShare([...this.#demand.values()], this.#most);
    const shed: Shed = { overloaded: this.overloaded, refused: this.#refused };
    this.#asked = new Map();
    this.#taken = new Map();
    this.#refused = new Map();
    this.#kept = new Set();
    this.#events = 0;
    this.#deliveries = 0;
    return shed;
  }

  /** As much as gets done, less while much waits, and a little more when that is over. */
  #next({ done, lagMs }: Strain, asked: number): number {
    const most = this.#most;
    if (this.#calm >= PATIENCE) {
      // Room for all that asks, and for some more: it is over.
      return most > asked * 1.2 + LEAST ? Infinity : most * 1.2 + LEAST;
    }
    const late = lagMs > LATE_MS;
    if (done === undefined || this.#events === 0) return Math.max(LEAST, most * (late ? 0.85 : 1.05));
    const each = this.#deliveries / this.#events;
    const manages = each === 0 ? most : done / each;
    const [, part] = AIMS.find(([upTo]) => this.#waitMs <= upTo * SHORT_MS)!;
    const aim = manages * (late ? Math.min(0.9, part) : part);
    return Math.max(LEAST, most * 0.7 + aim * 0.3);
  }
}

/**
 * The most that each may have so that all together have `most`: who asks for less gets that, and what is left over is the
 * others' (max-min fairness). Infinity where all get what they ask for.
 */
export function fairShare(demands: readonly number[], most: number): number {
  let left = most;
  const sorted = demands.toSorted((one, other) => one - other);
  for (const [at, demand] of sorted.entries()) {
    const share = left / (sorted.length - at);
    if (demand > share) return Math.max(1, share);
    left -= demand;
  }
  return sorted.length === 0 ? Math.max(1, most) : Infinity;
}

function sum(counts: ReadonlyMap<string, number>): number {
  let all = 0;
  for (const count of counts.values()) all += count;
  return all;
}
