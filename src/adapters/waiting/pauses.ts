/**
 * Targets that are paused: who did it, when and why. BullMQ's own mark in the queue is set in the same script, so that all
 * processes obey at once and after a restart: what waits stays where it is, and attempts under way end.
 */
import type { Clock, Log, Ports } from "../../ports.ts";
import { PREFIX, READY_KEY } from "../queues/ready.ts";
import { keys } from "../record/keys.ts";
import type { StoreConnection } from "../store/redis.ts";
import { repeat } from "../repeat.ts";

/** Hash of paused targets: name → JSON of a Pause. */
const PAUSED_KEY = "{sb}:paused";
const LOOK_MS = 2_000;

export interface Pause {
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
  readonly reason: string;
}

export interface Pauses {
  /** As this process last saw it, at most 2 s ago; what it did itself at once. */
  readonly current: ReadonlyMap<string, Pause>;
  /** As it is. */
  read(): Promise<ReadonlyMap<string, Pause>>;
  /** Pauses a target. Where it was paused already, that pause stands and is returned. */
  pause(
    target: string,
    by: string,
    reason: string,
  ): Promise<{ readonly pause: Pause; readonly mine: boolean }>;
  /** Lets a target go on; the pause that was, or undefined where there was none. */
  resume(target: string, by: string): Promise<Pause | undefined>;
  stop(): Promise<void>;
}

/** KEYS paused meta marker · ARGV target pause news → the pause that was there, or "". As BullMQ's pause script does. */
const PAUSE = `
local known = redis.call('HGET', KEYS[1], ARGV[1])
if not known then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
  redis.call('PUBLISH', '${keys.tail}', ARGV[3])
end
redis.call('HSET', KEYS[2], 'paused', 1)
redis.call('DEL', KEYS[3])
return known or ''`;

/** KEYS paused meta marker wait prioritized ready · ARGV target news → the pause that was there, or "". */
const RESUME = `
local known = redis.call('HGET', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[1], ARGV[1])
if redis.call('HDEL', KEYS[2], 'paused') == 0 and not known then return '' end
if redis.call('EXISTS', KEYS[4], KEYS[5]) > 0 then redis.call('ZADD', KEYS[3], 0, '0') end
redis.call('ZADD', KEYS[6], 0, ARGV[1])
redis.call('PUBLISH', '${keys.tail}', ARGV[2])
return known or ''`;

/** A queue that somebody paused past us, by Bull Board, is paused all the same and shown as that. KEYS paused · ARGV pause targets… */
const ADOPT = `
local adopted = {}
for i = 2, #ARGV do
  if redis.call('HEXISTS', '${PREFIX}:' .. ARGV[i] .. ':meta', 'paused') == 1 then
    if redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[1]) == 1 then adopted[#adopted + 1] = ARGV[i] end
  elseif redis.call('HDEL', KEYS[1], ARGV[i]) == 1 then
    redis.call('ZADD', '${READY_KEY}', 0, ARGV[i])
    adopted[#adopted + 1] = ARGV[i]
  end
end
return adopted`;

/** Looks at the targets every 2 s; `targets` are those whose queues may be paused past us. */
export function createPauses(parts: {
  readonly commands: StoreConnection;
  readonly clock: Clock;
  readonly log: Log;
  readonly targets: () => readonly string[];
  readonly happened?: Ports["happened"];
}): Pauses {
  const { commands, clock, log, targets, happened } = parts;
  let current: ReadonlyMap<string, Pause> = new Map();

  const read = async (): Promise<ReadonlyMap<string, Pause>> => {
    const texts = Object.entries(await commands.hgetall(PAUSED_KEY));
    current = new Map(texts.map(([target, text]) => [target, JSON.parse(text) as Pause]));
    return current;
  };
  const look = async (): Promise<void> => {
    const names = targets();
    const outside: Pause = { by: "Bull Board", at: isoOf(clock.now()), reason: "Paused at /queues." };
    const adopted =
      names.length > 0 && (await commands.eval(ADOPT, 1, PAUSED_KEY, JSON.stringify(outside), ...names));
    if (Array.isArray(adopted) && adopted.length > 0) log.warn({ targets: adopted }, "target.paused-outside");
    await read();
  };
  const stop = repeat(LOOK_MS, log, "pauses", look);

  return {
    get current() {
      return current;
    },
    read,
    async pause(target, by, reason) {
      const wanted: Pause = { by, at: isoOf(clock.now()), reason };
      const queue = `${PREFIX}:${target}`;
      const news = JSON.stringify({ kind: "target", target, change: "paused", ...wanted });
      const known = await commands.eval(
        PAUSE,
        3,
        PAUSED_KEY,
        `${queue}:meta`,
        `${queue}:marker`,
        target,
        JSON.stringify(wanted),
        news,
      );
      await read();
      if (known !== "") return { pause: JSON.parse(known as string) as Pause, mine: false };
      log.info({ target, by, reason }, "target.paused");
      happened?.({ type: "target.paused", subject: target, data: { target, ...wanted } });
      return { pause: wanted, mine: true };
    },
    async resume(target, by) {
      const queue = `${PREFIX}:${target}`;
      const known = (await commands.eval(
        RESUME,
        6,
        PAUSED_KEY,
        `${queue}:meta`,
        `${queue}:marker`,
        `${queue}:wait`,
        `${queue}:prioritized`,
        READY_KEY,
        target,
        JSON.stringify({ kind: "target", target, change: "resumed", by, at: isoOf(clock.now()) }),
      )) as string;
      await read();
      if (known === "") return undefined;
      log.info({ target, by }, "target.resumed");
      const was = JSON.parse(known) as Pause;
      happened?.({ type: "target.resumed", subject: target, data: { target, by, was } });
      return was;
    },
    stop,
  };
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
