/** The language of places. */
import { describe, expect, test } from "vitest";
import { locate, readAll, readPath } from "../../src/providers/locate.ts";
import { aRequest } from "./request.ts";

const payload = {
  id: 7,
  big: Number("9007199254740993"),
  no: null,
  yes: true,
  a: { "b-c": [{ d: "e" }] },
  "": 1,
};
const request = aRequest([["X-Id", "h1"]], 'f=v+w&json={"a":{"b":"c"}}', "q=1&hub.mode=subscribe");

describe("locate", () => {
  test.each([
    ["header:x-id", "h1"],
    ["header:X-ID", "h1"],
    ["header:constructor", undefined],
    ["query:hub.mode", "subscribe"],
    ["form:f", "v w"],
    ["form:json#a.b", "c"],
    ["form:json#a", undefined],
    ["json:id", "7"],
    ["json:yes", "true"],
    ["json:no", undefined],
    ["json:a", undefined],
    ["json:a.b-c[0].d", "e"],
    ["json:a.b-c.length", undefined],
    ["json:a.b-c[1].d", undefined],
    ["json:constructor.name", undefined],
    ["json:__proto__.x", undefined],
    ["text:order.created", "order.created"],
    ["header:x-none | json:none | json:id", "7"],
    ["json:none | query:none", undefined],
    ["nowhere", undefined],
  ])("%s → %j", (where, found) => {
    expect(locate(where, request, payload)).toBe(found);
  });

  test("a number that JSON.parse has rounded is no id: two of them could be one", () => {
    expect(locate("json:big", request, payload)).toBeUndefined();
    expect(locate("json:n", request, { n: 9007199254740991 })).toBe("9007199254740991");
  });

  test("a payload that is no object has no places", () => {
    for (const other of [null, undefined, "text", 7])
      expect(locate("json:id", request, other)).toBeUndefined();
    expect(locate("json:[1].id", request, [{}, { id: "x" }])).toBe("x");
  });
});

test("readPath goes through own properties only; readAll wants every element", () => {
  expect(readPath(JSON.parse('{"__proto__":{"a":1}}'), "__proto__.a")).toBe(1);
  expect(readPath({}, "toString")).toBeUndefined();
  expect(readAll({ a: [{ b: 1 }, { b: 2 }] }, "a[].b")).toEqual([1, 2]);
  expect(readAll({ a: [{ b: 1 }, {}] }, "a[].b")).toBeUndefined();
  expect(readAll([{ a: [1] }, { a: [2, 3] }], "[].a[]")).toEqual([1, 2, 3]);
});
