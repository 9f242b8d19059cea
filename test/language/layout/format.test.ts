/** Rules laid out: comments stay, a second time changes nothing, and no rule means something else. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { formatJsonata, WIDTH } from "../../../src/language/layout/format.ts";
import { wordsOf } from "../../../src/language/layout/words.ts";
import { parseJsonata } from "../../../src/language/jsonata.ts";
import { tokensOf } from "../../../src/language/tokens.ts";

const root = new URL("../../../", import.meta.url);
const suite = new URL("../shared/jsonata-test-suite/cases.json", root);

function formatted(source: string): string {
  const result = formatJsonata(source);
  if (!result.ok) throw new Error(result.mistakes.map(({ message }) => message).join(" "));
  return result.text;
}

/** The tree without places, read apart from what the formatter itself compares. */
function treeOf(source: string): unknown {
  return JSON.parse(
    JSON.stringify(parseJsonata(source), (key, value: unknown) =>
      key === "position" || typeof value === "function"
        ? undefined
        : value instanceof RegExp
          ? `${value.source} ${value.flags}`
          : value,
    ),
  );
}

const commentsOf = (source: string): string[] =>
  wordsOf(source)
    .flatMap(({ before, after }) => [...before, ...after])
    .map(({ text }) => text.replaceAll(/\s+/g, " "));

const rules = [
  "transforms",
  ...readdirSync(new URL("examples/", root)).map((name) => `examples/${name}/transforms`),
]
  .filter((folder) => existsSync(new URL(`${folder}/`, root)))
  .flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, root))
      .filter((name) => name.endsWith(".jsonata"))
      .map((name) => `${folder}/${name}`),
  );

describe("every shipped rule", () => {
  it.each(rules)("%s means the same, keeps its comments, and is laid out for good", (path) => {
    const source = readFileSync(new URL(path, root), "utf8");
    const text = formatted(source);
    expect(treeOf(text)).toEqual(treeOf(source));
    expect(commentsOf(text)).toEqual(commentsOf(source));
    expect(formatted(text)).toBe(text);
    // All on one line, a rule without comments is laid out all the same.
    const flat = tokensOf(source)
      .map((word) => word.text)
      .join(" ");
    expect(treeOf(formatted(flat))).toEqual(treeOf(source));
    expect(formatted(flat)).not.toBe(`${flat}\n`);
  });
});

describe.skipIf(!existsSync(suite))("the JSONata project's own cases (../shared/jsonata-test-suite)", () => {
  it("mean the same when they are laid out, and a second time changes nothing", { timeout: 120_000 }, () => {
    const cases = JSON.parse(readFileSync(suite, "utf8")) as { readonly expr: string }[];
    const sources = [...new Set(cases.map(({ expr }) => expr))];
    const wrong: string[] = [];
    const unread: string[] = [];
    let changed = 0;
    for (const source of sources) {
      const result = formatJsonata(source);
      if (!result.ok) {
        unread.push(source);
        continue;
      }
      const tree = JSON.stringify(treeOf(source));
      if (JSON.stringify(treeOf(result.text)) !== tree) wrong.push(source);
      else if (formatted(result.text) !== result.text) wrong.push(`not for good: ${source}`);
      else if (result.text !== source) changed++;
      else if (!source.endsWith("\n")) wrong.push(`left alone: ${source}`);
    }
    expect(wrong).toEqual([]);
    expect(unread.every((source) => throws(source))).toBe(true);
    expect(changed).toBeGreaterThan(1000);
  });
});

function throws(source: string): boolean {
  try {
    parseJsonata(source);
    return false;
  } catch {
    return true;
  }
}

describe("a rule", () => {
  it.each([
    ["a+b*c", "a + b * c"],
    ["{'a':1,'b':[1,2],'c':{}}", "{ 'a': 1, 'b': [1, 2], 'c': {} }"],
    ["-a- -b", "-a - -b"],
    ["a .b [c=1] . *", "a.b[c = 1].*"],
    ["a?b:c", "a ? b : c"],
    ["function($x,$y)<n-n:n>{$x+$y}", "function($x, $y)<n-n:n> { $x + $y }"],
    ["Order^( >price,<name )", "Order^(>price, <name)"],
    ["a@$x#$i.%.b", "a@$x#$i.%.b"],
    ["$ ~>|a.b|{'c':1},['d']|", "$ ~> |a.b|{ 'c': 1 }, ['d']|"],
    ["$f(?,2)", "$f(?, 2)"],
    ["[0 .. 5]", "[0..5]"],
    ["a{b:c}", "a{ b: c }"],
    ["($x:=1;$x)", "($x := 1; $x)"],
    ["a/b/c", "a / b / c"],
    ["$match(a,/x  y/i)", "$match(a, /x  y/i)"],
    ["a   and  b or c in [ d ]", "a and b or c in [d]"],
  ])("%s is written %s", (source, wished) => {
    expect(formatted(source)).toBe(`${wished}\n`);
  });

  it("keeps each comment where it belongs", () => {
    const source = `/* on top */
( /* opened */
  $a:=1; /* behind the first */

  /* before
     the second */
  $b := /* within */ 2;
  $a+$b /* behind the last */
  /* before the end */
)
/* at the end */
`;
    expect(formatted(source)).toBe(`/* on top */
( /* opened */
  $a := 1; /* behind the first */

  /* before
     the second */
  $b := /* within */ 2;
  $a + $b /* behind the last */
  /* before the end */
)
/* at the end */
`);
  });

  it("leaves the line that is excused as it is, so that the excuse still stands above it", () => {
    const long = `"text":   "${"x".repeat(60)}" & name & "${"y".repeat(60)}" & name`;
    const source = `{\n  "a":1,\n  /* signalbox-ignore RULE_FIELD_LIMIT: it is short */\n  ${long}\n}\n`;
    expect(formatted(source)).toContain(`it is short */\n  ${long}\n`);
    expect(formatted(source)).toContain('"a": 1,');
  });

  it("is broken where it is wider than a line, at what binds least", () => {
    const part = (letter: string): string => `$uppercase(${letter.repeat(40)})`;
    const text = formatted(`${part("a")} & ${part("b")} * ${part("c")} & ${part("d")}`);
    expect(text.split("\n").every((line) => line.length <= WIDTH)).toBe(true);
    expect(text).toMatch(
      /^\$uppercase\(a+\)\n {2}& \$uppercase\(b+\) \* \$uppercase\(c+\)\n {2}& \$uppercase\(d+\)\n$/,
    );
  });

  it("takes a condition without an else to end with its field", () => {
    const text = formatted('{"phone": a ? b, "since": c, "x": (d ? e; {"y": f})}');
    expect(text).toBe('{ "phone": a ? b, "since": c, "x": (d ? e; { "y": f }) }\n');
  });

  it("does not touch texts, quoted names and patterns over several lines", () => {
    const source = "{\n      'a':   'one\n   two',\n 'b': `x\n  y`\n}";
    expect(formatted(source)).toBe("{\n  'a': 'one\n   two',\n  'b': `x\n  y`\n}\n");
  });

  it("that does not parse is told of and not changed", () => {
    const result = formatJsonata("{ 'a': }");
    expect(result.ok).toBe(false);
    expect(result.ok ? [] : result.mistakes.map(({ code }) => code)).toEqual(["RULE_SYNTAX_INVALID"]);
  });
});
