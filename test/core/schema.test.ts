import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { compileFormat, compileSchema, compileSchemas } from "../../src/core/schema.ts";
import type { Validator } from "../../src/core/schema.ts";
import { sourceSchema } from "../../src/core/source.ts";
import { targetSchema } from "../../src/core/target.ts";

function validatorOf(schema: unknown): Validator {
  const compiled = compileSchema(schema);
  if (!compiled.ok) throw new Error(compiled.message);
  return compiled.validate;
}

const sentencesOf = (schema: unknown, value: unknown): string[] =>
  validatorOf(schema)(value).map(({ message }) => message);

function faultOf(schema: unknown): { path: string; message: string } {
  const compiled = compileSchema(schema);
  if (compiled.ok) throw new Error("the schema compiled");
  return { path: compiled.path, message: compiled.message };
}

describe("the sentence about a value that does not fit", () => {
  it("names the place and the kind of what was got, never the value", () => {
    const schema = {
      properties: {
        commits: { items: { properties: { id: { type: "string", pattern: "^[0-9a-f]{40}$" } } } },
      },
    };
    expect(sentencesOf(schema, { commits: [{ id: "s3cr3t!" }] })).toEqual([
      "`/commits/0/id` must be text that matches ^[0-9a-f]{40}$, got text of 7 characters",
    ]);
  });

  it.each([
    [{ type: "number" }, "s3cr3t", "the value must be a number, got text of 6 characters"],
    [{ type: ["integer", "null"] }, true, "the value must be a whole number or null, got a boolean"],
    [{ required: ["id"] }, {}, "the value must have `id`"],
    [
      { enum: ["open", "closed"] },
      "s3cr3t",
      'the value must be one of "open", "closed", got text of 6 characters',
    ],
    [{ const: 1 }, null, "the value must be 1, got null"],
    [
      { format: "date-time" },
      "s3cr3t",
      "the value must be text in the format date-time, got text of 6 characters",
    ],
    [{ minItems: 2 }, ["s3cr3t"], "the value must have at least 2 items, got a list of 1 item"],
    [{ maximum: 3 }, 41234, "the value must be at most 3, got a number above it"],
    [
      { uniqueItems: true },
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      "the value must not hold an item twice",
    ],
    [{ properties: { a: false } }, { a: "s3cr3t" }, "`/a` must not be there"],
  ])("%j: %j", (schema, value, sentence) => {
    expect(sentencesOf(schema, value)).toEqual([sentence]);
  });

  it("gives an unknown key together with those that are known", () => {
    const [problem] = validatorOf({ properties: { secrets: {} }, additionalProperties: false })({
      secret: 1,
    });
    expect(problem).toMatchObject({ path: "", key: "secret", allowed: ["secrets"] });
  });

  it("lists what is wrong with the branch that was meant", () => {
    const check = compileFormat(targetSchema);
    const sentences = (auth: unknown): string[] =>
      check({ url: "http://a", auth }).map(({ message }) => message);
    expect(sentences({ type: "bearer" })).toEqual(["`/auth` must have `token`"]);
    expect(sentences({ type: "bearr", token: "x" })).toEqual([
      '`/auth/type` must be one of "bearer", "basic", "header", "query", "gitlab", "jenkins", "oauth2", "signature", "standard-webhooks", "jwt", …, got text of 5 characters',
    ]);
    expect(sentences({ typ: "bearer", token: "x" })).toEqual([
      "`/auth` must have `type`",
      "`/auth` must not have the key `typ`",
    ]);
  });

  it("says which keys exclude one another", () => {
    const check = compileFormat(sourceSchema);
    const sentences = (file: object): string[] => check(file).map(({ message }) => message);
    expect(sentences({})).toEqual(["the value must have one of `provider`, `verify`, `schedule`"]);
    expect(sentences({ provider: "a", verify: {} })).toEqual([
      "the value must have only one of `provider`, `verify`, `schedule`",
    ]);
  });
});

describe("values that mean harm", () => {
  it("cannot block through a pattern that backtracks", () => {
    const check = validatorOf({ type: "string", pattern: "^(a+)+$" });
    expect(check("a".repeat(50_000) + "!")).toHaveLength(1);
    expect(check("a".repeat(50_000))).toEqual([]);
  });

  it("tells patterns of one schema apart", () => {
    const check = validatorOf({ properties: { a: { pattern: "^a$" }, b: { pattern: "^b$" } } });
    expect(check({ a: "a", b: "b" })).toEqual([]);
    expect(check({ a: "b", b: "b" }).map(({ path }) => path)).toEqual(["/a"]);
  });

  it("cannot block through a long list of unique items", () => {
    const items = Array.from({ length: 100_000 }, (_, n) => ({ n }));
    expect(validatorOf({ uniqueItems: true })(items)).toEqual([]);
  });

  it("get at most 20 problems, and one where there would be thousands", () => {
    const check = validatorOf({ items: { type: "string" } });
    expect(check(Array.from({ length: 100 }, () => 1))).toHaveLength(20);
    expect(check(Array.from({ length: 100_000 }, () => 1))).toHaveLength(1);
  });

  it("do not find what they lack in their prototype", () => {
    expect(sentencesOf({ required: ["toString"] }, {})).toEqual(["the value must have `toString`"]);
    expect(sentencesOf({ properties: { constructor: { type: "string" } } }, {})).toEqual([]);
  });

  it("do not overflow the stack of a schema that follows itself", () => {
    expect(sentencesOf({ $ref: "#" }, 1)).toEqual([
      "the value must not be nested deeper than the schema can be followed",
    ]);
  });
});

describe("a schema that means harm", () => {
  /** `$defs` of which each refers twice to the next. */
  const doubling = (levels: number, twice: (ref: object) => object): unknown => {
    const defs: Record<string, unknown> = { [`a${levels}`]: { type: "string" } };
    for (let level = 0; level < levels; level++) defs[`a${level}`] = twice({ $ref: `#/$defs/a${level + 1}` });
    return { $defs: defs, $ref: "#/$defs/a0" };
  };

  it.each<[string, unknown]>([
    ["doubles in place", doubling(40, (one) => ({ allOf: [one, one] }))],
    ["doubles by one of two", doubling(40, (one) => ({ anyOf: [{ not: one }, one] }))],
    [
      "doubles below a key",
      doubling(40, (one) => ({ allOf: [{ properties: { x: one } }, { additionalProperties: one }] })),
    ],
  ])("and %s is refused before it can run", (_, schema) => {
    expect(faultOf(schema)).toMatchObject({ path: "", message: expect.stringContaining("multiply") });
  });

  it("may refer to one thing as often as it likes, where each part of a value meets it once", () => {
    const check = validatorOf(doubling(40, (one) => ({ properties: { x: one, y: one } })));
    expect(check({ x: { y: {} } })).toEqual([]);
  });

  it("is refused where it doubles by the names of others", () => {
    const schemas: Record<string, unknown> = { s40: { type: "string" } };
    for (let at = 0; at < 40; at++)
      schemas[`s${at}`] = { allOf: [{ $ref: `s${at + 1}` }, { $ref: `s${at + 1}.json` }] };
    const compiled = compileSchemas(new Map(Object.entries(schemas)));
    expect(compiled.get("s0")).toMatchObject({ ok: false, message: expect.stringContaining("multiply") });
    expect(compiled.get("s39")!.ok).toBe(true);
  });

  it("and is nested without an end is refused, not followed", () => {
    let schema: unknown = {};
    for (let level = 0; level < 30_000; level++) schema = { not: schema };
    expect(faultOf(schema).message).toBe("A schema may have 200 levels at most.");
  });

  it("fetches nothing: what stands elsewhere is told of, and nobody is asked for it", async () => {
    let asked = 0;
    const server = createServer((_, response) => void (asked++, response.end('{"type":"string"}')));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    for (const schema of [
      { $ref: `http://127.0.0.1:${port}/a.json` },
      { $id: `http://127.0.0.1:${port}/b.json`, $ref: "c.json" },
      { properties: { a: { $dynamicRef: `http://127.0.0.1:${port}/a.json#x` } } },
    ])
      expect(compileSchema(schema).ok).toBe(false);
    expect(compileSchema({ $schema: `http://127.0.0.1:${port}/meta` }).ok).toBe(false);
    await new Promise((resolve) => server.close(resolve));
    expect(asked).toBe(0);
  });
});

describe("a format", () => {
  const texts = [
    "a".repeat(100_000),
    `${"a@".repeat(50_000)}!`,
    `http://${"a.".repeat(50_000)}!`,
    `http://${"%41".repeat(30_000)} `,
    `${"{a}".repeat(30_000)}{`,
    `${"1:".repeat(50_000)}g`,
    `P${"1Y".repeat(50_000)}x`,
    `/${"~0/".repeat(30_000)}~`,
    `${"a-".repeat(50_000)}-`,
    `2026-01-01T${"0".repeat(100_000)}`,
    "=".repeat(100_001),
  ];

  it.each([
    ..."date time date-time iso-time iso-date-time duration uri uri-reference uri-template url email hostname".split(
      " ",
    ),
    ..."ipv4 ipv6 regex uuid json-pointer json-pointer-uri-fragment relative-json-pointer byte int32 float".split(
      " ",
    ),
  ])("%s is told of the longest text in no time", (format) => {
    const check = validatorOf({ type: "string", format });
    const before = process.cpuUsage();
    for (const text of texts) check(text);
    const { user, system } = process.cpuUsage(before);
    // Of eleven texts; what backtracks takes seconds for one.
    expect((user + system) / 1000).toBeLessThan(1_000);
  });
});

describe("a schema at fault", () => {
  it.each([
    [{ properties: { a: { type: "strin" } } }, "/properties/a/type", 'one of "array", "boolean"'],
    [{ properties: { "a/b": { pattern: "(?=x)" } } }, "/properties/a~1b/pattern", "lookahead"],
    [{ patternProperties: { "(": {} } }, "/patternProperties/(", ""],
    [{ properties: { a: { $ref: "#/$defs/b" } } }, "/properties/a/$ref", "`#/$defs/b`"],
    [{ $ref: "https://example.com/elsewhere.json" }, "/$ref", "no schema of the folder"],
    [{ $schema: "http://json-schema.org/draft-04/schema#" }, "/$schema", "2020-12 or draft-07"],
    [{ items: [{}] }, "/items", "got a list"],
    [{ $async: true }, "/$async", "not part"],
    [7, "", "object or a boolean"],
  ])("%j is told at %s", (schema, path, piece) => {
    const fault = faultOf(schema);
    expect(fault.path).toBe(path);
    expect(fault.message).toContain(piece);
  });

  it("keywords and formats of other tools are no fault", () => {
    expect(sentencesOf({ "x-team": 1, example: 2, format: "money" }, "x")).toEqual([]);
  });

  it("a part named like a keyword is not taken for one", () => {
    expect(sentencesOf({ properties: { pattern: { const: { pattern: "(" } } } }, {})).toEqual([]);
  });
});

describe("schemas that refer to one another", () => {
  const compile = (schemas: Record<string, unknown>): ReturnType<typeof compileSchemas> =>
    compileSchemas(new Map(Object.entries(schemas)));
  const sentences = (schemas: Record<string, unknown>, name: string, value: unknown): string[] => {
    const compiled = compile(schemas).get(name)!;
    return compiled.ok ? compiled.validate(value).map(({ message }) => message) : [compiled.message];
  };
  const user = { $id: "https://example.com/user", type: "string", $defs: { n: { type: "number" } } };

  it.each(["git.user", "git.user.json", "https://example.com/user"])("by %s", ($ref) => {
    expect(sentences({ "git.push": { $ref }, "git.user": user }, "git.push", 1)).toEqual([
      "the value must be text, got a number",
    ]);
  });

  it("by a pointer into another, from a schema with an `$id` of its own", () => {
    const push = { $id: "https://example.org/deep/push", $ref: "git.user.json#/$defs/n" };
    expect(sentences({ push, "git.user": user }, "push", "x")).toEqual([
      "the value must be a number, got text of 1 character",
    ]);
  });

  it("round about", () => {
    const even = { properties: { next: { $ref: "odd" } } };
    const odd = { properties: { next: { $ref: "even" } }, required: ["next"] };
    expect(sentences({ even, odd }, "even", { next: {} })).toEqual(["`/next` must have `next`"]);
  });

  it("an `$id` that is taken is told at the later one", () => {
    const compiled = compile({ a: user, b: user });
    expect(compiled.get("a")!.ok).toBe(true);
    expect(compiled.get("b")).toMatchObject({ ok: false, path: "/$id" });
  });

  it("each in its own draft", () => {
    const draft07 = { $schema: "http://json-schema.org/draft-07/schema#", items: [{ type: "string" }] };
    expect(sentences({ draft07 }, "draft07", [1])).toEqual(["`/0` must be text, got a number"]);
  });
});

it("a format fills in its defaults", () => {
  const file: { url: string; retry?: { attempts?: number } } = { url: "http://a" };
  expect(compileFormat(targetSchema)(file)).toEqual([]);
  expect(file.retry?.attempts).toBe(10);
});
