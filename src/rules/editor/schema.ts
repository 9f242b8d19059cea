/** Schemas: from a `$ref` to what it means. */
import type { WorkspaceFile } from "../files.ts";
import { START } from "../problem.ts";
import { pointerAt, readJson } from "../read.ts";
import { valueAt } from "../format.ts";
import type { Definition } from "./answers.ts";
import type { Sight } from "./sight.ts";

/** Where the `$ref` at an offset leads; undefined for anything else. */
export function defineSchema(sight: Sight, file: WorkspaceFile, offset: number): Definition | undefined {
  const at = pointerAt(file.text, offset);
  if (at === undefined || !at.pointer.endsWith("/$ref")) return undefined;
  const ref = valueAt(sight.schemas.get(file.name)?.schema, at.pointer);
  if (typeof ref !== "string") return undefined;
  const [document = "", pointer = ""] = ref.split("#");
  const name = document === "" ? file.name : document.replace(/^.*[/:]/, "").replace(/\.json$/, "");
  const target = sight.files.find((one) => one.folder === "schemas" && one.name === name);
  if (target === undefined) return undefined;
  const read = readJson(target.text);
  return { path: target.path, place: read.ok ? read.document.place(pointer, "key") : START };
}
