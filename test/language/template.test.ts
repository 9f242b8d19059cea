import { describe, expect, it } from "vitest";
import { SignalboxError } from "../../src/core/errors.ts";
import { compileTemplate } from "../../src/language/template.ts";
import { aContext } from "./context.ts";

async function rendered(text: string, payload: unknown = {}): Promise<string> {
  const compiled = compileTemplate(text);
  if (!compiled.ok) throw new Error(compiled.problems.map(({ message }) => message).join(" "));
  return compiled.template.render(payload, aContext());
}

async function refusal(text: string, payload: unknown): Promise<string> {
  const error: unknown = await rendered(text, payload).catch((error: unknown) => error);
  if (error instanceof SignalboxError) return `${error.code} ${error.detail}`;
  throw new Error(`expected a refusal, got ${String(error)}`);
}

const problemsOf = (text: string): string[] => {
  const compiled = compileTemplate(text);
  return compiled.ok ? [] : compiled.problems.map(({ line, column, code }) => `${line}:${column} ${code}`);
};

describe("a URL's template", () => {
  it("is constant without parts, and rendered as it is", async () => {
    const text = "https://example.com/a/{b}?c=d%20e";
    const compiled = compileTemplate(text);
    expect(compiled.ok && compiled.template.isConstant).toBe(true);
    expect(await rendered(text)).toBe(text);
  });

  it.each<[string, unknown, string]>([
    ["https://example.com/{{ a }}/x", { a: "b c" }, "https://example.com/b%20c/x"],
    [
      "https://example.com/{{a}}/{{ b + 1 }}?c={{ c }}",
      { a: "ä/ö", b: 1, c: true },
      "https://example.com/%C3%A4%2F%C3%B6/2?c=true",
    ],
    ["https://example.com/{{ a }}", { a: "../admin?x=1#y" }, "https://example.com/..%2Fadmin%3Fx%3D1%23y"],
    [
      "https://example.com/{{ a }}",
      { a: "..\\admin\r\nx: y" },
      "https://example.com/..%5Cadmin%0D%0Ax%3A%20y",
    ],
    ["https://example.com?q={{ a }}", { a: "..&b=c" }, "https://example.com?q=..%26b%3Dc"],
    ["https://example.com/{{ a }}", { a: "\ud800" }, "https://example.com/%EF%BF%BD"],
    ["https://example.com/{{ {'x':{'y':a}}.x.y & '}}' }}/z", { a: 1 }, "https://example.com/1%7D%7D/z"],
    ["https://example.com/{{ $event.type }}", {}, "https://example.com/push"],
    ["https://u:p@example.com:8443/v{{ a }}", { a: 2 }, "https://u:p@example.com:8443/v2"],
    ["https://example.com/it's/{{ a }}/it's", { a: 2 }, "https://example.com/it's/2/it's"],
  ])("%s on %j becomes %s", async (text, payload, url) => {
    expect(await rendered(text, payload)).toBe(url);
    expect(new URL(url).host).toMatch(/^example\.com(?::8443)?$/);
  });

  it.each([
    [
      "https://example.com/{{ a }}",
      { a: [1] },
      "FORWARD_URL_INVALID line 1, column 21: the part of the URL must yield text, got an array",
    ],
    ["https://example.com/{{ a }}", { a: null }, "got null"],
    ["https://example.com/{{ a }}", {}, "got nothing"],
    ["https://example.com/{{ $ }}", {}, "got an object"],
    ["https://example.com/a/{{ a }}/b", { a: ".." }, 'yields "." or ".."'],
    ["https://example.com/a/{{ a }}", { a: "." }, 'yields "." or ".."'],
    ["https://example.com/a/{{ a }}{{ a }}/b", { a: "." }, 'yields "." or ".."'],
    ["https://example.com/a/.{{ a }}/b", { a: "." }, 'yields "." or ".."'],
    ["https://example.com/a/%2e{{ a }}/b", { a: "." }, 'yields "." or ".."'],
    ["https://example.com/{{ $error(a) }}", { a: "x" }, "TRANSFORM_RULE_FAILED"],
  ])("%s on %j is refused", async (text, payload, sentence) => {
    expect(await refusal(text, payload)).toContain(sentence);
  });

  it.each([
    ["{{ a }}", ["1:1 RULE_VALUE_INVALID"]],
    ["{{ a }}://example.com/", ["1:1 RULE_VALUE_INVALID"]],
    ["https://{{ a }}/x", ["1:9 RULE_VALUE_INVALID"]],
    ["https://{{ a }}.example.com/x", ["1:9 RULE_VALUE_INVALID"]],
    ["https://example.com{{ a }}/x", ["1:20 RULE_VALUE_INVALID"]],
    ["https://example.com:{{ a }}/x", ["1:21 RULE_VALUE_INVALID"]],
    ["https://{{ a }}@example.com/x", ["1:9 RULE_VALUE_INVALID"]],
    ["https:///{{ a }}", ["1:10 RULE_VALUE_INVALID"]],
    ["https://a\\{{ a }}/x", ["1:11 RULE_VALUE_INVALID"]],
    ["https://example.com/{{ a", ["1:21 RULE_SYNTAX_INVALID"]],
    ["https://example.com/{{ }}", ["1:23 RULE_SYNTAX_INVALID"]],
    [
      "https://example.com/{{ a + }}/{{ $uper(b) }}",
      ["1:26 RULE_SYNTAX_INVALID", "1:34 RULE_FUNCTION_UNKNOWN"],
    ],
  ])("%s has problems, each at its place", (text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });
});
