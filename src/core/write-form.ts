/** A value as application/x-www-form-urlencoded: flat fields, repeated ones from arrays, `a[b]` for what is nested. */
import { isFields } from "./schema-walk.ts";

/** The form of an object. A null is left out. Throws an Error whose sentence tells what no form can hold. */
export function writeForm(value: unknown): string {
  if (!isFields(value)) throw new Error("a form needs an object with its fields");
  const fields = new URLSearchParams();
  for (const [name, part] of Object.entries(value)) append(fields, name, part);
  return fields.toString();
}

function append(fields: URLSearchParams, name: string, value: unknown): void {
  if (value === null || value === undefined) return;
  if (Array.isArray(value)) {
    const isFlat = value.every((item) => !isFields(item) && !Array.isArray(item));
    for (const [index, item] of value.entries()) append(fields, isFlat ? name : `${name}[${index}]`, item);
  } else if (isFields(value)) {
    for (const [key, part] of Object.entries(value)) append(fields, `${name}[${key}]`, part);
  } else fields.append(name, String(value));
}
