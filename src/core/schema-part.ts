/** Which part of which schema a problem is about, so that a page of that very part can be named. Pure. */
import type { SchemaPart } from "./errors.ts";

/**
 * From a problem's `schemaPath`, as met while checking by schema `name`: "#/properties/id/type" is its own, "b#/$defs/x"
 * and "b/type" are another's that a `$ref` led to, by its name, its file's name or its `$id`.
 */
export function schemaPartOf(name: string, schemaPath: string): SchemaPart {
  const hash = schemaPath.indexOf("#");
  if (hash === 0) return { name, pointer: decoded(schemaPath.slice(1)) };
  const found =
    hash > 0 ? /^(.*)#(.*)$/.exec(schemaPath) : /^((?:\w+:)?[^/]*(?:\/.*\.json)?)(\/.*)$/.exec(schemaPath);
  const [, base = "", pointer = ""] = found ?? [];
  const other = base.replace(/^.*[/:]/, "").replace(/\.json$/, "");
  return { name: other === "" ? name : other, pointer: decoded(pointer) };
}

/** Ajv writes its pointers as URI fragments, and names a schema that is `false` after where it stands. */
function decoded(fragment: string): string {
  const pointer = fragment.replace(/\/false schema$/, "");
  try {
    return decodeURIComponent(pointer);
  } catch {
    return pointer;
  }
}
