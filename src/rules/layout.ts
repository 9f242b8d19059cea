/** Files of the workspace in one layout: rules and YAML. What they say is not changed, and comments stay. */
import { formatJsonata, WIDTH } from "../language/layout/format.ts";
import { placeOf } from "../language/tokens.ts";
import { START, problem } from "./problem.ts";
import type { Problem } from "./problem.ts";
import { formattedYaml, readYaml } from "./read.ts";

/** A file as it is laid out, or why it cannot be read. */
export type LaidOut =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** True for a file that has a layout: `.jsonata`, `.yaml`, `.yml`. */
export const hasLayout = (path: string): boolean => /\.(?:jsonata|ya?ml)$/.test(path);

/** A file's text laid out; its problems are those that `check` tells of it. */
export function layOut(path: string, text: string): LaidOut {
  return path.endsWith(".jsonata") ? laidOutRule(path, text) : laidOutYaml(path, text);
}

function laidOutRule(path: string, text: string): LaidOut {
  const formatted = formatJsonata(text);
  if (formatted.ok) return formatted;
  const problems = formatted.mistakes.map(({ code, offset, message, fix }) =>
    problem(path, placeOf(text, offset), code, message, fix),
  );
  return { ok: false, problems };
}

function laidOutYaml(path: string, text: string): LaidOut {
  const read = readYaml(text);
  if (!read.ok) {
    const problems = read.problems.map(({ code, message, ...place }) => problem(path, place, code, message));
    return { ok: false, problems };
  }
  const formatted = formattedYaml(text, WIDTH);
  if (formatted !== undefined) return { ok: true, text: formatted };
  const said = "The file cannot be laid out without changing what it says.";
  return { ok: false, problems: [problem(path, START, "RULE_YAML_INVALID", said)] };
}
