import { describe, expect, it } from "vitest";
import { causeOf, normalised } from "../../src/core/cause.ts";
import { schemaPartOf } from "../../src/core/schema-part.ts";
import { compileSchemas } from "../../src/core/schema.ts";

const of = { route: "push", target: "chat" };

describe("a cause of death", () => {
  it("is the same for answers that differ in ids, numbers, times and values alone", () => {
    const answers = [
      '{"error":"customer not found","id":"cus_81f","at":"2026-11-25T10:00:00Z","request":"3f0a9c1e-77d4-4b6a-9a51-0c2e5d9f8b11"}',
      '{"error":"customer not found","id":"cus_02c","at":"2026-11-26T11:30:12Z","request":"a1b2c3d4-77d4-4b6a-9a51-aaaaaaaaaaaa"}',
    ];
    const causes = answers.map((answer) => causeOf(of, { status: 404, answer }, "FORWARD_STATUS_REFUSED"));
    expect(causes[0]).toEqual(causes[1]);
    expect(causes[0]).toMatchObject({ target: "chat", status: 404, code: "FORWARD_STATUS_REFUSED" });
    expect(causes[0]!.id).toMatch(/^[0-9a-f]{16}$/);
    expect(causes[0]!.answer).toContain("customer not found");
  });

  it("differs by target, status, code, what was said, and the part of a schema", () => {
    const error = { code: "TRANSFORM_OUTPUT_INVALID", detail: "The result does not fit." };
    const part = { schema: "chat.message", pointer: "/properties/text" };
    const causes = [
      causeOf(of, { status: 404, answer: "no such room" }, "A"),
      causeOf({ ...of, target: "mail" }, { status: 404, answer: "no such room" }, "A"),
      causeOf(of, { status: 410, answer: "no such room" }, "A"),
      causeOf(of, { status: 404, answer: "no such room" }, "B"),
      causeOf(of, { status: 404, answer: "room is closed" }, "A"),
      causeOf(of, { error }, "A"),
      causeOf(of, { error: { ...error, ...part } }, "A"),
      causeOf(of, { error: { ...error, ...part, pointer: "/properties/blocks" } }, "A"),
    ];
    expect(new Set(causes.map(({ id }) => id)).size).toBe(causes.length);
  });

  it("is the same on whatever route", () => {
    const attempt = { status: 500, answer: "oops" };
    expect(causeOf(of, attempt, "A").id).toBe(causeOf({ ...of, route: "other" }, attempt, "A").id);
  });
});

it("what was said is at most 200 characters, in time that does not grow with what was sent", () => {
  const start = performance.now();
  for (const nasty of [
    '"'.repeat(16_384),
    ':"'.repeat(8_192),
    "'`".repeat(8_192),
    "a1".repeat(8_192),
    "\\".repeat(16_384),
  ])
    expect(normalised(nasty).length).toBeLessThanOrEqual(200);
  expect(performance.now() - start).toBeLessThan(1_000);
});

describe("the part of a schema that a problem is about", () => {
  const schemas = compileSchemas(
    new Map<string, unknown>([
      [
        "a",
        {
          properties: { x: { $ref: "b#/properties/y" }, "w/w 1": { type: "string" }, v: { $ref: "c.json" } },
        },
      ],
      ["b", { properties: { y: { type: "string" } } }],
      ["c", { $id: "https://schemas.example/c.json", type: "string" }],
    ]),
  );
  const partOf = (value: unknown): unknown => {
    const a = schemas.get("a")!;
    return a.ok && schemaPartOf("a", a.validate(value)[0]!.schemaPath);
  };

  it("is a pointer into it, unescaped from what the validator says", () => {
    expect(partOf({ "w/w 1": 1 })).toEqual({ name: "a", pointer: "/properties/w~1w 1/type" });
  });

  it("is in the schema that a $ref leads to", () => {
    expect(partOf({ x: 1 })).toEqual({ name: "b", pointer: "/properties/y/type" });
    expect(partOf({ v: 1 })).toEqual({ name: "c", pointer: "/type" });
  });
});
