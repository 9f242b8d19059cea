/** Targets that the router itself holds back: what became of them is told, and a person lets them go on. */
import type { Flow } from "../../core/target-flow.ts";
import type { Clock, Happening, Log } from "../../ports.ts";
import type { Queues } from "../queues/bullmq.ts";
import { LOUD, type FlowNews } from "./flow-scripts.ts";
import { isHeld, type StoredFlow } from "./flow-state.ts";
import { countsOf, PREFIX, READY_KEY, type Counts } from "../queues/ready.ts";
import { keys as recordKeys } from "../record/keys.ts";
import type { StoreConnection } from "../store/redis.ts";
import { repeat } from "../repeat.ts";

export interface Flows {
  /** Hears what became of a target by an attempt that this process has settled. */
  hear(target: string, news: FlowNews): void;
  /** Ends a wait that the target asked for, and closes its breaker: it is called again at once. True where there was something. */
  release(target: string, by: string): Promise<boolean>;
  /** Targets whose breaker holds their deliveries, as of 2 s ago at most. */
  readonly open: ReadonlySet<string>;
  stop(): Promise<void>;
}

const LOOK_MS = 2_000;

/**
 * Ends what the router itself holds a target back by. KEYS flow meta ready · ARGV target now news
 * → 1 where there was something.
 */
const RELEASE = `
local f = redis.call('HMGET', KEYS[1], 'state', 'until')
if f[1] == 'draining' then f[1] = false end
if not f[1] and tonumber(f[2] or 0) <= tonumber(ARGV[2]) then return 0 end
redis.call('HDEL', KEYS[1], 'state', 'since', 'because', 'next', 'probes', 'passed', 'from', 'window', 'drain', 'until', 'header', 'streak')
redis.call('HDEL', KEYS[2], 'flow')
redis.call('ZADD', KEYS[3], 0, '${LOUD}' .. ARGV[1])
redis.call('PUBLISH', '${recordKeys.tail}', ARGV[3])
return 1`;

/** Tells what is new in the log and as a happening; the store tells those who follow. */
export function createFlows(parts: {
  readonly commands: StoreConnection;
  readonly queues: Pick<Queues, "rouse">;
  readonly clock: Clock;
  readonly log: Log;
  readonly happened: (one: Happening) => void;
  readonly targets: () => readonly { readonly name: string; readonly flow: Flow }[];
}): Flows {
  const { commands, queues, clock, log, happened, targets } = parts;
  let open: ReadonlySet<string> = new Set();
  const stop = repeat(LOOK_MS, log, "breakers", async () => {
    const guarded = targets().filter(({ flow }) => flow.breaker !== undefined);
    const names = guarded.map(({ name }) => name);
    const counts = names.length === 0 ? new Map<string, Counts>() : await countsOf(commands, names);
    open = new Set(names.filter((name) => isHeld(counts.get(name)?.flow ?? {})));
  });

  const tell = async (target: string, news: FlowNews): Promise<void> => {
    const counts = await countsOf(commands, [target]);
    const flow = counts.get(target)?.flow ?? {};
    if (news === "waits") return log.warn({ target, ...waitOf(flow) }, "target.limited");
    const state = breakerOf(flow);
    if (news === "opened") log.warn({ target, ...state }, "target.breaker.opened");
    else log.info({ target }, "target.recovered");
    const type = news === "opened" ? "target.breaker.opened" : "target.recovered";
    happened({ type, subject: target, data: news === "opened" ? state : { at: isoOf(clock.now()) } });
  };

  return {
    get open() {
      return open;
    },
    stop,
    hear(target, news) {
      if (news === "") return;
      if (news === "wider" || news === "recovered") queues.rouse(target);
      if (news === "wider") return;
      tell(target, news).catch((error: unknown) =>
        log.debug({ target, error: String(error) }, "flow.untold"),
      );
    },
    async release(target, by) {
      const queue = `${PREFIX}:${target}`;
      const at = clock.now();
      const news = JSON.stringify({ kind: "target", target, change: "released", by, at: isoOf(at) });
      const keys = [`${queue}:flow`, `${queue}:meta`, READY_KEY];
      const was = (await commands.eval(RELEASE, keys.length, ...keys, target, at, news)) === 1;
      queues.rouse(target);
      open = new Set([...open].filter((name) => name !== target));
      if (was) log.info({ target, by }, "target.released");
      return was;
    },
  };
}

function waitOf({ until, header }: StoredFlow): object {
  return { ...(until !== undefined && { until: isoOf(until) }), header };
}

function breakerOf({ breaker }: StoredFlow): object {
  if (breaker === undefined) return {};
  const { since, nextAt, because } = breaker;
  return {
    since: isoOf(since),
    ...(nextAt !== undefined && { nextProbeAt: isoOf(nextAt) }),
    ...(because && {
      failed: because.failed,
      slow: because.slow,
      attempts: because.all,
      windowSeconds: because.seconds,
    }),
  };
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
