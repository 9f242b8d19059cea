/** Replays of many deliveries by the API: preview, begin, watch, pause, go on, cancel. */
import { randomBytes } from "node:crypto";
import type { Replays, ReplayState, StoredReplay } from "../adapters/record/replay-orders.ts";
import { SignalboxError } from "../core/errors.ts";
import { eventId } from "../core/ids.ts";
import type { Clock, Log } from "../ports.ts";
import type { Endpoint } from "./endpoint.ts";
import type { History } from "../history.ts";
import { authorOf, reasonText } from "./operating.ts";
import type { Versions } from "../adapters/record/versions.ts";
import { ruleChoice, type RuleChoice } from "./rule-then.ts";
import { countSet, replayFilter, type CountedSet } from "./replay-set.ts";
import { filter } from "./shapes/deliveries.ts";
import { replay, replayPage, replayPreview } from "./shapes/replays.ts";
import type { Filter } from "./shapes/deliveries.ts";
import type { Replay, ReplayPreview } from "./shapes/replays.ts";
import { shape } from "./shapes/shape.ts";

/** What the endpoints need. */
export interface ReplayDesk {
  readonly replays: Replays;
  readonly history: Pick<History, "deliveries" | "deadCauses" | "deadOf" | "discard">;
  readonly versions: Pick<Versions, "read">;
  readonly clock: Clock;
  readonly log: Log;
}

const DEFAULT_RATE = 20;
/** A set that has changed by more than this share, or this many, since it was looked at is looked at again. */
const MOVED_SHARE = 0.1;
const MOVED_COUNT = 20;
const SHOWN = 100;

const expectedCount = {
  type: "integer",
  minimum: 0,
  description: "As the preview counted it: where that has changed much, nothing is begun.",
} as const;

/** What a set is told by that something is done to. */
export const orderProperties = { filter, reason: reasonText, expectedCount } as const;

const ratePerSecond = { type: "number", minimum: 0.1, maximum: 5_000, default: DEFAULT_RATE } as const;

const previewBody = shape("What to look at.", { filter, ratePerSecond, rule: ruleChoice }, [
  "ratePerSecond",
  "rule",
]);
const orderBody = shape("What to replay.", { ...orderProperties, ratePerSecond, rule: ruleChoice }, [
  "ratePerSecond",
  "expectedCount",
  "rule",
]);

/** A set, and what is wanted of it. */
export interface Order {
  readonly filter: Filter;
  readonly reason: string;
  readonly ratePerSecond: number;
  readonly expectedCount?: number;
  readonly rule?: RuleChoice;
}

/** All of /replays. */
export function replayEndpoints(desk: ReplayDesk): readonly Endpoint[] {
  const { replays, clock, log } = desk;
  const known = async (id: string | undefined): Promise<StoredReplay> => {
    const found = id !== undefined && /^rpl_[0-9a-z]{26}$/.test(id) ? await replays.read(id) : undefined;
    if (found !== undefined) return found;
    throw new SignalboxError("ADMIN_NAME_UNKNOWN", "There is no replay of this id.");
  };
  /** A change of state that is asked for again is no conflict; one that comes too late is. */
  const changing = (
    word: string,
    audit: string,
    from: readonly ReplayState[],
    to: ReplayState,
  ): Endpoint => ({
    method: "POST",
    path: `/api/v1/replays/:id/${word}`,
    tag: "Replays",
    summary:
      { pause: "Pauses a replay", resume: "Lets a replay go on", cancel: "Ends a replay" }[word] ?? word,
    scope: "operate",
    audit,
    reply: replay,
    answer: async ({ parameters, caller }) => {
      const { id } = await known(parameters["id"]);
      const state = await replays.change(id, from, to, clock.now());
      if (state !== to) throw new SignalboxError("ADMIN_CONFLICT", `Replay ${id} is ${state ?? "gone"}.`);
      const now = await known(id);
      log.info({ replay: id, by: authorOf(caller), state }, "replay.changed");
      await replays.tell(now);
      return shown(now);
    },
  });
  return [
    {
      method: "POST",
      path: "/api/v1/replays/preview",
      tag: "Replays",
      summary: "What a replay would do: how many, a sample, repetitions at the target, how long",
      scope: "read",
      body: previewBody,
      reply: replayPreview,
      answer: async ({ body }): Promise<ReplayPreview> => {
        const { filter: asked, ratePerSecond: rate, rule } = body as Order;
        const { count, complete, duplicates, sample, byVersion } = await counted(asked, desk);
        return {
          ...{ count, complete, duplicates, seconds: Math.ceil(count / rate), sample: [...sample] },
          ...(rule === "then" && { notKept: await countGone(byVersion, desk.versions) }),
        };
      },
    },
    {
      method: "POST",
      path: "/api/v1/replays",
      tag: "Replays",
      summary: "Begins a replay of all that the filter finds now, at a rate, behind the live ones",
      scope: "operate",
      audit: "replay.begun",
      status: 202,
      body: orderBody,
      reply: replay,
      answer: async ({ body, caller }) => {
        const { rule, ...order } = body as Order;
        const { count } = await counted(order.filter, desk);
        unmoved(order.expectedCount, count);
        const whose = { by: authorOf(caller), total: count, ...(rule === "then" && { rule }) };
        return shown(await begin(desk, { ...order, ...whose, does: "replay" }));
      },
    },
    {
      method: "GET",
      path: "/api/v1/replays",
      tag: "Replays",
      summary: `The latest ${SHOWN} replays`,
      scope: "read",
      reply: replayPage,
      answer: async () => ({ items: (await replays.list(SHOWN)).map(shown) }),
    },
    {
      method: "GET",
      path: "/api/v1/replays/:id",
      tag: "Replays",
      summary: "A replay and how far it is",
      scope: "read",
      reply: replay,
      answer: async ({ parameters }) => shown(await known(parameters["id"])),
    },
    changing("pause", "replay.paused", ["running", "paused"], "paused"),
    changing("resume", "replay.resumed", ["paused", "running"], "running"),
    changing("cancel", "replay.cancelled", ["running", "paused", "cancelled"], "cancelled"),
  ];
}

/** The set that a filter finds now. Throws ADMIN_INPUT_INVALID. */
export function counted(asked: Filter, { history, clock }: ReplayDesk): Promise<CountedSet> {
  return countSet(replayFilter(asked), history, clock.now());
}

/** How many of a set have a version that is not kept. */
async function countGone(
  byVersion: ReadonlyMap<string, number>,
  versions: Pick<Versions, "read">,
): Promise<number> {
  let gone = 0;
  for (const [version, count] of byVersion) if ((await versions.read(version)) === undefined) gone += count;
  return gone;
}

/** Throws ADMIN_CONFLICT where a set is no more what it was when it was looked at. */
export function unmoved(expected: number | undefined, count: number): void {
  if (expected === undefined) return;
  const moved = Math.abs(count - expected);
  if (moved <= MOVED_COUNT && moved <= expected * MOVED_SHARE) return;
  throw new SignalboxError(
    "ADMIN_CONFLICT",
    `The filter finds ${count} now; ${expected} were expected. Nothing was begun.`,
  );
}

/** Begins what a process that delivers then carries out. */
export async function begin(
  { replays, clock, log }: ReplayDesk,
  order: Pick<StoredReplay, "does" | "by" | "reason" | "ratePerSecond" | "total" | "rule"> & {
    readonly filter: Filter;
  },
): Promise<StoredReplay> {
  const { does, by, reason, ratePerSecond: rate, total, rule } = order;
  const createdAt = clock.now();
  const id = `rpl_${eventId(createdAt, randomBytes(10)).slice(4)}`;
  const asked = order.filter as Readonly<Record<string, string | number>>;
  const of = { id, does, filter: asked, reason, by, createdAt, ratePerSecond: rate, total };
  await replays.create({ ...of, ...(rule && { rule }) });
  log.info({ replay: id, does, by, total, rule }, "replay.begun");
  const made = (await replays.read(id))!;
  await replays.tell(made);
  return made;
}

/** A replay, as the API shows one. */
export function shown(stored: StoredReplay): Replay {
  const { id, does, state, reason, by, createdAt, finishedAt, error, replayed, skipped } = stored;
  const total = Math.max(stored.total, replayed + skipped);
  const left = Math.ceil((total - replayed - skipped) / stored.ratePerSecond);
  return {
    id,
    does,
    state,
    filter: stored.filter as Filter,
    reason,
    by,
    createdAt: new Date(createdAt).toISOString(),
    ...(finishedAt !== undefined && { finishedAt: new Date(finishedAt).toISOString() }),
    ratePerSecond: stored.ratePerSecond,
    ...(stored.rule && { rule: stored.rule }),
    total,
    replayed,
    skipped,
    ...((state === "running" || state === "paused") && { secondsLeft: left }),
    ...(error !== undefined && { error }),
  };
}
