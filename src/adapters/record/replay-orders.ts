/**
 * Replays of many deliveries as the store keeps them: what is to be done, how far it is, and who is at it. Whoever works on one
 * holds its lease; every step is written under it, so that a process that was slow or dead changes nothing any more.
 */
import { keys } from "./keys.ts";
import type { Pipeline, StoreConnection } from "../store/redis.ts";

/** Zset of replays by the time they were made (epoch ms). */
const REPLAYS_KEY = "{sb}:replays";
/** Set of those that have not ended: what is looked at several times a second. */
const OPEN_KEY = "{sb}:replays:open";
const LEASE_MS = 6_000;
/** So many are remembered, each for so long after its end. */
const MAX_KEPT = 1_000;
const KEPT_SECONDS = 30 * 86_400;

export type ReplayState = "running" | "paused" | "cancelled" | "done" | "failed";

/** What was asked for; it never changes. */
export interface ReplayOrder {
  readonly id: string;
  readonly does: "replay" | "discard";
  /** As the API has it. */
  readonly filter: Readonly<Record<string, string | number>>;
  readonly reason: string;
  readonly by: string;
  /** Epoch ms: only what has not changed since belongs to it. */
  readonly createdAt: number;
  readonly ratePerSecond: number;
  readonly total: number;
  /** Each by the version that its last attempt was made by, instead of the one in force. */
  readonly rule?: "then";
}

/** How far it is. */
export interface ReplayProgress {
  readonly state: ReplayState;
  readonly replayed: number;
  readonly skipped: number;
  /** Of the history's page that is being worked on; "" for the first. */
  readonly cursor: string;
  /** Deliveries in hand, which may have been done when a process died. */
  readonly batch: readonly string[];
  /** Epoch ms. */
  readonly finishedAt?: number;
  readonly error?: string;
}

export type StoredReplay = ReplayOrder & ReplayProgress;

export interface Replays {
  create(order: ReplayOrder): Promise<void>;
  read(id: string): Promise<StoredReplay | undefined>;
  /** Newest first. */
  list(count: number): Promise<readonly StoredReplay[]>;
  /** Those that run. */
  running(): Promise<readonly StoredReplay[]>;
  /** Changes the state where it is one of `from`; the state that it has afterwards, undefined where there is no such replay. */
  change(
    id: string,
    from: readonly ReplayState[],
    to: ReplayState,
    now: number,
  ): Promise<ReplayState | undefined>;
  /** Takes or keeps the lease; false where somebody else has it. */
  lease(id: string, owner: string): Promise<boolean>;
  /** Writes a step under the lease; false where it is lost or the replay does not run any more. `end` ends it. */
  advance(
    id: string,
    owner: string,
    step: Partial<Pick<ReplayProgress, "replayed" | "skipped" | "cursor" | "batch" | "error">>,
    end?: { readonly state: "done" | "failed"; readonly now: number },
  ): Promise<boolean>;
  /** Tells whoever follows. */
  tell(replay: StoredReplay): Promise<void>;
}

function keyOf(id: string): string {
  return `{sb}:rp:${id}`;
}

/** KEYS replay · ARGV to now id from… → the state afterwards. */
const CHANGE = `
local state = redis.call('HGET', KEYS[1], 'state')
if not state then return '' end
for i = 4, #ARGV do
  if ARGV[i] == state then
    redis.call('HSET', KEYS[1], 'state', ARGV[1])
    if ARGV[1] == 'cancelled' then
      redis.call('HSET', KEYS[1], 'finishedAt', ARGV[2])
      redis.call('EXPIRE', KEYS[1], ${KEPT_SECONDS})
      redis.call('SREM', '${OPEN_KEY}', ARGV[3])
    end
    return ARGV[1]
  end
end
return state`;

/** KEYS lease · ARGV owner → 1 where it is the owner's now. */
const LEASE = `
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ${LEASE_MS})
return 1`;

/** KEYS replay lease · ARGV owner end now id [field value]… → 1, or 0 where the lease is lost or it does not run. */
const ADVANCE = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[2], ${LEASE_MS})
for i = 5, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
if redis.call('HGET', KEYS[1], 'state') ~= 'running' then return 0 end
if ARGV[2] ~= '' then
  redis.call('HSET', KEYS[1], 'state', ARGV[2], 'finishedAt', ARGV[3])
  redis.call('EXPIRE', KEYS[1], ${KEPT_SECONDS})
  redis.call('DEL', KEYS[2])
  redis.call('SREM', '${OPEN_KEY}', ARGV[4])
end
return 1`;

/** Replays over a connection that does not block. */
export function createReplays(commands: StoreConnection): Replays {
  const readAll = async (ids: readonly string[]): Promise<StoredReplay[]> => {
    if (ids.length === 0) return [];
    const pipeline = commands.pipeline();
    for (const id of ids) pipeline.hgetall(keyOf(id));
    const replies = (await pipeline.exec()) ?? [];
    return replies.flatMap(([error, fields]) => {
      if (error) throw error;
      return storedOf(fields as Record<string, string>) ?? [];
    });
  };
  return {
    async create(order) {
      const pipeline: Pipeline = commands.pipeline();
      const begun = { state: "running", replayed: 0, skipped: 0, cursor: "", batch: "[]" };
      pipeline.hset(keyOf(order.id), { order: JSON.stringify(order), ...begun });
      pipeline.zadd(REPLAYS_KEY, order.createdAt, order.id);
      pipeline.sadd(OPEN_KEY, order.id);
      pipeline.zremrangebyrank(REPLAYS_KEY, 0, -MAX_KEPT - 1);
      for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
    },
    read: async (id) => (await readAll([id]))[0],
    list: async (count) => readAll(await commands.zrange(REPLAYS_KEY, 0, count - 1, "REV")),
    async running() {
      const open = await readAll(await commands.smembers(OPEN_KEY));
      return open.filter(({ state }) => state === "running");
    },
    async change(id, from, to, now) {
      const state = await commands.eval(CHANGE, 1, keyOf(id), to, now, id, ...from);
      return state === "" ? undefined : (state as ReplayState);
    },
    lease: async (id, owner) => (await commands.eval(LEASE, 1, `${keyOf(id)}:lease`, owner)) === 1,
    async advance(id, owner, { batch, ...step }, end) {
      const fields = { ...step, ...(batch && { batch: JSON.stringify(batch) }) };
      const texts = Object.entries(fields).flatMap(([name, value]) => [name, String(value)]);
      const lease = `${keyOf(id)}:lease`;
      const reply = await commands.eval(
        ADVANCE,
        2,
        keyOf(id),
        lease,
        owner,
        end?.state ?? "",
        end?.now ?? 0,
        id,
        ...texts,
      );
      return reply === 1;
    },
    async tell({ id, does, state, replayed, skipped, total }) {
      const news = { kind: "replay", replay: id, does, state, replayed, skipped, total };
      await commands.publish(keys.tail, JSON.stringify(news));
    },
  };
}

function storedOf(fields: Readonly<Record<string, string>>): StoredReplay | undefined {
  const { order, state, replayed, skipped, cursor, batch, finishedAt, error } = fields;
  if (order === undefined) return undefined;
  return {
    ...(JSON.parse(order) as ReplayOrder),
    state: state as ReplayState,
    replayed: Number(replayed),
    skipped: Number(skipped),
    cursor: cursor ?? "",
    batch: JSON.parse(batch ?? "[]") as string[],
    ...(finishedAt !== undefined && { finishedAt: Number(finishedAt) }),
    ...(error !== undefined && { error }),
  };
}
