/** The record and the history over a store, with a clock that a test may move; deliveries are settled by the test itself. */
import { randomBytes, randomUUID } from "node:crypto";
import { createHistory, type KeptHistory } from "../../src/adapters/history/history.ts";
import { createLines, type Lines } from "../../src/adapters/waiting/lines.ts";
import { createQueues, type Queues } from "../../src/adapters/queues/bullmq.ts";
import { createRecord } from "../../src/adapters/record/record.ts";
import {
  connectIngest,
  connectWorker,
  whenReady,
  type StoreConnection,
} from "../../src/adapters/store/redis.ts";
import type { SealerOptions } from "../../src/adapters/history/sealer.ts";
import type { Attempt, Delivery, DeliveryId, Outcome } from "../../src/core/delivery.ts";
import type { Event, EventId } from "../../src/core/event.ts";
import { deliveryId, eventId } from "../../src/core/ids.ts";
import type { Committed, Recorded, Store, Transformed } from "../../src/ports.ts";
import type { Route } from "../../src/rules/workspace.ts";
import { aLog } from "./log.ts";

export interface HistoryBench {
  readonly store: Store;
  readonly history: KeptHistory;
  readonly queues: Queues;
  readonly lines: Lines;
  /** By name; those that a test gives a line. */
  readonly routes: Map<string, Route>;
  readonly commands: StoreConnection;
  readonly log: ReturnType<typeof aLog>;
  /** Moves the clock on by so many ms. */
  pass(ms: number): void;
  now(): number;
  /** An event with deliveries on routes `route → target`, stored. */
  accept(parts?: Partial<Accepted>): Promise<{ event: Event; deliveries: Delivery[]; committed: Committed }>;
  /** Makes an attempt of a delivery as the record has it. */
  attempt(
    id: DeliveryId,
    outcome: Outcome,
    parts?: Partial<Attempt>,
    transformed?: Transformed,
  ): Promise<void>;
  close(): void;
}

export interface Accepted {
  readonly source: string;
  readonly type: string;
  readonly routes: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly event: Partial<Event>;
  readonly headers: Readonly<Record<string, string>>;
  readonly quarantined: boolean;
}

export const OK = { state: "delivered" } as const;
export const DEAD = {
  state: "dead",
  code: "FORWARD_STATUS_REFUSED",
  detail: "Target `api` answered 422.",
} as const;

/** Opens it on a store at a URL or a socket, with a clock that runs ahead by `shift` ms; with `isLong` bodies are deflated. */
export async function aHistory(
  at: { readonly url: string } | { readonly path: string },
  sealing: SealerOptions = {},
  shift = untilFivePast(),
  isLong = false,
): Promise<HistoryBench> {
  const log = aLog();
  const ingest = connectIngest(at, log);
  const commands = connectWorker(at, log);
  await whenReady(ingest, 10_000);
  const clock = { now: () => Date.now() + shift };
  const perform = (): Promise<never> => Promise.reject(new Error("nothing is worked on here"));
  const queues = createQueues({ commands, blocking: undefined, clock, log, perform });
  const routes = new Map<string, Route>();
  const lines = createLines({ commands, queues, workspace: () => ({ routes }), clock, log });
  const history = createHistory({ commands, queues, clock, log, sealing, lines });
  const ledgerSeconds = 7 * 86_400;
  const store = createRecord({
    ingest,
    commands,
    queues,
    clock,
    ledgerSeconds,
    thaw: (id) => history.thaw(id),
    standing: (id) => history.standing(id),
    isLong: () => isLong,
  });
  return {
    store,
    history,
    queues,
    lines,
    routes,
    commands,
    log,
    now: () => clock.now(),
    pass: (ms) => void (shift += ms),
    async accept(parts = {}) {
      const event = anEvent(clock.now(), parts);
      const deliveries = deliveriesOf(event.context.id, parts.routes ?? { "to-api": "api" });
      const committed = await store.commit(event, deliveries, parts.quarantined ? "quarantined" : undefined);
      return { event, deliveries, committed };
    },
    async attempt(id, outcome, parts = {}, transformed) {
      const recorded = await store.load(id, false);
      if (recorded === undefined) throw new Error(`no record of ${id}`);
      await store.settle(recorded, anAttempt(recorded, clock.now(), outcome, parts), outcome, transformed);
    },
    close() {
      ingest.disconnect();
      commands.disconnect();
    },
  };
}

/** Ms until five minutes past the next hour: a test that ends within it sees one hour of the ledger. */
function untilFivePast(): number {
  return 3_600_000 - (Date.now() % 3_600_000) + 300_000;
}

/** An event as accept makes it, received at a time (epoch ms). */
export function anEvent(now: number, parts: Partial<Accepted> = {}): Event {
  const body = Buffer.from(JSON.stringify(parts.body ?? { hello: "world" }));
  const providerId = randomUUID();
  return {
    context: {
      id: eventId(now, randomBytes(10)),
      source: parts.source ?? "github",
      type: parts.type ?? "push",
      receivedAt: new Date(now).toISOString(),
      headers: { "content-type": "application/json", "x-github-delivery": providerId, ...parts.headers },
      query: {},
      method: "POST",
      path: "/hooks/github",
    },
    dedupeKey: providerId,
    providerId,
    verified: { kind: "hmac", provider: "github" },
    dedupeMs: 60_000,
    body,
    contentType: "json",
    payload: JSON.parse(body.toString()) as unknown,
    ...parts.event,
  };
}

export function deliveriesOf(event: EventId, routes: Readonly<Record<string, string>>): Delivery[] {
  return Object.entries(routes).map(([route, target]) => ({
    id: deliveryId(event, route),
    event,
    route,
    target,
  }));
}

export function anAttempt(
  { attempts, trigger }: Pick<Recorded, "attempts" | "trigger">,
  now: number,
  outcome: Outcome,
  parts: Partial<Attempt> = {},
): Attempt {
  return {
    number: attempts + 1,
    trigger,
    startedAt: now,
    durationMs: 12,
    timings: { waitMs: 1, ruleMs: 0.2, headMs: 9, bodyMs: 10 },
    request: { method: "POST", url: "https://api.example/in", bytes: 17 },
    ...(outcome.state === "delivered" && { status: 200, answer: "ok" }),
    ...(outcome.state === "dead" && {
      status: 422,
      answer: '{"error":"no such customer"}',
      error: { code: "FORWARD_STATUS_REFUSED", detail: outcome.detail },
    }),
    ...parts,
  };
}
