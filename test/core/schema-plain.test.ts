/** What is called sound is compiled by Ajv without a fault, and judges values as if it had been compiled at once. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { isPlain } from "../../src/core/schema-plain.ts";
import { compileSchemas } from "../../src/core/schema.ts";

const plain = (schema: unknown, others: Readonly<Record<string, unknown>> = {}): boolean =>
  isPlain(schema, new Map(Object.entries(others)));

const shipped = new Map(
  readdirSync("schemas").map((file): [string, unknown] => [
    file.replace(/\.json$/, ""),
    JSON.parse(readFileSync(`schemas/${file}`, "utf8")),
  ]),
);

describe("a schema that is sound beyond doubt", () => {
  it("is every one of the shipped workspace", () => {
    for (const [name, schema] of shipped) expect(isPlain(schema, shipped), name).toBe(true);
  });

  it("has known keywords with values of their kinds, and references that lead somewhere", () => {
    const good = {
      $defs: { a: { type: "string" } },
      properties: { x: { $ref: "#/$defs/a" }, y: { $ref: "other#/items" } },
    };
    expect(plain(good, { other: { items: { type: ["string", "null"] } } })).toBe(true);
    expect(plain({ $ref: "#" })).toBe(true);
    expect(plain({ properties: { self: { $ref: "me.json" } } }, { me: { $ref: "me" } })).toBe(true);
    for (const bad of [
      { type: "text" },
      { type: [] },
      { required: ["a", "a"] },
      { minLength: -1 },
      { enum: [] },
      { enum: [1, 1] },
      { pattern: "(?=x)" },
      { patternProperties: { "[": {} } },
      { items: [{}] },
      { anyOf: [] },
      { properties: { a: { nonsense: 1 } } },
      { $ref: "#/$defs/none" },
      { $ref: "nobody" },
      { $ref: "#/default", default: { type: "string" } },
      { $ref: "https://example.com/x" },
      { $ref: "other#/items" },
      { $id: "x" },
      { $anchor: "x" },
      { nullable: true },
      { properties: { a: { $schema: "https://json-schema.org/draft/2020-12/schema" } } },
      [],
      "x",
    ])
      expect(plain(bad, { other: { items: 3 } }), JSON.stringify(bad)).toBe(false);
  });

  it("tells the same of all of them, lazily or not: faults, and what is wrong with values", () => {
    const all = new Map([
      ...shipped,
      ["bad-type", { type: "text" }],
      ["bad-ref", { properties: { a: { $ref: "#/$defs/none" } } }],
      ["refers-to-bad", { $ref: "bad-type" }],
      ["nullable", { nullable: true }],
    ] as const);
    const eager = compileSchemas(all);
    const lazy = compileSchemas(all, { lazily: true });
    for (const [name, one] of eager) {
      const other = lazy.get(name)!;
      expect(other.ok, name).toBe(one.ok);
      if (!one.ok || !other.ok) {
        expect(other).toEqual(one);
        continue;
      }
      for (const value of [{}, null, "x", { name: 1, lines: [{}] }])
        expect(other.validate(value), name).toEqual(one.validate(value));
    }
  });
});
