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

it("knows letters that have changed places, which are one slip", () => {
  expect(nearest("whne", ["on", "when", "tags"])).toBe("when");
  expect(nearest("ulr", ["url"])).toBe("url");
});

it("of the beginning of longer names, names all of them", () => {
  const providers = ["stripe", "slack-commands", "slack-events", "slackline"];
  expect(nearest("Slack", providers)).toBe("slack-commands");
  expect(didYouMean("slack", new Set(providers).values())).toBe(
    " Did you mean `slack-commands` or `slack-events`?",
  );
  expect(didYouMean("git", ["git-one-of-them", "git.two-of-them", "git_three-of-them"])).toBe(
    " Did you mean `git-one-of-them`, `git.two-of-them` or `git_three-of-them`?",
  );
  expect(didYouMean("sl", ["sl-one-and-more"])).toBe("");
});
