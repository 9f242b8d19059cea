import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plainJson } from "../../src/language/result.ts";
import { evaluated, failed } from "./evaluate.ts";

const throughText = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("a result as plain JSON", () => {
  it("equals what writing and reading JSON makes of any JSON value", () => {
    const key = fc.oneof(
      fc.string(),
      fc.constantFrom("__proto__", "constructor", "toString", "_jsonata_function", "0"),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 6 }, tie("leaf"), tie("array"), tie("object"), tie("bare")),
      leaf: fc.oneof(
        fc.string({ unit: "binary" }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.boolean(),
        fc.constant(null),
      ),
      array: fc
        .array(tie("value"), { maxLength: 5 })
        .map((items) => Object.assign(items, { sequence: true })),
      object: fc.dictionary(key, fc.oneof(tie("value"), fc.constant(undefined)), { maxKeys: 5 }),
      bare: fc.dictionary(key, tie("value"), { maxKeys: 5, noNullPrototype: false }),
    }));
    fc.assert(
      fc.property(value, (value) => {
        const plain = plainJson(value);
        // Not by expect: it stumbles over own `__proto__` keys.
        expect(isDeepStrictEqual(plain, throughText(value))).toBe(true);
        expect(JSON.stringify(plain)).toBe(JSON.stringify(value));
      }),
      { numRuns: 1000 },
    );
  });

  it("keeps undefined, fills holes with null and makes 0 of -0, as JSON does", () => {
    expect(plainJson(undefined)).toBeUndefined();
    expect(plainJson([undefined, 1])).toEqual([null, 1]);
    expect(Object.is(plainJson(-0), 0)).toBe(true);
  });

  it("has ordinary prototypes and arrays without marks", async () => {
    const result = (await evaluated("{ 'list': [1..3].{ 'n': $ }, 'one': [1][[0]] }")) as { list: object[] };
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
    expect(Object.getPrototypeOf(result.list[0])).toBe(Object.prototype);
    expect(Object.keys(result.list)).toEqual(["0", "1", "2"]);
    expect(result).toStrictEqual({ list: [{ n: 1 }, { n: 2 }, { n: 3 }], one: 1 });
  });

  it("keeps a __proto__ key as a key and pollutes nothing", async () => {
    const body: unknown = JSON.parse('{"__proto__":{"polluted":true},"a":{"__proto__":1}}');
    for (const source of ["$", "{ '__proto__': { 'polluted': true } }", "$merge([$, { 'b': 1 }])"]) {
      const result = (await evaluated(source, body)) as object;
      expect(Object.hasOwn(result, "__proto__"), source).toBe(true);
      expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    }
  });

  it.each([
    ["{ 'a': [1, { 'b': $sum }] }", "the result at $.a[1].b is a function"],
    ["function($x) { $x }", "the result at $ is a function"],
    ["{ 'f': $substring(?, 1) }", "the result at $.f is a function"],
    ["{ 'a key': /x/ }", 'the result at $["a key"] is a function'],
    ["[$parseInteger('', '0')]", "the result at $[0] is a number that is not finite"],
  ])("refuses %s and names the path", async (source, sentence) => {
    const error = await failed(source);
    expect([error.code, error.detail]).toEqual([
      "TRANSFORM_RESULT_INVALID",
      expect.stringContaining(sentence),
    ]);
    expect(error.detail).toMatch(/^line 1, column 1: /);
  });

  it("points at the statement that yields the result", async () => {
    expect((await failed("(\n  $x := 1; /* the result: */\n  { 'f': $sum };\n)")).detail).toMatch(
      /^line 3, column 3: /,
    );
    expect((await failed("($x := [1]; $sum)[0]")).detail).toMatch(/^line 1, column 1: /);
  });

  it("takes 100 levels and refuses 101", () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
    expect(plainJson(nested(100))).toEqual(nested(100));
    expect(() => plainJson(nested(101))).toThrowError(/is nested more than 100 levels deep/);
    expect(() => plainJson(nested(5000))).toThrowError(/is nested more than 100 levels deep/);
  });

  it("lets a body pass that only looks like one of jsonata's functions", async () => {
    const body = {
      _jsonata_function: true,
      _jsonata_lambda: true,
      implementation: "x",
      environment: { lookup: 1 },
    };
    expect(await evaluated("$", body)).toEqual(body);
  });
});
