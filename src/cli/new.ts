/** `signalbox new route`: route, transform, schemas and a passing case from one event. Never over a file that is there. */
import { access, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import type { EventDetail } from "../admin/shapes/deliveries.ts";
import { inferredSchema } from "../core/infer-schema.ts";
import { redacted } from "../core/redaction.ts";
import { isFields } from "../core/schema-walk.ts";
import { didYouMean } from "../core/suggest.ts";
import { findSample, sampleTypes } from "../providers/samples.ts";
import { captureCase, type Captured } from "../rules/capture.ts";
import { runCases } from "../rules/cases.ts";
import { loadWorkspace } from "../rules/load.ts";
import { scaffold, type Filled } from "../rules/scaffold.ts";
import type { Schema, Workspace } from "../rules/workspace.ts";
import { ask, asks, type Asking } from "./ask.ts";
import { readJson } from "./json-file.ts";
import { EXIT, end, note, out, outJson, paint } from "./print.ts";
import { settingsOf } from "./options.ts";
import { problemLine } from "./problem-line.ts";
import { openWorkspace } from "./workspace.ts";

interface Options extends Asking {
  readonly event?: string;
  readonly sample?: string;
  readonly target: string;
  readonly output?: string;
}

export function newCommand(program: Command): void {
  const command = program
    .command("new <what> <name>")
    .description("write a route with its transform, schemas and a passing case: `new route <name>`")
    .option("--event <id|file>", "make it of this event: an id on the running router, or a JSON file")
    .option("--sample <source/type>", "make it of the catalogue's sample of a source's provider")
    .requiredOption("--target <name>", "the target that it goes to")
    .option("--output <schema>", "the schema of the result; by default one of the body's own fields is made");
  asks(command, "print the files, what was proposed for each field, and what is left to do").addHelpText(
    "after",
    "\nExample:\n  $ signalbox new route issue-to-chat --sample github/issues --target team-chat --output chat.message",
  );
  command.action((what: string, name: string, _options, one: Command) =>
    create(what, name, one.optsWithGlobals()),
  );
}

/** What the route is made of. */
interface Origin {
  readonly source: string;
  readonly type: string;
  readonly body: unknown;
  readonly context: Captured["context"];
  readonly schema?: unknown;
}

async function create(what: string, name: string, options: Options): Promise<void> {
  if (what !== "route") return refuse(`There is nothing new of the kind \`${what}\`; there is: route.`);
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name))
    return refuse("The name must be of lower-case letters, digits and hyphens.");
  const settings = settingsOf(options);
  const workspace = await openWorkspace(settings, process.env, true);
  if (workspace === undefined) return end(EXIT.failed);
  const { target, output } = options;
  if (!workspace.targets.has(target))
    return refuse(`There is no target \`${target}\`.${didYouMean(target, workspace.targets.keys())}`);
  if (output !== undefined && !workspace.schemas.has(output))
    return refuse(`There is no schema \`${output}\`.${didYouMean(output, workspace.schemas.keys())}`);
  const origin = await originOf(options, workspace);
  if (typeof origin === "string") return refuse(origin);
  if (origin === undefined) return process.exitCode ? undefined : end(EXIT.usage);
  const drawn = draw(name, origin, options, workspace);
  for (const path of drawn.files.keys())
    if (await isThere(join(settings.dir, path))) {
      note(`${path} is there already: give the route another name.`);
      return end(EXIT.failed);
    }
  for (const [path, text] of drawn.files) {
    await mkdir(dirname(join(settings.dir, path)), { recursive: true });
    await writeFile(join(settings.dir, path), text, { flag: "wx" });
  }
  await finish(name, origin, drawn, options);
}

/** The event, or a sentence that tells why there is none; undefined where that is told already. */
async function originOf(options: Options, workspace: Workspace): Promise<Origin | string | undefined> {
  const { event, sample } = options;
  if ((event === undefined) === (sample === undefined)) return "Give either --event or --sample.";
  const context = { receivedAt: "2026-01-01T00:00:00.000Z", headers: {}, query: {} };
  if (sample !== undefined) {
    const [source = "", ...rest] = sample.split("/");
    const type = rest.join("/");
    const found = workspace.sources.get(source);
    if (found === undefined)
      return `There is no source \`${source}\`.${didYouMean(source, workspace.sources.keys())}`;
    const provider = found.provider?.id ?? "hmac";
    const one = findSample(provider, type);
    if (one === undefined) {
      const types = sampleTypes(provider);
      return `Provider \`${provider}\` has no sample \`${type}\`.${didYouMean(type, types)} There are: ${types.join(", ") || "none"}.`;
    }
    return {
      source,
      type,
      body: one.body,
      context: { ...context, type },
      ...(one.schema && { schema: one.schema }),
    };
  }
  const read = event!.startsWith("evt_")
    ? await ask<Partial<EventDetail>>(options, `/api/v1/events/${encodeURIComponent(event!)}`)
    : ((await readJson(event!))?.value as Partial<EventDetail> | undefined);
  if (read === undefined) return undefined;
  if (!isFields(read) || !("body" in read) || typeof read.source !== "string")
    return "It holds no event with `source`, `type` and `body`; its body may have left the history.";
  const { source, type = "" } = read;
  if (!workspace.sources.has(source))
    return `There is no source \`${source}\`.${didYouMean(source, workspace.sources.keys())}`;
  // What is personal or secret is in no schema and in no case.
  const { value: body } = redacted(read.body, []);
  return { source, type, body, context: { ...context, type } };
}

interface Drawn {
  readonly files: ReadonlyMap<string, string>;
  readonly fields: readonly Filled[];
}

function draw(name: string, origin: Origin, { target, output }: Options, workspace: Workspace): Drawn {
  const { source, type } = origin;
  const files = new Map<string, string>();
  const input = inputOf(name, origin, workspace);
  if (input.isNew) files.set(`schemas/${input.name}.json`, pretty(input.schema));
  const made = output ?? `${name}.result`;
  const result = output === undefined ? ownFields(input.schema) : workspace.schemas.get(output)!.schema;
  if (output === undefined) files.set(`schemas/${made}.json`, pretty(result));
  const { rule, fields } = scaffold({ input: input.schema, output: result, schemas: workspace.schemas });
  const what = `${type === "" ? "an event" : `\`${type}\``} of ${source}`;
  const on = type === "" ? "" : `on: [${JSON.stringify(type)}]\n`;
  files.set(`routes/${name}.yaml`, `source: ${source}\n${on}transform: ${name}\ntarget: ${target}\n`);
  files.set(
    `transforms/${name}.jsonata`,
    `/* ${what}, as schema ${made} wants it: look at every TODO. */\n${rule}`,
  );
  files.set(`transforms/${name}.yaml`, `input: ${input.name}\noutput: ${made}\n`);
  return { files, fields };
}

const pretty = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** A schema of the workspace that the body satisfies and that is named for it, else a new one. */
function inputOf(
  name: string,
  { source, type, body, schema }: Origin,
  { schemas }: Workspace,
): { readonly name: string; readonly schema: unknown; readonly isNew: boolean } {
  const fits = (one: Schema | undefined): one is Schema => one?.validate(body).length === 0;
  const wished = [source, type]
    .filter((part) => part !== "")
    .join(".")
    .replaceAll(/[^\w.-]+/g, "-");
  const known = schemas.get(wished);
  if (fits(known)) return { name: wished, schema: known.schema, isNew: false };
  const made = known === undefined ? wished : `${name}.input`;
  return { name: made, schema: schema ?? inferredSchema([body]), isNew: true };
}

/** A schema of the plain fields that a body of this schema surely has. */
function ownFields(schema: unknown): unknown {
  const { properties, required } = isFields(schema) ? schema : {};
  const sure = Array.isArray(required) ? (required as unknown[]) : [];
  const plain = Object.entries(isFields(properties) ? properties : {}).filter(
    ([name, part]) =>
      sure.includes(name) &&
      isFields(part) &&
      /^(?:string|number|integer|boolean)$/.test(String(part["type"])),
  );
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    required: plain.map(([name]) => name),
    properties: Object.fromEntries(
      plain.map(([name, part]) => [name, { type: (part as { type: string }).type }]),
    ),
  };
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Writes the case, then checks and tests what was written. */
async function finish(
  name: string,
  { source, type, body, context }: Origin,
  drawn: Drawn,
  options: Options,
): Promise<void> {
  const { dir, ruleBudgets } = settingsOf(options);
  const { workspace } = await loadWorkspace(dir, process.env, ruleBudgets);
  const route = workspace?.routes.get(name);
  let files = [...drawn.files.keys()];
  if (workspace !== undefined && route?.transform !== undefined) {
    const title = `${type === "" ? "an event" : type} of ${source}`;
    const captured: Captured = { body, transform: route.transform, route, name: title, context, redact: [] };
    files = [...new Set([...files, ...(await captureCase(captured, workspace)).files])];
  }
  const last = await loadWorkspace(dir, process.env, ruleBudgets, { types: true });
  const problems = last.problems.filter(({ file }) => files.includes(file));
  const cases = last.workspace === undefined ? [] : await runCases(last.workspace, { filter: name });
  const own = cases.filter(({ transform }) => transform === name);
  const { cases: given = [] } = last.workspace?.transforms.get(name) ?? {};
  const makes = given.length > 0 && given.every(({ expected }) => expected.kind === "result");
  const passes = makes && own.every(({ ok }) => ok) && problems.every(({ severity }) => severity !== "error");
  const todo = drawn.fields.filter(({ from }) => from === undefined);
  if (options.json) outJson({ files, fields: drawn.fields, problems, passes });
  else {
    for (const file of files) out(file);
    for (const { field, from, score } of drawn.fields)
      if (from !== undefined) out(`  ${field} ← ${from}  ${paint.dim(`likeness ${String(score)}`)}`);
    for (const { field, isRequired } of todo)
      out(
        `  ${field} ← ${paint.yellow(isRequired ? "TODO: required, and nothing is like it" : "TODO: optional")}`,
      );
    for (const one of problems) note(problemLine(one));
    out(
      passes
        ? paint.green("It checks, and its case passes.")
        : paint.red("Its case does not pass yet: see `signalbox test`."),
    );
  }
  end(passes ? EXIT.fine : EXIT.failed);
}

function refuse(why: string): void {
  note(why);
  end(EXIT.usage);
}
