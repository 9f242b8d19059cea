/** What the pipeline needs from outside: types only. Adapters fill them, tests may too. */
import type {
  Attempt,
  Delivery,
  DeliveryId,
  DeliveryState,
  Made,
  Outcome,
  Trigger,
} from "./core/delivery.ts";
import type { AttemptClass } from "./core/attempt-class.ts";
import type { ErrorCode } from "./core/errors.ts";
import type { Event, EventId, EventContext, BodyKind, Request } from "./core/event.ts";
import type { Refused } from "./core/intake.ts";
import type { Draft, Hold, HoldId, Terms } from "./core/hold.ts";
import type { FlowSign } from "./core/flow-sign.ts";
import type { FetchText } from "./core/fetch-text.ts";
import type { Lookups } from "./core/lookup.ts";
import type { Refusal } from "./core/refusal.ts";
import type { Repetition } from "./core/repetition.ts";
import type { Span } from "./core/span.ts";
import type { Due } from "./core/timing.ts";
import type { TraceContext } from "./core/trace-context.ts";
import type { VersionText } from "./core/version.ts";

/** Time as the store has it, so that all processes agree. */
export interface Clock {
  /** Epoch ms. */
  now(): number;
}

export interface Random {
  bytes(count: number): Uint8Array;
}

/** An event with the deliveries that it is to have, as it is stored. */
export interface Commit {
  readonly event: Event;
  readonly deliveries: readonly Delivery[];
  /** Kept without being delivered. */
  readonly quarantined?: boolean;
}

/** A delivery and where it stands. */
export interface Standing extends Delivery {
  readonly state: DeliveryState;
  /** Epoch ms. */
  readonly changedAt: number;
}

/** What became of a commit: stored now, or known since before; then with the first event's deliveries, where they are kept. */
export type Committed =
  | { readonly kind: "stored" }
  | { readonly kind: "duplicate"; readonly event: EventId; readonly deliveries: readonly Standing[] };

/** A delivery as the record has it, with what is needed to make an attempt. */
export interface Recorded {
  readonly delivery: Delivery;
  readonly state: DeliveryState;
  /** Attempts made in the present run of the delivery; a replay starts at 0 again. */
  readonly attempts: number;
  /** Attempts made in all its runs. */
  readonly attemptsEver: number;
  /** Who wished the next attempt. */
  readonly trigger: Trigger;
  /** The person who had it replayed. */
  readonly by?: string;
  /** When a retry was due, epoch ms. */
  readonly dueAt?: number;
  /** The version of its route that it is made by, whichever is in force: as long as its present run is open. */
  readonly version?: string;
  /** The first delivery of the batch that it goes with. */
  readonly batch?: DeliveryId;
  /** The hold that its present run has been through. */
  readonly hold?: HoldId;
  /** Who edited the event's body, where it is a replay of another one. */
  readonly editedBy?: string;
  readonly context: EventContext;
  readonly contentType: BodyKind;
  readonly payload: unknown;
  /** The payload is an array of bodies of a batch, each of which passed the route's `when`. */
  readonly batched?: true;
}

/** The record of events and the queues over it. */
export interface Store {
  /** Stores an event and its deliveries in one round trip; throws ACCEPT_STORE_UNAVAILABLE within a second. */
  commit(event: Event, deliveries: readonly Delivery[], state?: "quarantined"): Promise<Committed>;
  /** Stores all of them or none: nobody ever finds a part of them, whatever dies meanwhile. Throws as `commit`, within 3 s. */
  commitAll(commits: readonly Commit[]): Promise<readonly Committed[]>;
  /** What is recorded of a delivery; undefined where there is no such record. `fresh`: nothing has changed since its commit. */
  load(id: DeliveryId, fresh: boolean): Promise<Recorded | undefined>;
  /** The open deliveries of a batch in their order, by the first of them. */
  batch(first: DeliveryId): Promise<readonly Recorded[]>;
  /**
   * Writes down an attempt and what follows from it. Ordered before the queue forgets the delivery. `follows` is an event made of
   * it: stored with it, and once, however often the same end is written down.
   */
  settle(
    recorded: Recorded,
    attempt: Attempt,
    outcome: Outcome,
    transformed?: Transformed,
    /** What it says of its target, for the limits and the breaker: told in the same step. */
    sign?: FlowSign,
    follows?: Commit,
  ): Promise<void>;
  /** Writes down that an open delivery waits, without an attempt. */
  postpone(recorded: Recorded, due: Due): Promise<void>;
}

/** Which rule an attempt was made by, and what it made of the event. */
export interface Transformed {
  /** The route's version. */
  readonly rule: string;
  /** Absent where the rule yielded nothing. */
  readonly made?: Made;
}

/** One call to a target, whole: nothing else is asked of the target's file. */
export interface OutboundRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  /** Total deadline in ms, from connecting to the last byte of the answer. */
  readonly timeoutMs: number;
  /** How much of the answer's body is kept instead of 16 KB, and as what. */
  readonly keep?: { readonly bytes: number; readonly encoding: "utf8" | "base64" };
  /** Absent where the usual authorities are trusted and no certificate is shown. */
  readonly tls?: Tls;
  /** What has to be fetched before the call, such as a token. */
  readonly credential?: Fetched;
}

/** Whom to trust, and what to show, in PEM. */
export interface Tls {
  /** The same for the same contents: connections are shared by it. */
  readonly id: string;
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly passphrase?: string;
  readonly serverName?: string;
}

/** A short-lived proof that is fetched from somewhere, used for many calls, and fetched anew when it is refused. */
export interface Fetched {
  /** The same for all targets and processes that may share it; another one once the secret behind it is another. */
  readonly name: string;
  /** How it is asked for. */
  readonly request: OutboundRequest;
  /** What was got and for how long it is good, in ms. Throws FORWARD_CREDENTIAL_REFUSED or FORWARD_TOKEN_UNAVAILABLE. */
  read(answer: Answer): { readonly text: string; readonly lifeMs: number };
  /** The call with it. */
  apply(request: OutboundRequest, text: string): OutboundRequest;
  /** True for an answer that says that it is not good any more. */
  isRefused(answer: Answer): boolean;
  /** The texts in it that must be seen nowhere. */
  secrets(text: string): readonly string[];
}

/** Short-lived proofs that all processes share. */
export interface Tokens {
  /**
   * One that is good and is not `refused`. It is obtained by one process at a time, and kept encrypted for all; one that
   * is refused within a second of its making is given once more. Throws what `obtain` throws.
   */
  take(
    name: string,
    refused: string | undefined,
    obtain: () => Promise<{ readonly text: string; readonly lifeMs: number }>,
  ): Promise<string>;
}

/** What a target answered; the body's first 16 KB. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body was longer than what is kept. */
  readonly cut?: true;
  /** ms from start to the answer's head, and to its last byte that was read. */
  readonly headMs: number;
  readonly bodyMs: number;
}

/**
 * The seam to targets: a request goes out, an answer comes back. Whatever fills it is a kind of target, and everything
 * before and after it (rules, retries, limits, history) is the same for all: `adapters/http/undici.ts` calls over HTTP,
 * `adapters/http/demo-target.ts` answers in this process, `pipeline/authorize.ts` wraps another one. Every status is an answer.
 * Throws SignalboxError FORWARD_TIMEOUT, _CONNECTION_FAILED, _ADDRESS_REFUSED, _REQUEST_INVALID, _URL_INVALID,
 * _CERTIFICATE_REFUSED, _CREDENTIAL_REFUSED or _TOKEN_UNAVAILABLE, and nothing else; settles once, within `timeoutMs`.
 */
export interface Http {
  send(request: OutboundRequest): Promise<Answer>;
}

/** Deliveries that wait for people. */
export interface Holds {
  /** A hold as it stands; undefined where it is not kept. */
  read(id: HoldId): Promise<Hold | undefined>;
  /**
   * Takes a delivery out of its queue and lets it wait, in one step; done once, however often it is told. `why`: why the hold
   * that it replaces does not count any more.
   */
  hold(
    recorded: Recorded,
    stop: { readonly terms: Terms; readonly draft: Draft; readonly why?: string; readonly notify?: boolean },
  ): Promise<void>;
  /** The target that its gate notifies has been told. */
  told(id: HoldId): Promise<void>;
}

/** Versions of routes that were in force. */
export interface KeptVersions {
  /** The texts of one; undefined where they are not kept (any more). */
  read(version: string): Promise<VersionText | undefined>;
}

/** Counts requests against a source's rate limit. */
export interface Limits {
  /** Takes one of `count` in `perSeconds`; 0 when there was one, otherwise the seconds until there will be. */
  take(source: string, count: number, perSeconds: number): Promise<number>;
}

/** Lets in as much as the router manages. Never throws, never waits. */
export interface Gate {
  /** Counts a source's request: once each, however long it waits. */
  came(source: string): void;
  /** Lets one of them in now, or not. */
  take(source: string): boolean;
  /** What one is told that was not taken. */
  refuse(source: string): Refused;
  /** A request that was taken became so many deliveries. */
  became(deliveries: number): void;
}

/** Counts refused requests by cause and keeps the latest. Never throws, never waits. */
export interface Refusals {
  note(refusal: Refusal): void;
}

/** Keeps the latest repetitions, of all events and of each. Never throws, never waits. */
export interface Repetitions {
  note(repetition: Repetition): void;
}

/** A secret that a source had, and until when (epoch ms). */
export interface FormerSecret {
  readonly secret: string;
  readonly until: number;
}

/** Secrets that sources had before, kept encrypted: to say so where one is still signed with, never to accept it. */
export interface FormerSecrets {
  /** Never throws; none where they cannot be read. */
  of(source: string): Promise<readonly FormerSecret[]>;
}

/** Secrets that providers handed over, kept encrypted. */
export interface Captured {
  of(source: string): Promise<readonly string[]>;
  /** True when it is the source's now; never in place of another. */
  keep(source: string, secret: string): Promise<boolean>;
}

/** A refused request with all that was sent. */
export interface Held {
  /** `req_…` */
  readonly id: string;
  readonly source: string;
  readonly cause: string;
  /** Epoch ms. */
  readonly at: number;
  readonly request: Request;
}

/** Refused requests that are held for some hours, encrypted, to be let in once the mistake is mended. */
export interface Quarantine {
  /** Never throws, never waits; what does not fit is not kept. */
  hold(held: Held, hours: number): void;
}

/** Deliveries over which workers die. */
export interface Suspects {
  /** True of a rule's version that is not to be run. */
  isQuarantined(rule: string): boolean;
  /** Attempts one suspect at a time; `deaths` counts the workers that died while it was the one. */
  alone<T>(id: DeliveryId, attempt: (deaths: number) => Promise<T>): Promise<T>;
  /** A delivery that kills was made by a rule's version; true where that one is quarantined from now on. */
  blame(rule: string, id: DeliveryId): Promise<boolean>;
}

/** Counts what happens, for plots and verdicts. Never throws, never waits, writes nothing by itself. */
export interface Tally {
  /**
   * A request to a source ("" where there is none): accepted, a duplicate, or the code that it was refused with. `tookMs`: from its
   * arrival until it was stored.
   */
  request(source: string, verdict: "accepted" | "duplicate" | ErrorCode, tookMs?: number): void;
  /** An attempt that has ended. `budget`: the greatest part of any of the rule's budgets that it used, from 0 to 1. */
  attempt(
    delivery: Pick<Delivery, "id" | "target" | "route">,
    what: AttemptClass,
    attempt: Attempt,
    budget?: number,
  ): void;
  /** A delivery that came to an end. */
  ended(
    delivery: Pick<Delivery, "target" | "route">,
    how: "delivered" | "filtered" | "deviated" | "failed",
  ): void;
}

/** Where spans go. Never throws, never waits. */
export interface Tracing {
  /** Whether a trace is recorded: the same in all processes. */
  isSampled(trace: TraceContext): boolean;
  /** Takes a span of a trace that is recorded. */
  record(span: Span): void;
}

/** The end of a delivery, for whoever waits for what its target answered. */
export interface Ended {
  readonly id: DeliveryId;
  readonly state: DeliveryState;
  readonly status?: number;
  readonly contentType?: string;
  readonly body?: string;
  /** The body is not whole. */
  readonly cut?: true;
}

/** A delivery whose end is waited for. */
export interface Awaited {
  /** Its end; undefined where there is none within so many ms (and the time of a last look). Never throws. */
  within(ms: number): Promise<Ended | undefined>;
  /** Nobody waits any more. */
  drop(): void;
}

/** Brings the ends of deliveries to the processes whose senders wait for them. */
export interface Answers {
  /** Where this process hears of them. Never throws, and does not wait for long. */
  listen(): Promise<string>;
  /** Hears of a delivery's end from now on. */
  await(id: DeliveryId): Awaited;
  /** Tells whoever listens there. Never throws, never waits. */
  tell(channel: string, ended: Ended): void;
}

/** What a first attempt says of the transform that made it. */
export interface CanaryNote {
  readonly isCanary: boolean;
  readonly failed: boolean;
  readonly event: EventId;
}

/** Canaries as all processes have them: which are on, and how the two transforms of each fare. */
export interface Canaries {
  /** False for one that was rolled back, and for one of which this process does not know yet. */
  isOn(id: string): boolean;
  /** Never throws, never waits. */
  note(
    canary: {
      readonly id: string;
      readonly route: string;
      readonly file: { readonly margin: number; readonly minimum: number };
      readonly transform: { readonly name: string };
    },
    note: CanaryNote,
  ): void;
}

/** What came of a shadow's evaluation: at which paths it differs and how, without a value. */
export interface ShadowNote {
  readonly verdict: "same" | "differs" | "failed" | "mended";
  readonly found: readonly { readonly path: string; readonly how: string }[];
  readonly event: EventId;
}

/** Learns how the bodies of each source and type look usually. */
export interface Learning {
  /** An event that was stored; of most of them nothing is looked at. Never throws, never waits. */
  note(event: Event): void;
}

/** Runs shadows while there is time, and keeps what they have shown. */
export interface Shadows {
  /** Runs one later; where too much waits or they take too much of the time, it is counted as skipped. Never throws, never waits. */
  run(id: string, evaluate: () => Promise<void>): void;
  /** Never throws, never waits. */
  note(id: string, note: ShadowNote): void;
}

/**
 * Something that the router did by itself, for an event of the source `signalbox`; `type` is one of `core/happening.ts`, `subject`
 * is what it happened to: a target's name, a hold's id. `data` becomes the event's body, thus holds no secret.
 */
export interface Happening {
  readonly type: string;
  readonly subject: string;
  readonly data: object;
  /** Where more than one may tell it: when it happened (epoch ms), and a text by which it is one event, however often it is told. */
  readonly once?: { readonly at: number; readonly is: string };
}

/** One wide line a step; never a payload or a secret. */
export interface Log {
  debug(fields: object, event: string): void;
  info(fields: object, event: string): void;
  warn(fields: object, event: string): void;
  error(fields: object, event: string): void;
}

/** Everything together; a step takes `Pick<Ports, …>` as its last argument. */
export interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store;
  readonly http: Http;
  readonly lookups: Lookups;
  readonly limits: Limits;
  readonly gate: Gate;
  readonly refusals: Refusals;
  readonly fetchText: FetchText;
  readonly captured: Captured;
  readonly former: FormerSecrets;
  readonly quarantine: Quarantine;
  readonly suspects: Suspects;
  readonly canaries: Canaries;
  readonly shadows: Shadows;
  readonly learning: Learning;
  /**
   * Opens a delivery that has ended: its counters begin anew. "busy": it is being attempted; "unknown": it is gone;
   * "changed": it is not as it was before `unchangedSince` (epoch ms) any more, and is left alone.
   */
  readonly reopen: (
    delivery: Delivery,
    how?: { readonly unchangedSince?: number },
  ) => Promise<"opened" | "busy" | "unknown" | "changed">;
  readonly repetitions: Repetitions;
  readonly holds: Holds;
  readonly versions: KeptVersions;
  readonly tally: Tally;
  /** Tells what the router did: an event is made of it where a route takes it. Never throws, never waits. */
  readonly happened: (one: Happening) => void;
  readonly answers: Answers;
  /** True where another process that runs follows other files than this one: what is gone here may be there. Never throws. */
  readonly elsewhere: () => Promise<boolean>;
  readonly log: Log;
  /** Absent where nobody asked for traces. */
  readonly tracing?: Tracing;
}
