import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonFault } from "../../src/rules/json-fault.ts";
import { readJson, readYaml } from "../../src/rules/read.ts";
import type { Positioned } from "../../src/rules/read.ts";

function yaml(text: string): Positioned {
  const read = readYaml(text);
  if (!read.ok) throw new Error(read.problems[0]!.message);
  return read.document;
}

const at = ({ line, column }: { line: number; column: number }): string => `${line}:${column}`;

describe("places in YAML", () => {
  const document = yaml("a:\n  - x: 1\n    'b/c': two\n  - [p, q]\nd:\n");

  it.each([
    ["", "1:1"],
    ["/a/0/x", "2:8"],
    ["/a/0/b~1c", "3:12"],
    ["/a/1/1", "4:9"],
    ["/a/0/nothing", "2:5"],
    ["/a/7", "2:3"],
  ])("the value at %s stands at %s", (pointer, place) => {
    expect(at(document.place(pointer))).toBe(place);
  });

  it("a key has its own place", () => {
    expect(at(document.place("/a/0/b~1c", "key"))).toBe("3:5");
  });
});

describe("a place inside a text", () => {
  it.each([
    ["plain", "when: a = b", 1, 5, "1:11"],
    ["in single quotes", "when: 'a = ''x'' & b'", 1, 11, "1:20"],
    ["in double quotes", 'when: "\\x61 = \\"x\\" & b"', 1, 11, "1:23"],
    ["in a literal block", "when: |\n    a =\n      b\n", 2, 3, "3:7"],
    ["in a literal block, unstripped", "when: |-\n  a\n\n  b\n", 3, 1, "4:3"],
    ["folded", "when: >\n  a\n  b\n", 1, 3, "1:7"],
    ["over two lines", 'when: "a\n  b"', 1, 3, "1:7"],
    ["beyond the end", "when: ab\nx: 1", 1, 40, "1:9"],
  ])("%s", (_, text, line, column, place) => {
    expect(at(yaml(text).within("/when", { line, column }))).toBe(place);
  });
});

describe("JSON", () => {
  it.each([
    ["", 0],
    ["  ", 0],
    ["{", 1],
    ['{"a":1,}', 7],
    ["[1,]", 3],
    ["[1 2]", 3],
    ['{"a" 1}', 5],
    ["{a:1}", 1],
    ["01", 1],
    ["1 2", 2],
    ['"a\nb"', 0],
    ["tru", 0],
    ["[}", 1],
    ['{"a":1]', 6],
    ['{"a":1,"\\u0061":2}', 7],
    ["]", 0],
  ])("%j is at fault from offset %i on", (text, offset) => {
    expect(jsonFault(text)?.offset).toBe(offset);
  });

  it("is refused exactly where JSON.parse refuses it", () => {
    const parses = (text: string): boolean => {
      try {
        JSON.parse(text);
        return true;
      } catch {
        return false;
      }
    };
    const bits = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"a"',
      '"b\\n"',
      "1",
      "-0.5e3",
      "true",
      "null",
      " ",
      "\n",
      "x",
      '"',
    );
    fc.assert(
      fc.property(fc.array(bits, { maxLength: 12 }), (parts) => {
        const text = parts.join("");
        const fault = jsonFault(text);
        if (fault?.message !== "The key is there twice.") expect(fault === undefined).toBe(parses(text));
      }),
      { numRuns: 3000 },
    );
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        expect(readJson(text).ok).toBe(true);
      }),
    );
  });

  it("has places too", () => {
    const read = readJson('{\n\t"a": [1,\n\t{"b": 2}]\n}');
    expect(read.ok && at(read.document.place("/a/1/b"))).toBe("3:8");
  });
});

it("refuses an alias inside of what it names, at once", () => {
  for (const text of ["a: &a [*a, *a]\n", "a: &a { b: *a, c: *a }\n", "&a [[*a], [*a]]\n"]) {
    const read = readYaml(text);
    expect(read.ok ? [] : read.problems.map(({ code }) => code)).toEqual(["RULE_YAML_INVALID"]);
  }
  expect(readYaml("a: &a [1]\nb: [*a, *a, { c: *a }]\n").ok).toBe(true);
});
