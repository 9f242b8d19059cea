/**
 * The checker: reads what the senders and the targets wrote down, and asks the public API, and nothing else of the router. Each
 * invariant that does not hold is a sentence. That secrets are nowhere is looked up in every log and file besides.
 */
import { existsSync, readFileSync } from "node:fs";
import { PLANTED } from "./body.js";
import { bounds } from "./bounds.js";
import { untold } from "./follow.js";
import { readApi } from "./read-api.js";

/**
 * @typedef {{ n: number, source: string, type: string, key?: string, id: string, sha: string, at: number, ms: number, status?: number, event?: string, deliveries?: string[], code?: string, error?: string }} Answered
 * @typedef {{ path: string, id: string, event: string, sha: string, n?: number, key?: string, taken: boolean, at: number, advice?: string }} Arrival
 * @typedef {import("./read-api.js").Known} Known
 */
/**
 * @typedef {object} Expected what a scenario allows, beyond what always holds
 * @property {readonly string[]} [mayDie] targets whose deliveries may become dead letters
 * @property {readonly string[]} [mayWait] targets whose deliveries may still be on their way at the end
 * @property {readonly string[]} [rewritten] targets that get what a rule makes, not the bytes that were sent
 * @property {boolean} [ordered] requests of a key arrive in their order
 * @property {boolean} [calm] nothing was killed: attempts and metrics agree with the targets' logs to the last one
 * @property {readonly { from: number, to: number }[]} [windows] what was acknowledged between (epoch ms) may be gone, and is counted
 * @property {number} [megabytes] no process takes more
 * @property {number} [files] no process has more open
 * @property {number} [slow] so many times as long as on a machine that does nothing else
 * @property {number} [answerMs] the slowest hundredth of the answers may take so long; a second without it
 */

const OPEN = ["pending", "retrying"];

/** @template T @param {string} path @returns {T[]} */
function linesOf(path) {
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line.endsWith("}"))
    .map((line) => JSON.parse(line));
}

/** @param {import("./world.js").World} world @param {Expected} expected */
export async function check(world, expected = {}) {
  /** @type {string[]} */
  const broken = [];
  const say = (/** @type {unknown} */ wrong, /** @type {string} */ what) => void (wrong && broken.push(what));
  /** @type {Answered[]} */
  const answers = linesOf(world.sent);
  /** @type {Arrival[]} */
  const arrivals = linesOf(world.arrived);
  const book = bookOf(answers, arrivals);
  const known = await readApi(world, book.acknowledged.keys());
  const figures = {
    ...fates(book, known, expected, say),
    ...bytes(book, world.paths, expected, say),
    ...agreement(book, known, expected, say),
    ...bounds(book, world.most, expected, say),
  };
  if (expected.ordered) order(book.arrivals, say);
  hidden([...Object.values(world.secrets), ...Object.values(PLANTED)], known, world.written(), say);
  return { broken, figures };
}

/** @param {readonly Answered[]} answers @param {readonly Arrival[]} arrivals */
function bookOf(answers, arrivals) {
  /** @type {Map<string, Answered>} */
  const acknowledged = new Map();
  for (const answer of answers)
    if (is2xx(answer))
      for (const id of answer.deliveries ?? []) if (!acknowledged.has(id)) acknowledged.set(id, answer);
  /** @type {Map<string, Arrival[]>} */
  const byId = new Map();
  for (const arrival of arrivals) {
    const all = byId.get(arrival.id);
    if (all === undefined) byId.set(arrival.id, [arrival]);
    else all.push(arrival);
  }
  const taken = new Set(arrivals.filter((one) => one.taken).map(({ id }) => id));
  const others = untold();
  answers.forEach((answer) => others.answered(answer));
  arrivals.forEach((arrival) => others.arrived(arrival));
  return { answers, arrivals, acknowledged, byId, taken, others };
}

/** @typedef {ReturnType<typeof bookOf>} Book */
/** @typedef {(wrong: unknown, what: string) => void} Say */

const is2xx = (/** @type {Answered} */ { status = 0 }) => status >= 200 && status < 300;

/** Acknowledged is delivered, dead, held, or due. @param {Book} book @param {Known} known @param {Expected} expected @param {Say} say */
function fates({ answers, acknowledged, taken, others }, known, { mayDie = [], mayWait = [], windows }, say) {
  const counts = { lost: 0, dead: 0, waiting: 0, inWindow: 0, underOthers: 0 };
  const [lost, died, waits] = [fewOf(say, "are lost"), fewOf(say, "died"), fewOf(say, "still wait")];
  for (const [id, answer] of acknowledged) {
    if (taken.has(id)) continue;
    const { n, at } = answer;
    const { state = "unknown", target = "", dueAt } = known.deliveries.get(id) ?? {};
    if (state === "dead") {
      counts.dead += 1;
      if (!mayDie.includes(target))
        died.tell(`${id} of request ${n} is a dead letter, of target \`${target}\`.`);
    } else if (state === "held" || OPEN.includes(state)) {
      counts.waiting += 1;
      const isDue = state === "held" || state === "pending" || dueAt !== undefined;
      if (!isDue) waits.tell(`${id} of request ${n} waits, and is not due at any time.`);
      else if (!mayWait.includes(target))
        waits.tell(`${id} of request ${n} is still ${state}, of \`${target}\`.`);
    } else if (windows?.some(({ from, to }) => at >= from && at <= to)) counts.inWindow += 1;
    else if (taken.has(known.otherNames.get(id) ?? "") && others.brought(answer)) counts.underOthers += 1;
    else {
      counts.lost += 1;
      lost.tell(`${id} of request ${n} was acknowledged, has not been taken, and is ${state}.`);
    }
  }
  for (const few of [lost, died, waits]) few.sum();
  const nowhere = answers.filter(
    ({ status, deliveries = [] }) => status === 202 && deliveries.length === 0,
  ).length;
  say(nowhere > 0, `${nowhere} requests were accepted, and go nowhere.`);
  const delivered = [...acknowledged.keys()].filter((id) => taken.has(id)).length;
  const { inWindow, ...rest } = counts;
  return { acknowledged: acknowledged.size, delivered, ...rest, ...(windows && { inWindow }) };
}

/** Tells of the first three of a kind, and how many there are. @param {Say} say @param {string} what */
function fewOf(say, what) {
  let count = 0;
  return {
    tell: (/** @type {string} */ sentence) => say((count += 1) <= 3, sentence),
    sum: () => say(count > 3, `${count} in all ${what}.`),
  };
}

/** The same ids, the same bytes, the right targets. @param {Book} book @param {import("./world.js").World["paths"]} paths @param {Expected} expected @param {Say} say */
function bytes({ answers, arrivals, byId, others }, paths, { rewritten = [], windows }, say) {
  /** @type {Map<string, Set<string>>} */
  const sent = new Map();
  /** @type {Map<string, Answered>} */
  const byEvent = new Map();
  /** @type {Map<string, Set<string>>} */
  const eventsOf = new Map();
  const add = (
    /** @type {Map<string, Set<string>>} */ map,
    /** @type {string} */ key,
    /** @type {string} */ value,
  ) => map.set(key, (map.get(key) ?? new Set()).add(value));
  for (const answer of answers) {
    add(sent, answer.source, answer.sha);
    if (!is2xx(answer) || answer.event === undefined) continue;
    byEvent.set(answer.event, answer);
    add(eventsOf, `${answer.source} ${answer.id}`, answer.event);
  }
  let [altered, strayed, misnamed] = [0, 0, 0];
  for (const { path, sha, event } of arrivals) {
    const { name, source } = paths.get(path) ?? { name: "", source: "" };
    if (source === "") strayed += 1;
    if (rewritten.includes(name)) continue;
    const told = byEvent.get(event);
    if (!sent.get(source)?.has(sha)) altered += 1;
    // Who was never answered does not know its event; who was must find its own bytes under it.
    else if (told !== undefined && (told.sha !== sha || told.source !== source)) misnamed += 1;
  }
  say(altered > 0, `${altered} arrivals have bodies that nobody sent to that source.`);
  say(misnamed > 0, `${misnamed} arrivals bring another request's bytes under an event's id.`);
  say(strayed > 0, `${strayed} arrivals at a target that no route leads to.`);
  const differing = [...byId.values()].filter(
    (all) => new Set(all.map(({ sha, event, path }) => sha + event + path)).size > 1,
  );
  say(
    differing.length > 0,
    `${differing.length} deliveries were repeated with other bytes, of another event, or to another target.`,
  );
  const twice = new Set();
  const ids = new Map();
  for (const { event, path, id } of arrivals) {
    const former = ids.get(event + path) ?? id;
    if (former !== id) twice.add(event);
    ids.set(event + path, former);
  }
  say(twice.size > 0, `${twice.size} events came to one target under several ids.`);
  // Whose body is the same is the same request: bodies have a number. What was accepted before a store was emptied may come again.
  const doubled = windows === undefined ? others.doubled() : 0;
  say(doubled > 0, `${doubled} requests came to one target as several events.`);
  const renamed = [...eventsOf.values()].filter((events) => events.size > 1).length;
  say(renamed > 0, `${renamed} requests were told different events.`);
  return {};
}

/** End states, attempts, ledger and metrics against the targets' logs. @param {Book} book @param {Known} known @param {Expected} expected @param {Say} say */
function agreement({ byId, taken, answers }, known, { calm = false, windows }, say) {
  const wrong = [...taken].filter((id) => {
    const state = known.deliveries.get(id)?.state;
    return state !== undefined && state !== "delivered" && state !== "superseded";
  });
  say(
    wrong.length > 0,
    `${wrong.length} deliveries were taken and are not delivered, such as ${wrong[0]}: ${known.deliveries.get(wrong[0] ?? "")?.state}.`,
  );
  const unheard = [...known.deliveries].filter(([id, { state }]) => state === "delivered" && !taken.has(id));
  say(unheard.length > 0, `${unheard.length} deliveries are delivered and no target has taken them.`);
  say(known.unbalanced > 0, `${known.unbalanced} rows of the ledger are not balanced.`);
  if (windows === undefined) {
    const { made, delivered, dead } = known.ledger;
    const inState = (/** @type {string} */ wanted) =>
      [...known.deliveries.values()].filter(({ state }) => state === wanted).length;
    say(
      made !== known.deliveries.size,
      `The ledger knows ${made} deliveries, the list ${known.deliveries.size}.`,
    );
    say(
      delivered !== inState("delivered"),
      `The ledger has ${delivered} delivered, the list ${inState("delivered")}.`,
    );
    say(dead !== inState("dead"), `The ledger has ${dead} dead letters, the list ${inState("dead")}.`);
  }
  if (calm) {
    const odd = [...byId].filter(([id, all]) => {
      const { attempts = all.length, state = "" } = known.deliveries.get(id) ?? {};
      return state === "delivered" && attempts !== all.length;
    });
    say(odd.length > 0, `${odd.length} deliveries have other numbers of attempts than arrivals.`);
    const { accepted, delivered } = known.metrics;
    const events = new Set(answers.filter((one) => is2xx(one)).map(({ event }) => event)).size;
    say(
      accepted !== events,
      `The metrics count ${accepted} accepted requests, the senders were told ${events} events.`,
    );
    say(
      delivered !== taken.size,
      `The metrics count ${delivered} deliveries made, the targets took ${taken.size}.`,
    );
  }
  return {};
}

/** @param {readonly Arrival[]} arrivals @param {Say} say */
function order(arrivals, say) {
  /** @type {Map<string, number>} */
  const last = new Map();
  let inversions = 0;
  for (const { path, key, n = 0 } of arrivals) {
    const line = `${path} ${key}`;
    const before = last.get(line) ?? -1;
    if (n < before) inversions += 1;
    last.set(line, Math.max(before, n));
  }
  say(inversions > 0, `${inversions} arrivals overtook others of their key.`);
}

/** @param {readonly string[]} secrets @param {Known} known @param {readonly string[]} files @param {Say} say */
function hidden(secrets, { said }, files, say) {
  const bare = secrets.map((secret) => secret.replace(/^(Bearer |session=)/, ""));
  say(
    bare.some((secret) => said.some((text) => text.includes(secret))),
    "The API tells a secret.",
  );
  for (const file of files) {
    const text = existsSync(file) ? readFileSync(file, "latin1") : "";
    const told = bare.find((secret) => text.includes(secret));
    say(told !== undefined, `${file.split("/").slice(-2).join("/")} holds the secret ${told}.`);
  }
}
