/**
 * How canaries fare, in the store, for all processes: the script that counts is the one that rolls back, so that it happens once.
 * Fills the port `Canaries`.
 */
import type { Canaries, Clock, Happening, Log } from "../../ports.ts";
import { ONCE_A_BATCH, gathered } from "../store/gathered.ts";
import type { StoreConnection } from "../store/redis.ts";
import { repeat } from "../repeat.ts";

const FLUSH_MS = 200;
/** Another process, or a person, has rolled back or resumed: known here by then. */
const LOOK_MS = 1_000;
const PATIENCE_MS = 2_000;
/** Who has rolled back tells so within this time; after it, whoever looks does. */
const TOLD_MS = 5_000;
/** A version of a canary that nobody counts for any more is forgotten. */
const KEPT_SECONDS = 30 * 86_400;
/** Beyond so many deliveries of one kind all counts are halved: what counts is how it fares lately. */
const WINDOW = 1_000;
const SAMPLES = 5;

/** The hash of a canary: `cn` `cf` deliveries and failures of its own, `on` `of` of the other; `back` when it was rolled back, `why`, `by`, `told`; `samples` of its failures. */
const keyOf = (id: string): string => `{sb}:cn:${id}`;

/**
 * KEYS: hash, mark. ARGV: batch, cn, cf, on, of, minimum, margin, now, samples. Answers when it was rolled back, and 1 where this
 * call did it.
 */
const COUNT = `${ONCE_A_BATCH}
local key = KEYS[1]
local was = redis.call('HGET', key, 'back')
if was then return {was, 0} end
if not isNew() then return {'', 0} end
local n = {}
for i, name in ipairs({'cn', 'cf', 'on', 'of'}) do
  n[name] = tonumber(redis.call('HGET', key, name) or '0') + tonumber(ARGV[i + 1])
end
local window = math.max(${WINDOW}, 4 * tonumber(ARGV[6]))
while n.cn > window or n.on > window do
  for name, count in pairs(n) do n[name] = count / 2 end
end
for name, count in pairs(n) do redis.call('HSET', key, name, tostring(count)) end
redis.call('HSETNX', key, 'since', ARGV[8])
if ARGV[9] ~= '' then
  local kept = {}
  for id in string.gmatch(ARGV[9] .. ' ' .. (redis.call('HGET', key, 'samples') or ''), '%S+') do
    if #kept < ${SAMPLES} then kept[#kept + 1] = id end
  end
  redis.call('HSET', key, 'samples', table.concat(kept, ' '))
end
redis.call('EXPIRE', key, ${KEPT_SECONDS})
if n.cn < tonumber(ARGV[6]) then return {'', 0} end
local own = 100 * n.cf / n.cn
local other = 0
if n.on > 0 then other = 100 * n.of / n.on end
if own - other <= tonumber(ARGV[7]) then return {'', 0} end
local why = string.format('%.1f %% of its first attempts failed, %.1f %% of the other\\'s', own, other)
redis.call('HSET', key, 'back', ARGV[8], 'why', why)
return {ARGV[8], 1}`;

/** KEYS: hash. ARGV: now, by, why. Answers 1 where it was on. */
const ROLL_BACK = `
if redis.call('HEXISTS', KEYS[1], 'back') == 1 then return 0 end
redis.call('HSET', KEYS[1], 'back', ARGV[1], 'by', ARGV[2], 'why', ARGV[3])
redis.call('HSETNX', KEYS[1], 'since', ARGV[1])
redis.call('EXPIRE', KEYS[1], ${KEPT_SECONDS})
return 1`;

/** A canary as it is known here. */
export interface KnownCanary {
  readonly id: string;
  readonly route: string;
  readonly transform: { readonly name: string };
}

/** How a canary stands. Counts are of lately. */
export interface CanaryState {
  readonly own: { readonly deliveries: number; readonly failures: number };
  readonly other: { readonly deliveries: number; readonly failures: number };
  /** Epoch ms. */
  readonly since?: number;
  readonly back?: { readonly at: number; readonly why: string; readonly by?: string };
  /** Events whose first attempt by the canary failed, the latest first. */
  readonly samples: readonly string[];
}

export interface KeptCanaries extends Canaries {
  /** From now on these are known; resolves once it is known how each stands. */
  follow(canaries: readonly KnownCanary[]): Promise<void>;
  read(id: string): Promise<CanaryState>;
  /** True where it was rolled back: it begins anew, with nothing counted. */
  resume(id: string): Promise<boolean>;
  /** True where it was on. */
  rollBack(canary: KnownCanary, by: string, why: string): Promise<boolean>;
  stop(): Promise<void>;
}

/** Canaries over a connection that waits for the store. */
export function createCanaries(parts: {
  readonly commands: StoreConnection;
  readonly clock: Clock;
  readonly log: Log;
  readonly happened: (one: Happening) => void;
}): KeptCanaries {
  const { commands, clock, log, happened } = parts;
  let known = new Map<string, KnownCanary>();
  let on = new Set<string>();
  let stopLooking: (() => Promise<void>) | undefined;

  const tell = async (canary: KnownCanary): Promise<void> => {
    const { back, own, other, samples } = await read(canary.id);
    if (back === undefined) return;
    const { route, transform, id } = canary;
    const { at, why, by } = back;
    happened({
      type: "canary.rolled-back",
      subject: route,
      data: { route, transform: transform.name, why, ...(by !== undefined && { by }), own, other, samples },
      once: { at, is: `canary ${id} ${at}` },
    });
    log.warn({ route, transform: transform.name, why, by }, "canary.rolled-back");
    await commands.hset(keyOf(id), "told", 1);
  };

  const look = async (): Promise<void> => {
    const all = [...known.values()];
    const pipeline = commands.pipeline();
    for (const { id } of all) pipeline.hmget(keyOf(id), "back", "told");
    const replies = all.length === 0 ? [] : ((await pipeline.exec()) ?? []);
    if (replies.some(([error]) => error)) throw new Error("The store did not say how the canaries stand.");
    on = new Set();
    for (const [at, canary] of all.entries()) {
      const [back, told] = replies[at]![1] as [string | null, string | null];
      if (back === null) on.add(canary.id);
      else if (told === null && clock.now() - Number(back) > TOLD_MS) await tell(canary);
    }
  };

  const notes = gathered(
    FLUSH_MS,
    log,
    () => ({ counts: [0, 0, 0, 0], samples: [] as string[], minimum: 0, margin: 0 }),
    async (id, { counts, samples, minimum, margin }, { number, mark }) => {
      const key = keyOf(id);
      const limits = [minimum, margin, clock.now(), samples.join(" ")];
      const reply = await commands.eval(COUNT, 2, key, mark(key), number, ...counts, ...limits);
      const [back, isMine] = reply as [string, number];
      if (back !== "") on.delete(id);
      const canary = known.get(id);
      if (isMine === 1 && canary !== undefined) await tell(canary);
    },
  );

  const read = async (id: string): Promise<CanaryState> => {
    const hash = await commands.hgetall(keyOf(id));
    const count = (name: string): number => Math.round(Number(hash[name] ?? 0));
    const { since, back, why = "", by, samples = "" } = hash;
    return {
      own: { deliveries: count("cn"), failures: count("cf") },
      other: { deliveries: count("on"), failures: count("of") },
      ...(since !== undefined && { since: Number(since) }),
      ...(back !== undefined && { back: { at: Number(back), why, ...(by !== undefined && { by }) } }),
      samples: samples.split(" ").filter((one) => one !== ""),
    };
  };

  return {
    isOn: (id) => on.has(id),
    note(canary, { isCanary, failed, event }) {
      const of = notes.of(canary.id);
      of.minimum = canary.file.minimum;
      of.margin = canary.file.margin;
      of.counts[isCanary ? 0 : 2]!++;
      if (failed) of.counts[isCanary ? 1 : 3]!++;
      if (failed && isCanary && of.samples.length < SAMPLES) of.samples.push(event);
    },
    async follow(canaries) {
      known = new Map(canaries.map((canary) => [canary.id, canary]));
      if (known.size === 0) on = new Set();
      if (known.size === 0 && stopLooking === undefined) return;
      const seen = look().catch((error: unknown) => log.debug({ error: String(error) }, "canaries.unknown"));
      // A store that is away is not waited for.
      await Promise.race([seen, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS).unref())]);
      stopLooking ??= repeat(LOOK_MS, log, "canaries", () => (known.size === 0 ? Promise.resolve() : look()));
    },
    read,
    async resume(id) {
      const gone = await commands.del(keyOf(id));
      on.add(id);
      return gone === 1;
    },
    async rollBack(canary, by, why) {
      const done = await commands.eval(ROLL_BACK, 1, keyOf(canary.id), clock.now(), by, why);
      on.delete(canary.id);
      if (done === 1) await tell(canary);
      return done === 1;
    },
    async stop() {
      await notes.stop();
      await stopLooking?.();
    },
  };
}
