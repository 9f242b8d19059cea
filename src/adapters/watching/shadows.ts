/**
 * Shadows: evaluated one after the other with a part of the process's time, and what they have shown kept in the store, bounded.
 * Fills the port `Shadows`.
 */
import type { Clock, Log, Shadows } from "../../ports.ts";
import { ONCE_A_BATCH, gathered } from "../store/gathered.ts";
import type { StoreConnection } from "../store/redis.ts";

const FLUSH_MS = 500;
/** So many wait at most; what comes then is skipped, and counted. */
const MOST_WAITING = 200;
/** After an evaluation the others of the process have this many times as long. */
const REST = 4;
const KEPT_SECONDS = 30 * 86_400;
/** Places that are kept of a shadow, and events of each. */
const MOST_FOUND = 50;
const SAMPLES = 3;

/** The hash of a shadow: `same` `differs` `failed` `mended` `skipped` counts, `since`; `f:<place> <how>` what was found: a count and samples. */
const keyOf = (id: string): string => `{sb}:sh:${id}`;

/** KEYS: hash, mark. ARGV: batch, now, counts and finds as JSON. */
const KEEP = `${ONCE_A_BATCH}
if not isNew() then return 0 end
local key = KEYS[1]
local notes = cjson.decode(ARGV[3])
for name, count in pairs(notes.counts) do redis.call('HINCRBY', key, name, count) end
redis.call('HSETNX', key, 'since', ARGV[2])
local places = 0
for _, name in ipairs(redis.call('HKEYS', key)) do
  if string.sub(name, 1, 2) == 'f:' then places = places + 1 end
end
for name, one in pairs(notes.found) do
  local field = 'f:' .. name
  local text = redis.call('HGET', key, field)
  if text or places < ${MOST_FOUND} then
    if not text then places = places + 1 end
    local kept = text and cjson.decode(text) or {n = 0, s = {}}
    kept.n = kept.n + one.n
    for _, id in ipairs(one.s) do
      if #kept.s < ${SAMPLES} then kept.s[#kept.s + 1] = id end
    end
    redis.call('HSET', key, field, cjson.encode(kept))
  else
    redis.call('HINCRBY', key, 'beyond', one.n)
  end
end
redis.call('EXPIRE', key, ${KEPT_SECONDS})
return 1`;

/** What a shadow has shown. */
export interface ShadowState {
  readonly same: number;
  readonly differs: number;
  readonly failed: number;
  readonly mended: number;
  readonly skipped: number;
  /** Differences at more places than are kept. */
  readonly beyond: number;
  /** Epoch ms. */
  readonly since?: number;
  /** The most frequent first; `path` is a JSON Pointer with `*` for the items of lists, "" where all of it is meant. */
  readonly found: readonly {
    readonly path: string;
    readonly how: string;
    readonly count: number;
    readonly samples: readonly string[];
  }[];
}

export interface KeptShadows extends Shadows {
  read(id: string): Promise<ShadowState>;
  /** Begins anew. */
  forget(id: string): Promise<void>;
  stop(): Promise<void>;
}

interface Notes {
  readonly counts: Record<string, number>;
  readonly found: Record<string, { n: number; s: string[] }>;
}

/** Shadows over a connection that waits for the store. */
export function createShadows(commands: StoreConnection, clock: Clock, log: Log): KeptShadows {
  const waiting: (() => Promise<void>)[] = [];
  let running = false;
  let stopped = false;
  const notes = gathered<Notes>(
    FLUSH_MS,
    log,
    () => ({ counts: {}, found: {} }),
    async (id, of, { number, mark }) => {
      await commands.eval(KEEP, 2, keyOf(id), mark(keyOf(id)), number, clock.now(), JSON.stringify(of));
    },
  );
  const count = (id: string, name: string): Notes => {
    const of = notes.of(id);
    of.counts[name] = (of.counts[name] ?? 0) + 1;
    return of;
  };
  const next = (): void => {
    const task = stopped ? undefined : waiting.shift();
    running = task !== undefined;
    if (task === undefined) return;
    const before = performance.now();
    void task()
      .catch((error: unknown) => log.debug({ error: String(error) }, "shadow.failed"))
      .finally(() => setTimeout(next, Math.min(1_000, REST * (performance.now() - before))).unref());
  };
  return {
    run(id, evaluate) {
      if (waiting.length >= MOST_WAITING) return void count(id, "skipped");
      waiting.push(evaluate);
      if (running) return;
      running = true;
      setImmediate(next);
    },
    note(id, { verdict, found, event }) {
      const of = count(id, verdict);
      for (const { path, how } of found) {
        const name = `${path} ${how}`;
        if (of.found[name] === undefined && Object.keys(of.found).length >= MOST_FOUND) continue;
        const one = (of.found[name] ??= { n: 0, s: [] });
        one.n++;
        if (one.s.length < SAMPLES) one.s.push(event);
      }
    },
    async read(id) {
      const hash = await commands.hgetall(keyOf(id));
      const counted = (name: string): number => Number(hash[name] ?? 0);
      const found = Object.entries(hash).flatMap(([field, text]) => {
        if (!field.startsWith("f:")) return [];
        const [, path = "", how = ""] = /^f:(\S*) (.*)$/s.exec(field) ?? [];
        const { n, s } = JSON.parse(text) as { n: number; s: string[] | Record<string, never> };
        return [{ path, how, count: n, samples: Array.isArray(s) ? s : [] }];
      });
      return {
        ...{ same: counted("same"), differs: counted("differs"), failed: counted("failed") },
        ...{ mended: counted("mended"), skipped: counted("skipped"), beyond: counted("beyond") },
        ...(hash["since"] !== undefined && { since: Number(hash["since"]) }),
        found: found.sort((one, other) => other.count - one.count),
      };
    },
    forget: async (id) => void (await commands.del(keyOf(id))),
    async stop() {
      stopped = true;
      await notes.stop();
    },
  };
}
