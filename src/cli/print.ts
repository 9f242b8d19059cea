/** What the command line prints: text for people, one JSON value with --json; colour only on a terminal that wants it. */
import colors from "picocolors";
import { errorTable, type ErrorCode, type SignalboxError } from "../core/errors.ts";

/** Exit codes of the contract; `uncovered`: all cases pass, and cover less than was asked for. */
export const EXIT = { fine: 0, failed: 1, usage: 2, uncovered: 3, unconfigured: 78 } as const;

/** Colours by meaning; no codes at all where there is no terminal. */
export const paint = colors.createColors(
  Boolean(process.stdout.isTTY) && process.env["NO_COLOR"] === undefined,
);

export function out(text = ""): void {
  process.stdout.write(`${text}\n`);
}

/** For people, beside the result. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** One JSON value on a line of its own. */
export function outJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** JSON for reading. */
export function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2) ?? "(nothing)";
}

/** An error as three short lines: code and sentence, then the fix. */
export function noteError(error: SignalboxError): void {
  note(`${paint.red(error.code)} ${error.detail}`);
  note(`  ${errorTable[error.code].fix}`);
}

/** The exit code that an error of the table comes to. */
export function exitOf(code: ErrorCode): number {
  return code.startsWith("SETTING_") ? EXIT.unconfigured : EXIT.failed;
}

/** Ends with an exit code once what was printed has gone out. */
export function end(code: number): void {
  process.exitCode = code;
}

/** A sender's text on one line of a terminal: what moves the cursor, colours or turns text is spelled, what is long is cut. */
export function plain(text: string, longest = 200): string {
  const line = text.replace(
    /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}

/** A table of columns as wide as their widest cell. */
export function table(given: readonly (readonly string[])[]): string {
  // What stands last may be as long as it likes.
  const rows = given.map((row) =>
    row.map((cell, at) => plain(cell, at === row.length - 1 ? Infinity : undefined)),
  );
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
