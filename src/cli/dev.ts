/** `signalbox dev`: serves, and after each change of a file checks, tests, takes the rules over, and shows what they make now. */
import type { Command } from "commander";
import type { Options } from "./serve.ts";

export function devCommand(program: Command): void {
  program
    .command("dev")
    .description(
      "serve while you write: each saved file is checked, tested, put in force, and its effect shown",
    )
    .option("--demo", "also send one signed sample through the workspace, to a target on this machine")
    .addHelpText(
      "after",
      "\nA file with an error changes nothing: the rules that were in force stay.\n\nExample:\n  $ signalbox dev --demo",
    )
    .action(async (_options, command: Command) => {
      const { develop } = await import("./develop.ts");
      await develop(command.optsWithGlobals<Options>());
    });
}
