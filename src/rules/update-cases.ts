/** Writes what cases yield now into their files, in place of what they expected. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SignalboxError } from "../core/errors.ts";
import type { CaseResult, Outcome } from "./cases.ts";
import { editedYaml } from "./read.ts";
import type { Edit } from "./read.ts";
import type { Case } from "./workspace.ts";

/** A case that failed, and what came of it. */
export interface Deviating {
  readonly one: Case;
  readonly result: CaseResult;
  readonly outcome: Outcome;
}

/** The cases that can be brought up to date: no error becomes what is expected unnoticed, and assertions are left alone. */
export function updatable(cases: readonly Deviating[]): Deviating[] {
  return cases.filter(({ one: { expected }, result, outcome }) => {
    if (outcome instanceof SignalboxError) return expected.kind === "error";
    if (expected.kind === "any") return false;
    const differs = (result.problem?.differences?.length ?? 0) > 0;
    return outcome.filtered || expected.kind !== "result" || differs;
  });
}

/** Writes the files, each once; answers their paths. Comments and all other keys stay. */
export async function updateCases(dir: string, cases: readonly Deviating[]): Promise<string[]> {
  const files = new Map<string, Edit[]>();
  const written: string[] = [];
  for (const { one, outcome } of cases) {
    const { expected, index } = one;
    const isResult = !(outcome instanceof SignalboxError) && !outcome.filtered;
    if (expected.kind === "result" && expected.file !== undefined && isResult) {
      await writeFile(join(dir, expected.file), `${JSON.stringify(outcome.result, null, 2)}\n`);
      written.push(expected.file);
      continue;
    }
    const edit = { pointer: `/cases/${index}/${keyOf(expected)}`, ...nowOf(outcome) };
    files.set(one.file, [...(files.get(one.file) ?? []), edit]);
  }
  for (const [file, edits] of files) {
    const path = join(dir, file);
    await writeFile(path, editedYaml(await readFile(path, "utf8"), edits));
    written.push(file);
  }
  return [...new Set(written)];
}

function keyOf(expected: Case["expected"]): string {
  // Assertions alone are never brought up to date.
  if (expected.kind === "result") return expected.file === undefined ? "expect" : "expectFile";
  return expected.kind;
}

function nowOf(outcome: Outcome): Pick<Edit, "key" | "value"> {
  if (outcome instanceof SignalboxError) return { key: "error", value: outcome.code };
  return outcome.filtered ? { key: "filtered", value: true } : { key: "expect", value: outcome.result };
}
