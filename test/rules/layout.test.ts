/** Files laid out: YAML keeps its comments and says the same, a second time changes nothing. */
import { readFileSync, readdirSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { layOut } from "../../src/rules/layout.ts";
import { pointerAt } from "../../src/rules/read.ts";

function laidOut(text: string): string {
  const result = layOut("routes/a.yaml", text);
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join(" "));
  return result.text;
}

const root = new URL("../../", import.meta.url);
const files = ["sources", "routes", "transforms", "targets"].flatMap((folder) =>
  readdirSync(new URL(`${folder}/`, root))
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => `${folder}/${name}`),
);

describe("YAML", () => {
  it("gets one indentation, one blank, and one padding of maps and lists in a line", () => {
    expect(laidOut("a:   {b: 1,c: [ 1,2 ]}\nd:\n    - e\n    -   f: 1\n        g: 2\n")).toBe(
      "a: { b: 1, c: [1, 2] }\nd:\n  - e\n  - f: 1\n    g: 2\n",
    );
  });

  it("keeps comments, empty lines, quotes, anchors and the lines of texts", () => {
    const text = `# first
# second

a: 'x' # behind

# above
b: "y"
c: &anchor
  - >-
    folded
    text
  - |
    a text
      of lines
d: *anchor
when:
  one
  and two
# at the end
`;
    const kept = laidOut(text);
    expect(kept).toContain("  - >-\n    folded\n    text\n");
    expect(kept).toContain("when: one\n  and two\n");
    for (const comment of ["# first\n# second\n\n", "'x' # behind", "\n\n# above\nb:", "# at the end\n"])
      expect(kept).toContain(comment);
    expect(laidOut(kept)).toBe(kept);
    expect(parse(kept)).toEqual(parse(text));
  });

  it("makes a block of what is too wide for a line", () => {
    const name = "n".repeat(50);
    expect(laidOut(`a: { b: [${name}, ${name}, ${name}], c: 1 }\n`)).toBe(
      `a:\n  b:\n    - ${name}\n    - ${name}\n    - ${name}\n  c: 1\n`,
    );
  });

  it("never folds a long text: a condition stays on its line", () => {
    const text = `when: ${"a = 1 and ".repeat(30)}b\n`;
    expect(laidOut(text)).toBe(text);
  });

  it.each(files)("of the shipped %s stays as it is: it has the layout", (path) => {
    const text = readFileSync(new URL(path, root), "utf8");
    expect(laidOut(text)).toBe(text);
  });

  it("says the same, whatever it says", () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 4 }),
        fc.constantFrom(2, 4, 7),
        fc.boolean(),
        fc.constantFrom(0, 40),
        (value, indent, isFlow, lineWidth) => {
          const text = stringify(
            { a: value },
            { indent, lineWidth, ...(isFlow && { collectionStyle: "flow" as const }) },
          );
          const result = layOut("a.yaml", text);
          // What cannot be laid out is left alone: with __proto__ and the like as keys.
          if (!result.ok) return;
          expect(parse(result.text)).toEqual(parse(text));
          expect(laidOut(result.text)).toBe(result.text);
        },
      ),
      { numRuns: 400, seed: 7 },
    );
  });

  it("that is none is told of as by `check`", () => {
    const result = layOut("routes/a.yaml", "a: [1\nb: 2\n");
    expect(result.ok).toBe(false);
    expect(result.ok ? [] : result.problems[0]).toMatchObject({
      file: "routes/a.yaml",
      code: "RULE_YAML_INVALID",
      severity: "error",
    });
  });
});

describe("what stands at an offset", () => {
  const text = "source: github\ncases:\n  - name: x\n    given: { a/b: 1 }\n";
  it.each([
    ["source", "/source", "key"],
    ["github", "/source", "value"],
    ["name", "/cases/0/name", "key"],
    ["x\n", "/cases/0/name", "value"],
    ["a/b", "/cases/0/given/a~1b", "key"],
    ["1 }", "/cases/0/given/a~1b", "value"],
  ])("%j is %s", (word, pointer, of) => {
    expect(pointerAt(text, text.indexOf(word))).toEqual({ pointer, of });
  });
});
