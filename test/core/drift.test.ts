/** What is told of bodies that change, and what is not. */
import { describe, expect, it } from "vitest";
import { NOTHING_LEARNED, learn, type Learned, type Sample } from "../../src/core/drift.ts";
import { outsideOf, saidOf, shapeOf } from "../../src/core/shape.ts";

let nth = 0;
const sample = (body: unknown, schema: unknown = {}): Sample => {
  const shape = shapeOf(body);
  const outside = outsideOf(body, schema, shape.keys());
  return { event: `evt_${nth++}`, at: nth, shape, outside };
};

function after(
  bodies: readonly unknown[],
  schema: unknown = {},
  before: Learned = NOTHING_LEARNED,
): string[] {
  const samples = bodies.map((body) => sample(body, schema));
  const { drifts } = learn(before, samples, (path) => saidOf(schema, path));
  return drifts.map(({ path, what, from, to }) => `${what} ${path} ${from} → ${to}`);
}

const usual = (count: number, more: (n: number) => object = () => ({})): object[] =>
  Array.from({ length: count }, (_, n) => ({ id: n, who: { name: "Ada" }, tags: ["a"], ...more(n) }));

describe("a body that is not as it was", () => {
  it("has a field that is new, told once and by its outermost path", () => {
    const found = after([...usual(40), ...usual(9, () => ({ extra: { deep: { a: 1 } } }))]);
    expect(found).toEqual(["new /extra nothing → object"]);
  });
  it("lacks a field that was always there, after some samples in a row", () => {
    const gone = usual(4).map(({ ...rest }) => ({ ...rest, who: {} }));
    expect(after([...usual(40), ...gone])).toEqual([]);
    expect(after([...usual(40), ...gone, ...gone])).toEqual(["gone /who/name text → nothing"]);
  });
  it("has a field of another kind", () => {
    expect(after([...usual(40), { ...usual(1)[0], id: "7" }, { ...usual(1)[0], id: "8" }])).toEqual([
      "retyped /id number → text",
    ]);
  });
  it("has items of another kind", () => {
    expect(after([...usual(40), { ...usual(1)[0], tags: [{ name: "a" }] }])).toContain(
      "retyped /tags/* text → object",
    );
  });
  it("has a value that is none of its schema's, at once", () => {
    const schema = { properties: { state: { enum: ["open", "closed"] } } };
    expect(after([{ state: "open" }, { state: "merged" }, { state: "lost" }], schema)).toEqual([
      "out-of-enum /state one of the schema's → another value",
    ]);
  });
});

describe("nothing is told", () => {
  it("while a shape is learned", () => {
    expect(after([...usual(10), ...usual(10, () => ({ extra: 1 }))])).toEqual([]);
  });
  it("of a field that was missing now and then before", () => {
    const sometimes = (n: number): object => (n % 3 === 0 ? { note: "x" } : {});
    expect(after([...usual(60, sometimes), ...usual(20)])).toEqual([]);
  });
  it("of what the schema allows", () => {
    const schema = {
      properties: { extra: { type: "string" }, id: { type: ["integer", "string"] } },
    };
    expect(after([...usual(40), ...usual(5, () => ({ extra: "x", id: "7" }))], schema)).toEqual([]);
  });
  it("of names that are data", () => {
    const byId = (n: number): object => ({ byId: { [`2026-11-${n}`]: 1, [`${n}12345678`]: 2 } });
    expect(after(usual(80, byId))).toEqual([]);
    expect([...shapeOf(usual(1, byId)[0]).keys()]).toContain("/byId/*");
  });
});

it("what is learned is bounded, whatever comes", () => {
  let state = NOTHING_LEARNED;
  for (let turn = 0; turn < 60; turn++) {
    const body = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`field${turn}x${n}`, n]));
    state = learn(state, [sample(body)], () => undefined);
  }
  expect(Object.keys(state.fields).length).toBeLessThanOrEqual(300);
  expect(state.drifts.length).toBeLessThanOrEqual(50);
});
