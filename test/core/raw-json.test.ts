/** Parts of a JSON text as they were written. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rawAll, rawMember } from "../../src/core/raw-json.ts";
import { readAll } from "../../src/providers/locate.ts";

describe("the parts of a JSON text", () => {
  it("are found at a path with every element, as they were written", () => {
    const text =
      ' {"x": "]},", "a" : {"items": [ {"id": 12345678901234567890,\n "t":"\\"}"} , {"id":1.10} ]}}';
    expect(rawAll(text, "a.items[]")).toEqual(['{"id": 12345678901234567890,\n "t":"\\"}"}', '{"id":1.10}']);
    expect(rawAll(text, "a.items[].id")).toEqual(["12345678901234567890", "1.10"]);
    expect(rawAll("[[1,2],[3]]", "[][]")).toEqual(["1", "2", "3"]);
    expect(rawAll("[]", "[]")).toEqual([]);
    expect(rawAll('{"a":[{"b":7}]}', "a[0].b")).toEqual(["7"]);
  });

  it("are none where something on the way is not there, or the text is broken", () => {
    for (const [text, path] of [
      ['{"a":1}', "b[]"],
      ['{"a":1}', "a[]"],
      ['{"a":[{}]}', "a[].b"],
      ['{"a":[1,2', "a[]"],
      ['{"a" 1}', "a"],
      ["{a:1}", "a"],
      ["[1 2]", "[]"],
      ["", "[]"],
      ["null", "a"],
    ] as const)
      expect(rawAll(text, path), `${path} in ${text}`).toBeUndefined();
  });

  it("are those that JSON.parse has, whatever the text holds", () => {
    fc.assert(
      fc.property(
        fc.array(fc.json({ maxDepth: 3 }), { maxLength: 5 }),
        fc.constantFrom("", " ", "\n\t"),
        (values, space) => {
          const text = `{${space}"a"${space}:"lost","a":[${values.join(`${space},${space}`)}${space}]}`;
          const read = readAll(JSON.parse(text), "a[]");
          expect(rawAll(text, "a[]")?.map((each) => JSON.parse(each) as unknown)).toEqual(read);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("by name are those that are there once", () => {
    expect(rawMember('{"a":1,"b":{"c": [2]}}', "b")).toBe('{"c": [2]}');
    expect(rawMember('{"a":1,"\\u0061":2}', "a")).toBeUndefined();
    expect(rawMember('{"a":1', "a")).toBeUndefined();
    expect(rawMember("[1]", "a")).toBeUndefined();
  });
});
