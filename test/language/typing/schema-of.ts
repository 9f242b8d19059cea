/** A schema that some values satisfy, as narrow as keywords make it. */

type Schema = Record<string, unknown>;

const kindOf = (value: unknown): string =>
  value === null
    ? "null"
    : Array.isArray(value)
      ? "array"
      : Number.isInteger(value)
        ? "integer"
        : typeof value;

/** The schema of a few values; with `isExact`, texts, numbers and sizes are bounded by what they are. */
export function schemaOf(values: readonly unknown[], isExact: boolean): Schema {
  const branches = [...new Set(values.map(kindOf))].map((kind) =>
    ofKind(
      kind,
      values.filter((value) => kindOf(value) === kind),
      isExact,
    ),
  );
  return branches.length === 1 ? branches[0]! : { anyOf: branches };
}

function ofKind(kind: string, values: readonly unknown[], isExact: boolean): Schema {
  switch (kind) {
    case "object":
      return ofObjects(values as readonly Record<string, unknown>[], isExact);
    case "array": {
      const lists = values as readonly (readonly unknown[])[];
      const lengths = lists.map(({ length }) => length);
      const items = lists.flat();
      return {
        type: "array",
        items: items.length === 0 ? false : schemaOf(items, isExact),
        ...(isExact ? { minItems: Math.min(...lengths), maxItems: Math.max(...lengths) } : {}),
      };
    }
    case "string": {
      const lengths = (values as readonly string[]).map((value) => [...value].length);
      return {
        type: "string",
        ...(isExact ? { minLength: Math.min(...lengths), maxLength: Math.max(...lengths) } : {}),
      };
    }
    case "integer":
    case "number": {
      const numbers = values as readonly number[];
      return {
        type: kind,
        ...(isExact ? { minimum: Math.min(...numbers), maximum: Math.max(...numbers) } : {}),
      };
    }
    default:
      return isExact && kind === "boolean" ? { enum: [...new Set(values)] } : { type: kind };
  }
}

function ofObjects(values: readonly Record<string, unknown>[], isExact: boolean): Schema {
  const names = [...new Set(values.flatMap((value) => Object.keys(value)))];
  return {
    type: "object",
    required: names.filter((name) => values.every((value) => Object.hasOwn(value, name))),
    properties: Object.fromEntries(
      names.map((name) => [
        name,
        schemaOf(
          values.flatMap((value) => (Object.hasOwn(value, name) ? [value[name]] : [])),
          isExact,
        ),
      ]),
    ),
    additionalProperties: false,
  };
}
