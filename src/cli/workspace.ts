/** The workspace, with its problems told: what commands begin with that work on its files. */
import { loadWorkspace, type Loaded } from "../rules/load.ts";
import type { Workspace } from "../rules/workspace.ts";
import type { Settings } from "../settings.ts";
import { note } from "./print.ts";
import { problemLine } from "./problem-line.ts";

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
