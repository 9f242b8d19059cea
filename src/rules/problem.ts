/** A problem of the workspace: which file, where, what, and how to mend it. Never a variable's value. */
import { errorTable } from "../core/errors.ts";
import type { ErrorCode } from "../core/errors.ts";

/** A place in a file, both from 1; columns count UTF-16 units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface Problem extends Place {
  /** Relative to the workspace, with `/`. */
  readonly file: string;
  readonly code: ErrorCode;
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly fix: string;
}

/** Where problems are told. Telling never throws: all of them are wanted at once. */
export type Tell = (
  file: string,
  place: Place,
  code: ErrorCode,
  message: string,
  fix?: string,
  severity?: Problem["severity"],
) => void;

/** The first character of a file. */
export const START: Place = { line: 1, column: 1 };

/** What may well be meant as it stands. */
const WARNINGS: ReadonlySet<ErrorCode> = new Set([
  "RULE_UNUSED",
  "RULE_UNFINISHED",
  "RULE_FILE_UNKNOWN",
  "RULE_CREDENTIAL_EXPIRED",
  "RULE_HYPHEN_DOUBTFUL",
  "RULE_KEY_CONSTANT",
  "RULE_CHAIN_CIRCULAR",
  "RULE_ENRICH_UNUSED",
]);

/** A problem with the fix of the error table, unless there is a better one, and the severity of its code, unless it is told. */
export function problem(
  file: string,
  place: Place,
  code: ErrorCode,
  message: string,
  fix?: string,
  severity: Problem["severity"] = WARNINGS.has(code) ? "warning" : "error",
): Problem {
  return {
    file,
    line: place.line,
    column: place.column,
    code,
    severity,
    message,
    fix: fix ?? errorTable[code].fix,
  };
}

/** By file, then by place. */
export function sorted(problems: readonly Problem[]): Problem[] {
  return [...problems].sort(
    (a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.code, b.code),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
