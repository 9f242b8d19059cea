/** How much processor time processes took. */
import { readFileSync } from "node:fs";

/** Linux counts CPU time in hundredths of a second for every program, whatever its kernel ticks at (proc(5), USER_HZ). */
const MICROS_A_TICK = 10_000;

/** User and system time of processes until now, in µs; NaN anywhere but on Linux. @param {readonly number[]} pids */
export function cpuMicros(pids) {
  if (process.platform !== "linux") return NaN;
  const ticks = pids.flatMap((pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The program's name may hold blanks; utime and stime are the 12th and 13th field behind it.
    return stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .slice(11, 13)
      .map(Number);
  });
  return ticks.reduce((sum, some) => sum + some, 0) * MICROS_A_TICK;
}
