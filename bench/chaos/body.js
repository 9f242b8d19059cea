/** What a request of the chaos run is: its body, and how a sender posts it and writes down what it was told. */
import { createHash, createHmac } from "node:crypto";
import { appendFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { request } from "undici";

/**
 * @typedef {object} Kind what the requests of a sender are like
 * @property {string} [type] event type; `push` without it
 * @property {number} [keys] requests belong to so many keys in turn
 * @property {{ every: number, type: string, of: number }} [mix] every so many requests another one, of type `<type>-<0 … of>` in turn
 * @property {number} [bytes] size of the body; some 300 without it
 * @property {string} [id] the same delivery id in all of them
 * @typedef {{ url: string, secret: string, log: string, source?: string, dispatcher?: import("undici").Dispatcher }} To
 * @typedef {{ n: number, type: string, key?: string, id: string, body: string }} Made
 */

/** Stands in every request: nobody may find them again anywhere. */
export const PLANTED = {
  authorization: "Bearer planted-token-of-the-sender",
  cookie: "session=planted-cookie-of-the-sender",
};

/** The same for the same number. @param {number} n @param {Kind} [kind] @returns {Made} */
export function requestOf(n, { type = "push", keys, mix, bytes = 0, id = `chaos-${n}` } = {}) {
  const isMixed = mix !== undefined && n % mix.every === 0;
  const key = keys === undefined ? undefined : `key-${n % keys}`;
  const fields = { n, ...(key !== undefined && { key }), a: 1, text: `event ${n} `.repeat(20) };
  fields.text += "x".repeat(Math.max(0, bytes - JSON.stringify(fields).length));
  return {
    ...{ n, id, body: JSON.stringify(fields) },
    type: isMixed ? `${mix.type}-${(n / mix.every) % mix.of}` : type,
    ...(key !== undefined && { key }),
  };
}

/** Posts one and writes a line about what came of it before it returns. @param {To} to @param {Made} made */
export async function post({ url, secret, log, source = "chaos", dispatcher }, { n, type, key, id, body }) {
  const started = performance.now();
  const known = { n, source, type, key, id, sha: createHash("sha256").update(body).digest("hex") };
  const note = (/** @type {object} */ what) => {
    const ms = Math.round(performance.now() - started);
    appendFileSync(log, `${JSON.stringify({ ...known, at: Date.now(), ms, ...what })}\n`);
  };
  try {
    const headers = {
      ...PLANTED,
      "content-type": "application/json",
      "x-github-event": type,
      "x-github-delivery": id,
      "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
    };
    const options = { method: "POST", headers, body, ...(dispatcher && { dispatcher }) };
    const answer = await request(`${url}/hooks/${source}`, /** @type {any} */ (options));
    const told = /** @type {any} */ (await answer.body.json().catch(() => ({})));
    note({ status: answer.statusCode, event: told.id, deliveries: told.deliveries, code: told.code });
    return { status: answer.statusCode, told, headers: answer.headers };
  } catch (error) {
    note({ error: /** @type {{ code?: string }} */ (error).code ?? String(error) });
    return { status: 0, told: {}, headers: {} };
  }
}
