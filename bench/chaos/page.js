/** The table of a run, in docs/reliability.md between two marks: what was broken, and what came of it. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { machine } from "../report.js";
import { root } from "../workload.js";

/** Where the figures stand. */
export const PAGE = join(root, "docs/reliability.md");
const [BEGIN, END] = ["<!-- chaos:begin -->", "<!-- chaos:end -->"];

/**
 * @typedef {{ name: string, why: string, skipped?: string, broken: readonly string[], seconds: number, figures: Record<string, unknown> }} Row
 */

const COLUMNS = /** @type {const} */ ([
  ["acknowledged", "acknowledged"],
  ["lost", "lost"],
  ["repeated %", "repeatedPercent"],
  ["refused", "refused"],
  ["answer p99, ms", "answerP99Ms"],
  ["all delivered after, s", "settledSeconds"],
  ["most memory, MB", "megabytes"],
]);
const SHOWN = new Set([
  ...COLUMNS.map(([, name]) => name),
  "delivered",
  "repeated",
  "answerMaxMs",
  "files",
  "storeMegabytes",
]);

/** @param {readonly Row[]} rows @param {{ seed: number, events: number }} run */
export function tableOf(rows, { seed, events }) {
  const { processor, system, commit } = machine();
  const version = `Node ${process.versions.node}`;
  const lines = rows.map(({ name, why, skipped, broken, figures }) => {
    const cells = skipped
      ? COLUMNS.map(() => "–")
      : COLUMNS.map(([, field]) => String(figures[field] ?? "–"));
    const held = skipped
      ? `skipped: needs ${skipped}`
      : broken.length === 0
        ? "holds"
        : `**${broken.length} broken**`;
    return `| \`${name}\`: ${why}${more(figures)} | ${cells.join(" | ")} | ${held} |`;
  });
  return `Written by \`npm run chaos\` on ${new Date().toISOString().slice(0, 10)}: seed ${seed}, ${events} events a scenario (some take a part of them),
each scenario once; ${processor}, ${system}, ${version}, commit ${commit}.

| what was broken | ${COLUMNS.map(([title]) => title).join(" | ")} | invariants |
| --- | ${COLUMNS.map(() => "---").join(" | ")} | --- |
${lines.join("\n")}

Nothing lost in one run bounds the chance of losing something; it does not make it zero: 0 of n cuts leaves up to 3/n, at 95 %.`;
}

/** What a scenario measured besides. @param {Record<string, unknown>} figures */
function more(figures) {
  const own = Object.entries(figures).filter(
    ([name, value]) => !SHOWN.has(name) && value !== 0 && typeof value === "number",
  );
  return own.length === 0 ? "" : ` (${own.map(([name, value]) => `${name} ${value}`).join(", ")})`;
}

/** @param {string} path @param {string} table */
export function writeTable(path, table) {
  const page = readFileSync(path, "utf8");
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${path} has no place for the table.`);
  writeFileSync(path, `${page.slice(0, begin + BEGIN.length)}\n\n${table}\n\n${page.slice(end)}`);
  // The page is held to the same form as all others.
  execFileSync(process.execPath, [join(root, "node_modules/prettier/bin/prettier.cjs"), "--write", path]);
}
