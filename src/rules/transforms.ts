/** The transforms: the rule of `transforms/<name>.jsonata` with its schemas and cases of `transforms/<name>.yaml`. */
import { posix } from "node:path";
import { isErrorCode } from "../core/errors.ts";
import { compileFormat } from "../core/schema.ts";
import { transformSchema, type TransformFile } from "../core/transform.ts";
import { compileExpression, type Expression } from "../language/expression.ts";
import { readText, revisionOf, type WorkspaceFile } from "./files.ts";
import { checkFormat, openYaml, type Opened } from "./format.ts";
import { START, type Tell } from "./problem.ts";
import { readJson } from "./read.ts";
import { resolveSchema, type SchemaNames } from "./schemas.ts";
import type { Case, Checked, Transform } from "./workspace.ts";

const validateTransform = compileFormat(transformSchema);

/** The files of one transform; the rule is missing where only its YAML is there. */
export interface TransformFiles {
  readonly name: string;
  readonly rule: WorkspaceFile | undefined;
  readonly yaml: WorkspaceFile | undefined;
}

/** One transform; undefined where it cannot be used. Everything that is wrong, its cases included, is told. */
export async function loadTransform(
  { name, rule, yaml }: TransformFiles,
  dir: string,
  schemas: SchemaNames,
  tell: Tell,
): Promise<Transform | undefined> {
  if (rule === undefined && yaml !== undefined) {
    tell(yaml.path, START, "RULE_TRANSFORM_UNKNOWN", `Transform \`${name}\` has no rule: \`transforms/${name}.jsonata\` is missing.`);
  }
  const compiled = rule && loadRule(rule, tell);
  const opened = yaml && openYaml(yaml, tell);
  const file = opened ? checkFormat<TransformFile>(opened, "transform", validateTransform, tell) : undefined;
  if (yaml !== undefined && (opened === undefined || file === undefined)) return undefined;
  const input = opened && schemaOf("input", file?.input, opened, schemas, tell);
  const output = opened && schemaOf("output", file?.output, opened, schemas, tell);
  const cases = opened && file ? await loadCases(file, opened, dir, input, tell) : [];
  if (compiled === undefined || rule === undefined) return undefined;
  const checked = [input, output].map((one) => (one === undefined ? "" : JSON.stringify(schemas.schemas.get(one.name)?.schema)));
  return {
    name,
    rule: compiled,
    ...(input && { input }),
    ...(output && { output }),
    file: file ?? { cases: [] },
    cases,
    revision: revisionOf([rule.text, yaml?.text ?? "", ...checked]),
  };
}

function loadRule({ path, text }: WorkspaceFile, tell: Tell): Expression | undefined {
  const compiled = compileExpression(text);
  if (compiled.ok) return compiled.expression;
  for (const { code, message, fix, line, column } of compiled.problems) tell(path, { line, column }, code, message, fix);
  return undefined;
}

function schemaOf(
  key: "input" | "output",
  name: string | undefined,
  { path, document }: Opened,
  schemas: SchemaNames,
  tell: Tell,
): Checked | undefined {
  return name === undefined ? undefined : resolveSchema(name, schemas, path, document.place(`/${key}`), tell);
}

async function loadCases(
  file: TransformFile,
  opened: Opened,
  dir: string,
  input: Checked | undefined,
  tell: Tell,
): Promise<Case[]> {
  const cases: Case[] = [];
  const names = new Set<string>();
  for (const [index, one] of file.cases.entries()) {
    const at = `/cases/${index}`;
    const place = opened.document.place(at);
    if (names.has(one.name)) {
      const message = `Two cases have the name \`${one.name}\`.`;
      tell(opened.path, opened.document.place(`${at}/name`), "RULE_NAME_TAKEN", message, "Rename one of them.");
    }
    names.add(one.name);
    const given = await payloadOf(one, at, opened, dir, tell);
    if (given === undefined) continue;
    const expected = expectedOf(one, at, opened, tell);
    if (expected === undefined) continue;
    const fits = fitsInput(given.payload, input, expected);
    if (fits !== undefined) tell(opened.path, opened.document.place(given.pointer), "RULE_CASE_INVALID", `Case \`${one.name}\`: ${fits}`);
    const { body: _body, ...event } = one.event ?? {};
    cases.push({ ...place, name: one.name, file: opened.path, payload: given.payload, event: event as Case["event"], route: one.route, expected });
  }
  return cases;
}

type OneCase = TransformFile["cases"][number];

/** The case's body, and the pointer at which it stands. */
async function payloadOf(
  one: OneCase,
  at: string,
  { path, document }: Opened,
  dir: string,
  tell: Tell,
): Promise<{ payload: unknown; pointer: string } | undefined> {
  if (one.event !== undefined) return { payload: one.event.body, pointer: `${at}/event` };
  if (one.file === undefined) return { payload: one.given, pointer: `${at}/given` };
  const pointer = `${at}/file`;
  const missing = (why: string): undefined =>
    tell(path, document.place(pointer), "RULE_CASE_FILE_MISSING", `Case \`${one.name}\`: \`${one.file}\` ${why}.`) as undefined;
  const name = posix.join(posix.dirname(path), one.file);
  let why = "cannot be read";
  const text = await readText(dir, name, (_path, _place, _code, message) => (why = message.replace(/^`[^`]*` |\.$/g, "")));
  if (text === undefined) return missing(why);
  const read = readJson(text);
  if (read.ok) return { payload: read.document.value, pointer };
  for (const { code, message, line, column } of read.problems) tell(name, { line, column }, code, message);
  return undefined;
}

function expectedOf(one: OneCase, at: string, { path, document }: Opened, tell: Tell): Case["expected"] | undefined {
  if (one.filtered === true) return { kind: "filtered" };
  if (one.error === undefined) return { kind: "result", value: one.expect };
  if (isErrorCode(one.error)) return { kind: "error", code: one.error };
  tell(path, document.place(`${at}/error`), "RULE_VALUE_INVALID", `There is no error code \`${one.error}\`.`);
  return undefined;
}

/** The first complaint of the input schema, unless the case is about just that, or about being filtered before. */
function fitsInput(payload: unknown, input: Checked | undefined, expected: Case["expected"]): string | undefined {
  if (input === undefined || (expected.kind === "error" && expected.code === "TRANSFORM_INPUT_INVALID")) return undefined;
  const [problem] = input.validate(payload);
  return problem && `it does not fit schema \`${input.name}\`: ${problem.message}.`;
}
