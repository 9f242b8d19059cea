/** `signalbox doctor`: is this machine fit, and what to mend. */
import type { Command } from "commander";
import type { Options } from "./examine.ts";

export function doctorCommand(program: Command): void {
  program
    .command("doctor")
    .description("look at machine, settings, store, workspace and the running router, and say what to mend")
    .option("--json", 'print [{"name","state","detail"}]')
    .addHelpText("after", "\nExample:\n  $ REDIS_URL=redis://10.0.0.5 signalbox doctor")
    .action(async (_options, command: Command) => {
      const { examine } = await import("./examine.ts");
      await examine(command.optsWithGlobals<Options>());
    });
}
