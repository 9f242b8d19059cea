/** Versions of routes: what makes another one and what does not, and a route as it was. */
import { expect, it } from "vitest";
import { applyToOne } from "../../src/rules/apply.ts";
import { caseContext } from "../../src/rules/cases.ts";
import { loadWorkspace } from "../../src/rules/load.ts";
import { compileVersion, routeAsOf, versionTextOf } from "../../src/rules/versions.ts";
import type { Workspace } from "../../src/rules/workspace.ts";
import { aGoodWorkspace, goodFiles, type Files } from "../helpers/workspace.ts";

async function load(changes: Files = {}): Promise<Workspace> {
  const { workspace, problems } = await loadWorkspace(aGoodWorkspace(changes), {});
  if (workspace === undefined) throw new Error(JSON.stringify(problems));
  return workspace;
}

const versionOf = async (changes: Files = {}): Promise<string> =>
  (await load(changes)).routes.get("push")!.version;

const route = goodFiles["routes/push.yaml"] as string;

it("the same files make the same version, wherever they lie", async () => {
  expect(await versionOf()).toMatch(/^[0-9a-f]{12}$/);
  expect(await versionOf()).toBe(await versionOf());
});

it.each<[string, Files]>([
  ["the rule", { "transforms/push.jsonata": '{ "text": name & " pushes" }\n' }],
  ["the route's `when`", { "routes/push.yaml": route.replace('"main"', '"next"') }],
  ["the types that it takes", { "routes/push.yaml": route.replace("[push]", "[push, ping]") }],
  ["the input schema", { "schemas/push.json": '{ "type": "object" }' }],
  ["the output schema", { "schemas/chat.message.json": '{ "type": "object" }' }],
  [
    "a schema that the input schema refers to",
    {
      "schemas/push.json": '{ "properties": { "name": { "$ref": "word" } } }',
      "schemas/word.json": '{ "type": "string" }',
    },
  ],
  [
    "the budgets of the transform",
    { "transforms/push.yaml": "input: push\noutput: chat.message\nbudgets: { steps: 1000 }\n" },
  ],
])("%s makes another version", async (_what, changes) => {
  expect(await versionOf(changes)).not.toBe(await versionOf());
});

it("what a referred schema says makes another version as well", async () => {
  const files = { "schemas/push.json": '{ "properties": { "name": { "$ref": "word" } } }' };
  const one = await versionOf({ ...files, "schemas/word.json": '{ "type": "string" }' });
  expect(await versionOf({ ...files, "schemas/word.json": '{ "minLength": 1 }' })).not.toBe(one);
});

it.each<[string, Files]>([
  ["another case", { "transforms/push.yaml": "input: push\noutput: chat.message\n" }],
  ["the target's address", { "targets/chat.yaml": "url: https://other.example/\n" }],
  ["another source's file", { "sources/gitlab.yaml": "provider: gitlab\nsecrets: [a]\n" }],
  ["a schema that the route does not name", { "schemas/other.json": "{}" }],
])("%s leaves the version as it is", async (_what, changes) => {
  expect(await versionOf(changes)).toBe(await versionOf());
});

it("a route as of a version decides and makes as then, and goes to the target of today", async () => {
  const then = await load();
  const text = structuredClone(versionTextOf(then.routes.get("push")!, then));
  const now = await load({
    "routes/push.yaml": "source: github\ntransform: push\ntarget: chat\n",
    "transforms/push.jsonata": '{ "text": "now" }\n',
  });
  const today = now.routes.get("push")!;
  const former = routeAsOf(today, then.routes.get("push")!.version, text);
  const context = caseContext({ event: {} }, today);
  const made = (body: object) => applyToOne(former, body, context);
  expect(await made({ ref: "main", name: "Ada" })).toEqual({
    filtered: false,
    result: { text: "Ada pushed" },
  });
  expect(await made({ ref: "other", name: "Ada" })).toEqual({ filtered: true });
  await expect(made({ ref: "main" })).rejects.toMatchObject({ code: "TRANSFORM_INPUT_INVALID" });
  expect(former.target).toBe(today.target);
  expect(former.version).not.toBe(today.version);
});

it("a version that this release does not understand is refused by the route's name", () => {
  const text = { route: "old", source: "github", on: ["*"], schemas: {}, budgets: {} };
  expect(() => compileVersion({ ...text, rule: "$removed(a)" })).toThrow(
    expect.objectContaining({ code: "RULE_VERSION_UNUSABLE" }) as Error,
  );
  expect(() => compileVersion({ ...text, rule: "a", input: "missing" })).toThrow(
    expect.objectContaining({ detail: expect.stringContaining("route `old`") as string }) as Error,
  );
});
