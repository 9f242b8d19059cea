import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseJsonata } from "../../src/language/jsonata.ts";
import type { Node } from "../../src/language/jsonata.ts";
import { placeOf, placesIn, resultStart, tokensOf } from "../../src/language/tokens.ts";
import { childrenOf } from "../../src/language/tree.ts";

const suite = new URL("../../../shared/jsonata-test-suite/cases.json", import.meta.url);

const positionsIn = (node: Node): number[] => [
  ...(node.position === undefined ? [] : [node.position]),
  ...childrenOf(node).flatMap(positionsIn),
];

function positionsOf(source: string): number[] {
  try {
    return positionsIn(parseJsonata(source));
  } catch {
    return [];
  }
}

describe("the tokens of an expression", () => {
  it("are its words with their places, also when it is broken", () => {
    const words = tokensOf("a.`b c`[x!=1.5e3] /* no */ & 'it\\'s' ~> $f(/a\\/[/]b/i, ?) / 2 and \"open");
    expect(words.map(({ text }) => text)).toEqual(
      ["a", ".", "`b c`", "[", "x", "!=", "1.5e3", "]", "&", "'it\\'s'", "~>", "$f", "("].concat([
        "/a\\/[/]b/i",
        ",",
        "?",
        ")",
        "/",
        "2",
        "and",
        '"open',
      ]),
    );
  });

  it.skipIf(!existsSync(suite))(
    "end where jsonata's parser says, in all expressions of ../shared/jsonata-test-suite",
    () => {
      const cases = JSON.parse(readFileSync(suite, "utf8")) as { expr: string }[];
      let compared = 0;
      for (const { expr } of cases) {
        const ends = new Set(tokensOf(expr).map(({ end }) => end));
        const positions = positionsOf(expr);
        expect(
          positions.filter((position) => !ends.has(position)),
          expr,
        ).toEqual([]);
        compared += positions.length;
      }
      expect(compared).toBeGreaterThan(10_000);
    },
  );

  it("know the place of an offset and where the result begins", () => {
    expect(placeOf("a\r\nbc", 4)).toEqual({ line: 2, column: 2 });
    expect(resultStart("( $a := (1; 2); $a )")).toBe(16);
    expect(resultStart("($a).b")).toBe(0);
    expect(resultStart("  a")).toBe(2);
  });
});

it("many places of one source are those that are asked for one by one", () => {
  for (const source of ["", "a", "a\nb\n\n  c", "\n\n", "é🦑\nx"]) {
    const places = placesIn(source);
    for (let offset = 0; offset <= source.length; offset++)
      expect(places(offset)).toEqual(placeOf(source, offset));
  }
});
