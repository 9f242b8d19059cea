/** How `signalbox test` shows a case: one line, and below it what is wrong. */
import type { CaseResult } from "../rules/cases.ts";
import { out, paint } from "./print.ts";

/** How many passed and failed. */
export function totalsOf(results: readonly CaseResult[]): { passed: number; failed: number } {
  const passed = results.filter(({ ok }) => ok).length;
  return { passed, failed: results.length - passed };
}

/** One case; of a difference both sides, and the line of the rule that makes the field. */
export function showCase({ transform, name, file, line, ok, milliseconds, problem }: CaseResult): void {
  const took = paint.dim(`${Math.round(milliseconds * 10) / 10} ms`);
  out(`${ok ? paint.green("ok  ") : paint.red("FAIL")} ${transform}: ${name} ${took}`);
  if (ok || problem === undefined) return;
  out(`     ${file}:${line} ${problem.code} ${problem.message}`);
  for (const { path, expected, actual, madeAt } of problem.differences ?? []) {
    const where = path === "" ? "(whole)" : path;
    const made = madeAt && paint.dim(`  transforms/${transform}.jsonata:${madeAt.line}:${madeAt.column}`);
    out(`     ${where}${made ?? ""}`);
    out(`       ${paint.green(`expected ${text(expected)}`)}`);
    out(`       ${paint.red(`got      ${text(actual)}`)}`);
  }
}

function text(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}
