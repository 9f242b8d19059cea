/** Case results as JUnit XML, which CI servers show: one suite a transform. */
import type { CaseResult } from "./cases.ts";

/** The whole report. Times are seconds. */
export function junitOf(results: readonly CaseResult[]): string {
  const suites = new Map<string, CaseResult[]>();
  for (const one of results) suites.set(one.transform, [...(suites.get(one.transform) ?? []), one]);
  const lines = [...suites].map(([name, cases]) => suiteOf(name, cases));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="signalbox test" ${totals(results)}>`,
    ...lines,
    "</testsuites>",
    "",
  ].join("\n");
}

function suiteOf(name: string, cases: readonly CaseResult[]): string {
  const head = `  <testsuite name="${escaped(name)}" ${totals(cases)}>`;
  return [head, ...cases.map(caseOf), "  </testsuite>"].join("\n");
}

function caseOf(result: CaseResult): string {
  const { transform, name, file, line, milliseconds, problem } = result;
  const head = `    <testcase classname="${escaped(transform)}" name="${escaped(name)}" file="${escaped(file)}" line="${line}" time="${milliseconds / 1000}"`;
  if (problem === undefined) return `${head}/>`;
  const { code, message, differences = [] } = problem;
  const told = differences.map(
    ({ path, expected, actual }) =>
      `${path === "" ? "(whole)" : path}\n  expected ${json(expected)}\n  got      ${json(actual)}`,
  );
  const text = [`${file}:${line} ${message}`, ...told].join("\n");
  return `${head}>
      <failure type="${code}" message="${escaped(message)}">${escaped(text)}</failure>
    </testcase>`;
}

function totals(cases: readonly CaseResult[]): string {
  const failures = cases.filter(({ ok }) => !ok).length;
  const sum = cases.reduce((total, { milliseconds }) => total + milliseconds, 0);
  return `tests="${cases.length}" failures="${failures}" errors="0" skipped="0" time="${Math.round(sum * 1000) / 1_000_000}"`;
}

const json = (value: unknown): string => (value === undefined ? "nothing" : JSON.stringify(value));

/** For texts and attributes; what XML 1.0 cannot hold becomes the replacement character. */
function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "\uFFFD");
}
