/** Which field is likely meant: by name, by kind, and only where it is alike enough. */
import { describe, expect, it } from "vitest";
import { propose, wordsOfName } from "../../src/rules/propose.ts";
import type { Candidate } from "../../src/rules/propose.ts";

const candidate = (path: string, types = "string", isRequired = true): Candidate => ({
  path: path.split("."),
  types: types.split(" "),
  isRequired,
});

const best = (wanted: string, types: string, ...among: Candidate[]): string | undefined =>
  propose({ path: wanted.split("."), types: types.split(" ") }, among)?.candidate.path.join(".");

describe("a proposal", () => {
  it("knows words, however they are joined", () => {
    for (const name of ["html_url", "htmlUrl", "html-url", "HTML url"])
      expect(wordsOfName(name)).toEqual(["html", "url"]);
  });

  it.each([
    ["title", "issue.title"],
    ["htmlUrl", "issue.html_url"],
    ["summary", "issue.title"],
    ["authorName", "author.name"],
    ["description", "issue.body"],
    ["custumer", "customer"],
  ])("%s is %s", (wanted, path) => {
    expect(best(wanted, "string", candidate(path), candidate("zzz.qqq"))).toBe(path);
  });

  it("is not made of what is not alike, or of another kind", () => {
    expect(best("severity", "string", candidate("repository.full_name"))).toBeUndefined();
    expect(best("count", "integer", candidate("count"))).toBeUndefined();
    expect(best("owner", "string", candidate("owner", "object"))).toBeUndefined();
    expect(best("count", "string", candidate("count", "integer"))).toBe("count");
    expect(best("count", "number", candidate("count", "integer null"))).toBe("count");
  });

  it("prefers what is surely there, then what is nearer to the top", () => {
    expect(best("name", "string", candidate("a.name", "string", false), candidate("b.name"))).toBe("b.name");
    expect(best("id", "string", candidate("a.b.id"), candidate("c.id"))).toBe("c.id");
  });
});
