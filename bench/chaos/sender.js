/**
 * A sender that tries again, in a process of its own. Asked `{ url, secret, from, count, connections, log }` it posts so many signed
 * requests, each until it is answered 2xx, and writes a line of JSON for each answer (`{ n, status, event, deliveries, ms }`)
 * into `log` before it goes on. `url` may be a list: each try takes the next. Answers `{ acknowledged }`.
 */
import { createHmac } from "node:crypto";
import { appendFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request } from "undici";
import { bodyOf } from "./body.js";

/** @typedef {{ url: string | string[], secret: string, from: number, count: number, connections: number, perSecond: number, log: string }} Question */

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
async function send({ url, secret, from, count, connections, perSecond, log }) {
  const urls = typeof url === "string" ? [url] : url;
  let next = from;
  let acknowledged = 0;
  const began = performance.now();
  const line = async () => {
    while (next < from + count) {
      const n = next++;
      const early = began + ((n - from) * 1_000) / perSecond - performance.now();
      if (early > 0) await sleep(early);
      const until = performance.now() + PATIENCE_MS;
      for (let tries = 0; performance.now() < until; tries += 1) {
        if (await post(n, /** @type {string} */ (urls[(n + tries) % urls.length]))) {
          acknowledged += 1;
          break;
        }
        await sleep(AGAIN_MS);
      }
    }
  };
  const post = async (/** @type {number} */ n, /** @type {string} */ to) => {
    const body = bodyOf(n);
    const started = performance.now();
    const note = (/** @type {object} */ what) =>
      appendFileSync(log, `${JSON.stringify({ n, ms: Math.round(performance.now() - started), ...what })}\n`);
    try {
      const signature = createHmac("sha256", secret).update(body).digest("hex");
      const headers = {
        "content-type": "application/json",
        "x-github-event": "push",
        "x-github-delivery": `chaos-${n}`,
        "x-hub-signature-256": `sha256=${signature}`,
      };
      const answer = await request(to, { method: "POST", headers, body, dispatcher });
      const { id, deliveries } = /** @type {any} */ (await answer.body.json().catch(() => ({})));
      note({ status: answer.statusCode, event: id, deliveries });
      return answer.statusCode >= 200 && answer.statusCode < 300;
    } catch (error) {
      note({ error: /** @type {{ code?: string }} */ (error).code ?? String(error) });
      return false;
    }
  };
  await Promise.all(Array.from({ length: connections }, line));
  return acknowledged;
}
