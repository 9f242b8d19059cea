/** `signalbox add source`: writes a source of a provider into the workspace; never over a file that is there. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { didYouMean } from "../core/suggest.ts";
import { findProvider, providerIds } from "../providers/catalogue.ts";
import { EXIT, end, note, out, outJson } from "./print.ts";
import { setupSteps, sourceYaml } from "./setup.ts";
import { settingsOf, type Common } from "./options.ts";

interface Options extends Common {
  readonly name?: string;
  readonly json?: boolean;
}

export function addCommand(program: Command): void {
  program
    .command("add <what> <provider>")
    .description("write a file into the workspace: `add source <provider>`")
    .option("--name <name>", "the source's name; by default the provider's")
    .option("--json", "print the file's path and its text")
    .addHelpText("after", "\nExample:\n  $ signalbox add source stripe")
    .action((what: string, id: string, _options, command: Command) =>
      add(what, id, command.optsWithGlobals()),
    );
}

async function add(what: string, id: string, options: Options): Promise<void> {
  const provider = findProvider(id);
  const name = options.name ?? id;
  const wrong =
    what !== "source"
      ? `There is nothing to add of the kind \`${what}\`; there is: source.`
      : provider === undefined
        ? `There is no provider \`${id}\`.${didYouMean(id, providerIds())}`
        : /^[a-z0-9][a-z0-9-]*$/.test(name)
          ? undefined
          : "The name must be of lower-case letters, digits and hyphens.";
  if (provider === undefined || wrong !== undefined) {
    note(wrong!);
    return end(EXIT.usage);
  }
  const path = join("sources", `${name}.yaml`);
  const file = join(settingsOf(options).dir, path);
  const text = sourceYaml(provider, name);
  await mkdir(join(file, ".."), { recursive: true });
  try {
    await writeFile(file, text, { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    note(`${path} is there already. Name another with --name.`);
    return end(EXIT.failed);
  }
  if (options.json) return outJson({ path, text });
  out(`${path}\n`);
  out(text);
  setupSteps(provider, `https://<your host>/hooks/${name}`).forEach((step, at) => out(`${at + 1}. ${step}`));
}
