/** `signalbox reload`: a running router reads its workspace again. */
import type { Command } from "commander";
import type { ReloadedShape } from "../admin/shapes/catalogue.ts";
import { ask, asks, type Asking } from "./ask.ts";
import { EXIT, end, note, out, outJson } from "./print.ts";
import { problemLine } from "./problem-line.ts";

export function reloadCommand(program: Command): void {
  const command = program
    .command("reload")
    .description("have a running router read its files again: all of them take effect, or none");
  asks(command)
    .addHelpText("after", "\nExample:\n  $ signalbox check && signalbox reload")
    .action((_options, command: Command) => reload(command.optsWithGlobals<Asking>()));
}

async function reload(options: Asking): Promise<void> {
  const answer = await ask<ReloadedShape>(options, "/api/v1/rules/reload", "POST");
  if (answer === undefined) return;
  const { state, revision, was, problems } = answer;
  if (state === "refused") end(EXIT.failed);
  if (options.json) return outJson(answer);
  for (const problem of problems) note(problemLine(problem as Parameters<typeof problemLine>[0]));
  if (state === "refused") out(`Refused: revision ${revision} stays in force.`);
  else if (state === "unchanged") out(`Nothing has changed: revision ${revision}.`);
  else out(`In force: revision ${revision}, in place of ${was}.`);
}
