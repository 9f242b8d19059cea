/** `npm run bench -- hostile`: how long events take from the webhook to the target, alone and beside hostile rules, in turns. */
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { running } from "./hostile-set.js";
import { readOptions } from "./options.js";
import { machine } from "./report.js";
import { withRouter } from "./round.js";
import { LANGUAGE_PAGE, cell, writeSection } from "./section.js";
import { prepare, startSignalbox } from "./sides.js";
import { quantile } from "./statistics.js";
import { signer } from "./workload.js";

const SECRET = "a secret of the bench alone";
const WARM_UP = 500;

/** @param {readonly string[]} args */
export async function run(args) {
  const options = readOptions(args, {
    numbers: { rounds: 5, seconds: 10, pace: 100, hostile: 4 },
    out: LANGUAGE_PAGE,
  });
  prepare();
  const where = machine();
  const target = await listen();
  try {
    const bench = /** @type {any} */ ({ targetUrl: target.url, secret: SECRET });
    const how = { role: /** @type {const} */ ("all"), files: hostileFiles() };
    let version = "";
    const rounds = await withRouter(startSignalbox, bench, how, async ({ url, redis }) => {
      version = redis.version;
      const paced = (
        /** @type {number} */ perSecond,
        /** @type {number} */ count,
        /** @type {number} */ hostile,
      ) => drive(url, target, { perSecond, count, hostile });
      await paced(options.pace, WARM_UP, 0);
      const rounds = [];
      for (let number = 1; number <= options.rounds; number += 1) {
        const count = options.pace * options.seconds;
        const alone = await paced(options.pace, count, 0);
        const beside = await paced(options.pace, count, options.hostile);
        rounds.push({ alone, beside });
        console.log(`round ${number}/${options.rounds}  alone ${said(alone)} · beside ${said(beside)}`);
        await sleep(1_000);
      }
      return rounds;
    });
    const more = `Redis ${version}`;
    writeSection(options.out, "Events beside hostile rules", text(rounds, options), { ...where, more });
  } finally {
    target.close();
  }
}

/** A route for each hostile rule, and a type of event for each route, of which the workload's knows nothing. */
function hostileFiles() {
  /** @type {Record<string, string>} */
  const files = {};
  for (const [index, [rule]] of running.entries()) {
    files[`transforms/hostile-${index}.jsonata`] = rule;
    files[`routes/hostile-${index}.yaml`] =
      `source: bench\non: [hostile_${index}]\ntransform: hostile-${index}\ntarget: bench\n`;
  }
  return files;
}

/** A target in this process that notes when which delivery arrives. */
async function listen() {
  /** @type {Map<string, number>} */
  const arrivals = new Map();
  const server = createServer((request, response) => {
    arrivals.set(String(request.headers["idempotency-key"]), performance.now());
    request.resume();
    request.on("end", () => response.end("{}"));
  });
  server.keepAliveTimeout = 60_000;
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${port}/bench`, arrivals, close: () => void server.close() };
}

/**
 * Posts so many pushes at a pace, and so many hostile events a second among them; ms from each push's post to its arrival.
 * Throws where one does not arrive.
 * @param {string} url @param {Awaited<ReturnType<typeof listen>>} target
 * @param {{ perSecond: number, count: number, hostile: number }} load
 */
async function drive(url, { arrivals }, { perSecond, count, hostile }) {
  const sign = signer(SECRET);
  /** @type {Map<string, number>} */
  const sentAt = new Map();
  const posts = [];
  const started = performance.now();
  let harm = 0;
  for (let nth = 0; nth < count; nth += 1) {
    const early = started + (nth * 1_000) / perSecond - performance.now();
    if (early > 0) await sleep(early);
    const at = performance.now();
    posts.push(
      post(url, sign()).then(({ deliveries }) => void sentAt.set(/** @type {string} */ (deliveries[0]), at)),
    );
    for (; harm < ((nth + 1) / perSecond) * hostile; harm += 1) posts.push(post(url, hostileEvent(harm)));
  }
  await Promise.all(posts);
  const all = [...sentAt.keys()];
  for (const until = performance.now() + 30_000; !all.every((id) => arrivals.has(id)); await sleep(20))
    if (performance.now() > until) throw new Error("Events beside hostile rules did not arrive.");
  return all.map((id) => /** @type {number} */ (arrivals.get(id)) - /** @type {number} */ (sentAt.get(id)));
}

/** An event for one hostile rule: signed, and of another type. @param {number} nth */
function hostileEvent(nth) {
  return { ...signer(SECRET, JSON.stringify({ nth, a: 1 }))(), type: `hostile_${nth % running.length}` };
}

/** @param {string} url @param {{ body: string, headers: Record<string, string>, type?: string }} request */
async function post(url, { body, headers, type = "push" }) {
  const more = { "x-github-event": type, "x-github-delivery": randomUUID() };
  const answer = await globalThis.fetch(url, { method: "POST", body, headers: { ...headers, ...more } });
  if (answer.status !== 202) throw new Error(`${url} answered ${answer.status}.`);
  const told = /** @type {{ deliveries: string[] }} */ (await answer.json());
  if (told.deliveries.length !== 1)
    throw new Error(`An event of type ${type} took ${told.deliveries.length} routes.`);
  return told;
}

/** @param {readonly number[]} millis */
const said = (millis) =>
  `p50 ${quantile(millis, 0.5).toFixed(1)} p99 ${quantile(millis, 0.99).toFixed(1)} ms`;

/** @param {readonly { alone: number[], beside: number[] }[]} rounds @param {{ rounds: number, seconds: number, pace: number, hostile: number }} options */
function text(rounds, { seconds, pace, hostile }) {
  const row = (/** @type {string} */ name, /** @type {number} */ share) =>
    `| ${name} | ${cell(
      rounds.map(({ alone }) => quantile(alone, share)),
      1,
    )} | ${cell(
      rounds.map(({ beside }) => quantile(beside, share)),
      1,
    )} |`;
  return `Written by \`npm run bench -- hostile\`. Workload W at ${pace} events/s for ${seconds} s through one router, alone and with ${hostile} events/s
among them that each run one of ${running.length} hostile rules (test/language/hostile.test.ts); ms from the post to the arrival at the
target.

| ms | alone | beside |
|---|---|---|
${row("p50", 0.5)}
${row("p90", 0.9)}
${row("p99", 0.99)}
${row("most", 1)}

Medians of ${rounds.length} rounds, least and greatest in brackets. Every event of W arrived. A hostile rule holds the event loop up
for about a millisecond; for as long as its budgets last, at most 100 ms of CPU, it goes on in a thread.`;
}
