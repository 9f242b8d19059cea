import { describe, expect, it } from "vitest";
import { explainRule } from "../../src/rules/explain.ts";
import { explainRoutes } from "../../src/rules/explained-routes.ts";
import type { ExplainedRoute } from "../../src/rules/explained-routes.ts";
import { caseContext } from "../../src/rules/cases.ts";
import { loadWorkspace } from "../../src/rules/load.ts";
import { withRequest } from "../../src/admin/explaining.ts";
import { aGoodWorkspace } from "../helpers/workspace.ts";
import type { Files } from "../helpers/workspace.ts";

async function explained(body: unknown, type = "push", changes: Files = {}): Promise<ExplainedRoute[]> {
  const { workspace, problems } = await loadWorkspace(
    aGoodWorkspace({
      "routes/all.yaml": "source: github\ntarget: chat\n",
      "routes/release.yaml": "source: github\non: [release]\ntarget: chat\n",
      ...changes,
    }),
    {},
  );
  if (workspace === undefined) throw new Error(JSON.stringify(problems));
  const context = { ...caseContext({ event: { type } }), source: "github" };
  const event = { body, context };
  const routes = await explainRoutes(event, workspace, explainRule);
  const whole = await Promise.all(routes.map((one) => withRequest(one, event, workspace, 0)));
  return whole as ExplainedRoute[];
}

describe("an event explained", () => {
  it("tells of each route whether it takes it, and by which clause", async () => {
    const routes = await explained({ ref: "dev", name: "Ada" });
    expect(routes.map(({ route, matched, decidedBy }) => [route, matched, decidedBy])).toEqual([
      ["all", true, "on: it takes every type"],
      ["push", false, 'when: `ref = "main"` is false: `ref` is "dev"'],
      ["release", false, "on: it takes `release`, and this is `push`"],
    ]);
    expect(routes[1]).not.toHaveProperty("rule");
  });

  it("tells a `when` that fails", async () => {
    const routes = await explained({ ref: 1 }, "push", {
      "routes/push.yaml": "source: github\nwhen: $uppercase(ref) = 'X'\ntransform: push\ntarget: chat\n",
    });
    expect(routes[1]).toMatchObject({
      matched: false,
      when: { isTrue: false, fault: { code: "TRANSFORM_TYPE" } },
    });
    expect(routes[1]!.decidedBy).toMatch(/^when: line 1, column 1: argument 1 of `\$uppercase` must be text/);
  });

  it("has the rule part by part, both verdicts, the result, and what would be sent without secrets", async () => {
    const [, push] = await explained({ ref: "main", name: "Ada" });
    expect(push).toMatchObject({
      matched: true,
      input: { schema: "push", problems: [] },
      output: { schema: "chat.message", problems: [] },
      result: { text: "Ada pushed" },
      request: {
        method: "POST",
        url: "https://chat.example/hook",
        headers: { authorization: "[removed]", "content-type": "application/json" },
        body: '{"text":"Ada pushed"}',
      },
    });
    expect(push!.rule!.parts).toContainEqual(
      expect.objectContaining({ line: 2, column: 11, text: "name", values: ['"Ada"'] }),
    );
    expect(JSON.stringify(push)).not.toContain("s3cr3t");
  });

  it("tells where a value became nothing, and goes on to the rule where the body does not fit", async () => {
    const [, push] = await explained({ ref: "main", nam: "Ada" });
    expect(push!.input).toEqual({ schema: "push", problems: ["the value must have `name`"] });
    expect(push!.rule!.missing).toEqual([
      { line: 2, column: 11, text: "name", why: "no `name`: there are ref, nam; did you mean `nam`?" },
    ]);
    expect(push).not.toHaveProperty("request");
  });

  it("tells a rule that fails or makes nothing", async () => {
    const [, failing] = await explained({ ref: "main", name: "Ada" }, "push", {
      "transforms/push.jsonata": "{ 'text': name + 1 }",
      "transforms/push.yaml": undefined,
      "schemas/push.json": undefined,
      "schemas/chat.message.json": undefined,
    });
    expect(failing!.rule!.fault).toMatchObject({ code: "TRANSFORM_TYPE" });
    const [, empty] = await explained({ ref: "main", name: "Ada" }, "push", {
      "transforms/push.jsonata": "nothing",
      "transforms/push.yaml": undefined,
      "schemas/push.json": undefined,
      "schemas/chat.message.json": undefined,
    });
    expect(empty!.rule!.fault).toMatchObject({ code: "TRANSFORM_RESULT_EMPTY" });
  });
});
