/** What an editor knows of a workspace, also while files are half written: names, schemas, and what refers to what. */
import { readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { isFields } from "../../core/schema-walk.ts";
import { wholeSchema } from "../../language/typing/analyse.ts";
import type { SchemaPart } from "../../language/typing/analyse.ts";
import { readFiles } from "../files.ts";
import type { Folder, Found, Unsaved, WorkspaceFile } from "../files.ts";
import { roughYaml } from "../read.ts";
import type { Schema } from "../workspace.ts";

export interface Sight extends Found {
  readonly dir: string;
  /** Of those that are JSON. */
  readonly schemas: ReadonlyMap<string, Schema>;
  /** What YAML files hold as far as they can be read, by path. */
  readonly values: ReadonlyMap<string, unknown>;
}

/** Looks at the files of a folder. Never throws for what they hold. */
export async function lookAt(dir: string, unsaved: Unsaved): Promise<Sight> {
  const found = await readFiles(dir, () => undefined, unsaved);
  const schemas = new Map<string, Schema>();
  const values = new Map<string, unknown>();
  for (const { folder, name, format, path, text } of found.files) {
    if (format === "yaml") values.set(path, roughYaml(text));
    if (folder !== "schemas") continue;
    const schema = jsonOf(text);
    if (schema !== undefined) schemas.set(name, { name, schema, validate: () => [] });
  }
  return { ...found, dir, schemas, values };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The file of a name; of a transform its rule, where there is one. */
export function fileOf({ files }: Sight, folder: Folder, name: string): WorkspaceFile | undefined {
  const found = files.filter((file) => file.folder === folder && file.name === name);
  return found.find(({ format }) => format === "jsonata") ?? found[0];
}

/** What a transform's YAML file says, as far as it can be read. */
export interface TransformSight {
  readonly path: string | undefined;
  readonly input: string | undefined;
  readonly output: string | undefined;
  readonly cases: readonly unknown[];
}

export function transformOf({ files, values }: Sight, name: string): TransformSight {
  const yaml = files.find(
    (file) => file.folder === "transforms" && file.name === name && file.format === "yaml",
  );
  const value = yaml && values.get(yaml.path);
  const fields = isFields(value) ? value : {};
  const { input, output, cases } = fields;
  return {
    path: yaml?.path,
    input: typeof input === "string" ? input : undefined,
    output: typeof output === "string" ? output : undefined,
    cases: Array.isArray(cases) ? (cases as unknown[]) : [],
  };
}

/** A schema with those that it may refer to, as rules are followed by. */
export function partOf({ schemas }: Sight, name: string | undefined): SchemaPart | undefined {
  const schema = name === undefined ? undefined : schemas.get(name);
  if (schema === undefined) return undefined;
  return wholeSchema(schema.schema, new Map([...schemas.values()].map((one) => [one.name, one.schema])));
}

/** Cases that are tried for a sample. */
const MOST_BODIES = 5;

/** Bodies of a transform's first cases. */
export async function bodiesOf(sight: Sight, name: string): Promise<readonly unknown[]> {
  const { cases, path } = transformOf(sight, name);
  const bodies: unknown[] = [];
  for (const one of cases.slice(0, MOST_BODIES)) {
    if (!isFields(one)) continue;
    const { given, event, file } = one;
    if (given !== undefined) bodies.push(given);
    else if (isFields(event) && event["body"] !== undefined) bodies.push(event["body"]);
    else if (typeof file === "string" && path !== undefined) {
      const text = await readFile(join(sight.dir, posix.dirname(path), file), "utf8").catch(() => "");
      const body = jsonOf(text);
      if (body !== undefined) bodies.push(body);
    }
  }
  return bodies;
}
