/** `signalbox test --update`: what comes out now becomes what is expected. */
import { updatable, updateCases, type Deviating } from "../rules/update-cases.ts";
import type { Workspace } from "../rules/workspace.ts";
import { note, out } from "./print.ts";

/** True where nobody looks at what is written. */
export function isCi(): boolean {
  return !["", "0", "false"].includes(process.env["CI"] ?? "");
}

/** Writes the cases that can be brought up to date, tells of the others; answers how many were. */
export async function bringUpToDate(
  { dir }: Workspace,
  deviating: readonly Deviating[],
  quiet: boolean,
): Promise<number> {
  const chosen = updatable(deviating);
  const say = quiet ? note : out;
  if (chosen.length > 0) {
    const files = await updateCases(dir, chosen);
    say(
      `${chosen.length} ${chosen.length === 1 ? "case" : "cases"} brought up to date in ${files.join(", ")}.`,
    );
    say("What was expected before is shown above; `git diff` shows the files.");
  }
  for (const { one, result } of deviating)
    if (!chosen.some((other) => other.one === one))
      say(
        `Left alone: ${result.transform}: ${one.name}. An error or an assertion is not brought up to date.`,
      );
  return chosen.length;
}
