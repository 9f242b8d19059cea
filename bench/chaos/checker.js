/**
 * The checker: reads what the sender and the targets wrote down, and asks the public API, and nothing else of the router. Each
 * invariant that does not hold is a sentence.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { quantile } from "../statistics.js";
import { bodyOf } from "./body.js";

/** @typedef {{ n: number, ms: number, status?: number, event?: string, deliveries?: string[], error?: string }} Answered */
/** @typedef {{ path: string, id: string, event: string, sha: string, at: number }} Arrival */
/** @typedef {(path: string) => Promise<any>} Ask a call of the public API */

/** @template T @param {string} path @returns {T[]} */
function linesOf(path) {
  if (!existsSync(path)) return [];
  // A process that was killed may have left half a line.
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line.endsWith("}"))
    .map((line) => JSON.parse(line));
}

/** Deliveries that were acknowledged, by id, with the number of their request. @param {readonly Answered[]} answers */
function acknowledgedIn(answers) {
  /** @type {Map<string, number>} */
  const deliveries = new Map();
  for (const { n, status = 0, deliveries: ids = [] } of answers)
    if (status >= 200 && status < 300) for (const id of ids) deliveries.set(id, n);
  return deliveries;
}

/** How many of what was acknowledged have not arrived. @param {string} sent @param {string} arrived */
export function missing(sent, arrived) {
  const there = new Set(linesOf(arrived).map((/** @type {Arrival} */ { id }) => id));
  return [...acknowledgedIn(linesOf(sent)).keys()].filter((id) => !there.has(id)).length;
}

/**
 * Holds everything against everything. `paths` are those of the targets that answer.
 * @param {{ sent: string, arrived: string, ask: Ask, logs: readonly string[], secrets: readonly string[] }} of
 */
export async function check({ sent, arrived, ask, logs, secrets }) {
  /** @type {string[]} */
  const broken = [];
  const say = (/** @type {boolean} */ wrong, /** @type {string} */ what) => void (wrong && broken.push(what));
  /** @type {Answered[]} */
  const answers = linesOf(sent);
  /** @type {Arrival[]} */
  const arrivals = linesOf(arrived);
  const acknowledged = acknowledgedIn(answers);
  /** @type {Map<string, Arrival[]>} */
  const byId = new Map();
  for (const arrival of arrivals) byId.set(arrival.id, [...(byId.get(arrival.id) ?? []), arrival]);

  const absent = [...acknowledged.keys()].filter((id) => !byId.has(id));
  let lost = 0;
  for (const id of absent) {
    const { state } = await ask(`/api/v1/deliveries/${id}`).catch(() => ({ state: "unknown" }));
    if (!["pending", "retrying", "dead", "held"].includes(state)) {
      lost += 1;
      say(
        lost <= 5,
        `${id} of request ${acknowledged.get(id)} was acknowledged, has not arrived, and is ${state}.`,
      );
    }
  }

  const bodies = new Set(answers.map(({ n }) => createHash("sha256").update(bodyOf(n)).digest("hex")));
  const altered = arrivals.filter(({ sha }) => !bodies.has(sha)).length;
  say(altered > 0, `${altered} arrivals have bodies that nobody sent.`);
  const differing = [...byId.values()].filter(
    (all) => new Set(all.map(({ sha, event, path }) => sha + event + path)).size > 1,
  );
  say(
    differing.length > 0,
    `${differing.length} deliveries were repeated with other bytes, of another event, or to another target.`,
  );
  /** @type {Map<number, Set<string>>} */
  const events = new Map();
  for (const { n, event, status = 0 } of answers)
    if (event !== undefined && status < 300) events.set(n, (events.get(n) ?? new Set()).add(event));
  const renamed = [...events.values()].filter((ids) => ids.size > 1).length;
  say(renamed > 0, `${renamed} requests were told different events.`);

  const states = new Map();
  for (let cursor = ""; ;) {
    const page = await ask(
      `/api/v1/deliveries?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    for (const { id, state } of page.items) states.set(id, state);
    if (page.next === undefined) break;
    cursor = page.next;
  }
  const unfinished = [...byId.keys()].filter(
    (id) =>
      states.has(id) && states.get(id) !== "delivered" && !byId.get(id)?.some(({ path }) => path === "/hang"),
  );
  say(
    unfinished.length > 0,
    `${unfinished.length} deliveries have arrived and are not delivered, such as ${unfinished[0]}: ${states.get(unfinished[0])}.`,
  );
  const unheard = [...states].filter(([id, state]) => state === "delivered" && !byId.has(id)).length;
  say(unheard > 0, `${unheard} deliveries are delivered and have never arrived.`);
  const { items: hours } = await ask("/api/v1/balance?hours=2").then((/** @type {any} */ reply) => ({
    items: reply.items ?? reply.hours ?? [],
  }));
  const unbalanced = hours.filter((/** @type {{ balanced: boolean }} */ { balanced }) => !balanced).length;
  say(unbalanced > 0, `${unbalanced} hours of the ledger are not balanced.`);

  const said = logs.map((path) => (existsSync(path) ? readFileSync(path, "utf8") : "")).join("\n");
  say(
    secrets.some((secret) => said.includes(secret)),
    "A secret stands in a log.",
  );

  const arrivedOnce = [...acknowledged.keys()].filter((id) => byId.has(id)).length;
  const repeats = arrivals.length - byId.size;
  const answered = answers.filter(({ status }) => status !== undefined).map(({ ms }) => ms);
  return {
    broken,
    figures: {
      requests: new Set(answers.map(({ n }) => n)).size,
      acknowledged: acknowledged.size,
      arrived: arrivedOnce,
      lost,
      repeated: repeats,
      repeatedPercent: Number(((100 * repeats) / Math.max(1, byId.size)).toFixed(2)),
      refused: answers.filter(({ status = 0 }) => status >= 300).length,
      unanswered: answers.filter(({ error }) => error !== undefined).length,
      answerP99Ms: answered.length === 0 ? 0 : quantile(answered, 0.99),
      slowestMs: Math.max(0, ...answered),
    },
  };
}
