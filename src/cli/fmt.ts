/** `signalbox fmt`: rules and YAML files of the workspace in one layout. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { readFiles } from "../rules/files.ts";
import { hasLayout, layOut } from "../rules/layout.ts";
import { problem, type Problem } from "../rules/problem.ts";
import { EXIT, end, note, out, outJson } from "./print.ts";
import { settingsOf, type Common } from "./options.ts";
import { problemLine } from "./problem-line.ts";

interface Options extends Common {
  readonly check?: boolean;
  readonly json?: boolean;
}

export function fmtCommand(program: Command): void {
  program
    .command("fmt [files...]")
    .description("lay out rules and YAML files, of the whole workspace unless some are named")
    .option("--check", "write nothing; exit code 1 where a file would change")
    .option("--json", 'print {"files","changed":[…],"problems":[…]}')
    .addHelpText("after", "\nExamples:\n  $ signalbox fmt\n  $ signalbox fmt --check transforms/*.jsonata")
    .action((files: string[], _options, command: Command) => fmt(files, command.optsWithGlobals()));
}

/** A file by the name that it is told of. */
interface Named {
  readonly name: string;
  readonly path: string;
  readonly text: string;
}

async function fmt(named: readonly string[], options: Options): Promise<void> {
  const problems: Problem[] = [];
  const files =
    named.length > 0 ? await namedFiles(named) : await allFiles(settingsOf(options).dir, problems);
  if (files === undefined) return end(EXIT.usage);
  const changed: string[] = [];
  for (const { name, path, text } of files) {
    const laidOut = layOut(name, text);
    if (!laidOut.ok) problems.push(...laidOut.problems);
    else if (laidOut.text !== text) {
      changed.push(name);
      if (options.check !== true) await writeFile(path, laidOut.text);
    }
  }
  if (options.json) outJson({ files: files.length, changed, problems });
  else tell(files.length, changed, problems, options.check === true);
  end(problems.length > 0 || (options.check === true && changed.length > 0) ? EXIT.failed : EXIT.fine);
}

async function namedFiles(names: readonly string[]): Promise<Named[] | undefined> {
  const files: Named[] = [];
  for (const name of names) {
    if (!hasLayout(name)) {
      note(`${name} has no layout: files that end in .jsonata, .yaml and .yml have.`);
      return undefined;
    }
    const text = await readFile(name, "utf8").catch(() => undefined);
    if (text === undefined) {
      note(`${name} cannot be read.`);
      return undefined;
    }
    files.push({ name, path: name, text });
  }
  return files;
}

async function allFiles(dir: string, problems: Problem[]): Promise<Named[]> {
  const { files } = await readFiles(dir, (...told) => {
    const one = problem(...told);
    if (one.severity === "error") problems.push(one);
  });
  return files
    .filter(({ path }) => hasLayout(path))
    .map(({ path, text }) => ({ name: path, path: join(dir, path), text }));
}

function tell(
  count: number,
  changed: readonly string[],
  problems: readonly Problem[],
  isCheck: boolean,
): void {
  for (const one of problems) note(problemLine(one));
  for (const name of changed) out(name);
  const files = `${count} ${count === 1 ? "file" : "files"}`;
  if (changed.length === 0) note(`${files}: nothing to change.`);
  else
    note(
      isCheck
        ? `${changed.length} of ${files} would change: \`signalbox fmt\` writes them.`
        : `${changed.length} of ${files} changed.`,
    );
}
