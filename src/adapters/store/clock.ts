/** The store's time, so that all processes agree on when a delivery is due. */
import type { Clock, Log } from "../../ports.ts";
import type { StoreConnection } from "./redis.ts";

/** The store's time; `stop` ends the measuring. */
export interface StoreClock extends Clock {
  stop(): void;
}

const MEASURE_EVERY_MS = 10_000;
const ROUND_TRIPS = 3;
/** A store that is away must not keep the router from serving; until it answers, this machine's clock counts. */
const FIRST_MS = 1_000;
const SKEW_WARNING_MS = 2_000;

/** This process's clock set right by the store's: the offset is measured now, awaited for a second, and then every 10 s. */
export async function storeClock(connection: StoreConnection, log: Log): Promise<StoreClock> {
  // Counted on by what only goes forward: this machine's clock may be set while the router runs.
  let offset = Date.now() - performance.now();
  const now = (): number => Math.floor(performance.now() + offset);
  let warned = false;
  const measure = async (): Promise<void> => {
    const measured = await offsetTo(connection);
    // Within what the round trip leaves open the old one is as good, and time does not jitter.
    if (Math.abs(measured.offset - offset) > measured.uncertainty) offset = measured.offset;
    const skewMs = Date.now() - now();
    if (Math.abs(skewMs) <= SKEW_WARNING_MS || warned) return;
    warned = true;
    log.warn(
      { skewMs, fix: "Set this machine's clock by NTP; the store's time is used meanwhile." },
      "clock.skewed",
    );
  };
  await firstOf(measure());
  const remeasure = (): void =>
    void measure().catch((error: unknown) => log.debug({ error: String(error) }, "clock.unmeasured"));
  const timer = setInterval(remeasure, MEASURE_EVERY_MS);
  timer.unref();
  return { now, stop: () => clearInterval(timer) };
}

function firstOf(measuring: Promise<void>): Promise<void> {
  return Promise.race([measuring, new Promise<void>((resolve) => setTimeout(resolve, FIRST_MS).unref())]);
}

/** Offset in ms from `performance.now()` to the store's time, by the fastest of a few round trips; true within ± `uncertainty`. */
async function offsetTo(connection: StoreConnection): Promise<{ offset: number; uncertainty: number }> {
  let best = { offset: 0, uncertainty: Infinity };
  for (let trip = 0; trip < ROUND_TRIPS; trip++) {
    const start = performance.now();
    const [seconds = 0, microseconds = 0] = (await connection.time()).map(Number);
    const uncertainty = (performance.now() - start) / 2;
    const offset = seconds * 1000 + microseconds / 1000 - (performance.now() - uncertainty);
    if (uncertainty + 1 < best.uncertainty) best = { offset, uncertainty: uncertainty + 1 };
  }
  return best;
}
