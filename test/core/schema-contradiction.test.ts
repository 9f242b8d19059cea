/** What is called contradictory is satisfied by nothing, by Ajv's word; and nothing shipped is called so. */
import { readdirSync, readFileSync } from "node:fs";
import type { AnySchema, ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contradictions } from "../../src/core/schema-contradiction.ts";

/** What needs itself without end is followed without end. */
function judges(judge: ValidateFunction, value: unknown): boolean {
  try {
    return judge(value);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

const told = (schema: unknown, others: Readonly<Record<string, unknown>> = {}): string[] =>
  contradictions(schema, new Map(Object.entries({ schema, ...others }))).map(
    ({ path, message, whole }) => `${whole ? "nothing: " : ""}${path} ${message}`,
  );

describe("a schema that contradicts itself", () => {
  it("is told at the place and by the two that do not go together", () => {
    expect(told({ type: "string", enum: [1, 2] })).toEqual([
      "nothing: /enum None of the values of `enum` is of `type` string.",
    ]);
    expect(told({ properties: { a: { type: "array", minItems: 3, maxItems: 1 } } })).toEqual([
      "/properties/a/minItems `minItems` is 3 and `maxItems` is 1: no array is both.",
    ]);
    expect(told({ allOf: [{ type: "string" }, { type: ["number", "null"] }] })).toEqual([
      "nothing: /allOf/1/type It asks for number or null, and elsewhere for string: nothing is both.",
    ]);
    expect(told({ type: "object", required: ["id"], additionalProperties: false })).toEqual([
      "nothing: /required/0 `id` is required, and `additionalProperties: false` does not permit it.",
    ]);
    expect(told({ type: "object", required: ["a", "b"], maxProperties: 1 })).toEqual([
      "nothing: /required `required` names 2 fields, and `maxProperties` permits 1.",
    ]);
    expect(told({ type: "string", const: 1 })).toEqual(["nothing: /const `const` is not of `type` string."]);
    expect(told(false)).toEqual(["nothing:  Nothing satisfies `false`."]);
  });

  it("is empty as a whole where what is empty in it is required", () => {
    const bad = { type: "number", minimum: 2, maximum: 1 };
    const properties = { a: bad };
    expect(told({ type: "object", properties })[0]).toMatch(/^\/properties\/a\/minimum /);
    expect(told({ type: "object", properties, required: ["a"] })[0]).toMatch(
      /^nothing: \/properties\/a\/minimum /,
    );
    expect(told({ type: "array", items: bad })[0]).toMatch(/^\/items\/minimum /);
    expect(told({ type: "array", items: bad, minItems: 1 })[0]).toMatch(/^nothing: /);
    expect(told({ anyOf: [bad, { type: "string" }] })[0]).toMatch(/^\/anyOf\/0\/minimum /);
    expect(told({ anyOf: [bad, false] })[0]).toMatch(/^nothing: \/anyOf\/0\/minimum /);
  });

  it("is told of references that go round, in place or by what is required, and not of trees", () => {
    const endless = /The schema needs itself without end/;
    expect(told({ $ref: "b" }, { b: { $ref: "schema" } })[0]).toMatch(endless);
    expect(told({ $ref: "#" })[0]).toMatch(endless);
    expect(told({ type: "object", required: ["next"], properties: { next: { $ref: "#" } } })[0]).toMatch(
      endless,
    );
    expect(told({ type: "object", properties: { next: { $ref: "#" } } })).toEqual([]);
    expect(
      told({
        type: "object",
        required: ["next"],
        properties: { next: { anyOf: [{ type: "null" }, { $ref: "#" }] } },
      }),
    ).toEqual([]);
    expect(told({ type: "array", items: { $ref: "#" } })).toEqual([]);
  });

  it("is looked for in no more than so many parts, however they refer to one another", () => {
    const level = (keyword: string, nth: number): object =>
      keyword === "anyOf"
        ? { anyOf: [{ $ref: `#/$defs/l${nth + 1}` }, { $ref: `#/$defs/l${nth + 1}` }] }
        : {
            type: "object",
            required: ["a", "b"],
            properties: { a: { $ref: `#/$defs/l${nth + 1}` }, b: { $ref: `#/$defs/l${nth + 1}` } },
          };
    const found = (keyword: string, last: unknown): string[] => {
      const levels = Array.from({ length: 40 }, (_, nth) => [`l${nth}`, level(keyword, nth)] as const);
      return told({ $ref: "#/$defs/l0", $defs: Object.fromEntries([...levels, ["l40", last]]) });
    };
    expect(found("required", false)).toEqual(["nothing: /$ref Nothing satisfies `false`."]);
    expect(found("required", { type: "string" })).toEqual([]);
    expect(found("anyOf", { type: "string" })).toEqual([]);
    // 2^40 ways to nothing: it is given up, and nothing is said.
    expect(found("anyOf", false)).toEqual([]);
  });

  it("is none of those that are shipped, as workspace or as formats", () => {
    for (const folder of ["schemas", "docs/schemas"]) {
      const all = new Map(
        readdirSync(folder)
          .filter((file) => file.endsWith(".json"))
          .map((file): [string, unknown] => [
            file.replace(/\.json$/, ""),
            JSON.parse(readFileSync(`${folder}/${file}`, "utf8")),
          ]),
      );
      for (const [name, schema] of all) expect(contradictions(schema, all), name).toEqual([]);
    }
  });

  it("is refused whatever it is given, and never fails to be looked at", () => {
    const type = fc.constantFrom("string", "number", "integer", "object", "array", "null", "boolean");
    const small = fc.integer({ min: 0, max: 2 });
    const value = fc.constantFrom(1, 1.5, "a", "", null, true, [], [1], {}, { a: 1 }, { a: "a", b: {} });
    const { schema } = fc.letrec((tie) => ({
      schema: fc.oneof(
        { maxDepth: 3 },
        fc.boolean(),
        fc.record({ type: fc.oneof(type, fc.uniqueArray(type, { minLength: 1, maxLength: 3 })) }),
        fc.record({ type, minLength: small, maxLength: small, minItems: small, maxItems: small }),
        fc.record({ type, minimum: small, maximum: small, minProperties: small, maxProperties: small }),
        fc.record({ type, enum: fc.uniqueArray(value, { minLength: 1, maxLength: 2 }) }),
        fc.record({ type, const: value }),
        fc.record({
          type: fc.constant("object"),
          required: fc.uniqueArray(fc.constantFrom("a", "b"), { maxLength: 2 }),
          properties: fc.record({ a: tie("schema") }),
          additionalProperties: fc.boolean(),
        }),
        fc.record({ type: fc.constant("array"), minItems: small, items: tie("schema") }),
        fc.record({ allOf: fc.array(tie("schema"), { minLength: 1, maxLength: 2 }) }),
        fc.record({ anyOf: fc.array(tie("schema"), { minLength: 1, maxLength: 2 }) }),
        fc.record({ $ref: fc.constantFrom("#", "#/properties/a", "#/items") }),
      ),
    }));
    const ajv = new Ajv2020({ strict: false, logger: false, validateSchema: false });
    let empty = 0;
    fc.assert(
      fc.property(schema, fc.array(fc.oneof(value, fc.jsonValue()), { maxLength: 30 }), (one, values) => {
        const found = contradictions(one, new Map()).some(({ whole }) => whole);
        if (!found) return;
        let judge;
        try {
          judge = ajv.compile(one as AnySchema);
        } catch {
          return;
        }
        empty += 1;
        for (const given of values)
          expect(judges(judge, given), `${JSON.stringify(one)} and ${JSON.stringify(given)}`).toBe(false);
      }),
      { numRuns: 800 },
    );
    expect(empty).toBeGreaterThan(50);
  }, 60_000);
});
