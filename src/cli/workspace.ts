/** What most commands begin with: settings from environment and options, and the workspace with its problems told. */
import { loadWorkspace, type Loaded, type Problem } from "../rules/load.ts";
import type { Workspace } from "../rules/workspace.ts";
import { readSettings, type Settings } from "../settings.ts";
import { note, paint } from "./print.ts";

/** Options that every command has. */
export interface Common {
  readonly dir?: string;
}

/** Settings from the environment; `--dir` wins over SIGNALBOX_DIR. Throws SETTING_INVALID. */
export function settingsOf({ dir }: Common): Settings {
  return readSettings(process.env, dir === undefined ? {} : { dir });
}

/** The workspace, or undefined when it has errors, which are then told on standard error. */
export async function openWorkspace(
  { dir, ruleBudgets }: Pick<Settings, "dir" | "ruleBudgets">,
  environment: Readonly<Record<string, string | undefined>>,
  quiet: boolean,
): Promise<Workspace | undefined> {
  return toldWorkspace(await loadWorkspace(dir, environment, ruleBudgets), quiet);
}

/** The same of one that has been read. */
export function toldWorkspace({ workspace, problems }: Loaded, quiet: boolean): Workspace | undefined {
  const told = quiet ? problems.filter(({ severity }) => severity === "error") : problems;
  for (const problem of told) note(problemLine(problem));
  return workspace;
}

/** `file:line:column CODE sentence`, with the fix below it. */
export function problemLine({ file, line, column, code, severity, message, fix }: Problem): string {
  const place = `${file}:${line}:${column}`;
  const coloured = severity === "error" ? paint.red(code) : paint.yellow(`${code} (warning)`);
  return `${place} ${coloured} ${message}${fix === undefined || fix === "" ? "" : `\n    ${paint.dim(fix)}`}`;
}
