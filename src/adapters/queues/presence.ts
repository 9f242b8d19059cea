/**
 * Whose process has died: the kernel closes a killed process's connections, and the store no longer lists them. Its locks are broken then,
 * so that its places at the targets are free, and its deliveries are back, long before the locks would lapse. A process that merely
 * stands still keeps its connection and its locks; one whose machine is gone leaves a connection behind, and its locks lapse.
 */
import { randomBytes } from "node:crypto";
import type { Clock, Log } from "../../ports.ts";
import { repeat } from "../repeat.ts";
import type { StoreConnection } from "../store/redis.ts";
import { PREFIX } from "./ready.ts";

/** Hash of the processes that take deliveries: the id of their connection, by their own. */
const PROCESSES_KEY = "{sb}:processes";
/** Hash of those that nobody sees: the run of the store in which that began, and when (epoch ms of the store's clock), by process. */
const ABSENT_KEY = "{sb}:absent";
const LOOK_MS = 500;
/** So long nobody sees a connection of it before a process counts as dead: one whose connection breaks has it again within a second. */
const GONE_MS = 1_500;

/** ARGV: how many processes, those, then targets. Breaks the locks of the processes, and has the next sweep take what they had in hand. */
const BREAK_LOCKS = `
local dead, broken = {}, {}
for i = 2, ARGV[1] + 1 do
  dead[ARGV[i]] = true
  redis.call('HDEL', '${PROCESSES_KEY}', ARGV[i])
  redis.call('HDEL', '${ABSENT_KEY}', ARGV[i])
end
for i = ARGV[1] + 2, #ARGV do
  local queue, count = '${PREFIX}:' .. ARGV[i] .. ':', 0
  for _, id in ipairs(redis.call('LRANGE', queue .. 'active', 0, -1)) do
    local token = redis.call('GET', queue .. id .. ':lock')
    if token and dead[string.match(token, '^[^:]*')] then
      redis.call('DEL', queue .. id .. ':lock')
      redis.call('SADD', queue .. 'stalled', id)
      count = count + 1
    end
  end
  if count > 0 then
    redis.call('DEL', queue .. 'stalled-check')
    broken[#broken + 1] = ARGV[i]
  end
end
return broken`;

/** This process among those that take deliveries. */
export interface Presence {
  /** What the tokens of its locks begin with, before a colon. */
  readonly me: string;
  /** Tells of this process from now on, and looks after the others twice a second. Returns how to stop. */
  watch(): () => Promise<void>;
}

/** `broken` hears of each target whose deliveries wait for the sweep now. */
export function createPresence(parts: {
  readonly commands: StoreConnection;
  /** The store's. */
  readonly clock: Clock;
  readonly targets: () => Iterable<string>;
  readonly broken: (targets: readonly string[]) => Promise<void>;
  readonly log: Log;
}): Presence {
  const { commands, clock, targets, broken, log } = parts;
  const me = randomBytes(8).toString("hex");
  const nameOf = (process: string): string => `signalbox-worker:${process}`;
  let connection = "";

  const introduce = async (): Promise<void> => {
    const [named, id] = (await commands.pipeline().client("SETNAME", nameOf(me)).client("ID").exec()) ?? [];
    const refused = named?.[0] ?? id?.[0];
    if (refused) throw refused;
    connection = String(id?.[1]);
    await commands.pipeline().hset(PROCESSES_KEY, me, connection).hdel(ABSENT_KEY, me).exec();
  };

  /** Which run of the store this is: where it is another, everybody has to come back first. */
  const runOf = async (): Promise<string> =>
    /^run_id:(\w+)/m.exec(await commands.info("server"))?.[1] ?? "unknown";

  const look = async (): Promise<void> => {
    if (commands.status !== "ready") return;
    const known = await commands.hgetall(PROCESSES_KEY);
    if (known[me] !== connection || connection === "") await introduce();
    const ids = Object.values(known);
    if (ids.length === 0) return;
    const [absent, listed] = await Promise.all([
      commands.hgetall(ABSENT_KEY),
      commands.call("CLIENT", "LIST", "ID", ...ids) as Promise<string>,
    ]);
    const isHere = (process: string): boolean => listed.includes(` name=${nameOf(process)} `);
    const back = Object.keys(absent).filter((process) => isHere(process) || known[process] === undefined);
    if (back.length > 0) await commands.hdel(ABSENT_KEY, ...back);
    const gone = Object.keys(known).filter((process) => process !== me && !isHere(process));
    if (gone.length === 0) return;
    const [run, now] = [await runOf(), clock.now()];
    const sinceOf = (process: string): number => {
      const [of, since] = (absent[process] ?? "").split(":");
      return of === run ? Number(since) : now;
    };
    const dead = gone.filter((process) => now - sinceOf(process) >= GONE_MS);
    const missed = gone.filter((process) => !dead.includes(process));
    if (missed.length > 0)
      await commands.hset(
        ABSENT_KEY,
        missed.flatMap((process) => [process, `${run}:${sinceOf(process)}`]),
      );
    if (dead.length > 0) await breakLocks(dead);
  };

  const breakLocks = async (dead: readonly string[]): Promise<void> => {
    const found = (await commands.eval(BREAK_LOCKS, 0, dead.length, ...dead, ...targets())) as string[];
    if (found.length === 0) return;
    log.warn({ targets: found, processes: dead.length }, "process.gone");
    await broken(found);
  };

  return {
    me,
    watch() {
      commands.on("close", () => (connection = ""));
      // At once: the others count from when they are there themselves.
      commands.on("ready", () =>
        introduce().catch((error: unknown) => log.debug({ error: String(error) }, "presence")),
      );
      return repeat(LOOK_MS, log, "presence", look);
    },
  };
}
