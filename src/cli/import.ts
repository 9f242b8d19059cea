/** `signalbox import`: what another product is told to do, as files of this workspace; and, by name, what could not be taken. */
import { existsSync, readFileSync } from "node:fs";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { didYouMean } from "../core/suggest.ts";
import { importHookdeck } from "../rules/imports/hookdeck.ts";
import { importNodeRed } from "../rules/imports/node-red.ts";
import type { Became, Plan, Row } from "../rules/imports/plan.ts";
import { unifiedDiff } from "../rules/unified-diff.ts";
import { readJson } from "./json-file.ts";
import { EXIT, end, note, out, outJson, paint, table } from "./print.ts";
import { settingsOf, type Common } from "./options.ts";

interface Options extends Common {
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Larger is no export that somebody made by hand or by an API. */
const MAX_BYTES = 32 * 1024 * 1024;

const IMPORTS: Readonly<
  Record<string, { readonly make: (value: unknown) => Plan | undefined; readonly wants: string }>
> = {
  hookdeck: {
    make: importHookdeck,
    wants: "connections as `GET /connections` gives them, or Terraform's state as JSON",
  },
  "node-red": { make: importNodeRed, wants: "a list of nodes, as Node-RED exports its flows" },
};

export function importCommand(program: Command): void {
  program
    .command("import <product> <file>")
    .description(
      "write sources, routes, transforms and targets of another product's export: hookdeck, node-red",
    )
    .option("--dry-run", "show the files, and write none")
    .option("--force", "write over files that are there")
    .option("--json", 'print {"dir","written","files","rows","variables"}')
    .addHelpText(
      "after",
      "\nEnds with 0 where all was taken, with 3 where something was not: it is named, with the reason." +
        "\n\nExample:\n  $ signalbox import hookdeck connections.json --dry-run",
    )
    .action((product: string, file: string, _options, command: Command) =>
      run(product, file, command.optsWithGlobals()),
    );
}

async function run(product: string, file: string, options: Options): Promise<void> {
  const known = Object.hasOwn(IMPORTS, product) ? IMPORTS[product] : undefined;
  if (known === undefined) {
    const all = Object.keys(IMPORTS);
    note(`Nothing is imported from \`${product}\`.${didYouMean(product, all)} There are: ${all.join(", ")}.`);
    return end(EXIT.usage);
  }
  const size =
    file === "-"
      ? 0
      : await stat(file).then(
          (one) => one.size,
          () => 0,
        );
  if (size > MAX_BYTES) return refuse(`${file} has ${size} bytes; at most ${MAX_BYTES} are read.`);
  const read = await readJson(file);
  if (read === undefined) return end(EXIT.failed);
  const plan = known.make(read.value);
  if (plan === undefined) return refuse(`${file} holds nothing to import: expected ${known.wants}.`);
  const { dir } = settingsOf(options);
  const taken = [...plan.files.keys()].filter((path) => isThere(dir, path));
  if (taken.length > 0 && options.force !== true && options.dryRun !== true) {
    note(`Nothing was written: ${taken.join(", ")} ${taken.length === 1 ? "is" : "are"} there already.`);
    note("  Import into another folder with --dir, or write over them with --force.");
    return end(EXIT.failed);
  }
  if (options.dryRun !== true) await write(dir, plan);
  if (options.json) printJson(dir, plan, options.dryRun !== true);
  else print(dir, plan, options);
  end(plan.rows.some(({ became }) => became !== "taken") ? EXIT.uncovered : EXIT.fine);
}

function refuse(why: string): void {
  note(why);
  end(EXIT.failed);
}

/** By either ending of a YAML file: two files of one name are one too many. */
const isThere = (dir: string, path: string): boolean =>
  existsSync(join(dir, path)) || existsSync(join(dir, path.replace(/\.yaml$/, ".yml")));

async function write(dir: string, { files }: Plan): Promise<void> {
  for (const [path, text] of files) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
}

function printJson(dir: string, { files, rows, variables }: Plan, written: boolean): void {
  outJson({ dir, written, files: Object.fromEntries(files), rows, variables });
}

function print(dir: string, plan: Plan, { dryRun }: Options): void {
  for (const [path, text] of plan.files) {
    if (dryRun !== true) out(`${paint.green("written")}  ${path}`);
    else out(listing(path, existing(dir, path), text));
  }
  if (plan.variables.length > 0) {
    out("\nVariables that must be set, in the environment or in the workspace's .env:");
    out(table(plan.variables.map(({ name, meaning }) => [`  ${name}`, meaning])));
  }
  out("");
  for (const became of ["taken", "nearly", "not"] as const) tell(became, plan.rows);
  const count = (became: Became): number => plan.rows.filter((row) => row.became === became).length;
  out(`${count("taken")} taken, ${count("nearly")} nearly, ${count("not")} not.`);
  out(
    dryRun === true ? "Nothing was written: --dry-run." : "Next: set the variables, then `signalbox check`.",
  );
}

function tell(became: Became, rows: readonly Row[]): void {
  const own = rows.filter((row) => row.became === became);
  if (own.length === 0) return;
  const colours = { taken: paint.green, nearly: paint.yellow, not: paint.red };
  for (const { what, reason } of own) out(`${colours[became](became.padEnd(6))}  ${what}: ${reason}`);
}

function existing(dir: string, path: string): string | undefined {
  try {
    return readFileSync(join(dir, path), "utf8");
  } catch {
    return undefined;
  }
}

function listing(path: string, before: string | undefined, after: string): string {
  return unifiedDiff(path, before, after) || `= ${path}, as it is\n`;
}
