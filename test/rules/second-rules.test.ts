/** What `check` tells of `shadow`, `canary` and `gapCheck`: each mistake at its place. */
import { describe, expect, it } from "vitest";
import { routeThen } from "../../src/pipeline/route-of.ts";
import { loadWorkspace } from "../../src/rules/load.ts";
import { aGoodWorkspace, type Files } from "../helpers/workspace.ts";

const told = async (files: Files): Promise<string[]> => {
  const { problems } = await loadWorkspace(aGoodWorkspace(files), {});
  return problems
    .filter(({ severity }) => severity === "error")
    .map(({ file, line, column, code, message }) => `${file}:${line}:${column} ${code} ${message}`);
};
const SECOND = { "transforms/second.jsonata": '{ "text": name }' };
const route = (more: string): Files => ({
  ...SECOND,
  "routes/push.yaml": `source: github\ntransform: push\ntarget: chat\n${more}\n`,
});

describe("a second transform", () => {
  it.each(["shadow: second", "canary: { transform: second, percent: 5, by: name }"])(
    "fits: %s",
    async (more) => {
      const { workspace, problems } = await loadWorkspace(
        aGoodWorkspace({ ...route(more), "transforms/push.yaml": "input: push\noutput: chat.message\n" }),
        {},
      );
      expect(problems).toEqual([]);
      const { shadow, canary } = workspace!.routes.get("push")!;
      expect((shadow ?? canary)!.transform.name).toBe("second");
    },
  );

  it("that is a canary is a version of its own, by which its deliveries can be made again", async () => {
    const { workspace } = await loadWorkspace(
      aGoodWorkspace(route("canary: { transform: second, percent: 5 }")),
      {},
    );
    const today = workspace!.routes.get("push")!;
    expect(today.canary!.version).not.toBe(today.version);
    const none = { read: () => Promise.resolve(undefined) };
    const then = await routeThen(today, today.canary!.version, none);
    expect([then.transform!.name, then.version]).toEqual(["second", today.canary!.version]);
    expect((await routeThen(today, today.version, none)).transform!.name).toBe("push");
    await expect(routeThen(today, "0123456789ab", none)).rejects.toThrow("is not kept any more");
  });

  it.each([
    [
      "shadow: secnd",
      "routes/push.yaml:4:9 RULE_TRANSFORM_UNKNOWN There is no transform `secnd`. Did you mean `second`?",
    ],
    [
      "canary: { transform: secnd, percent: 5 }",
      "4:22 RULE_TRANSFORM_UNKNOWN There is no transform `secnd`.",
    ],
    ["shadow: push", "4:9 RULE_VALUE_INVALID `/shadow` names `push`, which is the route's own transform"],
    ["canary: { transform: second, percent: 0 }", "RULE_VALUE_INVALID"],
    ["canary: { transform: second, percent: 101 }", "RULE_VALUE_INVALID"],
    ["canary: { transform: second }", "percent"],
    ["canary: { transform: second, percent: 5, margn: 3 }", "RULE_KEY_UNKNOWN"],
    ["canary: { transform: second, percent: 5, by: 'a +' }", "RULE_SYNTAX_INVALID"],
    ["shadow: second\nbatch: { max: 10, seconds: 5 }", "`/shadow` stands beside `batch`"],
  ])("is told to be wrong: %s", async (more, expected) => {
    expect((await told(route(more))).join("\n")).toContain(expected);
  });

  it("must have a first one to be held against", async () => {
    const files = { ...SECOND, "routes/push.yaml": "source: github\ntarget: chat\nshadow: second\n" };
    expect((await told(files)).join("\n")).toContain("`/shadow` is held against the route's `transform`");
  });

  it("that reads a lookup which the route does not make is told", async () => {
    const files = { ...route("shadow: second"), "transforms/second.jsonata": "$enrich.person.name" };
    expect((await told(files)).join("\n")).toContain(
      "RULE_ENRICH_UNKNOWN Transform `second` reads `$enrich.person`",
    );
  });
});

describe("a gap check", () => {
  const source = (text: string): Files => ({ "sources/github.yaml": text });
  it.each([
    [
      "provider: hmac\nsecrets: [a]\ngapCheck: { token: t }",
      "RULE_VALUE_INVALID `/gapCheck` is there for the providers `github` and `stripe` alone.",
    ],
    ["provider: github\nsecrets: [a]\ngapCheck: { token: t }", "`/gapCheck/url` must be the hook's URL"],
    [
      "provider: github\nsecrets: [a]\ngapCheck: { token: t, url: 'https://api.github.com/repos/a/b' }",
      "`/gapCheck/url` must be",
    ],
    [
      "provider: github\nsecrets: [a]\nid: body\ngapCheck: { token: t, url: 'https://api.github.com/repos/a/b/hooks/1' }",
      "`/id` stands beside `gapCheck`",
    ],
    ["provider: stripe\nsecrets: [a]\ngapCheck: { url: 'https://api.stripe.com/v1/events' }", "token"],
  ])("is told to be wrong: %s", async (text, expected) => {
    expect((await told(source(text))).join("\n")).toContain(expected);
  });
});
