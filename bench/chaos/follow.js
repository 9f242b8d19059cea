/** What the logs of senders and targets say so far: only what was added since is read. */
import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { Buffer } from "node:buffer";

/** Lines that were added to a file since it was last asked, those that end. @param {string} path */
export function tailOf(path) {
  let at = 0;
  let rest = Buffer.alloc(0);
  return () => {
    if (!existsSync(path)) return [];
    const more = statSync(path).size - at;
    if (more <= 0) return [];
    const read = Buffer.alloc(more);
    const file = openSync(path, "r");
    try {
      at += readSync(file, read, 0, more, at);
    } finally {
      closeSync(file);
    }
    const all = Buffer.concat([rest, read]);
    const end = all.lastIndexOf(10) + 1;
    rest = all.subarray(end);
    return all
      .subarray(0, end)
      .toString()
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  };
}

/** @typedef {ReturnType<typeof follow>} Followed */

/** Both logs, as they grow. @param {string} sent @param {string} arrived */
export function follow(sent, arrived) {
  const [moreSent, moreArrived] = [tailOf(sent), tailOf(arrived)];
  /** @type {Set<string>} */
  const acknowledged = new Set();
  /** @type {Map<string, number>} */
  const taken = new Map();
  /** @type {import("./checker.js").Arrival[]} */
  const arrivals = [];
  /** @type {import("./checker.js").Answered[]} */
  const answers = [];
  return {
    /** All that stands there by now. */
    look() {
      for (const line of moreSent()) {
        answers.push(line);
        if (line.status >= 200 && line.status < 300)
          for (const id of line.deliveries ?? []) acknowledged.add(id);
      }
      for (const line of moreArrived()) {
        arrivals.push(line);
        if (line.taken) taken.set(line.id, (taken.get(line.id) ?? 0) + 1);
      }
      return { acknowledged, taken, arrivals, answers };
    },
    /** Deliveries that were acknowledged and have not been taken by a target. */
    missing() {
      const seen = this.look();
      return [...seen.acknowledged].filter((id) => !seen.taken.has(id));
    },
  };
}
