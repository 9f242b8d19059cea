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

/**
 * Events that arrived and that nobody was told of: of a try whose sender heard nothing. When the store was away two ingests may have taken the same request
 * into their spools; it becomes one event, that of the first to be stored, and the id that the other has told is known to nobody.
 */
export function untold() {
  /** @type {Set<string>} */
  const told = new Set();
  /** @type {Map<string, Map<string, Set<string>>>} */
  const bySha = new Map();
  return {
    /** @param {import("./checker.js").Answered} answer */
    answered({ event }) {
      if (event !== undefined) told.add(event);
    },
    /** @param {import("./checker.js").Arrival} arrival */
    arrived({ sha, event, path, taken }) {
      if (!taken) return;
      const events = bySha.get(sha) ?? new Map();
      bySha.set(sha, events.set(event, (events.get(event) ?? new Set()).add(path)));
    },
    /** How many bodies came to one target under several events. */
    doubled() {
      return [...bySha.values()].filter((events) => {
        const paths = [...events.values()].flatMap((of) => [...of]);
        return new Set(paths).size < paths.length;
      }).length;
    },
    /** True where one of them brought this request's bytes to as many targets as it was to go to. @param {import("./checker.js").Answered} answer */
    brought({ sha, deliveries = [] }) {
      const events = [...(bySha.get(sha) ?? [])];
      return events.some(([event, paths]) => !told.has(event) && paths.size === deliveries.length);
    },
  };
}

/** Both logs, as they grow. @param {string} sent @param {string} arrived */
export function follow(sent, arrived) {
  const [moreSent, moreArrived] = [tailOf(sent), tailOf(arrived)];
  /** @type {Map<string, import("./checker.js").Answered>} */
  const acknowledged = new Map();
  const others = untold();
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
        others.answered(line);
        if (line.status >= 200 && line.status < 300)
          for (const id of line.deliveries ?? []) acknowledged.set(id, line);
      }
      for (const line of moreArrived()) {
        arrivals.push(line);
        others.arrived(line);
        if (line.taken) taken.set(line.id, (taken.get(line.id) ?? 0) + 1);
      }
      return { acknowledged, taken, arrivals, answers };
    },
    /** Deliveries that were acknowledged and have not been taken by a target. */
    missing() {
      const seen = this.look();
      return [...seen.acknowledged]
        .filter(([id, answer]) => !seen.taken.has(id) && !others.brought(answer))
        .map(([id]) => id);
    },
  };
}
