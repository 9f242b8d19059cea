import { expect, it } from "vitest";
import { budgetsSchema } from "../../src/core/budgets.ts";
import { defaultBudgets } from "../../src/language/budgets.ts";
import { loadWorkspace } from "../../src/rules/load.ts";
import type { Workspace } from "../../src/rules/workspace.ts";
import { aContext } from "../language/context.ts";
import { aGoodWorkspace, goodFiles } from "../helpers/workspace.ts";

const transform = goodFiles["transforms/push.yaml"] as string;

/** What the rule makes with a line more in the transform's YAML file. */
async function made(rule: string, line: string): Promise<unknown> {
  const files = { "transforms/push.jsonata": rule, "transforms/push.yaml": `${line}${transform}` };
  const { workspace, problems } = await loadWorkspace(aGoodWorkspace(files), {});
  expect(problems).toEqual([]);
  return workspace?.transforms.get("push")?.rule.evaluateNow({}, aContext());
}

it("a transform's budgets are those of its rule; what it leaves out stays as it is", async () => {
  const rule = '{ "text": $string($sum([1..100000].($ * 2))) }';
  await expect(made(rule, "")).rejects.toThrow("budget `steps`: more than 500000 steps");
  await expect(made(rule, "budgets: { steps: 100 }\n")).rejects.toThrow("more than 100 steps");
  expect(await made(rule, "budgets: { steps: 5000000 }\n")).toEqual({ text: "10000100000" });
  await expect(made(rule, "budgets: { steps: 5000000, bytes: 1000 }\n")).rejects.toThrow("`bytes`");
});

it("budgets that are given for all rules hold where a file has no other, in conditions, tags and URLs too", async () => {
  const files = {
    "transforms/push.jsonata": '{ "text": $string($sum([1..1000].($ * 2))) }',
    "transforms/push.yaml": transform,
  };
  const load = async (more: Record<string, string>): Promise<Workspace> => {
    const { workspace, problems } = await loadWorkspace(
      aGoodWorkspace({ ...files, ...more }),
      {},
      { steps: 100 },
    );
    expect(problems).toEqual([]);
    return workspace!;
  };
  const workspace = await load({
    "routes/push.yaml":
      'source: github\non: [push]\nwhen: $sum([1..1000]) > 0\ntags: { sum: "$sum([1..1000])" }\ntransform: push\ntarget: chat\n',
    "targets/chat.yaml": 'url: "https://chat.example/{{ $sum([1..1000]) }}"\n',
  });
  const { when, tags, transform: its } = workspace.routes.get("push")!;
  for (const expression of [when!, tags[0]!.expression, its!.rule])
    expect(() => expression.evaluateNow({}, aContext())).toThrow("more than 100 steps");
  await expect(workspace.targets.get("chat")!.url.render({}, aContext())).rejects.toThrow(
    "more than 100 steps",
  );
  const own = await load({ "transforms/push.yaml": `budgets: { steps: 100000 }\n${transform}` });
  expect(own.transforms.get("push")!.rule.evaluateNow({}, aContext())).toEqual({ text: "1001000" });
});

it("the defaults that the option's description tells are those of the language", () => {
  const { properties } = budgetsSchema;
  expect(Object.keys(properties).sort()).toEqual(Object.keys(defaultBudgets).sort());
  for (const [name, { description }] of Object.entries(properties))
    expect(description).toContain(
      ` ${defaultBudgets[name as keyof typeof defaultBudgets]} where it is left out`,
    );
});

it("a budget that is none is a problem at its place", async () => {
  const { problems } = await loadWorkspace(
    aGoodWorkspace({ "transforms/push.yaml": `budgets: { steps: 0, seconds: 3 }\n${transform}` }),
    {},
  );
  expect(problems.map(({ code, line }) => [code, line])).toEqual([
    ["RULE_VALUE_INVALID", 1],
    ["RULE_KEY_UNKNOWN", 1],
  ]);
});
