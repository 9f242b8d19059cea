/** `signalbox start`: serves the workspace until it is told to stop. */
import type { Command } from "commander";
import type { Options } from "./serve.ts";

export function startCommand(program: Command): void {
  program
    .command("start")
    .description("serve the workspace: accept webhooks, rewrite and deliver them")
    .option(
      "--demo",
      "also send one signed sample through the shipped workspace, to a target on this machine",
    )
    .option(
      "--rules <url>",
      "take the workspace from git and follow it: git+https://host/rules.git#ref:folder; SIGNALBOX_RULES",
    )
    .option("--json", "print one line with the addresses, then the log as JSON lines")
    .addHelpText("after", "\nExample:\n  $ SIGNALBOX_PORT=0 signalbox start --dir ./my-workspace --json")
    .action(async (_options, command: Command) => {
      const { serve } = await import("./serve.ts");
      await serve(command.optsWithGlobals<Options>());
    });
}
