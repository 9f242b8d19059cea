/** The formats' reference pages and editor schemas, made of the very schemas that check the files. Pure. */
import { errorTable } from "../core/errors.ts";
import { routeSchema } from "../core/route.ts";
import { isFields } from "../core/schema-walk.ts";
import type { Fields } from "../core/schema-walk.ts";
import { sourceSchema } from "../core/source.ts";
import { targetSchema } from "../core/target.ts";
import { transformSchema } from "../core/transform.ts";
import { providerSchema } from "../providers/provider.ts";
import { schemeSchema } from "../providers/scheme.ts";
import { providersPage } from "./providers-page.ts";

interface Format {
  readonly name: string;
  readonly schema: Fields;
  /** Where files of it stand. */
  readonly place: string;
  /** `${NAME}` is filled in. */
  readonly variables: boolean;
}

/** The formats that are documented. */
export const formats: readonly Format[] = [
  { name: "source", schema: sourceSchema, place: "`sources/<name>.yaml`", variables: true },
  { name: "route", schema: routeSchema, place: "`routes/<name>.yaml`", variables: false },
  { name: "target", schema: targetSchema, place: "`targets/<name>.yaml`", variables: true },
  {
    name: "transform",
    schema: transformSchema,
    place: "`transforms/<name>.yaml`, beside `transforms/<name>.jsonata`",
    variables: false,
  },
  {
    name: "scheme",
    schema: schemeSchema,
    place: "`verify:` of a source, and a provider's `schemes`",
    variables: true,
  },
  {
    name: "provider",
    schema: providerSchema,
    place: "`src/providers/catalogue/<id>.json`",
    variables: false,
  },
];

/** Every generated file by its path in the repository. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const format of formats) {
    files.set(`docs/schemas/${format.name}.schema.json`, editorSchema(format));
    files.set(`docs/reference/${format.name}.md`, referencePage(format));
  }
  files.set("docs/providers.md", providersPage(NOTE));
  return files.set("docs/reference/errors.md", errorsPage());
}

/** The schema as editors read it: where variables are filled in, one may stand for any value. */
export function editorSchema({ schema, variables }: Format): string {
  const shown = variables ? orVariable(schema) : schema;
  const whole = { $schema: "https://json-schema.org/draft/2020-12/schema", ...(shown as Fields) };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

const NARROWING = ["pattern", "enum", "const", "format"];
const VARIABLE = { type: "string", pattern: "\\$\\{[A-Za-z_]" };

/** Every schema of a text, number or boolean that a variable's reference would not satisfy, with one beside it that it does. */
function orVariable(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(orVariable);
  if (!isFields(schema)) return schema;
  const { type, description, examples, default: preset, ...rest } = schema;
  const isNarrow = typeof type === "string" && /number|integer|boolean/.test(type);
  if (isNarrow || (type === "string" && NARROWING.some((keyword) => keyword in rest))) {
    const said = Object.entries({ description, examples, default: preset }).filter(
      ([, value]) => value !== undefined,
    );
    return { ...Object.fromEntries(said), anyOf: [{ type, ...rest }, VARIABLE] };
  }
  const untouched = new Set(["default", "examples", "enum", "const", "if", "propertyNames", "required"]);
  return Object.fromEntries(
    Object.entries(schema).map(([key, part]) => [key, untouched.has(key) ? part : orVariable(part)]),
  );
}

const NOTE = "<!-- Generated from the format's schema by `npm run generate`; do not edit. -->";

/** A page with a table of all keys. */
export function referencePage({ name, schema, place, variables }: Format): string {
  const lines = [
    NOTE,
    `# ${name.charAt(0).toUpperCase()}${name.slice(1)}`,
    "",
    String(schema.description),
    "",
    `Where: ${place}. Editor schema: [${name}.schema.json](../schemas/${name}.schema.json).`,
    ...(variables
      ? [
          "",
          "`${NAME}` and `${NAME:-default}` in any text stand for environment variables, and where NAME_FILE names a file for what it holds; `$${` stands for `${`.",
        ]
      : []),
    "",
    "| key | value | default | meaning |",
    "| --- | --- | --- | --- |",
    ...rowsOf(schema, ""),
    "",
  ];
  return lines.join("\n");
}

function rowsOf(schema: Fields, prefix: string): string[] {
  const properties = isFields(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(properties).flatMap(([key, part]) => {
    if (!isFields(part)) return [];
    const preset =
      part.default === undefined ? (required.includes(key) ? "required" : "") : code(part.default);
    const cells = [`\`${prefix}${key}\``, valueOf(part), preset, meaningOf(part)];
    return [`| ${cells.map(cell).join(" | ")} |`, ...rowsBelow(part, prefix + key)];
  });
}

function rowsBelow(part: Fields, path: string): string[] {
  const branches = [part.oneOf, part.anyOf].flat().filter(isFields);
  return [
    ...rowsOf(part, `${path}.`),
    ...(isFields(part.items)
      ? [...rowsOf(part.items, `${path}[].`), ...branchRows(part.items, `${path}[]`)]
      : []),
    ...branches.flatMap((branch) => rowsOf(branch, `${path}${tagOf(branch)}.`)),
  ];
}

function branchRows(part: Fields, path: string): string[] {
  return [part.oneOf, part.anyOf]
    .flat()
    .filter(isFields)
    .flatMap((branch) => rowsOf(branch, `${path}.`));
}

/** " (bearer)" for a branch that is known by `type: bearer`. */
function tagOf({ properties }: Fields): string {
  const type = isFields(properties) ? properties.type : undefined;
  return isFields(type) && typeof type.const === "string" ? ` (${type.const})` : "";
}

function meaningOf({ description, examples }: Fields): string {
  const said = typeof description === "string" ? description : "";
  const shown = Array.isArray(examples) && examples.length > 0 ? `e.g. ${examples.map(code).join(", ")}` : "";
  return [said, shown].filter((one) => one !== "").join("<br>");
}

function valueOf(part: Fields): string {
  if (part.const !== undefined) return code(part.const);
  if (Array.isArray(part.enum)) return part.enum.map(code).join(", ");
  if (part.type === "array") return `list of ${isFields(part.items) ? valueOf(part.items) : "anything"}`;
  if (typeof part.type === "string") return `${TYPES[part.type] ?? part.type}${boundsOf(part)}`;
  const branches = [part.oneOf, part.anyOf].flat().filter(isFields).map(valueOf);
  return branches.length === 0 ? "anything" : [...new Set(branches)].join(" or ");
}

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  integer: "whole number",
  object: "mapping",
  boolean: "true or false",
};

function boundsOf({ minimum, maximum, exclusiveMinimum, pattern }: Fields): string {
  const least =
    minimum === undefined
      ? exclusiveMinimum === undefined
        ? ""
        : `over ${String(exclusiveMinimum)}`
      : `from ${String(minimum)}`;
  const most = maximum === undefined ? "" : `to ${String(maximum)}`;
  const range = [least, most].filter((one) => one !== "").join(" ");
  if (range !== "") return `, ${range}`;
  return typeof pattern === "string" ? ` like ${code(pattern)}` : "";
}

function code(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (text === "") return '`""`';
  return text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

/** What stands for a name, `<source>`, is no HTML; inside backticks nothing is changed. */
function prose(text: string): string {
  return text.replace(/`[^`]*`|</g, (found) => (found === "<" ? "\\<" : found));
}

/** What the prefix of a code says about where it comes from. */
const STEPS: Readonly<Record<string, string>> = {
  ACCEPT: "answered to the sender of a request",
  DISPATCH: "a delivery whose route or target is gone",
  CHAIN: "events that follow from one another",
  TRANSFORM: "a rule or a schema, while a delivery is made or a case run",
  FORWARD: "the request to a target",
  RULE: "found in the workspace by `signalbox check`",
  SETTING: "settings, store and start",
  ADMIN: "the operator's side",
};

/** A page of all error codes, by step. */
export function errorsPage(): string {
  const lines = [NOTE, "# Errors", "", "Every code there is, what it means and how to mend it.", ""];
  let step = "";
  for (const [name, { title, status, retry, fix }] of Object.entries<ErrorEntry>(errorTable)) {
    const prefix = name.slice(0, name.indexOf("_"));
    if (prefix !== step) lines.push(`## ${prefix}: ${STEPS[prefix] ?? "elsewhere"}`, "");
    step = prefix;
    const again = retry === "later" ? "Trying again later may help." : "Trying again does not help.";
    lines.push(
      `### ${name}`,
      "",
      `${prose(title)}.${status === undefined ? "" : ` HTTP ${status}.`} ${again}`,
      "",
      prose(fix),
      "",
    );
  }
  return lines.join("\n");
}

type ErrorEntry = (typeof errorTable)[keyof typeof errorTable];
