import { describe, expect, it } from "vitest";
import { SignalboxError } from "../../src/core/errors.ts";
import { applyRoute } from "../../src/rules/apply.ts";
import { gapsOf } from "../../src/rules/coverage-report.ts";
import { createLiveCoverage, liveCoverageOf, versionOf } from "../../src/rules/live-coverage.ts";
import { loadWorkspace } from "../../src/rules/load.ts";
import type { Workspace } from "../../src/rules/workspace.ts";
import { aContext } from "../language/context.ts";
import { aGoodWorkspace } from "../helpers/workspace.ts";

const RULE = '{ "text": name & (forced = true ? $uppercase(" forced") : " pushed") }\n';

async function workspaceOf(rule = RULE): Promise<Workspace> {
  const { workspace, problems } = await loadWorkspace(
    aGoodWorkspace({ "transforms/push.jsonata": rule }),
    {},
  );
  if (workspace === undefined) throw new Error(JSON.stringify(problems));
  return workspace;
}

const outcome = (workspace: Workspace, body: unknown): Promise<unknown> =>
  applyRoute(workspace.routes.get("push")!, body, aContext()).catch((error: unknown) =>
    error instanceof SignalboxError ? [error.code, error.detail] : error,
  );

describe("coverage on live traffic", () => {
  it("lends one delivery in so many rules that count, and all others the rules as they are", async () => {
    const workspace = await workspaceOf();
    const coverage = createLiveCoverage(3);
    const lent = Array.from({ length: 9 }, () => coverage.turn(workspace));
    expect(lent.map((one) => one === workspace)).toEqual([
      true,
      true,
      false,
      true,
      true,
      false,
      true,
      true,
      false,
    ]);
    expect(lent[5]).toBe(lent[2]);
    expect(coverage.news().size).toBe(0);
  });

  it("counts what ran, tells it once, and adds up what several processes counted", async () => {
    const workspace = await workspaceOf();
    const route = workspace.routes.get("push")!;
    const version = versionOf(route);
    const [one, other] = [createLiveCoverage(1), createLiveCoverage(1)];
    for (const body of [
      { ref: "main", name: "Ada" },
      { ref: "other", name: "Ada" },
    ])
      expect(await outcome(one.turn(workspace), body)).toEqual(await outcome(workspace, body));
    const first = one.news().get(version)!;
    expect(first.samples).toBe(2);
    expect(one.news().size).toBe(0);
    const { samples, rules } = liveCoverageOf(route, [first]);
    expect(samples).toBe(2);
    expect(rules.map(({ kind, file }) => [kind, file])).toEqual([
      ["when", "routes/push.yaml"],
      ["transform", "transforms/push.jsonata"],
    ]);
    expect(rules.flatMap(gapsOf).map(({ what }) => what)).toEqual(['never ran: $uppercase(" forced")']);

    await outcome(other.turn(workspace), { ref: "main", name: "Ada", forced: true });
    const second = other.news().get(version)!;
    const together = liveCoverageOf(route, [first, second]);
    expect(together.samples).toBe(3);
    expect(together.rules.flatMap(gapsOf)).toEqual([]);
    expect(liveCoverageOf(route, [{ samples: 5, expressions: [] }])).toMatchObject({ samples: 0 });
  });

  it("of another text counts begin anew", async () => {
    const [before, after] = [await workspaceOf(), await workspaceOf('{ "text": name }\n')];
    const route = after.routes.get("push")!;
    expect(versionOf(before.routes.get("push")!)).not.toBe(versionOf(route));
    const coverage = createLiveCoverage(1);
    await outcome(coverage.turn(before), { ref: "main", name: "Ada" });
    await outcome(coverage.turn(after), { ref: "main", name: "Ada" });
    expect([...coverage.news().keys()]).toEqual([versionOf(route)]);
  });

  it("ends as the rule itself does, with its errors, also where counting takes more stack", async () => {
    const deep =
      '( $f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; { "text": $string($f(depth)) & name } )\n';
    for (const rule of [deep, '{ "text": name + 1 }\n', '{ "text": $error("no") }\n']) {
      const workspace = await workspaceOf(rule);
      for (const depth of [1, 50, 200, 400, 5_000]) {
        const body = { ref: "main", name: "Ada", depth };
        const counted = await outcome(createLiveCoverage(1).turn(workspace), body);
        expect(counted, `${rule} ${depth}`).toEqual(await outcome(workspace, body));
      }
    }
  });
});
