/** Looks, in one process at a time, whether sources call at their usual hours; what was counted of the last four weeks is what is usual. */
import { cadenceOf, expectedIn, isUnusual, type Cadence } from "../../core/cadence.ts";
import type { Ports } from "../../ports.ts";
import type { Workspace } from "../../rules/workspace.ts";
import { repeat } from "../repeat.ts";
import type { StoreConnection } from "../store/redis.ts";
import { createTallySteps, type Step } from "./tally-steps.ts";

const LOOK_MS = 10_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const WEEKS_MS = 28 * 24 * HOUR_MS;
/** The last calls are known to the minute for so long, and to the hour before that. */
const MINUTES_MS = 3 * HOUR_MS;
/** Where nobody has looked for so long no router was there to hear, and a silence counts from now on. */
const AWAY_MS = 5 * MINUTE_MS;

/** Hash: `at` the last look and `since` when looking began without a pause (epoch ms); and of silent sources, by `s:<source>`, since when. */
const KEY = "{sb}:silence";
/** The one who looks. */
const TURN = "{sb}:silence:by";

/** How a source calls. */
export interface Habit {
  readonly cadence: Cadence;
  /** The beginning of the minute in which it called last, epoch ms; of the hour, where that is long ago. Absent where it has not called within four weeks. */
  readonly lastAt?: number;
  /** The end of that minute or hour. */
  readonly heardUntil?: number;
  /** Events that were to be expected since then, as far as somebody was there to hear. */
  readonly missing: number;
  /** Since when it is silent, if that is unusual. */
  readonly silentSince?: number;
}

export interface Silence {
  read(source: string): Promise<Habit>;
  stop(): Promise<void>;
}

export function createSilence(parts: {
  readonly commands: StoreConnection;
  readonly workspace: () => Workspace;
  readonly ports: Pick<Ports, "log" | "clock">;
  readonly happened: Ports["happened"];
  /** Nobody looks from here. */
  readonly off: boolean;
}): Silence {
  const { commands, workspace, ports, happened, off } = parts;
  const { clock, log } = ports;
  const steps = createTallySteps(commands, clock);

  const habits = async (since: number, silent: Readonly<Record<string, string>>) => {
    const now = clock.now();
    const thisHour = Math.floor(now / HOUR_MS) * HOUR_MS;
    const from = thisHour - WEEKS_MS;
    const [hours, minutes] = await Promise.all([
      steps.read("hour", from, thisHour),
      steps.read("minute", now - MINUTES_MS, now + 1),
    ]);
    return (source: string): Habit => {
      const cadence = cadenceOf(
        hours.map((step) => heard(step, source)),
        from / HOUR_MS,
      );
      const hour = hours.findLast((step) => heard(step, source) > 0);
      const minute = minutes.findLast((step) => heard(step, source) > 0);
      const last =
        minute !== undefined
          ? { lastAt: minute.at, heardUntil: minute.at + MINUTE_MS }
          : hour && { lastAt: hour.at, heardUntil: hour.at + HOUR_MS };
      const silentSince = silent[`s:${source}`];
      return {
        cadence,
        ...last,
        missing: expectedIn(cadence, Math.max(last?.heardUntil ?? since, since), now),
        ...(silentSince !== undefined && { silentSince: Number(silentSince) }),
      };
    };
  };

  const look = async (): Promise<void> => {
    if ((await commands.set(TURN, "1", "PX", LOOK_MS - 1_000, "NX")) !== "OK") return;
    const now = clock.now();
    const state = await commands.hgetall(KEY);
    const isBegun = Number(state["at"] ?? 0) > now - AWAY_MS && state["since"] !== undefined;
    const since = isBegun ? Number(state["since"]) : now;
    await commands.hset(KEY, "at", now, "since", since);
    const habitOf = await habits(since, state);
    for (const { name, schedule } of workspace().sources.values()) {
      if (schedule !== undefined) continue;
      const habit = habitOf(name);
      const { lastAt, heardUntil, cadence, silentSince, missing } = habit;
      if (silentSince === undefined) {
        if (lastAt === undefined || !isUnusual(cadence, Math.max(heardUntil ?? since, since), now)) continue;
        const data = { source: name, lastAt: isoOf(lastAt), expected: Math.round(missing) };
        tell("source.silent", name, lastAt, data);
        await commands.hset(KEY, `s:${name}`, lastAt);
      } else if (lastAt !== undefined && lastAt > silentSince) {
        tell("source.heard", name, silentSince, { source: name, silentSince: isoOf(silentSince) });
        await commands.hdel(KEY, `s:${name}`);
      }
    }
    for (const field of Object.keys(state))
      if (field.startsWith("s:") && !workspace().sources.has(field.slice(2))) await commands.hdel(KEY, field);
  };

  /** Told before it is written down: whoever dies in between leaves it to be told again, and that makes the same event. */
  const tell = (type: string, source: string, since: number, data: object): void => {
    happened({ type, subject: source, data, once: { at: clock.now(), is: `${type} ${source} ${since}` } });
    log[type === "source.silent" ? "warn" : "info"](data, type);
  };

  const stop = off ? undefined : repeat(LOOK_MS, log, "silence", look);
  return {
    async read(source) {
      const state = await commands.hgetall(KEY);
      return (await habits(Number(state["since"] ?? clock.now()), state))(source);
    },
    stop: async () => void (await stop?.()),
  };
}

/** Accepted and repeated ones alike: both are calls. */
function heard({ requests }: Step, source: string): number {
  return requests.reduce(
    (sum, one) =>
      one.source === source && /^(accepted|duplicate)$/.test(one.verdict) ? sum + one.count : sum,
    0,
  );
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
