/** `signalbox infer`: a schema from samples, or an existing one widened until they satisfy it. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { inferredSchema, widenedSchema, type Widening } from "../core/infer-schema.ts";
import { compileSchemas } from "../core/schema.ts";
import { isFields } from "../core/schema-walk.ts";
import { readJson } from "./json-file.ts";
import { EXIT, end, note, out, outJson, pretty } from "./print.ts";
import { settingsOf, type Common } from "./options.ts";

interface Options extends Common {
  readonly as?: string;
  readonly json?: boolean;
}

export function inferCommand(program: Command): void {
  program
    .command("infer <samples...>")
    .description("print the JSON Schema that all samples (JSON files, or - for standard input) satisfy")
    .option(
      "--as <name>",
      "write it to schemas/<name>.json; one that is there is widened, and what changed is shown",
    )
    .option("--json", 'print {"schema","changes","file"}')
    .addHelpText("after", "\nExample:\n  $ signalbox infer orders/*.json --as shop.order")
    .action((samples: string[], _options, command: Command) => infer(samples, command.optsWithGlobals()));
}

async function infer(files: readonly string[], options: Options): Promise<void> {
  const { as } = options;
  if (as !== undefined && !/^[A-Za-z0-9][\w.-]{0,99}$/.test(as))
    return refuse(`\`${as}\` cannot be a schema's name.`);
  const samples: unknown[] = [];
  for (const file of files) {
    const read = await readJson(file);
    if (read === undefined) return end(EXIT.usage);
    samples.push(bodyOf(read.value));
  }
  const file = as === undefined ? undefined : `schemas/${as}.json`;
  const path = file && join(settingsOf(options).dir, file);
  const before = path && (await readFile(path, "utf8").catch(() => undefined));
  const old = before === undefined ? undefined : parsed(before);
  if (before !== undefined && old === undefined) return refuse(`${file ?? ""} is not JSON.`);
  const { schema, changes } =
    old === undefined
      ? { schema: inferredSchema(samples) as unknown, changes: [] as readonly Widening[] }
      : widenedSchema(old.value, samples);
  const misfit = misfitOf(schema, samples, files);
  if (path !== undefined && (old === undefined || changes.length > 0)) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `${JSON.stringify(schema, null, 2)}\n`);
  }
  if (options.json) outJson({ schema, changes, ...(file && { file }) });
  else tell(schema, changes, file, old !== undefined);
  if (misfit === undefined) return;
  note(misfit);
  end(EXIT.failed);
}

function refuse(why: string): void {
  note(why);
  end(EXIT.usage);
}

/** Of an event as `signalbox events <id> --json` prints it, the body. */
const bodyOf = (value: unknown): unknown =>
  isFields(value) && "body" in value && "source" in value && "receivedAt" in value ? value["body"] : value;

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

function tell(schema: unknown, changes: readonly Widening[], file: string | undefined, isOld: boolean): void {
  if (file === undefined) return out(pretty(schema));
  if (!isOld) return out(`${file} was written.`);
  if (changes.length === 0) return out(`${file} is satisfied already.`);
  out(`${file} was widened:`);
  for (const { path, change } of changes) out(`  ${path === "" ? "(whole)" : path}  ${change}`);
}

/** Why a sample still does not satisfy it: what a `$ref` or a choice says is not widened. */
function misfitOf(
  schema: unknown,
  samples: readonly unknown[],
  files: readonly string[],
): string | undefined {
  const compiled = compileSchemas(new Map([["inferred", schema]])).get("inferred");
  if (compiled?.ok !== true) return undefined;
  for (const [index, sample] of samples.entries()) {
    const [problem] = compiled.validate(sample);
    if (problem !== undefined)
      return `${files[index] ?? ""} does not satisfy it yet: ${problem.message}. What stands behind \`$ref\`, in choices and in limits is widened by hand.`;
  }
  return undefined;
}
