import { describe, expect, it, test } from "vitest";
import { redacted } from "../../src/core/redaction.ts";

describe("taking personal data out of a value", () => {
  test.each([
    ["an e-mail address, wherever it stands", { x: "ada@corp.example.org" }, { x: "user-1@example.com" }],
    ["a card number", { card_number: "4111 1111 1111 1111" }, { card_number: "4242424242424242" }],
    ["a card number that is a number", { number: 4111111111111111 }, { number: 4242424242424242 }],
    ["a known kind of token", { x: "ghp_0123456789abcdefghij" }, { x: "token-1" }],
    [
      "what a key calls a secret",
      { apiKey: "k", "client-secret": "s" },
      { apiKey: "secret-1", "client-secret": "secret-2" },
    ],
    [
      "names by their keys",
      { firstName: "Eve", last_name: "Doe" },
      { firstName: "Ada Lovelace", last_name: "Alan Turing" },
    ],
    [
      "the name beside an address",
      { author: { name: "Eve", email: "e@x.org" } },
      { author: { name: "Ada Lovelace", email: "user-1@example.com" } },
    ],
    [
      "phones and postal addresses",
      { billing: { phone: "+49 30 1", line1: "Main St 1" } },
      { billing: { phone: "+1 555 0101", line1: "1 Example Street" } },
    ],
    ["network addresses", { x: "10.1.2.3", y: "2001:db8:1::7:8" }, { x: "192.0.2.1", y: "2001:db8::2" }],
  ])("replaces %s", (_, value, expected) => {
    expect(redacted(value).value).toEqual(expected);
  });

  test.each([
    [
      "commit hashes, ids and times",
      { id: "4111111111111111", sha: "0f98b1f7eda33a4e9cfaab09506aa8094044085f", at: "12:30:45" },
    ],
    ["a repository's name", { repository: { name: "hello", full_name_of: "x" } }],
    ["numbers, booleans, null and empty texts", { count: 7, ok: true, none: null, email: "" }],
    ["versions", { version: "1.2.3" }],
  ])("leaves %s", (_, value) => {
    expect(redacted(value)).toEqual({ value, taken: [] });
  });

  it("gives the same value the same stand-in, within other texts, too", () => {
    const { value, taken } = redacted({
      pusher: { name: "Monalisa", email: "mona@x.org" },
      commits: [
        { author: { name: "Monalisa", email: "mona@x.org" }, message: "Fix by Monalisa <mona@x.org>" },
      ],
    });
    expect(value).toEqual({
      pusher: { name: "Ada Lovelace", email: "user-1@example.com" },
      commits: [
        {
          author: { name: "Ada Lovelace", email: "user-1@example.com" },
          message: "Fix by Ada Lovelace <user-1@example.com>",
        },
      ],
    });
    expect(taken.map(({ kind }) => kind)).toEqual(["name", "email", "name", "email"]);
    expect(taken[2]!.path).toEqual(["commits", 0, "author", "name"]);
  });

  it("takes out what is named, by its form, with all that is below it", () => {
    const value = {
      notes: { text: "private", at: "2024-05-06T07:08:09Z", link: "https://corp.example/x", amount: 1234 },
      items: [{ sku: "A-1" }, { sku: "B-2" }],
    };
    expect(redacted(value, ["/notes", "/items/*/sku"]).value).toEqual({
      notes: { text: "text 1", at: "2026-01-01T00:00:00Z", link: "https://example.com/3", amount: 1111 },
      items: [{ sku: "text 4" }, { sku: "text 5" }],
    });
  });
});
