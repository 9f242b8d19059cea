/** Routes of the router's own source as `check` sees them: what they take, and where they go in circles. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { happeningTypes } from "../../src/core/happening.ts";
import type { Problem } from "../../src/rules/load.ts";
import { loadWorkspace } from "../../src/rules/load.ts";
import type { Workspace } from "../../src/rules/workspace.ts";
import { aWorkspace, type Files } from "../helpers/workspace.ts";

async function load(files: Files): Promise<{ workspace: Workspace | undefined; problems: Problem[] }> {
  const dir = aWorkspace({
    "sources/github.yaml": "provider: none\n",
    "targets/api.yaml": "url: https://api.example/in\n",
    "routes/first.yaml": "source: github\ntarget: api\n",
    ...files,
  });
  const { workspace, problems } = await loadWorkspace(dir, {});
  return { workspace, problems: [...problems] };
}

const own = (rest: string): string => `source: signalbox\ntarget: api\n${rest}`;

describe("a route of the source `signalbox`", () => {
  test("needs no file of that name, and there may be none", async () => {
    const { problems } = await load({
      "routes/second.yaml": own('on: [delivery.delivered]\nwhen: delivery.route = "first"\n'),
    });
    expect(problems).toEqual([]);
    const taken = await load({ "sources/signalbox.yaml": "provider: none\n" });
    expect(taken.problems).toMatchObject([
      { file: "sources/signalbox.yaml", line: 1, code: "RULE_NAME_TAKEN" },
    ]);
  });

  test("is told of types that the router never makes, with the nearest one", async () => {
    const { problems } = await load({
      "routes/second.yaml": own("on: [delivery.dead, delivery.deliverd]\nwhen: delivery.route = 'first'\n"),
    });
    expect(problems).toMatchObject([
      { file: "routes/second.yaml", line: 3, column: 21, code: "RULE_TYPE_UNKNOWN", severity: "error" },
    ]);
    expect(problems[0]!.message).toContain("Did you mean `delivery.delivered`?");
  });

  test("that takes its own ends goes in a circle: surely an error, perhaps a warning, and none with a `when` that keeps them out", async () => {
    const circling = async (rest: string): Promise<readonly Problem[]> =>
      (await load({ "routes/again.yaml": own(rest) })).problems;
    expect(await circling("on: [delivery.delivered]\n")).toMatchObject([
      {
        file: "routes/again.yaml",
        line: 3,
        code: "RULE_CHAIN_ENDLESS",
        severity: "error",
        message: "Every event goes in a circle: `again` → delivery.delivered → `again`.",
      },
    ]);
    expect(await circling("on: [delivery.dead]\n")).toMatchObject([
      {
        code: "RULE_CHAIN_CIRCULAR",
        severity: "warning",
        message: "An event may go in a circle: `again` → delivery.dead → `again`; it is cut after 8 calls.",
      },
    ]);
    expect(await circling("on: [delivery.delivered]\nwhen: answer.status = 201\n")).toMatchObject([
      { code: "RULE_CHAIN_CIRCULAR" },
    ]);
    expect(await circling('on: [delivery.dead]\nwhen: delivery.route != "again"\n')).toEqual([]);
    expect(await circling("on: [target.paused]\n")).toEqual([]);
  });

  test("is found in a circle over other routes, which is spelled out once", async () => {
    const { problems } = await load({
      "routes/a.yaml": own('on: [delivery.delivered]\nwhen: delivery.route in ["first", "c"]\n'),
      "routes/b.yaml": own('on: [delivery.delivered]\nwhen: delivery.route = "a"\n'),
      "routes/c.yaml": own('on: [delivery.delivered]\nwhen: delivery.route = "b"\n'),
    });
    expect(problems).toMatchObject([
      {
        file: "routes/a.yaml",
        code: "RULE_CHAIN_ENDLESS",
        message:
          "Every event goes in a circle: `a` → delivery.delivered → `b` → delivery.delivered → `c` → delivery.delivered → `a`.",
      },
    ]);
    expect(problems[0]!.fix).toContain("when");
  });
});

describe("the routes that take an own event", () => {
  test("are known before it is made: by `on`, and by what `when` says of its route, target and source", async () => {
    const { workspace } = await load({
      "routes/second.yaml": own('on: [delivery.delivered]\nwhen: delivery.route = "first"\n'),
      "routes/alert.yaml": own(
        'on: ["delivery.d*"]\nwhen: delivery.route != "alert" and event.source = "github" and $event.type != "delivery.delivered"\n',
      ),
    });
    const takers = (type: string, route: string, source = "github"): string[] =>
      workspace!.takersOf({ type, delivery: { route, target: "api" }, source }).map(({ name }) => name);
    expect(takers("delivery.delivered", "first")).toEqual(["second"]);
    expect(takers("delivery.delivered", "second", "signalbox")).toEqual([]);
    expect(takers("delivery.dead", "first")).toEqual(["alert"]);
    expect(takers("delivery.dead", "first", "stripe")).toEqual([]);
    expect(takers("delivery.filtered", "first")).toEqual([]);
    expect(workspace!.takersOf({ type: "target.paused" })).toEqual([]);
  });
});

test("docs/chains.md lists every type of own events, and no other", () => {
  const page = readFileSync(new URL("../../docs/chains.md", import.meta.url), "utf8");
  const table = page.split("## What happens")[1]!.split("A pattern in")[0]!;
  const listed = [...table.matchAll(/^\| `([\w.-]+)`/gm)].map(([, type]) => type);
  expect(listed).toEqual(Object.keys(happeningTypes));
});
