import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inferredSchema, widenedSchema } from "../../src/core/infer-schema.ts";
import { compileSchemas } from "../../src/core/schema.ts";

/** Compiled once: that is what takes long. */
function satisfying(schema: unknown): (value: unknown) => boolean {
  const compiled = compileSchemas(new Map([["s", schema]])).get("s")!;
  if (!compiled.ok) throw new Error(compiled.message);
  return (value) => compiled.validate(value).length === 0;
}

describe("a schema from samples", () => {
  it("has types, what all samples have as required, formats, and items", () => {
    const schema = inferredSchema([
      { id: 1, at: "2026-01-01T00:00:00Z", tags: ["a"], note: null, mail: "a@b.org" },
      { id: 2.5, at: "2026-01-02T00:00:00+01:00", tags: [], note: "x", mail: "c@d.org", extra: true },
    ]);
    expect(schema).toEqual({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      required: ["id", "at", "tags", "note", "mail"],
      properties: {
        id: { type: "number" },
        at: { type: "string", format: "date-time" },
        tags: { type: "array", items: { type: "string" } },
        note: { type: ["null", "string"] },
        mail: { type: "string", format: "email" },
        extra: { type: "boolean" },
      },
    });
  });

  it("is satisfied by its samples, and once widened by those that come later, whatever they are", () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue(), { minLength: 1, maxLength: 4 }),
        fc.array(fc.jsonValue(), { maxLength: 4 }),
        (first, later) => {
          const schema = inferredSchema(first);
          const wider = widenedSchema(schema, later).schema;
          return first.every(satisfying(schema)) && [...first, ...later].every(satisfying(wider));
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe("widening a schema", () => {
  const schema = {
    title: "order",
    type: "object",
    required: ["id", "state"],
    properties: {
      id: { type: "integer", description: "kept" },
      state: { enum: ["open"] },
      at: { type: "string", format: "date-time" },
      lines: { type: "array", items: { type: "object", required: ["sku"], properties: { sku: {} } } },
    },
  };

  it("tells each change at its path, and keeps what is said besides", () => {
    const widened = widenedSchema(schema, [
      { id: "x", state: "paid", at: "yesterday", lines: [{ qty: 1 }] },
      { id: 1, at: "2026-01-01T00:00:00Z" },
    ]);
    expect(widened.changes.map(({ path, change }) => `${path} ${change}`)).toEqual([
      "/state no longer required",
      "/id may be string, too",
      "/state may be 1 other value, too",
      "/at no longer of format date-time",
      "/lines/*/sku no longer required",
      "/lines/*/qty new: integer",
    ]);
    expect(widened.schema).toMatchObject({
      title: "order",
      required: ["id"],
      properties: {
        id: { type: ["integer", "string"], description: "kept" },
        state: { enum: ["open", "paid"] },
      },
    });
  });

  it("changes nothing where the samples satisfy it", () => {
    expect(widenedSchema(schema, [{ id: 1, state: "open" }])).toEqual({ schema, changes: [] });
  });
});
