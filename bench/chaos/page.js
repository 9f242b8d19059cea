/** The table of the runs, in docs/reliability.md between two marks: what was broken, and what came of it. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { machine } from "../report.js";
import { root } from "../workload.js";

/** Where the figures stand. */
export const PAGE = join(root, "docs/reliability.md");
const [BEGIN, END] = ["<!-- chaos:begin -->", "<!-- chaos:end -->"];

/** @typedef {import("./ledger.js").Row} Row */

/** Figures of a scenario: counts are added up over its runs, of the others the worst stands there. */
const COLUMNS = /** @type {const} */ ([
  ["acknowledged", "acknowledged", "sum"],
  ["lost", "lost", "sum"],
  ["repeated %", "repeatedPercent", "most"],
  ["refused", "refused", "sum"],
  ["answer p99, ms", "answerP99Ms", "most"],
  ["all delivered after, s", "settledSeconds", "most"],
  ["most memory, MB", "megabytes", "most"],
]);
const SHOWN = new Set([
  ...COLUMNS.map(([, name]) => name),
  ...["delivered", "repeated", "answerMaxMs", "files", "storeMegabytes"],
]);

/**
 * A line a scenario, over all of its runs: whatever broke in one of them is told.
 * @param {readonly Row[]} rows @param {Readonly<Record<string, { why: string }>>} scenarios
 */
export function tableOf(rows, scenarios) {
  const { processor, system } = machine();
  // The load of this moment says nothing of the runs.
  const [kernel] = system.split(", load");
  const commits = [...new Set(rows.map(({ commit }) => commit))];
  const seeds = [...new Set(rows.map(({ seed }) => seed))];
  const days = [...new Set(rows.map(({ at }) => at.slice(0, 10)))].sort();
  const slow = Math.max(1, ...rows.map((row) => row.slow));
  const lines = Object.entries(scenarios).flatMap(([name, { why }]) => {
    const runs = rows.filter((row) => row.name === name);
    return runs.length === 0 ? [] : [lineOf(name, why, runs)];
  });
  const times =
    slow === 1 ? "" : `, and times may be ${slow} times as long, since the machine did other work besides`;
  return `Written by \`npm run chaos\` on ${days.join(", ")}: seeds ${seeds.join(", ")}; ${processor}, ${kernel},
Node ${process.versions.node}, ${commits.length > 1 ? "commits" : "commit"} ${commits.join(", ")}. Over the runs of a scenario counts are added up; of times, shares and memory the worst stands here.
Some scenarios take a part of their events${times}.

| what was broken | runs (events) | ${COLUMNS.map(([title]) => title).join(" | ")} | invariants |
| --- | --- | ${COLUMNS.map(() => "---").join(" | ")} | --- |
${lines.join("\n")}

Nothing lost in one run bounds the chance of losing something; it does not make it zero: 0 of n cuts leaves up to 3/n, at 95 %.`;
}

/** @param {string} name @param {string} why @param {readonly Row[]} runs */
function lineOf(name, why, runs) {
  const done = runs.filter(({ skipped }) => skipped === undefined);
  const cells = COLUMNS.map(([, field, how]) => {
    const all = done.map(({ figures }) => figures[field]).filter((value) => typeof value === "number");
    if (all.length === 0) return "–";
    return String(how === "most" ? Math.max(...all) : all.reduce((sum, value) => sum + value, 0));
  });
  const faults = done.filter(({ broken }) => broken.length > 0);
  const held =
    done.length === 0
      ? `skipped: needs ${runs[0]?.skipped}`
      : faults.length === 0
        ? "hold"
        : `**${faults.length} of ${done.length} runs broke:** ${[...new Set(faults.flatMap(({ broken }) => broken.slice(0, 2)))].join(" ")}`;
  const sizes = runs.map(({ events }) => events).join(", ");
  return `| \`${name}\`: ${why}${more(done)} | ${runs.length} (${sizes}) | ${cells.join(" | ")} | ${held.replaceAll("|", "\\|")} |`;
}

/** What a scenario measured besides, the most of its runs. @param {readonly Row[]} runs */
function more(runs) {
  /** @type {Map<string, number>} */
  const own = new Map();
  for (const { figures } of runs)
    for (const [name, value] of Object.entries(figures))
      if (!SHOWN.has(name) && typeof value === "number" && value !== 0)
        own.set(name, Math.max(value, own.get(name) ?? value));
  return own.size === 0 ? "" : ` (${[...own].map(([name, value]) => `${name} ${value}`).join(", ")})`;
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
