/**
 * A sender that tries again, in a process of its own. Asked `{ urls, secret, log, from, count, connections, perSecond, kind }` it posts
 * so many signed requests, each until it is answered 2xx, and writes a line of JSON about each answer into `log` before it goes on.
 * Each try takes the next of `urls`. Requests of a key go one after the other. Answers `{ acknowledged }`.
 */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent } from "undici";
import { post, requestOf } from "./body.js";

/**
 * @typedef {object} Question
 * @property {readonly string[]} urls
 * @property {string} secret
 * @property {string} log
 * @property {string} [source]
 * @property {number} from @property {number} count @property {number} connections @property {number} perSecond
 * @property {import("./body.js").Kind} [kind]
 */

const AGAIN_MS = 100;
const PATIENCE_MS = 120_000;
const dispatcher = new Agent({ connections: 64, headersTimeout: 5_000, bodyTimeout: 5_000 });

process.on("disconnect", () => process.exit());
process.on("message", (/** @type {Question} */ question) => {
  send(question).then(
    (acknowledged) => process.send?.({ acknowledged }),
    (/** @type {unknown} */ error) => process.send?.({ wrong: `Sending failed: ${String(error)}` }),
  );
});

/** @param {Question} question */
async function send({ urls, secret, log, source, from, count, connections, perSecond, kind = {} }) {
  let acknowledged = 0;
  const began = performance.now();
  const one = async (/** @type {number} */ n) => {
    const early = began + ((n - from) * 1_000) / perSecond - performance.now();
    if (early > 0) await sleep(early);
    const until = performance.now() + PATIENCE_MS;
    for (let tries = 0; performance.now() < until; tries += 1) {
      const url = /** @type {string} */ (urls[(n + tries) % urls.length]);
      const to = { url, secret, log, dispatcher, ...(source !== undefined && { source }) };
      const { status } = await post(to, requestOf(n, kind));
      if (status >= 200 && status < 300) {
        acknowledged += 1;
        return;
      }
      await sleep(AGAIN_MS);
    }
  };
  // With keys a line for each of them, so that a key's requests never overtake one another; else whoever is free takes the next.
  const lanes = kind.keys ?? connections;
  let next = from;
  const lane = async (/** @type {number} */ nth) => {
    if (kind.keys === undefined) while (next < from + count) await one(next++);
    else for (let n = from + nth; n < from + count; n += lanes) await one(n);
  };
  await Promise.all(Array.from({ length: lanes }, (_, nth) => lane(nth)));
  return acknowledged;
}
