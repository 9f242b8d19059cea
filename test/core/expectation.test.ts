import { expect, it } from "vitest";
import { answerValue, firstBytes, jsonOf } from "../../src/core/answer-value.ts";
import { emptyRanges, expectSchema, statusTest, statusWords } from "../../src/core/expectation.ts";
import { compileFormat } from "../../src/core/schema.ts";

it.each([
  ["2xx", [200, 204, 299], [199, 300, 404]],
  [404, [404], [200, 403, 405]],
  ["404", [404], [200]],
  ["200-204", [200, 202, 204], [205, 199]],
  [
    ["2xx", 404, "500-503"],
    [201, 404, 502],
    [400, 504],
  ],
])("`%s` names those statuses and no others", (patterns, within, without) => {
  const isExpected = statusTest(patterns as string[]);
  expect(within.map(isExpected)).toEqual(within.map(() => true));
  expect(without.map(isExpected)).toEqual(without.map(() => false));
});

it("statuses are told in words, and a range that ends before it begins is found", () => {
  expect(statusWords(["2xx", 404])).toBe("2xx or 404");
  expect(emptyRanges(["2xx", "204-200", "200-200"])).toEqual(["204-200"]);
});

it("the format takes statuses, ranges and lists of them, and nothing that is no final status", () => {
  const validate = compileFormat({ ...expectSchema, title: "expect" });
  for (const status of [200, "2xx", "404", "200-204", ["2xx", 404]]) expect(validate({ status })).toEqual([]);
  for (const status of [100, 600, "1xx", "20x", "200 - 204", [], ["any"], true])
    expect(validate({ status })).not.toEqual([]);
  expect(validate({ retry: true })).not.toEqual([]);
});

it("an answer's body is its JSON value where it is JSON, with long numbers as text, else its text", () => {
  expect(answerValue('{"id":12345678901234567890}')).toEqual({ id: "12345678901234567890" });
  expect(answerValue("false")).toBe(false);
  expect(answerValue("null")).toBeNull();
  expect(answerValue("")).toBeNull();
  expect(answerValue("<html>")).toBe("<html>");
  expect(jsonOf("")).toBeUndefined();
  expect(jsonOf("null")).toEqual({ value: null });
});

it("a text is cut at its bytes", () => {
  expect(firstBytes("äöü", 4)).toBe("äö");
  expect(firstBytes("short", 100)).toBe("short");
});
