/** One line that tells how far a scenario is: redrawn on a terminal, a line in ten seconds elsewhere. */
import { clearInterval, setInterval } from "node:timers";

const TERMINAL_MS = 250;
const ELSEWHERE_MS = 10_000;

/** Begins to tell; returns how to stop. @param {string} name @param {import("./world.js").World} world */
export function showProgress(name, { followed, members, store }) {
  const isTerminal = process.stdout.isTTY === true;
  const began = Date.now();
  const line = () => {
    const { acknowledged, taken, arrivals } = followed.look();
    const seconds = Math.round((Date.now() - began) / 1_000);
    const restarts = members.reduce((sum, member) => sum + member.restarts(), 0);
    const memory = Math.max(0, ...members.map((member) => Math.round(member.usage().megabytes)));
    return `  ${name} ${seconds} s: ${acknowledged.size} acknowledged, ${taken.size} delivered, ${arrivals.length} arrivals, ${restarts} restarts, ${memory} MB${store.isUp() ? "" : ", no store"}`;
  };
  const timer = setInterval(
    () => process.stdout.write(isTerminal ? `\r\u001b[2K${line()}` : `${line()}\n`),
    isTerminal ? TERMINAL_MS : ELSEWHERE_MS,
  );
  return () => {
    clearInterval(timer);
    if (isTerminal) process.stdout.write("\r\u001b[2K");
  };
}
