/** A log that a test can read. */
import type { Log } from "../../src/ports.ts";

export interface Line {
  readonly level: keyof Log;
  readonly step: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Keeps every line; `text()` is all of them as they would be written. */
export function aLog(): Log & { readonly lines: Line[]; text(): string } {
  const lines: Line[] = [];
  const at = (level: keyof Log) => (fields: object, step: string) =>
    void lines.push({ level, step, fields: { ...fields } });
  return {
    lines,
    text: () => JSON.stringify(lines),
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
  };
}
