/** Which values of a YAML file are names of something, and which names there are. */
import { errorTable } from "../../core/errors.ts";
import { OWN_SOURCE, happeningTypes } from "../../core/happening.ts";
import { isFields } from "../../core/schema-walk.ts";
import { findProvider, providerIds } from "../../providers/catalogue.ts";
import { sampleTypes } from "../../providers/samples.ts";
import type { Folder, WorkspaceFile } from "../files.ts";
import type { Sight } from "./sight.ts";

/** A name that needs no quotes in YAML. */
export const TEXT_TYPES = /^[A-Za-z][\w.-]*$/;

/** What a value is a name of; `beside`: a file beside this one. */
export type Referred = Folder | "beside";

/** By the file's folder, then by the keys that lead to the value; `*` stands for any. */
const REFERENCES: Readonly<Record<string, Readonly<Record<string, Referred>>>> = {
  routes: {
    source: "sources",
    transform: "transforms",
    target: "targets",
    "gate notify": "targets",
    "enrich * target": "targets",
    "expect schema": "schemas",
  },
  transforms: {
    input: "schemas",
    output: "schemas",
    "cases * route": "routes",
    "cases * file": "beside",
    "cases * expectFile": "beside",
  },
  sources: { "schemas *": "schemas", "respond transform": "transforms", "respond route": "routes" },
};

/** The folder of what the value at these keys names; undefined where it names nothing. */
export function refersTo({ folder }: WorkspaceFile, keys: readonly string[]): Referred | undefined {
  const found = Object.entries(REFERENCES[folder] ?? {}).find(([pattern]) => {
    const steps = pattern.split(" ");
    return steps.length === keys.length && steps.every((one, at) => one === "*" || one === keys[at]);
  });
  return found?.[1];
}

interface Name {
  readonly name: string;
  readonly detail?: string;
}

/** The names that can stand at these keys; undefined where what stands there is no name. */
export function namesFor(
  sight: Sight,
  file: WorkspaceFile,
  keys: readonly string[],
): readonly Name[] | undefined {
  const path = keys.join(" ");
  const folder = refersTo(file, keys);
  if (folder === "beside") return undefined;
  if (folder !== undefined) {
    const own = path === "source" ? [OWN_SOURCE] : [];
    return [...[...sight.names[folder]].sort(), ...own].map((name) => ({ name, detail: folder }));
  }
  if (file.folder === "sources" && path === "provider")
    return providerIds().map((name) => ({ name, detail: findProvider(name)?.name ?? "" }));
  if (file.folder === "routes" && /^on(?: \*)?$/.test(path))
    return typesOf(sight, file).map((name) => ({ name }));
  if (file.folder === "transforms" && path === "cases * error")
    return Object.entries(errorTable)
      .filter(([code]) => code.startsWith("TRANSFORM_"))
      .map(([name, { title }]) => ({ name, detail: title }));
  return undefined;
}

/** Event types of a route's source, as far as there are samples of them. */
function typesOf({ values }: Sight, { path }: WorkspaceFile): readonly string[] {
  const route = values.get(path);
  const source = isFields(route) ? route["source"] : undefined;
  if (source === OWN_SOURCE) return Object.keys(happeningTypes);
  const file = values.get(`sources/${String(source)}.yaml`) ?? values.get(`sources/${String(source)}.yml`);
  const provider = isFields(file) ? file["provider"] : undefined;
  return typeof provider === "string" ? sampleTypes(provider) : [];
}
