import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { diffJson, foldSame, isSame, jsonLines, type DiffRow, type Line } from "../../src/dashboard/diff.ts";
import { originsOf } from "../../src/dashboard/diff-origins.ts";

/** JSON as the API delivers it: no -0, which JSON does not keep. */
const json = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);

function side(rows: readonly DiffRow[], which: "left" | "right"): Line[] {
  return rows.flatMap((row) => row[which] ?? []);
}

function read(lines: readonly Line[]): unknown {
  return JSON.parse(lines.map(({ text }) => text).join("\n"));
}

function shown(rows: readonly DiffRow[]): string[] {
  const sign = { same: " ", changed: "~", added: "+", removed: "-" };
  return rows.map(({ kind, left, right }) => {
    const indent = " ".repeat((left ?? right)!.depth);
    return `${sign[kind]} ${indent}${kind === "changed" ? `${left!.text} → ${right!.text}` : (left ?? right)!.text}`;
  });
}

describe("the difference of two JSON values", () => {
  test("each side alone is the value that it was made of", () => {
    fc.assert(
      fc.property(json, json, (before, after) => {
        const rows = diffJson(before, after);
        expect(read(side(rows, "left"))).toEqual(before);
        expect(read(side(rows, "right"))).toEqual(after);
      }),
    );
  });

  test("a value does not differ from itself, and another one does", () => {
    fc.assert(
      fc.property(json, json, (one, other) => {
        expect(isSame(diffJson(one, structuredClone(one)))).toBe(true);
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        let equal = true;
        try {
          expect(one).toEqual(other);
        } catch {
          equal = false;
        }
        expect(isSame(diffJson(one, other))).toBe(equal);
      }),
    );
  });

  test("a changed value, a new field and one that went stand where they belong", () => {
    const before = { text: "2 commits", channel: "a", old: 1 };
    const after = { text: "3 commits", icon: "x", channel: "a" };
    expect(shown(diffJson(before, after))).toEqual([
      "  {",
      '~  "text": "2 commits", → "text": "3 commits",',
      '+  "icon": "x",',
      '   "channel": "a",',
      '-  "old": 1',
      "  }",
    ]);
  });

  test("an item put in front does not make all others look changed", () => {
    const rows = diffJson(["b", { c: 1 }, "d"], ["a", "b", { c: 1 }, "d"]);
    expect(rows.filter(({ kind }) => kind !== "same").map(({ kind, right }) => [kind, right?.text])).toEqual([
      ["added", '"a",'],
    ]);
  });

  test("a value that becomes a list is removed and added, line by line", () => {
    expect(shown(diffJson({ a: 1 }, { a: [2] }))).toEqual([
      "  {",
      '-  "a": 1',
      '+  "a": [',
      "+   2",
      "+  ]",
      "  }",
    ]);
  });

  test("without a value before, everything is added", () => {
    expect(diffJson(undefined, { a: 1 }).map(({ kind }) => kind)).toEqual(["added", "added", "added"]);
    expect(diffJson(undefined, undefined)).toEqual([]);
  });

  test("two lists of 20,000 different items are compared within a second", () => {
    const list = (salt: number): number[] => Array.from({ length: 20_000 }, (_, at) => at * 2 + salt);
    const before = performance.now();
    const rows = diffJson(list(0), list(1));
    expect(performance.now() - before).toBeLessThan(1000);
    expect(rows.filter(({ kind }) => kind === "changed")).toHaveLength(20_000);
  });
});

describe("folding", () => {
  test("keeps three unchanged lines around a change and all lines in their order", () => {
    const before = Array.from({ length: 40 }, (_, at) => at);
    const rows = diffJson(before, before.with(20, 999));
    const folds = foldSame(rows);
    expect(folds.map(({ hidden, rows: run }) => [hidden, run.length])).toEqual([
      [true, 18],
      [false, 7],
      [true, 17],
    ]);
    expect(folds.flatMap((fold) => fold.rows)).toEqual(rows);
  });

  test("leaves runs that are too short to be worth it", () => {
    expect(foldSame(diffJson([1, 2, 3], [1, 2, 4]))).toHaveLength(1);
  });
});

describe("where a result's values come from", () => {
  test("a value that stands in the body is named by its path there", () => {
    const body = { ref: "refs/heads/main", commits: [{ id: "abc", "first-name": "Ada" }], count: 1 };
    const result = { title: "abc", who: "Ada", n: 1, note: "made up" };
    expect([...originsOf(jsonLines(body), jsonLines(result))]).toEqual([
      ["title", "commits[0].id"],
      ["who", "commits[0].`first-name`"],
    ]);
  });
});
