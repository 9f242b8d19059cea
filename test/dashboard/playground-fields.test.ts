/** What the playground offers and says while one types. */
import { expect, test } from "vitest";
import { jsonMark } from "../../src/dashboard/editor-json.ts";
import { fieldsOf } from "../../src/dashboard/pages/playground-fields.ts";

test("the names of a body's fields are offered once each, the outer ones first", () => {
  const body = { a: { c: 1, b: [{ d: 1 }, { d: 2, e: null }] }, b: "text" };
  expect(fieldsOf(body)).toEqual(["a", "b", "c", "d", "e"]);
  expect(fieldsOf("text")).toEqual([]);
});

test("a body of a million values is looked at for a moment only", () => {
  const body = Array.from({ length: 200_000 }, (_, at) => ({ [`f${at}`]: [1, 2, 3, 4] }));
  const before = performance.now();
  expect(fieldsOf(body)).toHaveLength(300);
  expect(performance.now() - before).toBeLessThan(1000);
});

function markOf(text: string) {
  try {
    JSON.parse(text);
  } catch (error) {
    return jsonMark(text, error);
  }
  return undefined;
}

test("what is no JSON is marked where it stops being it", () => {
  expect(markOf('{\n  "a": 1,\n  b: 2\n}')).toMatchObject({ line: 3, column: 3 });
  expect(markOf('{\n  "a": 1')).toMatchObject({ line: 2, column: 9 });
  expect(markOf('{"a":1}')).toBeUndefined();
});

test("Firefox's words are understood too", () => {
  const said = "JSON.parse: expected property name or '}' at line 3 column 3 of the JSON data";
  expect(jsonMark("{}", new SyntaxError(said))).toEqual({
    message: "This is not JSON: expected property name or '}'.",
    line: 3,
    column: 3,
  });
});
