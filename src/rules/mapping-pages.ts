/** The mappings as pages of Markdown: one a route, and the map of all sources, routes and targets. The same files, the same text. */
import type { Making } from "../language/mapping.ts";
import { mappingsOf } from "./mapping.ts";
import type { Mapping, SourceField, TargetField } from "./mapping.ts";
import { diagramOf } from "./route-diagram.ts";
import type { Route, Workspace } from "./workspace.ts";

/** What every page begins with; who finds it in a file may replace the file. */
export const PAGE_NOTE = "<!-- Made of the workspace's files by `signalbox docs`; do not edit. -->";

/** Every page by its name: `README.md` and one for each route. `up` leads from their folder to the workspace: `../..`. */
export async function mappingPages(workspace: Workspace, up: string): Promise<ReadonlyMap<string, string>> {
  const mappings = await mappingsOf(workspace);
  return new Map([
    ["README.md", overview(mappings, workspace)],
    ...mappings.map((one): [string, string] => [`${one.route.name}.md`, page(one, workspace, up)]),
  ]);
}

function overview(mappings: readonly Mapping[], workspace: Workspace): string {
  const rows = mappings.map(({ route, made, lost, cases }) => [
    `[${route.name}](${route.name}.md)`,
    code(route.file.source),
    code(route.target.name),
    route.transform === undefined ? "as it is" : String(made.length),
    lost === undefined ? "" : String(lost.length),
    String(cases.length),
  ]);
  return pageOf([
    "# What goes where",
    "```mermaid\n" + diagramOf(workspace) + "```",
    tableOf(["route", "source", "target", "fields made", "fields lost", "cases"], rows),
  ]);
}

function page(mapping: Mapping, workspace: Workspace, up: string): string {
  const { route, made, read, lost, cases } = mapping;
  return pageOf([
    `# ${route.name}`,
    tableOf(["", ""], facts(route, workspace, up)),
    ...(route.transform === undefined
      ? ["The body goes on as it came."]
      : [
          "## What is made of what",
          tableOf(
            ["field", "type", "made by", "from", "for example"],
            made.map((one) => madeRow(one, route, up)),
          ),
        ]),
    ...(read.length === 0
      ? []
      : [
          "## What is read",
          tableOf(["field of the body", "type", "goes into", "for example"], read.map(readRow)),
        ]),
    ...lostText(mapping.route, lost),
    ...(cases.length === 0
      ? []
      : [
          "## Cases",
          cases.map(({ name, expected }) => `- ${text(name)}${OUTCOMES[expected.kind]}`).join("\n"),
        ]),
  ]);
}

const OUTCOMES = { result: "", any: "", filtered: ": filtered", error: ": an error" } as const;

function lostText(route: Route, lost: readonly string[] | undefined): string[] {
  if (route.transform === undefined) return [];
  const said =
    lost === undefined
      ? "Neither an input schema nor a case tells which fields there are."
      : lost.length === 0
        ? "Nothing: all fields are read."
        : `Read by nobody, and not sent on: ${lost.map(code).join(", ")}.`;
  return ["## What is lost", said];
}

function facts(
  { file, transform, target, lookups, gate, line }: Route,
  workspace: Workspace,
  up: string,
): string[][] {
  const source = workspace.sources.get(file.source);
  const link = (path: string): string => `[${path}](${up}/${path})`;
  const schema = (name: string): string => {
    const { title } = (workspace.schemas.get(name)?.schema ?? {}) as { readonly title?: unknown };
    return `[${name}](${up}/schemas/${name}.json)${typeof title === "string" ? `: ${text(title)}` : ""}`;
  };
  // As JSON a target's file shows the names of its variables.
  const shown = JSON.parse(JSON.stringify(target.file)) as { readonly url: string };
  return [
    [
      "source",
      code(file.source) + (source?.provider === undefined ? "" : ` (${text(source.provider.name)})`),
    ],
    ["events", file.on.map(code).join(", ")],
    ...(file.when === undefined ? [] : [["condition", code(file.when.trim())]]),
    ...(lookups ?? []).map(({ name, target: asked }) => ["looks up", `${code(name)} at ${code(asked.name)}`]),
    ...(transform === undefined ? [] : [["rule", link(`transforms/${transform.name}.jsonata`)]]),
    ...(transform?.input === undefined ? [] : [["from", schema(transform.input.name)]]),
    ...(transform?.output === undefined ? [] : [["to", schema(transform.output.name)]]),
    ...(line === undefined ? [] : [["line", line.rule]]),
    ...(gate === undefined ? [] : [["gate", "people let it pass"]]),
    ["target", `${code(target.name)}: ${target.file.method} ${code(shown.url)}`],
  ];
}

function madeRow(
  { path, isRequired, type, makings, from, example }: TargetField,
  { transform }: Route,
  up: string,
): string[] {
  return [
    code(path) + (isRequired ? " \\*" : ""),
    type === undefined ? "" : text(type),
    makings.length === 0
      ? "never"
      : makings.map((one) => makingText(one, `${up}/transforms/${transform!.name}.jsonata`)).join("<br>"),
    from.map(code).join(", "),
    example === undefined ? "" : code(example),
  ];
}

/** A line's number leads to the line where the page is looked at in a forge. */
const makingText = ({ text: said, bound, line, isAround }: Making, rule: string): string =>
  `[${line}](${rule}#L${line}) ${isAround ? "within " : ""}${code(said)}${bound === undefined ? "" : `, which is ${code(bound)}`}`;

const readRow = ({ path, type, into, decides, example }: SourceField): string[] => [
  code(path),
  type === undefined ? "" : text(type),
  [
    ...into.map(code),
    ...decides.map((what) => `the ${what === "when" ? "condition" : "target's address or headers"}`),
  ].join(", "),
  example === undefined ? "" : code(example),
];

const pageOf = (parts: readonly string[]): string => `${[PAGE_NOTE, ...parts].join("\n\n")}\n`;

function tableOf(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Text in a table's cell: no Markdown, no HTML, on one line. */
const text = (said: string): string =>
  said
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[\\`*_[\]<>|&]/g, (letter) =>
      letter === "<" ? "&lt;" : letter === "&" ? "&amp;" : `\\${letter}`,
    );

/** Code in a table's cell, whatever it holds: a fence longer than any within. */
function code(said: string): string {
  const line = said.replaceAll(/\s+/g, " ").replaceAll("|", "\\|");
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  const pad = longest > 0 || line === "" ? " " : "";
  return `${fence}${pad}${line}${pad}${fence}`;
}
