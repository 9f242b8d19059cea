/** What every scenario of every run came to, a line of JSON each: kept in bench/tmp/chaos.ndjson until somebody removes it. */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../workload.js";

/**
 * @typedef {object} Row
 * @property {string} name @property {number} seed @property {number} events @property {number} slow @property {boolean} brief
 * @property {string} at when it had ended, ISO 8601
 * @property {string} commit
 * @property {string} [skipped] what the machine lacks
 * @property {readonly string[]} broken sentences
 * @property {number} seconds
 * @property {Record<string, unknown>} figures
 */

const LEDGER = join(root, "bench/tmp/chaos.ndjson");

/** @param {Row} row */
export const noteRow = (row) => appendFileSync(LEDGER, `${JSON.stringify(row)}\n`);

/** All but those in brief, the oldest first. @returns {Row[]} */
export function rowsOf() {
  if (!existsSync(LEDGER)) return [];
  return readFileSync(LEDGER, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => /** @type {Row} */ (JSON.parse(line)))
    .filter(({ brief }) => !brief);
}
