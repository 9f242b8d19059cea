/** What a run may take at most: time to answer and to come back, repetitions, memory, open files. */
import { quantile } from "../statistics.js";

/** @import { Book, Expected, Say } from "./checker.js" */

const MEGABYTES = 512;
const FILES = 2_000;
const ANSWER_MS = 1_000;
const RECOVERY_SECONDS = 20;
/** Below so many a few repetitions are a large share. */
const MANY = 10_000;
const REPEATED_PERCENT = 0.5;

/** How long, how much. @param {Book} book @param {import("./world.js").World["most"]} most @param {Expected} expected @param {Say} say */
export function bounds(
  { answers, arrivals, byId, taken },
  most,
  { megabytes = MEGABYTES, files = FILES, answerMs = ANSWER_MS, slow = 1 },
  say,
) {
  const repeated = arrivals.filter((one) => one.taken).length - taken.size;
  const repeatedPercent = Number(((100 * repeated) / Math.max(1, taken.size)).toFixed(2));
  const answered = answers.filter(({ status }) => status !== undefined).map(({ ms }) => ms);
  const answerP99Ms = answered.length === 0 ? 0 : quantile(answered, 0.99);
  say(
    answerP99Ms > answerMs * slow,
    `The 99th percentile of the answers took ${answerP99Ms} ms; allowed are ${answerMs * slow}.`,
  );
  say(taken.size >= MANY && repeatedPercent > REPEATED_PERCENT, `${repeatedPercent} % were repeated.`);
  say(most.megabytes > megabytes, `A process took ${most.megabytes} MB; allowed are ${megabytes}.`);
  say(most.files > files, `A process had ${most.files} files open.`);
  return {
    repeated,
    repeatedPercent,
    refused: answers.filter(({ status = 0 }) => status >= 300).length,
    unanswered: answers.filter(({ error }) => error !== undefined).length,
    answerP99Ms,
    answerMaxMs: answered.reduce((a, b) => Math.max(a, b), 0),
    againSeconds: againAfter(byId),
    ...most,
  };
}

/** s from an arrival that was taken to its repetition, at most. @param {Book["byId"]} byId */
function againAfter(byId) {
  let longest = 0;
  for (const all of byId.values()) {
    const taken = all.filter((one) => one.taken);
    for (let nth = 1; nth < taken.length; nth += 1)
      longest = Math.max(longest, Number(taken[nth]?.at) - Number(taken[nth - 1]?.at));
  }
  return Math.round(longest / 100) / 10;
}

/** What a killed process had in hand is back in time. @param {{ againSeconds: number }} figures @param {number} [slow] */
export function slowRecovery({ againSeconds }, slow = 1) {
  return againSeconds > RECOVERY_SECONDS * slow
    ? [`A killed delivery came back after ${againSeconds} s; allowed are ${RECOVERY_SECONDS * slow}.`]
    : [];
}
