/** The log as people read it on a terminal: time, step, and the fields that matter, one line each. */
import { paint } from "./print.ts";

const QUIET = new Set([
  "level",
  "time",
  "step",
  "waitMs",
  "ruleMs",
  "headMs",
  "bodyMs",
  "milliseconds",
  "trigger",
  "quarantined",
]);

/** A JSON log line as text; what is not JSON is passed on. */
export function readable(line: string): string {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return line.trimEnd();
  }
  const time = String(fields["time"] ?? "").slice(11, 19);
  const step = String(fields["step"] ?? "").padEnd(18);
  const level = fields["level"];
  const coloured =
    level === "error" ? paint.red(step) : level === "warn" ? paint.yellow(step) : paint.cyan(step);
  const rest = Object.entries(fields)
    .filter(([name, value]) => !QUIET.has(name) && value !== undefined && value !== "")
    .map(
      ([name, value]) =>
        `${paint.dim(`${name}=`)}${typeof value === "string" ? value : JSON.stringify(value)}`,
    );
  const took = fields["milliseconds"] === undefined ? "" : ` ${String(fields["milliseconds"])} ms`;
  return `${paint.dim(time)} ${coloured} ${rest.join(" ")}${took}`;
}
