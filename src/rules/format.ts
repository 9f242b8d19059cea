/** A YAML file against its format: read, variables filled in, checked, defaults filled in. */
import { inspect } from "node:util";
import type { ErrorCode } from "../core/errors.ts";
import type { SchemaProblem, Validator } from "../core/schema.ts";
import { isFields, pointerKeys, pointerStep } from "../core/schema-walk.ts";
import { didYouMean } from "../core/suggest.ts";
import type { WorkspaceFile } from "./files.ts";
import type { Tell } from "./problem.ts";
import { readYaml } from "./read.ts";
import type { Positioned } from "./read.ts";
import { fillVariables, spelled } from "./variables.ts";
import type { Environment, Filled } from "./variables.ts";

/** A file that could be read, with what is needed to tell of its parts. */
export interface Opened {
  readonly path: string;
  readonly document: Positioned;
  /** Variables filled in, defaults not. */
  readonly value: unknown;
  /** JSON Pointers of texts that hold a variable, and of those that hold an unset one. */
  readonly variables: ReadonlySet<string>;
  readonly unset: ReadonlySet<string>;
}

/** Reads a YAML file; what is wrong is told. Without an environment variables are not filled in. */
export function openYaml(file: WorkspaceFile, tell: Tell, environment?: Environment): Opened | undefined {
  const read = readYaml(file.text);
  if (!read.ok) {
    for (const { code, message, ...place } of read.problems) tell(file.path, place, code, message);
    return undefined;
  }
  const { document } = read;
  // An empty file lacks its keys: that says more than that it is null.
  const value = document.value ?? {};
  if (environment === undefined)
    return { path: file.path, document, value, variables: new Set(), unset: new Set() };
  const filled = fillVariables(value, environment);
  tellUnfilled(file.path, document, filled, environment, tell);
  const unset = new Set(filled.unfilled.map(({ path }) => path));
  return { path: file.path, document, value: filled.value, variables: filled.paths, unset };
}

function unset(name: string, environment: Environment): string {
  const file =
    environment[`${name}_FILE`] === undefined ? "" : `, and no file can be read where \`${name}_FILE\` says`;
  return `The variable \`${name}\` is not set${file}.`;
}

function tellUnfilled(
  path: string,
  document: Positioned,
  filled: Filled,
  environment: Environment,
  tell: Tell,
): void {
  for (const { path: pointer, offset, name } of filled.unfilled) {
    const before = String(valueAt(document.value, pointer)).slice(0, offset).split("\n");
    const place = document.within(pointer, { line: before.length, column: before.at(-1)!.length + 1 });
    if (name !== undefined) tell(path, place, "RULE_VARIABLE_UNSET", unset(name, environment));
    else
      tell(
        path,
        place,
        "RULE_VALUE_INVALID",
        "`${` begins no variable here.",
        "Write ${NAME} or ${NAME:-default}; `$${` stands for `${`.",
      );
  }
}

/** Checks an opened file against its format and fills in the defaults; what is wrong is told. */
export function checkFormat<File>(
  opened: Opened,
  kind: string,
  validate: Validator,
  tell: Tell,
): File | undefined {
  const { value } = opened;
  let problems = validate(value);
  const spelt = problems.filter(({ path, keyword }) => keyword === "type" && spellOut(opened, path));
  if (spelt.length > 0) problems = validate(value);
  const told = new Set<string>();
  let ok = true;
  for (const one of problems) {
    ok = false;
    const same = `${one.path} ${one.key ?? ""}`;
    if (opened.unset.has(one.path) || told.has(same)) continue;
    told.add(same);
    tellSchemaProblem(opened, kind, one, tell);
  }
  return ok ? (value as File) : undefined;
}

/** Turns a variable's text into the number or boolean that it spells. */
function spellOut({ value, variables }: Opened, pointer: string): boolean {
  const keys = pointerKeys(pointer);
  const parent = valueAt(value, keys.slice(0, -1).map(pointerStep).join("")) as
    Record<string, unknown> | undefined;
  const key = keys.at(-1);
  if (!variables.has(pointer) || key === undefined || parent === undefined) return false;
  const spelt = spelled(parent[key]);
  if (spelt === undefined) return false;
  parent[key] = spelt;
  return true;
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  additionalProperties: "RULE_KEY_UNKNOWN",
  unevaluatedProperties: "RULE_KEY_UNKNOWN",
  required: "RULE_KEY_MISSING",
};

function tellSchemaProblem(opened: Opened, kind: string, problem: SchemaProblem, tell: Tell): void {
  const { path, keyword, key, allowed, message } = problem;
  const code = CODES[keyword] ?? "RULE_VALUE_INVALID";
  const atKey = key !== undefined && code !== "RULE_KEY_MISSING";
  const place = atKey ? opened.document.place(path + pointerStep(key), "key") : opened.document.place(path);
  const names = (allowed ?? []).filter((one): one is string => typeof one === "string");
  const typed = atKey ? key : opened.variables.has(path) ? undefined : valueAt(opened.value, path);
  const hint = typeof typed === "string" ? didYouMean(typed, names) : "";
  const subject = message.replace(/^the value/, `A ${kind}`).replace(/^the key/, "The key");
  tell(opened.path, place, code, `${subject}.${hint}`);
}

/** The value at a JSON Pointer; undefined where there is none. */
export function valueAt(value: unknown, pointer: string): unknown {
  let part = value;
  for (const step of pointerKeys(pointer)) {
    if (Array.isArray(part)) part = part[Number(step)];
    else if (isFields(part) && Object.hasOwn(part, step)) part = part[step];
    else return undefined;
  }
  return part;
}

/** Makes a file show itself as it is written wherever it is turned into text; written credentials are hidden. */
export function showAsWritten<File extends object>(file: File, written: unknown): File {
  const shown = hidden(written, false);
  const show = { value: () => shown, enumerable: false };
  return Object.defineProperties(file, { toJSON: show, [inspect.custom]: show });
}

/** Keys and header names whose texts are credentials, or may be. */
const CREDENTIALS =
  /^(?:secrets|token|password|value|config|key|certificate|passphrase)$|.-key$|token|secret|auth.+|cookie|signature/i;

function hidden(part: unknown, secret: boolean): unknown {
  if (Array.isArray(part)) return part.map((item) => hidden(item, secret));
  if (isFields(part)) {
    return Object.fromEntries(
      Object.entries(part).map(([key, item]) => [key, hidden(item, secret || CREDENTIALS.test(key))]),
    );
  }
  if (!secret || typeof part !== "string") return part;
  const name = /^\$\{(\w+)(?::-[^{}]*)?\}$/.exec(part)?.[1];
  return name === undefined ? "•••" : `\${${name}}`;
}

/** A part of a file as a file of its own: its places are the file's. */
export function partOf(opened: Opened, pointer: string, value: unknown): Opened {
  const inner = (paths: ReadonlySet<string>): Set<string> =>
    new Set(
      [...paths].filter((path) => path.startsWith(`${pointer}/`)).map((path) => path.slice(pointer.length)),
    );
  return {
    path: opened.path,
    value,
    variables: inner(opened.variables),
    unset: inner(opened.unset),
    document: {
      value,
      place: (path, of) => opened.document.place(pointer + path, of),
      within: (path, place) => opened.document.within(pointer + path, place),
    },
  };
}
