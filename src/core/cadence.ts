/**
 * A source's usual cadence, and whether a silence is unusual. Pure. What is learned is how many events each hour of the week
 * brings; a silence is weighed by how many were to be expected in it, and is unusual where that is more than in any silence before.
 */

const HOUR_MS = 3_600_000;
const WEEK = 168;
/** Whoever has known a source for less is still learning. */
const LEARNING_HOURS = WEEK;
/** So many events must have been expected at least: by chance alone none of ten comes once in 22,000 times. */
const LEAST_EXPECTED = 10;
/** And so many times as many as in the emptiest stretch that was usual. */
const BEYOND_USUAL = 1.5;

/** What is known of a source. */
export interface Cadence {
  /** Less than a week is known of it. */
  readonly isLearning: boolean;
  /** Hours since its first event in what is kept. */
  readonly knownHours: number;
  /** Events an hour, by hour of the week (UTC, from Thursday 0:00, where the epoch began). */
  readonly perHour: readonly number[];
  /** So many must be missing for a silence to be unusual. */
  readonly limit: number;
}

/** Learns from counts of whole hours, the oldest first; `from` is the epoch hour of the first. */
export function cadenceOf(counts: readonly number[], from: number): Cadence {
  const first = counts.findIndex((count) => count > 0);
  const known = first < 0 ? [] : counts.slice(first);
  const sums = new Array<number>(WEEK).fill(0);
  const hours = new Array<number>(WEEK).fill(0);
  const slotOf = (at: number): number => (from + first + at) % WEEK;
  known.forEach((count, at) => {
    sums[slotOf(at)]! += count;
    hours[slotOf(at)]!++;
  });
  const perHour = sums.map((sum, slot) => (hours[slot] === 0 ? 0 : sum / hours[slot]!));
  let emptiest = 0;
  let missing = 0;
  known.forEach((count, at) => {
    missing = count > 0 ? 0 : missing + perHour[slotOf(at)]!;
    // The last stretch may be the one that is to be judged.
    if (count > 0 || known.slice(at).some((later) => later > 0)) emptiest = Math.max(emptiest, missing);
  });
  return {
    isLearning: known.length < LEARNING_HOURS,
    knownHours: known.length,
    perHour,
    limit: Math.max(LEAST_EXPECTED, BEYOND_USUAL * emptiest),
  };
}

/** How many events were to be expected between two times (epoch ms). */
export function expectedIn({ perHour }: Cadence, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to;) {
    const end = Math.min(to, (Math.floor(at / HOUR_MS) + 1) * HOUR_MS);
    sum += (perHour[Math.floor(at / HOUR_MS) % WEEK]! * (end - at)) / HOUR_MS;
    at = end;
  }
  return sum;
}

/** True where a source that has been silent between these times is so unusually. */
export function isUnusual(cadence: Cadence, from: number, to: number): boolean {
  return !cadence.isLearning && expectedIn(cadence, from, to) > cadence.limit;
}
