/** How the API's shapes are written: JSON Schema values from which OpenAPI, checks and TypeScript types come. */

/** An object with these properties; all are there but the optional ones, and no others. */
export function shape<
  const Properties extends Readonly<Record<string, unknown>>,
  const Optional extends keyof Properties & string = never,
>(description: string, properties: Properties, optional: readonly Optional[] = []) {
  type Required = Exclude<keyof Properties & string, Optional>;
  const required = Object.keys(properties).filter(
    (name): name is Required => !(optional as readonly string[]).includes(name),
  );
  return {
    type: "object",
    description,
    additionalProperties: false,
    properties,
    required: required as readonly Required[],
  } as const;
}

/** A list of such things. */
export function list<const Item>(items: Item) {
  return { type: "array", items } as const;
}

/** A page of a list: `next` is the cursor of the page behind it; without it the list ends here. */
export function page<const Item>(items: Item) {
  return shape("A page; `next` is the cursor of the following one.", { items: list(items), next: text }, [
    "next",
  ]);
}

/** Names with a value each. */
export function map<const Value>(additionalProperties: Value) {
  return { type: "object", additionalProperties } as const;
}

/** One of these words. */
export function oneOf<const Words extends readonly string[]>(...words: Words) {
  return { type: "string", enum: words } as const;
}

export const text = { type: "string" } as const;
export const flag = { type: "boolean" } as const;
/** A whole number from 0. */
export const count = { type: "integer", minimum: 0 } as const;
export const number = { type: "number" } as const;
/** Milliseconds; parts of one are kept. */
export const ms = { type: "number", minimum: 0, description: "Milliseconds." } as const;
/** ISO 8601, UTC, by the store's clock. */
export const time = { type: "string", format: "date-time" } as const;
/** Any JSON value. */
export const anything = {} as const;
