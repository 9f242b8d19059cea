/** `signalbox test --coverage`: a summary, what never ran, the rules with a margin, and a tracefile. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { shareOf, type Coverage } from "../rules/coverage.ts";
import { gapsOf, labelOf, lcovOf, listingOf, summaryOf } from "../rules/coverage-report.ts";
import { note, out, paint, table } from "./print.ts";

export interface CoverageOptions {
  readonly coverage?: true | string;
  readonly lcov: string;
  readonly json?: boolean;
}

/** True where enough is covered. Writes the tracefile. */
export async function reportCoverage(
  coverage: Coverage,
  options: CoverageOptions,
  threshold: number | undefined,
): Promise<boolean> {
  await mkdir(dirname(options.lcov), { recursive: true });
  await writeFile(options.lcov, lcovOf(coverage));
  if (!options.json) show(coverage, options.coverage === "full");
  const { percent } = shareOf(coverage.rules);
  if (threshold === undefined || percent >= threshold) return true;
  note(`${percent} % of the rules' parts and arms are covered; ${threshold} % are asked for.`);
  return false;
}

function show(coverage: Coverage, full: boolean): void {
  out();
  out(table(summaryOf(coverage)));
  for (const rule of coverage.rules) {
    const gaps = gapsOf(rule);
    if (full) {
      out(`\n${paint.bold(labelOf(rule))}`);
      for (const line of listingOf(rule)) out(/^ *\d*!?\|\s*\^/.test(line) ? paint.yellow(line) : line);
    } else if (gaps.length > 0) {
      out(`\n${labelOf(rule)}`);
      for (const { line, column, what } of gaps) out(`  ${line}:${column} ${what}`);
    }
  }
  for (const { transform, neverMade, neverRead } of coverage.fields) {
    if (neverMade.length + neverRead.length === 0) continue;
    out(`\nfields of ${transform}`);
    if (neverMade.length > 0) out(`  required, and made by no case: ${some(neverMade)}`);
    if (neverRead.length > 0) out(`  never read: ${some(neverRead)}`);
  }
}

/** Fields that are named; --json has all. */
const FIELDS = 12;

function some(paths: readonly string[]): string {
  const more = paths.length - FIELDS;
  return paths.slice(0, FIELDS).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** Coverage as `--json` prints it: shares, gaps and fields, without the rules' texts. */
export function shortOf(coverage: Coverage): object {
  return {
    ...shareOf(coverage.rules),
    rules: coverage.rules.map((rule) => ({
      ...{ kind: rule.kind, name: rule.name, file: rule.file },
      ...shareOf([rule]),
      gaps: gapsOf(rule),
    })),
    fields: coverage.fields,
  };
}
