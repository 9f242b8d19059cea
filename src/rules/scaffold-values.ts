/** What stands in a drafted rule for a field: a path as the field takes it, the only value there is, or a placeholder. Pure. */
import type { SchemaAt } from "./editor/schema-parts.ts";
import type { Candidate } from "./propose.ts";

/** A name as it stands in a path. */
export const nameText = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : `\`${name}\``);

/** The path as the field takes it: as text, and no longer than allowed. */
export function valueOf(
  from: string,
  { types: given }: Candidate,
  types: readonly string[],
  parts: readonly SchemaAt[],
): string {
  const values = given.filter((type) => type !== "null");
  const isText =
    types.length === 0 ||
    values.every((type) => types.includes(type) || (type === "integer" && types.includes("number")));
  const text = isText ? from : `$string(${from})`;
  const most = parts.map(({ schema }) => schema["maxLength"]).find((one) => typeof one === "number");
  return most !== undefined && types.includes("string") ? `$substring(${text}, 0, ${most})` : text;
}

/** The only value that a field may have, as JSONata; undefined where it may have several. */
export function literalOf(parts: readonly SchemaAt[]): string | undefined {
  for (const { schema } of parts) {
    if (schema["const"] !== undefined) return JSON.stringify(schema["const"]);
    if (Array.isArray(schema["enum"]) && schema["enum"].length === 1)
      return JSON.stringify(schema["enum"][0]);
  }
  return undefined;
}

const OF_FORMATS: Readonly<Record<string, string>> = {
  "date-time": "$now()",
  date: "$substring($now(), 0, 10)",
  email: '"todo@example.com"',
  uri: '"https://example.com/"',
  url: '"https://example.com/"',
  uuid: "$uuid()",
};

/** Something that the schema takes, as far as its plain keywords say. */
export function placeholderOf(parts: readonly SchemaAt[], types: readonly string[]): string {
  const keyword = (name: string): unknown =>
    parts.map(({ schema }) => schema[name]).find((one) => one !== undefined);
  const choices = keyword("enum");
  if (Array.isArray(choices)) return JSON.stringify(choices[0]);
  const examples = keyword("examples");
  const example = Array.isArray(examples) ? (examples as unknown[])[0] : undefined;
  const preset = keyword("default") ?? example;
  if (preset !== undefined) return JSON.stringify(preset);
  const [type] = types;
  if (type === "integer" || type === "number") return String(Number(keyword("minimum") ?? 0));
  if (type === "boolean") return "false";
  if (type === "array") return "[]";
  if (type === "object") return "{}";
  if (type === "null") return "null";
  const format = OF_FORMATS[String(keyword("format"))];
  return format ?? JSON.stringify("TODO".padEnd(Number(keyword("minLength") ?? 0), "."));
}
