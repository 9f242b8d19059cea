/** Hookdeck's filters as JSONata, held against the library that Hookdeck itself evaluates them with. */
import fc from "fast-check";
import match from "simple-json-match";
import { describe, expect, it } from "vitest";
import type { EventContext } from "../../../src/core/event.ts";
import { compileExpression } from "../../../src/language/expression.ts";
import { Unmapped } from "../../../src/rules/imports/condition.ts";
import { filterOf } from "../../../src/rules/imports/hookdeck-filter.ts";

type Match = (input: unknown, schema: unknown) => boolean;
const oracle = (typeof match === "function" ? match : (match as { default: unknown }).default) as Match;

const context: EventContext = {
  id: "evt_01jnb5x2c4f6h8k0m2n4p6q8rs",
  source: "shop",
  type: "",
  receivedAt: "2026-01-01T00:00:00.000Z",
  headers: {},
  query: {},
  method: "POST",
  path: "/hooks/shop",
};

async function passes(
  part: "body" | "headers" | "query",
  filter: unknown,
  { body, ...event }: Partial<EventContext> & { body?: unknown },
) {
  const { text } = filterOf(part, filter);
  const compiled = compileExpression(text);
  if (!compiled.ok) throw new Error(`${text}\n${JSON.stringify(compiled.problems)}`);
  return { text, result: await compiled.expression.evaluate(body ?? {}, { ...context, ...event }) };
}

/** Bodies of all kinds, and filters of all operators: each pair of them is asked. */
const bodies = [
  {},
  { type: "created" },
  { type: "updated", count: 3 },
  { type: 7 },
  { type: null },
  { type: true },
  { type: { something: "created" } },
  { type: ["created", "other"] },
  { type: ["created"] },
  { type: [] },
  { count: 2 },
  { count: 4, tags: "test" },
  { count: "four", tags: ["test"] },
  { tags: ["test", "other", "more"] },
  { tags: [{ a: 5 }, { a: 6, b: "x" }] },
  {
    items: [
      { sku: "test", qty: 9 },
      { sku: "two", qty: 11 },
    ],
  },
  { items: [{ sku: "test", qty: 12, of: { deep: ["p", "q"] } }] },
  { items: { sku: "test", qty: 9 } },
  { test: "some-text", test2: "some-text" },
  { test: { test1: "else", test2: "not" } },
  { test: { test3: "else" } },
  { "odd name": { "x-y": "yes" }, and: "kept" },
  { "back`tick": "yes" },
];
const filters: unknown[] = [
  {},
  { type: "created" },
  { type: 7 },
  { type: null },
  { type: true },
  { count: 3, type: "updated" },
  { count: { $lt: 3 } },
  { count: { $gt: 2, $lte: 4 } },
  { count: { $gte: 4 } },
  { count: { $eq: 2 } },
  { count: { $neq: 2 } },
  { type: { $neq: "created" } },
  { type: { $gt: "crea" } },
  { type: { something: "created" } },
  { type: { $eq: { something: "created" } } },
  { type: ["created", "other"] },
  { tags: "test" },
  { tags: ["test", "other"] },
  { tags: { $eq: ["test"] } },
  { tags: { a: 5 } },
  { tags: { a: 6, b: "x" } },
  { tags: { a: 5, b: "x" } },
  { tags: [{ a: 5 }] },
  { items: { sku: "test" } },
  { items: { sku: "test", qty: { $lte: 10 } } },
  { items: { sku: "two", qty: { $lte: 10 } } },
  { items: { qty: { $lte: 10 } } },
  { items: { of: { deep: "q" } } },
  { items: { of: { deep: ["q", "p"] } } },
  { items: { of: { $exist: false } } },
  { items: {} },
  { test: { $startsWith: "some" } },
  { test: { $startsWith: ["else", "some"] } },
  { test: { $endsWith: "text" } },
  { test: { $endsWith: "some" } },
  { test: { $in: "text" } },
  { test: { $in: ["some-text", "other"] } },
  { test: { $nin: "some" } },
  { test: { $nin: ["some-text"] } },
  { count: { $in: [2, 3] } },
  { count: { $nin: [2, 3] } },
  { test: { $exist: true } },
  { test: { $exist: false } },
  { test: { test1: { $exist: false } } },
  { test: { test1: { $exist: true, $or: ["else", "not"] } } },
  { test: { $or: [{ test1: "else" }, { test3: { $exist: true } }] } },
  { test: { $and: [{ test1: "else" }, { test2: "not" }] } },
  { $or: [{ type: "created" }, { count: 4 }] },
  { $and: [{ type: "updated" }, { count: { $gt: 2 } }] },
  { $not: { type: "created" } },
  { $not: { test: { $exist: true } }, type: { $exist: true } },
  { type: { $or: ["created", "updated"] } },
  { "odd name": { "x-y": "yes" } },
  { and: "kept" },
  { "back`tick": "yes" },
  { test2: { $ref: "test" } },
  { test2: { $eq: { $ref: "test" } } },
];

describe("every operator, over bodies of every kind", () => {
  it.each(filters.map((filter) => [JSON.stringify(filter), filter]))("%s", async (_name, filter) => {
    const different: unknown[] = [];
    for (const body of bodies) {
      const { text, result } = await passes("body", filter, { body });
      const wanted = oracle(body, filter);
      if (result !== wanted) different.push({ body, text, result, wanted });
    }
    expect(different).toEqual([]);
  });
});

describe("filters that nobody thought of", () => {
  // Of kinds that JavaScript's == does not confuse, which the documentation does not promise.
  const plain = fc.constantFrom<unknown>("a", "ab", "b", 2, 3, 5);
  const name = fc.constantFrom("x", "y", "z w");
  const condition = fc.oneof(
    plain,
    fc.record({ $eq: plain }),
    fc.record({ $neq: plain }),
    fc.record({ $gt: fc.constantFrom(2, 3) }),
    fc.record({ $lte: fc.constantFrom("a", "b") }),
    fc.record({ $in: fc.array(plain, { minLength: 1, maxLength: 3 }) }),
    fc.record({ $startsWith: fc.constantFrom("a", "", "ab") }),
    fc.record({ $endsWith: fc.constantFrom("b", "ab") }),
    fc.record({ $exist: fc.boolean() }),
    fc.record({ $or: fc.array(plain, { minLength: 1, maxLength: 3 }) }),
    fc.array(plain, { minLength: 1, maxLength: 2 }),
  );
  const { filter } = fc.letrec<{ filter: object }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 3 },
      fc.dictionary(name, condition, { minKeys: 1, maxKeys: 3 }),
      fc.dictionary(name, tie("filter"), { minKeys: 1, maxKeys: 2 }),
      fc.record({ $or: fc.array(tie("filter"), { minLength: 1, maxLength: 3 }) }),
      fc.record({ $and: fc.array(tie("filter"), { minLength: 1, maxLength: 3 }) }),
      fc.record({ $not: tie("filter") }),
    ),
  }));
  const { body } = fc.letrec<{ body: object; value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      plain,
      plain,
      tie("body"),
      fc.array(fc.oneof(plain, tie("body")), { maxLength: 3 }),
    ),
    body: fc.dictionary(name, tie("value"), { maxKeys: 3 }) as fc.Arbitrary<object>,
  }));

  /** A logical word within a field is only looked at where the field holds an object: Hookdeck's library, not its documentation. */
  const isOwnWay = (filter: unknown, at = 0): boolean =>
    typeof filter === "object" &&
    filter !== null &&
    Object.entries(filter).some(([key, below]) =>
      at > 0 && (key === "$not" || key === "$and")
        ? true
        : isOwnWay(below, key.startsWith("$") || Array.isArray(filter) ? at : at + 1),
    );

  it("passes what Hookdeck's library passes, and nothing else", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(filter, body, async (filter, body) => {
        fc.pre(!isOwnWay(filter));
        const { text, result } = await passes("body", filter, { body });
        if (result !== oracle(body, filter)) throw new Error(`${text} made ${String(result)}`);
      }),
      { numRuns: 3_000 },
    );
  });
});

it("`$not` within a field is the contrary, of plain values too, where Hookdeck's library lets none of them pass", async () => {
  const asked = async (body: unknown) =>
    (await passes("body", { type: { $not: "created" } }, { body })).result;
  expect(await asked({ type: "updated" })).toBe(true);
  expect(await asked({ type: "created" })).toBe(false);
  expect(await asked({})).toBe(false);
});

describe("headers and query", () => {
  it("are looked at where they stand, as texts", async () => {
    const headers = { "x-topic": "orders/create", "x-count": "12" };
    const asked = async (filter: unknown) => (await passes("headers", filter, { headers })).result;
    expect(await asked({ "x-topic": "orders/create" })).toBe(true);
    expect(await asked({ "x-topic": { $startsWith: "orders/" }, "x-count": 12 })).toBe(true);
    expect(await asked({ "x-count": { $gt: 5 } })).toBe(true);
    expect(await asked({ "x-count": { $gt: 50 } })).toBe(false);
    expect(await asked({ "x-topic": { $gt: 5 } })).toBe(false);
    expect(await asked({ "x-none": { $exist: false } })).toBe(true);
    const query = { page: ["1", "2"], kind: "a" };
    expect((await passes("query", { page: 2, kind: { $in: ["a", "b"] } }, { query })).result).toBe(true);
    expect((await passes("query", { page: 3 }, { query })).result).toBe(false);
  });
});

it.each([
  [{ a: { $regex: "x" } }, "uses `$regex`, which is not known"],
  [{ a: { $gt: 1, b: 2 } }, "mixes operators with fields"],
  [{ a: { $exist: "yes" } }, "an `$exist` that is neither"],
  [{ a: { $exist: false, $eq: 1 } }, "beside `$exist: false`"],
  [{ a: { $ref: "items[$index].b" } }, "`$ref` other than a plain path"],
  [{ a: { $or: "b" } }, "an `$or` without a list".replace("an ", "a ")],
  [{ a: { $gt: null } }, "no order"],
])("%j is not made into something like it", (filter, why) => {
  expect(() => filterOf("body", filter)).toThrow(Unmapped);
  expect(() => filterOf("body", filter)).toThrow(why);
});

it("a filter that is nested without an end is refused, not overflowed", () => {
  let filter: unknown = "x";
  for (let at = 0; at < 5_000; at++) filter = { a: filter };
  expect(() => filterOf("body", filter)).toThrow(Unmapped);
});
