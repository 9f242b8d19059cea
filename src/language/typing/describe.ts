/** A type in words, for people: `{ id: text, tags?: array of text }`. */
import { fieldType, join, joinAll } from "./join.ts";
import { ANY, NEVER, present } from "./lattice.ts";
import type { Shape, Type } from "./lattice.ts";

const MOST_FIELDS = 12;

/** A type on one line; `levels` of objects are written out. */
export function describe(type: Type, levels = 2): string {
  if (type.isAny) return "anything";
  const { text, number, array } = type;
  const parts: string[] = [];
  if (text !== undefined)
    parts.push(
      text.values === undefined
        ? "text"
        : text.values
            .slice(0, 6)
            .map((one) => JSON.stringify(one))
            .join(" | "),
    );
  if (number !== undefined)
    parts.push(
      number.values === undefined
        ? number.isInteger
          ? "whole number"
          : "number"
        : number.values.slice(0, 6).join(" | "),
    );
  if (type.bool !== 0) parts.push(type.bool === 3 ? "boolean" : String(type.bool === 2));
  if (array !== undefined)
    parts.push(array.max === 0 ? "empty array" : `array of (${describe(array.item, levels)})`);
  for (const shape of type.shapes.slice(0, 3)) parts.push(objectText(shape, levels));
  if (type.calls.length > 0) parts.push("function");
  if (type.isNull) parts.push("null");
  if (type.nothing !== undefined) parts.push("nothing");
  return parts.length === 0 ? "never" : [...new Set(parts)].join(" | ");
}

function objectText({ fields, rest }: Shape, levels: number): string {
  if (levels === 0) return "object";
  const names = [...fields].slice(0, MOST_FIELDS);
  const texts = names.map(
    ([name, field]) => `${name}${field.isRequired ? "" : "?"}: ${describe(present(field.type), levels - 1)}`,
  );
  const more = fields.size > MOST_FIELDS || rest !== undefined ? ["…"] : [];
  return `{ ${[...texts, ...more].join(", ")} }`;
}

/** The type of what stands at a path of a value, by its keys; `*` is any item, and where a value may be one item that item. */
export function typeAt(type: Type, keys: readonly string[]): Type {
  let at = type;
  for (const key of keys) {
    if (at.isAny) return ANY;
    const { array } = at;
    const item = array === undefined || array.max === 0 ? NEVER : array.item;
    const here = key === "*" ? NEVER : joinAll(at.shapes.map((shape) => fieldType(shape, key)));
    at =
      key === "*"
        ? join(item, present({ ...at, array: undefined }))
        : join(here, typeAt(item, item === NEVER ? [] : [key]));
  }
  return at;
}
