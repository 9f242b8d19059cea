import { expect, it } from "vitest";
import { differencesOf } from "../../src/rules/differences.ts";

it("equal values have none, whatever the order of their keys", () => {
  expect(differencesOf({ a: 1, b: [null, -0] }, { b: [null, 0], a: 1 })).toEqual([]);
});

it("names the innermost place", () => {
  expect(differencesOf({ a: [{ b: 1 }] }, { a: [{ b: "1" }] })).toEqual([
    { path: "/a/0/b", expected: 1, actual: "1" },
  ]);
});

it("tells a missing key from one of the prototype, and null from nothing", () => {
  expect(differencesOf({ toString: 1 }, {})).toEqual([{ path: "/toString", expected: 1, actual: undefined }]);
  expect(differencesOf({ a: null }, {})).toEqual([{ path: "/a", expected: null, actual: undefined }]);
});

it("lists and objects differ as wholes, and 20 differences are enough", () => {
  expect(differencesOf([], {})).toEqual([{ path: "", expected: [], actual: {} }]);
  expect(differencesOf(Array(100).fill(1), Array(100).fill(2))).toHaveLength(20);
});
