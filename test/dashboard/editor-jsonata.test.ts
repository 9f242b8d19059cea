import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { StringStream } from "@codemirror/language";
import { atStart, FUNCTIONS, nextToken, type Going } from "../../src/dashboard/editor-jsonata.ts";

function tokens(text: string, going: Going = atStart()): [string, string][] {
  const found: [string, string][] = [];
  for (const line of text.split("\n")) {
    const stream = new StringStream(line, 2, 2);
    while (!stream.eol()) {
      stream.start = stream.pos;
      const token = nextToken(stream, going);
      expect(stream.pos, "a token has a length").toBeGreaterThan(stream.start);
      if (token !== null) found.push([stream.current(), token]);
    }
  }
  return found;
}

function named(text: string, wanted: string): string[] {
  return tokens(text).flatMap(([word, token]) => (token === wanted ? [word] : []));
}

describe("JSONata in colour", () => {
  test("names, variables, functions, texts and numbers", () => {
    expect(tokens(`$uppercase(name) & $x & "a" & 1.5e3`)).toEqual([
      ["$uppercase", "standard"],
      ["(", "bracket"],
      ["name", "propertyName"],
      [")", "bracket"],
      ["&", "operator"],
      ["$x", "variableName"],
      ["&", "operator"],
      ['"a"', "string"],
      ["&", "operator"],
      ["1.5e3", "number"],
    ]);
  });

  test("a slash divides after a value and begins a pattern elsewhere", () => {
    expect(named("a / b / c", "regexp")).toEqual([]);
    expect(named("$match(a, /b\\/c/i)", "regexp")).toEqual(["/b\\/c/i"]);
    expect(named("(a) /* half */ / 2", "regexp")).toEqual([]);
  });

  test("`and` is an operator between values and a name where a value is expected", () => {
    expect(named("and and or.in", "keyword")).toEqual(["and"]);
  });

  test("comments and texts go on over lines", () => {
    expect(named("/* one\ntwo */ three", "comment")).toEqual(["/* one", "two */"]);
    expect(named('"one\ntwo" & three', "string")).toEqual(['"one', 'two"']);
  });

  test("a text before a colon is a field's name, in an object and in JSON", () => {
    expect(named('{ "a": "b", \'c\' : 1 }', "propertyName")).toEqual(['"a"', "'c'"]);
    expect(named('{"a":{"b":[true,null]}}', "propertyName")).toEqual(['"a"', '"b"']);
  });

  test("every shipped rule is understood to its end", () => {
    const folder = fileURLToPath(new URL("../../transforms/", import.meta.url));
    const rules = readdirSync(folder).filter((name) => name.endsWith(".jsonata"));
    expect(rules.length).toBeGreaterThan(3);
    for (const rule of rules) {
      const going = atStart();
      const found = tokens(readFileSync(folder + rule, "utf8"), going);
      expect(going.within, rule).toBe("");
      expect(
        found.filter(([, token]) => token === "invalid"),
        rule,
      ).toEqual([]);
    }
  });

  test("never stands still, whatever is typed", () => {
    fc.assert(fc.property(fc.string({ unit: "grapheme", maxLength: 80 }), (text) => void tokens(text)));
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(..."/*\"'`\\$λ{[(&:=~>.a1 \n")),
        (signs) => void tokens(signs.join("")),
      ),
    );
  });

  test("the functions are those of the language", async () => {
    const { default: jsonata } = await import("jsonata");
    // `$uuid` is of Signalbox's own.
    for (const name of FUNCTIONS.filter((one) => one !== "uuid")) {
      expect(await jsonata(`$exists($${name})`).evaluate({}), name).toBe(true);
    }
  });
});
