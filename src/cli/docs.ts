/** `signalbox docs`: a page for each route, what becomes of what, and the map of all; `--check` tells whether they are up to date. */
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import type { Command } from "commander";
import { PAGE_NOTE, mappingPages } from "../rules/mapping-pages.ts";
import { EXIT, end, note, out, outJson } from "./print.ts";
import { settingsOf, type Common } from "./options.ts";
import { openWorkspace } from "./workspace.ts";

interface Options extends Common {
  readonly out?: string;
  readonly check?: boolean;
  readonly json?: boolean;
}

export function docsCommand(program: Command): void {
  program
    .command("docs")
    .description(
      "write a page for each route: target field, expression, source fields, examples, what is lost; and the map",
    )
    .option("--out <folder>", "where the pages go; docs/routes of the workspace")
    .option("--check", "write nothing; exit with 1 where a page is not what it would be now")
    .option("--json", 'print {"folder","pages":[…],"changed":[…],"removed":[…]}')
    .addHelpText("after", "\nExamples:\n  $ signalbox docs --out docs/routes\n  $ signalbox docs --check")
    .action((_options, command: Command) => docs(command.optsWithGlobals()));
}

async function docs(options: Options): Promise<void> {
  const settings = settingsOf(options);
  const workspace = await openWorkspace(settings, process.env, true);
  if (workspace === undefined) {
    note("The workspace has errors; no page was made. See `signalbox check`.");
    return end(EXIT.failed);
  }
  const folder = options.out === undefined ? join(workspace.dir, "docs/routes") : resolve(options.out);
  const up = relative(folder, workspace.dir).split(sep).join("/") || ".";
  const pages = await mappingPages(workspace, up);
  const { changed, removed } = await compare(folder, pages);
  if (!options.check) {
    await mkdir(folder, { recursive: true });
    for (const name of changed) await writeFile(join(folder, name), pages.get(name)!);
    for (const name of removed) await rm(join(folder, name));
  }
  if (options.json) outJson({ folder, pages: [...pages.keys()], changed, removed });
  else {
    const verb = options.check ? "is not up to date" : "written";
    for (const name of changed) out(`${join(folder, name)} ${verb}`);
    for (const name of removed) out(`${join(folder, name)} ${options.check ? "is of no route" : "removed"}`);
    const many = `${pages.size} pages`;
    out(
      changed.length + removed.length === 0
        ? `${many}, all up to date.`
        : `${many}, ${changed.length + removed.length} changed.`,
    );
    if (options.check && changed.length + removed.length > 0)
      note("Run `signalbox docs`, and commit what it writes.");
  }
  end(options.check && changed.length + removed.length > 0 ? EXIT.failed : EXIT.fine);
}

/** Pages that differ from what stands in the folder, and those of ours there that are no page any more. */
async function compare(
  folder: string,
  pages: ReadonlyMap<string, string>,
): Promise<{ readonly changed: readonly string[]; readonly removed: readonly string[] }> {
  const there = await readdir(folder).catch((): string[] => []);
  const textOf = (name: string): Promise<string | undefined> =>
    readFile(join(folder, name), "utf8").catch(() => undefined);
  const changed: string[] = [];
  for (const [name, text] of pages) if ((await textOf(name)) !== text) changed.push(name);
  const removed: string[] = [];
  for (const name of there.sort())
    if (name.endsWith(".md") && !pages.has(name) && (await textOf(name))?.startsWith(PAGE_NOTE))
      removed.push(name);
  return { changed, removed };
}
