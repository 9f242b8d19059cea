import { expect, it } from "vitest";
import { didYouMean, nearest } from "../../src/core/suggest.ts";

it("names the nearest word", () => {
  expect(nearest("gihub", ["gitlab", "github"])).toBe("github");
  expect(nearest("maxBodybytes", ["maxBodyBytes", "dedupeHours"])).toBe("maxBodyBytes");
});

it("names none when none is near", () => {
  expect(nearest("stripe", ["github"])).toBeUndefined();
  expect(nearest("a", ["push"])).toBeUndefined();
  expect(didYouMean("stripe", ["github"])).toBe("");
});

it("asks in a sentence", () => {
  expect(didYouMean("secret", ["secrets", "url"])).toBe(" Did you mean `secrets`?");
});
