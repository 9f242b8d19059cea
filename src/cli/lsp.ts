/** `signalbox lsp`: the language server for editors, on standard input and output. */
import { resolve } from "node:path";
import type { Command } from "commander";
import { settingsOf, type Common } from "./options.ts";

export function lspCommand(program: Command): void {
  program
    .command("lsp")
    .description("a language server for rules and YAML files, on standard input and output; editors start it")
    .option("--stdio", "what editors add; it is so anyway")
    .addHelpText(
      "after",
      "\nWithout --dir it serves each workspace that the editor opens. See docs/editor.md.\n\nExample:\n  $ signalbox lsp --stdio",
    )
    .action((_options, command: Command) => lsp(command.optsWithGlobals(), program.version() ?? ""));
}

async function lsp(options: Common, version: string): Promise<void> {
  const { dir, ruleBudgets } = settingsOf(options);
  const isGiven = options.dir !== undefined || process.env["SIGNALBOX_DIR"] !== undefined;
  const { speak } = await import("../adapters/rules/vscode-languageserver.ts");
  speak({
    ...(isGiven && { dir: resolve(dir) }),
    ...{ environment: process.env, budgets: ruleBudgets, version },
  });
}
