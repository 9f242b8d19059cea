import { describe, expect, test } from "vitest";
import { askOf, askedUrl } from "../../src/core/lookup.ts";

const urlOf = (yielded: unknown, base = "https://api.example/v1"): string => {
  const ask = askOf(yielded);
  if (typeof ask === "string") throw new Error(ask);
  return askedUrl(base, ask);
};

describe("what a lookup asks", () => {
  test.each([
    [{}, "https://api.example/v1"],
    [{ path: "users/7" }, "https://api.example/v1/users/7"],
    [{ path: "/users/a b" }, "https://api.example/v1/users/a%20b"],
    [{ path: ["repos", "octo/cat", 7] }, "https://api.example/v1/repos/octo%2Fcat/7"],
    [{ path: "a?b#c" }, "https://api.example/v1/a%3Fb%23c"],
    [{ path: "//evil.example/x" }, "https://api.example/v1//evil.example/x"],
    [
      { query: { q: "is:issue a&b", per: 3, all: true, none: null } },
      "https://api.example/v1?q=is%3Aissue%20a%26b&per=3&all=true",
    ],
    [{ query: { tag: ["a", "b"] } }, "https://api.example/v1?tag=a&tag=b"],
  ])("%j is put where it belongs, and escaped", (yielded, url) => {
    expect(urlOf(yielded)).toBe(url);
  });

  test("goes behind the path and the query that the target has", () => {
    expect(urlOf({ path: "x", query: { b: 2 } }, "https://api.example/v1/?a=1#part")).toBe(
      "https://api.example/v1/x?a=1&b=2",
    );
    expect(urlOf({ query: { b: 2 } }, "https://api.example/v1?")).toBe("https://api.example/v1?b=2");
  });

  test.each([
    ["text", "an object"],
    [[], "an object"],
    [{ url: "https://evil.example" }, "a key besides"],
    [{ path: "../admin" }, "`.` or `..`"],
    [{ path: ["a", ".."] }, "`.` or `..`"],
    [{ path: { a: 1 } }, "`path`"],
    [{ path: [["a"]] }, "`path`"],
    [{ query: ["a"] }, "`query`"],
    [{ query: { a: { b: 1 } } }, "`query`"],
    [{ headers: { "x-a": "b\r\nevil: 1" } }, "line breaks"],
    [{ headers: { host: "evil.example" } }, "cannot be set"],
    [{ headers: { "Idempotency-Key": "x" } }, "cannot be set"],
    [{ headers: { "a b": "x" } }, "cannot be set"],
  ])("%j is refused, and said why without a value", (yielded, why) => {
    const said = askOf(yielded);
    expect(said).toContain(why);
    expect(said).not.toContain("evil");
  });
});
