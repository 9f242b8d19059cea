/** The page of a schema, made of the schema: every part has its JSON Pointer as anchor, so that a link leads to that very part. */
import type { Reply } from "../core/reply.ts";
import { isFields, pointerStep, subschemas, type Fields } from "../core/schema-walk.ts";
import { escapeHtml, htmlPage } from "./page.ts";

/** A schema of more parts than this is cut: a page that no browser can show helps nobody. */
const MAX_PARTS = 3_000;

const STYLE =
  "section{border-left:3px solid transparent;padding:.1rem .8rem;margin:.4rem 0;overflow-wrap:anywhere}" +
  "section:target{border-color:#d9480f;background:#fff4e6}h2{font-size:1rem;margin:.6rem 0 .2rem}p{margin:.2rem 0}" +
  "dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem .8rem;margin:.3rem 0;font-size:.9rem}dd{margin:0}dt{color:#666}" +
  "@media(prefers-color-scheme:dark){section:target{background:#3a2a18}dt{color:#aaa}}";

/** One schema. Boolean schemas have a page too. */
export function schemaPage(name: string, schema: unknown): Reply {
  const parts = isFields(schema) ? [...limited(subschemas(schema), MAX_PARTS + 1)] : [];
  const required = requiredIn(parts);
  const sections = parts.slice(0, MAX_PARTS).map((part) => section(name, part.path, part.schema, required));
  const title = isFields(schema) && typeof schema.title === "string" ? schema.title : name;
  const cut = parts.length > MAX_PARTS ? `<p>Only the first ${MAX_PARTS} parts are shown.</p>` : "";
  const always =
    typeof schema === "boolean" ? `<p>It takes ${schema ? "everything" : "nothing at all"}.</p>` : "";
  return htmlPage(
    `Schema ${name}`,
    `<p><a href="/docs/schemas">All schemas</a></p><h1>${escapeHtml(title)}</h1><p><code>${escapeHtml(name)}</code></p>${always}${cut}${sections.join("")}`,
    STYLE,
  );
}

/** All schemas that have a page. */
export function schemaListPage(names: readonly string[], own: readonly string[]): Reply {
  const listed = (all: readonly string[]): string =>
    all
      .map((name) => `<li><a href="/docs/schemas/${encodeURIComponent(name)}">${escapeHtml(name)}</a></li>`)
      .join("");
  return htmlPage(
    "Schemas",
    `<h1>Schemas of the workspace</h1><ul>${listed(names)}</ul><h1>Shapes of the API</h1><ul>${listed(own)}</ul>`,
    STYLE,
  );
}

function* limited<T>(items: Iterable<T>, max: number): Generator<T> {
  let count = 0;
  for (const item of items) {
    if (count++ >= max) return;
    yield item;
  }
}

/** Pointers of the properties that the object they stand in requires. */
function requiredIn(parts: readonly { path: string; schema: Fields }[]): ReadonlySet<string> {
  return new Set(
    parts.flatMap(({ path, schema }) =>
      Array.isArray(schema.required)
        ? schema.required.map((key: unknown) => `${path}/properties${pointerStep(String(key))}`)
        : [],
    ),
  );
}

function section(name: string, path: string, schema: Fields, required: ReadonlySet<string>): string {
  const { title, description } = schema;
  const depth = Math.min(12, path.split("/").length - 1);
  const heading = path === "" ? "The whole" : `<code>${escapeHtml(path)}</code>`;
  const said = [title, description]
    .filter((text) => typeof text === "string")
    .map((text) => `<p>${escapeHtml(text)}</p>`);
  const rows = [
    ...(required.has(path) ? [["required", "yes"]] : []),
    ...Object.entries(schema).flatMap(([keyword, value]) => rowOf(name, keyword, value)),
  ];
  const shown = rows.map(([term, text]) => `<dt>${escapeHtml(term!)}</dt><dd>${text}</dd>`).join("");
  return (
    `<section id="${escapeHtml(path)}" style="margin-left:${depth * 0.6}rem">` +
    `<h2><a href="#${fragment(path)}">${heading}</a></h2>${said.join("")}<dl>${shown}</dl></section>`
  );
}

/** Keywords whose value has sections of its own, or is said elsewhere. */
const ELSEWHERE = new Set([
  ...["title", "description", "$schema", "properties", "patternProperties", "$defs", "definitions"],
  ...["dependentSchemas", "allOf", "anyOf", "oneOf", "prefixItems", "contains", "propertyNames", "not"],
  ...["if", "then", "else"],
]);

/** A keyword and its value as HTML. */
function rowOf(name: string, keyword: string, value: unknown): string[][] {
  if (ELSEWHERE.has(keyword) || (isFields(value) && /items|properties/i.test(keyword))) return [];
  if (keyword === "$ref" && typeof value === "string") return [[keyword, linkOf(name, value)]];
  return [[keyword, codeOf(value)]];
}

/** Where a `$ref` leads: a part of this page, or another schema's. */
function linkOf(name: string, ref: string): string {
  const [base = "", pointer = ""] = ref.split("#", 2);
  const other = base === "" ? name : base.replace(/^.*[/:]/, "").replace(/\.json$/, "");
  const href = base === "" ? `#${pointer}` : `/docs/schemas/${encodeURIComponent(other)}#${pointer}`;
  return `<a href="${escapeHtml(href)}"><code>${escapeHtml(ref)}</code></a>`;
}

function codeOf(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return `<code>${escapeHtml(text.length > 500 ? `${text.slice(0, 500)}…` : text)}</code>`;
}

function fragment(path: string): string {
  return escapeHtml(encodeURI(path).replaceAll("#", "%23"));
}
