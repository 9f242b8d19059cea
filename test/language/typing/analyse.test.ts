/** What the analysis tells of a rule, code by code; and what it keeps quiet about. */
import { describe, expect, test } from "vitest";
import {
  analyse,
  analyseCondition,
  describe as inWords,
  wholeSchema,
} from "../../../src/language/typing/analyse.ts";

const order = {
  type: "object",
  required: ["id", "number", "total", "lines", "status", "note"],
  properties: {
    id: { type: "string", minLength: 1, maxLength: 40 },
    number: { type: "integer", minimum: 1 },
    total: { type: "number" },
    big: { type: "integer", format: "int64" },
    status: { enum: ["open", "paid", "void"] },
    note: { type: ["string", "null"] },
    coupon: { type: "string" },
    customer: { $ref: "#/$defs/person" },
    lines: {
      type: "array",
      items: {
        type: "object",
        required: ["sku", "quantity"],
        properties: {
          sku: { type: "string" },
          quantity: { type: "integer" },
          tags: { type: "array", items: { type: "string" } },
        },
      },
    },
    others: { type: "array", items: { type: "object", properties: { sku: { type: "string" } } } },
  },
  $defs: {
    person: {
      type: "object",
      required: ["name"],
      properties: { name: { type: "string" }, friends: { type: "array", items: { $ref: "#/$defs/person" } } },
    },
  },
};

const closed = (
  properties: Record<string, unknown>,
  required: readonly string[] = Object.keys(properties),
): object => ({
  type: "object",
  additionalProperties: false,
  required,
  properties,
});

/** `line:column severity CODE message fix`, in the order of the text. */
function told(rule: string, output?: object, input: object = order): string[] {
  const part = output === undefined ? undefined : wholeSchema(output);
  return analyse(rule, wholeSchema(input), part).problems.map(
    ({ line, column, severity, code, message, fix }) =>
      `${line}:${column} ${severity} ${code} ${message} ${fix ?? ""}`.trim(),
  );
}

const text = { type: "string" };
const list = { type: "array", items: text };

describe("what is told", () => {
  test.each<[name: string, rule: string, output: object | undefined, expected: readonly (string | RegExp)[]]>(
    [
      [
        "a path that the schema does not have, with the nearest name",
        "{ 'a': totl }",
        undefined,
        [/^1:8 warning RULE_PATH_UNKNOWN `totl` is not in the input schema\. Did you mean `total`\?/],
      ],
      ["a path behind a list", "lines.skuu", undefined, [/RULE_PATH_UNKNOWN `lines\.skuu` .*`sku`/]],
      [
        "a path through a schema that leads back to itself",
        "customer.friends.friends.friends.nam",
        undefined,
        [/RULE_PATH_UNKNOWN `customer\.friends\.friends\.friends\.nam`/],
      ],
      [
        "a field of an object that the rule makes",
        "($x := { 'one': 1 }; $x.on)",
        undefined,
        [/RULE_PATH_UNKNOWN The object that is made here has no field `on`\. Did you mean `one`/],
      ],
      [
        "a required field that may be missing, with what makes it so",
        "{ 'a': coupon }",
        closed({ a: text }),
        [
          /^1:3 warning RULE_FIELD_MISSING The result's `a` is required, and may be missing: `coupon` may be missing\./,
        ],
      ],
      [
        "a required field that is never made",
        "{ 'b': id }",
        closed({ a: text }),
        [
          /error RULE_FIELD_MISSING The result's `a` is required, and is missing/,
          /error RULE_FIELD_UNKNOWN The result's `b` is not in the output schema/,
        ],
      ],
      [
        "a list that may come out as a single value",
        "{ 'a': lines.sku }",
        closed({ a: list }, []),
        [
          /warning RULE_FIELD_SINGLE The result's `a` must be an array, and may come out as a single value, text \(from `lines\.sku`\)\. Put `\[…\]`/,
        ],
      ],
      [
        "text where a number is wanted",
        "{ 'a': id }",
        closed({ a: { type: "number" } }),
        [
          /error RULE_FIELD_TYPE The result's `a` must be a number, and is text \(from `id`\)\. Convert it with `\$number/,
        ],
      ],
      [
        "null where text is wanted",
        "{ 'a': note }",
        closed({ a: text }),
        [/warning RULE_FIELD_TYPE The result's `a` must be text, and may be null \(from `note`\)/],
      ],
      [
        "a number that may not be whole",
        "{ 'a': total }",
        closed({ a: { type: "integer" } }),
        [/RULE_FIELD_TYPE .*must be a whole number/],
      ],
      [
        "a value that is none of those allowed",
        "{ 'a': status }",
        closed({ a: { enum: ["open", "paid"] } }),
        [/RULE_FIELD_LIMIT .*must be one of "open", "paid", and may be "void"/],
      ],
      [
        "a text that may be too long",
        "{ 'a': id & id }",
        closed({ a: { type: "string", maxLength: 60 } }),
        [/RULE_FIELD_LIMIT .*60 characters at most, and may have 80/],
      ],
      [
        "a text that may be empty",
        "{ 'a': $trim(id) }",
        closed({ a: { type: "string", minLength: 1 } }),
        [/RULE_FIELD_LIMIT .*must not be empty/],
      ],
      [
        "a pattern that may not match",
        "{ 'a': id }",
        closed({ a: { type: "string", pattern: "^x" } }),
        [/RULE_FIELD_LIMIT .*must match `\^x`, and may not/],
      ],
      [
        "a list that may be too long",
        "{ 'a': [lines.sku] }",
        closed({ a: { ...list, maxItems: 3 } }),
        [/RULE_FIELD_LIMIT .*3 items at most/],
      ],
      [
        "a rule that may make nothing",
        "lines[quantity > 3].{ 'a': sku }",
        closed({ a: text }),
        [
          /RULE_FIELD_TYPE The result must be an object, and may be an array/,
          /RULE_RESULT_EMPTY The rule may make nothing: the filter on `lines` may leave nothing/,
        ],
      ],
      [
        "arithmetic on text",
        "id + 1",
        undefined,
        [/^1:4 error RULE_OPERAND_TYPE `id` is text: `\+` fails on it\. Convert it with `\$number/],
      ],
      [
        "arithmetic on null",
        "$length(note)",
        undefined,
        [/warning RULE_ARGUMENT_INVALID `\$length` wants text; `note` may be null/],
      ],
      [
        "a comparison that vanishes",
        "coupon > 'a' ? 1 : 2",
        undefined,
        [
          /RULE_OPERAND_MISSING `coupon` may be nothing \(`coupon` may be missing\): the comparison is nothing then/,
        ],
      ],
      [
        "a comparison of two kinds",
        "number > '3' ? 1 : 2",
        undefined,
        [/error RULE_OPERAND_TYPE `number` is a number and the text "3" text: `>` fails/],
      ],
      [
        "what is never equal",
        "status = 'opn' ? 1 : 2",
        undefined,
        [
          /RULE_OPERAND_TYPE `status` is "open", "paid", "void" and never "opn"\. Did you mean "open"\?/,
          /RULE_BRANCH_DEAD/,
        ],
      ],
      [
        "null written into a text",
        "'note: ' & note",
        undefined,
        [/RULE_OPERAND_TYPE `note` may be null: it is written "null" into the text/],
      ],
      ["a division by what may be 0", "1 / total", undefined, [/RULE_OPERAND_TYPE `total` may be 0/]],
      [
        "`??` on what may be null",
        "note ?? 'none'",
        undefined,
        [/RULE_DEFAULT_NULL `note` may be null, which is a value to `\?\?`.*Write `\?:`/, /RULE_BRANCH_DEAD/],
      ],
      [
        "too many arguments",
        "$uppercase(id, 1)",
        undefined,
        [/error RULE_ARGUMENT_INVALID `\$uppercase` takes 1 argument, and is given 2/],
      ],
      [
        "an argument of the wrong kind",
        "$sum(lines.sku)",
        undefined,
        [/RULE_ARGUMENT_INVALID `\$sum` wants an array of nothing but numbers/],
      ],
      [
        "an argument in a function of the rule's own",
        "($f := function($x) { $uppercase($x) }; $f(number))",
        undefined,
        [/error RULE_ARGUMENT_INVALID `\$uppercase` wants text; `number` is a number/],
      ],
      ["a key given twice", "{ 'a': 1, 'a': 2 }", undefined, [/error RULE_KEY_REPEATED The key `a`/]],
      ["a slow regular expression", "$contains(id, /^(a+)+$/)", undefined, [/RULE_REGEX_SLOW/]],
      [
        "a scan for each item",
        "lines.($s := sku; $$.others[sku = $s].sku)",
        undefined,
        [/RULE_SCAN_NESTED All of `\$\$\.others\.sku` is gone through/],
      ],
      ["a number beyond 2^53", "{ 'a': 12345678901234567890 }", undefined, [/RULE_NUMBER_INEXACT/]],
      [
        "an id that may be beyond 2^53",
        "{ 'a': big ?: 0 }",
        closed({ a: { type: "integer" } }),
        [/RULE_NUMBER_INEXACT The result's `a` may be beyond 2\^53/],
      ],
      [
        "a key made of the clock",
        "{ 'dedup_key': $now() }",
        closed({ dedup_key: text }),
        [/RULE_KEY_UNSTABLE The result's `dedup_key` is made of the clock/],
      ],
      [
        "a default that is never used",
        "id ?: 'none'",
        undefined,
        [/RULE_BRANCH_DEAD The value before this default is always there/],
      ],
      [
        "a variable that is never read",
        "($a := 1; $b := 2; $a)",
        undefined,
        [/^1:11 warning RULE_VARIABLE_UNUSED `\$b` is bound and never read/],
      ],
      [
        "a variable that is bound nowhere",
        "($total := 1; [$totl, $total])",
        undefined,
        [/RULE_VARIABLE_UNKNOWN `\$totl` is bound nowhere: it is nothing\. Did you mean `\$total`\?/],
      ],
    ],
  )("%s", (_, rule, output, expected) => {
    const problems = told(rule, output);
    expect(problems).toHaveLength(expected.length);
    expected.forEach((one, at) => expect(problems[at]).toMatch(one));
  });
});

describe("what is not told", () => {
  test.each<[name: string, rule: string, output?: object | undefined]>([
    ["a default makes a field sure", "{ 'a': coupon ?: 'none' }", closed({ a: text })],
    [
      "a condition tells that a value is there",
      "coupon ? { 'a': coupon } : { 'a': id }",
      closed({ a: text }),
    ],
    [
      "a condition in a variable does too",
      "($has := $exists(coupon); $has ? { 'a': coupon } : { 'a': id })",
      closed({ a: text }),
    ],
    ["a list in brackets is a list", "{ 'a': [lines.sku] }", closed({ a: list })],
    ["`[]` behind a path makes a list", "{ 'a': lines.sku[] }", closed({ a: list }, [])],
    [
      "a text is cut",
      "{ 'a': $substring(id & id, 0, 60) }",
      closed({ a: { type: "string", maxLength: 60 } }),
    ],
    [
      "a length that was looked at",
      "{ 'a': $length(id) > 10 ? $substring(id, 0, 9) & '…' : id }",
      closed({ a: { type: "string", maxLength: 10 } }),
    ],
    [
      "a list with items that was counted",
      "$count(lines) > 0 ? { 'a': [lines.sku] } : { 'a': [id] }",
      closed({ a: { ...list, minItems: 1 } }),
    ],
    ["null that was looked at", "{ 'a': note = null ? 'none' : note }", closed({ a: text })],
    [
      "a function that is right for what it is given",
      "($f := function($x) { $x & '!' }; { 'a': $f(id), 'b': $f(number) })",
      closed({ a: text, b: text }),
    ],
    ["items that the filter has looked at", "{ 'a': [lines[tags].(tags[0])] }", closed({ a: list })],
    [
      "a fold",
      "{ 'a': $reduce([lines.quantity], function($a, $b) { $a + $b }, 0) }",
      closed({ a: { type: "integer" } }),
    ],
    [
      "a group",
      "{ 'a': lines{ sku: $sum(quantity) } }",
      closed({ a: { type: "object", additionalProperties: { type: "number" } } }),
    ],
    ["a transform of all of it", "customer ~> |$|{ 'name': 1 }|", undefined],
    ["an allowed value", "{ 'a': status }", closed({ a: { enum: ["void", "paid", "open", "lost"] } })],
    [
      "one of several shapes, told apart by a constant",
      "{ 'a': [{ 'k': 'x', 'v': 1 }, { 'k': 'y', 'w': id }] }",
      closed({
        a: {
          type: "array",
          items: {
            oneOf: [
              closed({ k: { const: "x" }, v: { type: "number" } }),
              closed({ k: { const: "y" }, w: text }),
            ],
          },
        },
      }),
    ],
  ])("%s", (_, rule, output) => {
    expect(told(rule, output)).toEqual([]);
  });

  test("anything of a body without a schema, but for what surely fails", () => {
    const output = wholeSchema(closed({ a: text }));
    expect(
      analyse("{ 'a': x.y + 1 > z }", undefined, wholeSchema(closed({ a: { type: "boolean" } }, [])))
        .problems,
    ).toEqual([]);
    expect(analyse("{ 'a': 1 }", undefined, output).problems.map(({ code }) => code)).toEqual([
      "RULE_FIELD_TYPE",
    ]);
  });

  test("what a route's condition has made sure of", () => {
    const output = wholeSchema(closed({ a: { ...list, minItems: 1 } }));
    const codes = (whens: string[]): string[] =>
      analyse("{ 'a': [lines.sku] }", wholeSchema(order), output, { whens }).problems.map(({ code }) => code);
    expect(codes([])).toEqual(["RULE_FIELD_LIMIT"]);
    expect(codes(["$count(lines) > 0"])).toEqual([]);
    expect(codes(["$count(lines) > 0", "true"])).toEqual(["RULE_FIELD_LIMIT"]);
  });
});

describe("schemas", () => {
  const typed = (schema: object): string => inWords(analyse("$", wholeSchema(schema), undefined).makes, 3);

  test.each<[object, string]>([
    [{ type: ["string", "null"] }, "text | null"],
    [{ enum: ["a", 1, null, true] }, '"a" | 1 | true | null'],
    [{ allOf: [{ type: ["string", "integer"] }, { type: ["integer", "null"] }] }, "whole number"],
    [
      { anyOf: [{ type: "string" }, { type: "array", items: { type: "boolean" } }] },
      "text | array of (boolean)",
    ],
    [
      {
        type: "array",
        items: [{ type: "string" }],
        additionalItems: false,
        $schema: "http://json-schema.org/draft-07/schema#",
      },
      "array of (text)",
    ],
    [
      { type: "array", prefixItems: [{ type: "string" }], items: { type: "number" } },
      "array of (text | number)",
    ],
    [{ $ref: "#/definitions/a", definitions: { a: { type: "boolean" } } }, "boolean"],
    [{ $ref: "#" }, "anything"],
    [
      {
        type: "object",
        required: ["a"],
        properties: { a: { type: "string" }, b: { type: "number" } },
        additionalProperties: false,
      },
      "{ a: text, b?: number }",
    ],
    [
      { properties: { a: { const: 1 } } },
      "text | number | boolean | array of (anything) | { a?: 1, … } | null",
    ],
  ])("%j", (schema, words) => {
    expect(typed(schema)).toBe(words);
  });

  test("refer to one another by name", () => {
    const named = new Map<string, unknown>([
      ["person", { type: "object", required: ["name"], properties: { name: { type: "string" } } }],
    ]);
    const input = wholeSchema(
      { type: "object", required: ["by"], properties: { by: { $ref: "person.json" } } },
      named,
    );
    expect(analyse("by.nam", input, undefined).problems.map(({ message }) => message)).toEqual([
      "`by.nam` is not in the input schema.",
    ]);
    expect(inWords(analyse("by.name", input, undefined).makes)).toBe("text");
  });
});

describe("excuses", () => {
  const rule = (comment: string): string => `{\n  ${comment}\n  "a": totl\n}`;

  test("a comment above the line, with the code and a reason, excuses it", () => {
    expect(told(rule("/* signalbox-ignore RULE_PATH_UNKNOWN: the sender is about to add it */"))).toEqual([]);
    expect(told('{ "a": totl /* signalbox-ignore RULE_PATH_UNKNOWN: it comes */ }')).toEqual([]);
  });

  test("one without a reason, or that excuses nothing, is told of itself", () => {
    expect(told(rule("/* signalbox-ignore RULE_PATH_UNKNOWN */"))).toEqual([
      expect.stringMatching(
        /^2:3 warning RULE_EXCUSE_INVALID This excuse of RULE_PATH_UNKNOWN gives no reason\./,
      ),
      expect.stringMatching(/^3:8 warning RULE_PATH_UNKNOWN/),
    ]);
    expect(told(rule("/* signalbox-ignore RULE_FIELD_TYPE: none */"))).toEqual([
      expect.stringMatching(/RULE_EXCUSE_INVALID There is no RULE_FIELD_TYPE on the line/),
      expect.stringMatching(/RULE_PATH_UNKNOWN/),
    ]);
  });

  test("a text that looks like a comment is none", () => {
    expect(told('{ "a": "/* signalbox-ignore RULE_PATH_UNKNOWN: no */" & totl }')).toHaveLength(1);
  });
});

test("a route's condition is held against the schema", () => {
  expect(
    analyseCondition("staus = 'open' and total > 0", wholeSchema(order)).map(
      ({ code, column }) => `${column} ${code}`,
    ),
  ).toEqual(["1 RULE_PATH_UNKNOWN"]);
  expect(analyseCondition("status = 'opened'", wholeSchema(order)).map(({ code }) => code)).toEqual([
    "RULE_OPERAND_TYPE",
  ]);
});

test("a condition's typing mistakes are told without a schema, too; what is looked up is there where a route looks it up", () => {
  const codes = (when: string, isEnriched: boolean): string[] =>
    analyseCondition(when, undefined, { isEnriched }).map(({ code }) => code);
  expect(codes("$event.tpye = 'push'", false)).not.toEqual([]);
  expect(codes("$enrich.person.name = 'Ada'", true)).toEqual([]);
  expect(codes("anything.at.all = 1", false)).toEqual([]);
});

test("a rule's reads are told, also those of what is never there", () => {
  const { reads } = analyse(
    "{ 'a': lines.sku, 'b': customer.friends.name, 'c': nowhere.at.all }",
    wholeSchema(order),
    undefined,
  );
  expect(reads).toEqual([
    "customer",
    "customer.friends",
    "customer.friends.name",
    "lines",
    "lines.sku",
    "nowhere",
    "nowhere.at",
    "nowhere.at.all",
  ]);
});

test("a rule that calls itself, and one that calls very much, come to an end", () => {
  const rules = [
    "($f := function($n) { $n > 0 ? $f($n - 1) + $f($n - 2) : 1 }; $f(number))",
    `(${Array.from({ length: 12 }, (_, at) => `$f${at} := function($x) { ${at === 0 ? "$x & id" : `$f${at - 1}($f${at - 1}($f${at - 1}($x)))`} }`).join("; ")}; $f11(id))`,
  ];
  const began = process.cpuUsage();
  for (const rule of rules) expect(analyse(rule, wholeSchema(order), undefined).makes).toBeDefined();
  expect(process.cpuUsage(began).user / 1000).toBeLessThan(8000);
});

describe("a filter on a list that is not there", () => {
  const priced = closed({ rows: { type: "array", items: closed({ sku: { type: "string" } }) } });

  test("may let nothing pass, of which the next step makes something: JSONata goes through it as one item", () => {
    const says = /RULE_FIELD_MISSING The result's `rows\[\]\.sku` is required/;
    expect(told('{ "rows": [others[$not(sku = "a")].{ "sku": sku ? sku }] }', priced).join("\n")).toMatch(
      says,
    );
    expect(told('{ "rows": [others[[0..2]].{ "sku": sku ? sku }] }', priced).join("\n")).toMatch(says);
  });

  test("lets none pass where it does not hold for nothing, and where the list is there, be it empty", () => {
    for (const path of [
      'others[sku = "a"]',
      "others[$exists(sku)]",
      "lines[$not(quantity = 1)]",
      "lines[[0..2]]",
    ])
      expect(told(`{ "rows": [${path}.{ "sku": sku }] }`, priced), path).toEqual([]);
  });
});

test("`$enrich` and `$event.events` are there where a route looks things up or collects batches, and only there", () => {
  const rule = "{ 'a': $enrich.found.title, 'b': [$event.events.id] }";
  const codes = (surroundings: object): string[] =>
    analyse(rule, wholeSchema(order), undefined, surroundings).problems.map(({ code }) => code);
  expect(codes({ isEnriched: true, isBatched: true })).toEqual([]);
  expect(codes({ isBatched: true })).toEqual(["RULE_VARIABLE_UNKNOWN"]);
  expect(codes({ isEnriched: true })).toEqual(["RULE_PATH_UNKNOWN"]);
  expect(
    analyse("{ 'a': [$event.events.nmae] }", wholeSchema(order), undefined, { isBatched: true }).problems.map(
      ({ code }) => code,
    ),
  ).toEqual(["RULE_PATH_UNKNOWN"]);
});
