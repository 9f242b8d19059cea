/** One section of a page of results: a run writes its own and leaves the others as they are. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spread } from "./statistics.js";
import { root } from "./workload.js";

/** Pages by path: the sections that each may have, in order, and what stands above them. */
const PAGES = {
  operator: {
    path: join(root, "bench/results-operator.md"),
    title: "What the operator's side costs",
    sections: [
      "What history and search cost",
      "What open dashboards cost",
      "What the overview weighs",
      "What being watched costs",
    ],
  },
  scale: {
    path: join(root, "bench/results-scale.md"),
    title: "What much of everything costs",
    sections: [
      "A million waiting",
      "A million events through one process",
      "A thousand idle targets",
      "Order",
      "More processes on one store",
    ],
  },
  language: {
    path: join(root, "bench/results-language.md"),
    title: "What the rules' language costs",
    sections: [
      "The engine and the jsonata package",
      "Where the time of rule W goes",
      "Events beside hostile rules",
    ],
  },
  authoring: {
    path: join(root, "bench/results-authoring.md"),
    title: "What writing rules costs",
    sections: ["Checking a large workspace", "Impact over captured events", "Coverage on live traffic"],
  },
  reliability: {
    path: join(root, "bench/results-reliability.md"),
    title: "What it costs to lose nothing",
    sections: ["Strict and fast", "More than it can take"],
  },
};
const INTRODUCTION = `Each section is written by the run that it names, on the machine, day and commit that stand in it. Trust the ratios: the
machine's speed drifts, and what is compared is interleaved on it.
`;

/** Where the figures of the operator's side stand, those of scale, of the rules' language, of writing rules, and of reliability. */
export const OPERATOR_PAGE = PAGES.operator.path;
export const SCALE_PAGE = PAGES.scale.path;
export const LANGUAGE_PAGE = PAGES.language.path;
export const AUTHORING_PAGE = PAGES.authoring.path;
export const RELIABILITY_PAGE = PAGES.reliability.path;

/** Median with least and greatest, as a cell. @param {readonly number[]} values @param {number} digits */
export function cell(values, digits) {
  if (values.some(Number.isNaN)) return "Linux only";
  const { median, min, max } = spread(values);
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}

/**
 * Puts a section in place of the one with its title.
 * @param {string} path @param {string} title @param {string} text @param {ReturnType<typeof import("./report.js").machine> & { more?: string }} where
 */
export function writeSection(path, title, text, { processor, system, libraries, commit, more }) {
  const former = existsSync(path) && path !== "/dev/null" ? readFileSync(path, "utf8") : "";
  const sections = new Map(
    former
      .split(/^## /m)
      .slice(1)
      .map((section) => [section.split("\n", 1)[0] ?? "", section.slice(section.indexOf("\n")).trim()]),
  );
  const versions = `Node ${process.versions.node}, ${[more, libraries].filter(Boolean).join(", ")}`;
  const facts = `| | |
|---|---|
| machine | ${processor} |
| system | ${system} |
| versions | ${versions} |
| commit | ${commit} |
| date | ${new Date().toISOString().slice(0, 10)} |`;
  sections.set(title, `${text.trim()}\n\n${facts}`);
  const page = Object.values(PAGES).find((one) => one.sections.includes(title));
  if (page === undefined) throw new Error(`No page has a section \`${title}\`.`);
  const known = page.sections.filter((name) => sections.has(name));
  const all = known.map((name) => `## ${name}\n\n${sections.get(name)}\n`);
  writeFileSync(path, [`# ${page.title}`, "", INTRODUCTION, ...all].join("\n"));
  console.log(`\n${text.trim()}\n\nWritten to ${path}`);
}
