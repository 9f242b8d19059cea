/** `signalbox init`: an empty folder becomes a workspace that can be served; never over a file that is there. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import type { Command } from "commander";
import { firstFiles } from "./init-files.ts";
import { EXIT, end, note, out, outJson } from "./print.ts";
import { settingsOf, type Common } from "./options.ts";

interface Options extends Common {
  readonly json?: boolean;
}

/** The schemas by which an editor helps; they come with the package, not with an image. */
const schemas = new URL("../../docs/schemas/", import.meta.url);

export function initCommand(program: Command): void {
  program
    .command("init [folder]")
    .description("make a workspace: one source, route, rule, case and target, ready to be served and changed")
    .option("--json", 'print {"dir","files"}')
    .addHelpText("after", "\nExample:\n  $ signalbox init notes && cd notes && signalbox dev --demo")
    .action((folder: string | undefined, _options, command: Command) =>
      init(folder, command.optsWithGlobals()),
    );
}

async function init(folder: string | undefined, options: Options): Promise<void> {
  const dir = resolve(folder ?? settingsOf(options).dir);
  const files = {
    ...firstFiles(randomBytes(24).toString("base64url")),
    ...(await editorSchemas()),
  };
  const there = Object.keys(files).filter((path) => existsSync(join(dir, path)));
  if (there.length > 0) {
    note(`Nothing was written: ${there.join(", ")} ${there.length === 1 ? "is" : "are"} there already.`);
    note("  Name an empty folder: `signalbox init <folder>`.");
    return end(EXIT.failed);
  }
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text, { flag: "wx", mode: path === ".env" ? 0o600 : 0o644 });
  }
  if (options.json) return outJson({ dir, files: Object.keys(files) });
  const near = relative(process.cwd(), dir);
  const shown = near.startsWith("..") ? dir : near;
  out(`A workspace is in ${shown === "" ? "this folder" : shown}:\n`);
  for (const path of Object.keys(files)) if (!path.startsWith("docs/")) out(`  ${path}`);
  if (Object.keys(files).some((path) => path.startsWith("docs/")))
    out("  docs/schemas/   by which editors help");
  out("\nNow try:");
  if (shown !== "") out(`  cd ${shown}`);
  out("  npx signalbox check && npx signalbox test   every problem in the files; the cases");
  out(
    "  npx signalbox dev --demo                    serve it, send one signed push through it, follow each saved file",
  );
  out("  npx signalbox send github push              another one, in a second terminal");
}

async function editorSchemas(): Promise<Record<string, string>> {
  const names = await readdir(schemas).catch(() => []);
  const texts = names.map(async (name) => {
    return [`docs/schemas/${name}`, await readFile(new URL(name, schemas), "utf8")] as const;
  });
  return Object.fromEntries(await Promise.all(texts));
}
