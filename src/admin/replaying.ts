/** Carries replays out: a process that delivers takes a running one's lease and works through its set at its rate. */
import type { Replays, StoredReplay } from "../adapters/record/replay-orders.ts";
import type { DeliveryId } from "../core/delivery.ts";
import { SignalboxError } from "../core/errors.ts";
import { eventOf } from "../core/ids.ts";
import type { Clock, Log } from "../ports.ts";
import type { Versions } from "../adapters/record/versions.ts";
import type { Route, Workspace } from "../rules/workspace.ts";
import type { Filter, History, ListedDelivery } from "../history.ts";
import { routeThen } from "./rule-then.ts";
import { belongs, replayFilter } from "./replay-set.ts";

/** Lane of replays: behind the live ones. */
const LANE = 10;
const PAGE = 200;
const AT_ONCE = 16;
/** Longest time's worth of deliveries that is caught up in one step. */
const BURST_MS = 1_000;

/** What carrying out needs. `owner` names this process. */
export interface Replaying {
  readonly replays: Replays;
  readonly history: Pick<History, "deliveries" | "delivery" | "reopen" | "discard">;
  readonly workspace: () => Workspace;
  readonly versions: Pick<Versions, "read">;
  readonly clock: Clock;
  readonly log: Log;
  readonly owner: string;
}

/** What this process remembers of a replay between two steps. */
interface Hand {
  readonly filter: Filter;
  page: ListedDelivery[];
  /** Of the page after it; undefined: it was the last. */
  next: string | undefined;
  replayed: number;
  skipped: number;
  /** performance.now() of the last step. */
  steppedAt: number;
  owed: number;
}

/** So often it is looked for replays that nobody has, and leases are renewed. */
const LOOK_MS = 500;

/** Returns the step to repeat: each call brings every running replay that this process has, or can get, a bit further. */
export function createReplaying(replaying: Replaying): () => Promise<void> {
  const { replays, owner } = replaying;
  const hands = new Map<string, { readonly replay: StoredReplay; hand?: Hand }>();
  let lookedAt = -Infinity;

  const look = async (): Promise<void> => {
    const running = await replays.running();
    for (const id of hands.keys()) if (!running.some((replay) => replay.id === id)) hands.delete(id);
    for (const replay of running) {
      const isOurs = await replays.lease(replay.id, owner);
      if (!isOurs) hands.delete(replay.id);
      else if (!hands.has(replay.id)) hands.set(replay.id, { replay });
    }
  };
  return async () => {
    if (performance.now() - lookedAt >= LOOK_MS) {
      lookedAt = performance.now();
      await look();
    }
    for (const [id, held] of hands) {
      try {
        held.hand ??= await takeUp(held.replay, replaying);
        if (!(await step(held.replay, held.hand, replaying))) hands.delete(id);
      } catch (error) {
        hands.delete(id);
        await interrupted(held.replay, error, replaying);
      }
    }
  };
}

async function interrupted(
  { id }: StoredReplay,
  error: unknown,
  { replays, owner, clock, log }: Replaying,
): Promise<void> {
  const code = error instanceof SignalboxError ? error.code : undefined;
  // A cursor whose page has left the history: what was done is known by its time of change, so begin anew.
  if (code === "ADMIN_CURSOR_STALE") {
    await replays.advance(id, owner, { cursor: "" });
    return;
  }
  log.warn({ replay: id, error: String(error) }, "replay.interrupted");
  if (!(error instanceof SignalboxError) || code !== "ADMIN_INPUT_INVALID") return;
  await replays.advance(id, owner, { error: error.detail }, { state: "failed", now: clock.now() });
}

/** Takes a replay up where it was left: what was in hand is looked at, for it may have been done. */
async function takeUp(replay: StoredReplay, replaying: Replaying): Promise<Hand> {
  const { history, replays, owner } = replaying;
  const filter = replayFilter(replay.filter);
  const outcomes = await inTurns(replay.batch, async (id) => {
    const delivery = await history.delivery(id as DeliveryId);
    if (delivery === undefined) return false;
    return Date.parse(delivery.changedAt) >= replay.createdAt || act(delivery, replay, replaying);
  });
  const done = outcomes.filter(Boolean).length;
  const hand = {
    filter,
    replayed: replay.replayed + done,
    skipped: replay.skipped + outcomes.length - done,
    steppedAt: performance.now(),
    owed: 0,
  };
  const { replayed, skipped } = hand;
  if (outcomes.length > 0) await replays.advance(replay.id, owner, { batch: [], replayed, skipped });
  const page = await readPage(replay, filter, replay.cursor, history);
  return { ...hand, ...page };
}

/** One step; false when the replay is not this process's to go on with. */
async function step(replay: StoredReplay, hand: Hand, replaying: Replaying): Promise<boolean> {
  const { replays, history, clock, log, owner } = replaying;
  const { id, ratePerSecond, total } = replay;
  const now = performance.now();
  const elapsed = Math.min(now - hand.steppedAt, BURST_MS);
  hand.steppedAt = now;
  hand.owed = Math.min(hand.owed + (elapsed / 1000) * ratePerSecond, Math.max(1, ratePerSecond));
  while (hand.owed >= 1) {
    if (hand.page.length === 0) {
      if (hand.next === undefined) {
        const end = { state: "done", now: clock.now() } as const;
        if (!(await replays.advance(id, owner, {}, end))) return false;
        const { replayed, skipped } = hand;
        log.info({ replay: id, replayed, skipped }, "replay.done");
        await replays.tell({ ...replay, state: "done", replayed, skipped });
        return false;
      }
      if (!(await replays.advance(id, owner, { cursor: hand.next }))) return false;
      Object.assign(hand, await readPage(replay, hand.filter, hand.next, history));
      continue;
    }
    const batch = hand.page.splice(0, Math.min(Math.floor(hand.owed), AT_ONCE));
    hand.owed -= batch.length;
    if (!(await replays.advance(id, owner, { batch: batch.map((delivery) => delivery.id) }))) return false;
    const outcomes = await inTurns(batch, (delivery) => act(delivery, replay, replaying));
    const done = outcomes.filter(Boolean).length;
    hand.replayed += done;
    hand.skipped += outcomes.length - done;
    const { replayed, skipped } = hand;
    if (!(await replays.advance(id, owner, { batch: [], replayed, skipped }))) return false;
    await replays.tell({ ...replay, replayed, skipped, total: Math.max(total, replayed + skipped) });
  }
  return true;
}

async function readPage(
  replay: StoredReplay,
  filter: Filter,
  cursor: string,
  history: Pick<History, "deliveries">,
): Promise<Pick<Hand, "page" | "next">> {
  const { items, next } = await history.deliveries({
    ...filter,
    limit: PAGE,
    ...(cursor !== "" && { cursor }),
  });
  const last = items.at(-1);
  // A cursor within an event counts those before it, which are other ones when they have been done: take the event whole.
  const rest =
    next === undefined || last === undefined || filter.id !== undefined
      ? []
      : (await history.deliveries({ ...filter, id: last.event, limit: PAGE })).items;
  const all = new Map([...items, ...rest].map((delivery) => [delivery.id, delivery]));
  return { page: [...all.values()].filter((one) => belongs(one, filter, replay.createdAt)), next };
}

/** True when it was done; false when it is being attempted, or gone. */
async function act(
  listed: ListedDelivery,
  { does, by, reason, createdAt, rule }: StoredReplay,
  { history, workspace, versions }: Replaying,
): Promise<boolean> {
  const { id, route, target } = listed;
  if (does === "discard") return (await history.discard(id, { by, reason })) === "discarded";
  const today = workspace().routes.get(route);
  const then = rule === "then" ? today && (await versionThen(listed, today, versions)) : undefined;
  if (rule === "then" && then === undefined) return false;
  const delivery = { id, event: eventOf(id), route, target: today?.target.name ?? target };
  const how = { by, priority: LANE, unchangedSince: createdAt, ...(then !== undefined && { version: then }) };
  return (await history.reopen(delivery, how)) === "opened";
}

/** Undefined where its version is not kept, or cannot be run: it is left alone. */
async function versionThen(
  listed: ListedDelivery,
  today: Route,
  versions: Pick<Versions, "read">,
): Promise<string | undefined> {
  try {
    return (await routeThen(listed, today, versions)).version;
  } catch (error) {
    if (error instanceof SignalboxError) return undefined;
    throw error;
  }
}

function inTurns<T, R>(items: readonly T[], task: (item: T) => Promise<R>): Promise<R[]> {
  return Promise.all(items.map(task));
}
