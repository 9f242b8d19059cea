/** Watches how busy this process is, and lets in as much as it manages. Fills the port `Gate`. */
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { Intake, TICKS_PER_SECOND, type Refused } from "../../core/intake.ts";
import type { Gate, Log } from "../../ports.ts";
import type { Overload } from "./door.ts";

const RESOLUTION_MS = 20;
/** So often what was refused is told, at most. */
const TELL_TICKS = TICKS_PER_SECOND * 5;

/** What the deliveries of this process have come to since it began. */
export interface Deliveries {
  /** Attempts that have ended. */
  readonly ended: number;
  /** Deliveries whose first attempt has begun, and the sum of what they had waited, ms. */
  readonly begun: number;
  readonly waitedMs: number;
}

/** Lets everything in. */
const OPEN = {
  overloaded: false,
  delivers: false,
  came: (): void => undefined,
  take: (): boolean => true,
  refuse: (): Refused => ({ noisy: false, retryAfterSeconds: 2 }),
  became: (): void => undefined,
  stop: (): void => undefined,
};

/** With `longSeconds` 0 all is let in. `deliveries` is undefined in a process that delivers nothing; `catchingUp` is true while events come from the spool. */
export function createGate(
  deliveries: (() => Deliveries) | undefined,
  catchingUp: () => boolean,
  longSeconds: number,
  log: Log,
): Gate & Overload & { stop(): void } {
  if (longSeconds === 0) return OPEN;
  const intake = new Intake(longSeconds * 1_000, Math.random);
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  let utilized = performance.eventLoopUtilization();
  let before = deliveries?.();
  let ticks = 0;
  let tickedAt = performance.now();
  let refused = new Map<string, number>();

  const tell = (overloaded: boolean, now: ReadonlyMap<string, number>): void => {
    for (const [source, count] of now) refused.set(source, (refused.get(source) ?? 0) + count);
    if (refused.size === 0 || (overloaded && ++ticks % TELL_TICKS !== 0)) return;
    const fix = "Add processes that deliver (SIGNALBOX_ROLE), or let the sender send less.";
    log.warn({ refused: Object.fromEntries(refused), fix }, "intake.shed");
    refused = new Map();
  };

  const elapsed = (): number => ((performance.now() - tickedAt) / 1_000) * TICKS_PER_SECOND;

  const tick = (): void => {
    tickedAt = performance.now();
    const busy = performance.eventLoopUtilization(utilized).utilization;
    utilized = performance.eventLoopUtilization();
    const lagMs = delay.count === 0 ? 0 : Math.max(0, delay.percentile(50) / 1e6 - RESOLUTION_MS);
    delay.reset();
    const now = deliveries?.();
    const begun = (now?.begun ?? 0) - (before?.begun ?? 0);
    const waited = (now?.waitedMs ?? 0) - (before?.waitedMs ?? 0);
    const done = now && before && now.ended - before.ended;
    before = now;
    const was = intake.overloaded;
    const shed = intake.tick({
      ...{ busy, lagMs, done, catchingUp: catchingUp() },
      waitMs: begun === 0 ? undefined : waited / begun,
    });
    if (shed.overloaded && !was) log.error({ busy, lagMs, waitMs: waited / begun }, "intake.overloaded");
    if (was && !shed.overloaded) log.info({}, "intake.recovered");
    tell(shed.overloaded, shed.refused);
  };
  const timer = setInterval(tick, 1_000 / TICKS_PER_SECOND);
  timer.unref();
  return {
    get overloaded() {
      return intake.overloaded;
    },
    delivers: deliveries !== undefined,
    take: (source) => intake.take(source, elapsed()),
    came: (source) => intake.came(source),
    refuse: (source) => intake.refuse(source),
    became: (count) => intake.became(count),
    stop() {
      clearInterval(timer);
      delay.disable();
    },
  };
}
