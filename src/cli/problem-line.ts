/** A problem of the workspace as the terminal shows it. */
import type { Problem } from "../rules/problem.ts";
import { paint } from "./print.ts";

/** `file:line:column CODE sentence`, with the fix below it. */
export function problemLine({ file, line, column, code, severity, message, fix }: Problem): string {
  const place = `${file}:${line}:${column}`;
  const coloured = severity === "error" ? paint.red(code) : paint.yellow(`${code} (warning)`);
  return `${place} ${coloured} ${message}${fix === undefined || fix === "" ? "" : `\n    ${paint.dim(fix)}`}`;
}
