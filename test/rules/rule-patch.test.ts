/** Patches are held against git itself: what it applies must be the new text, whatever the old one was. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { rulePatch } from "../../src/rules/rule-patch.ts";
import { unifiedDiff } from "../../src/rules/unified-diff.ts";
import { loadWorkspace } from "../../src/rules/load.ts";
import { runCases } from "../../src/rules/cases.ts";
import { aGoodWorkspace } from "../helpers/workspace.ts";

const dir = mkdtempSync(join(tmpdir(), "signalbox-patch-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function applied(patch: string, at: string): void {
  execFileSync("git", ["apply", "--unidiff-zero", "--whitespace=nowarn", "-"], { cwd: at, input: patch });
}

function roundTrip(before: string | undefined, after: string): string {
  const file = join(dir, "a/file.txt");
  rmSync(join(dir, "a"), { recursive: true, force: true });
  mkdirSync(join(dir, "a"));
  if (before !== undefined) writeFileSync(file, before);
  const patch = unifiedDiff("a/file.txt", before, after);
  if (patch !== "") applied(patch, dir);
  return readFileSync(file, "utf8");
}

describe("a unified diff", () => {
  it("makes the new text of the old one, with and without a last line's end, for a new file too", () => {
    const text = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\n";
    expect(unifiedDiff("x", text, text)).toBe("");
    for (const [before, after] of [
      [text, text.replace("b\n", "B\n").replace("k\n", "K\nKK\n")],
      [text, text.slice(0, -1)],
      [text.slice(0, -1), text],
      [undefined, "one\n"],
      ["", "one"],
      ["one\n", ""],
      ["a\n\n\na\n", "a\n\na\n\n"],
    ] as const)
      expect(roundTrip(before, after)).toBe(after);
    const two = unifiedDiff("x", text, text.replace("a\n", "A\n").replace("l\n", "L\n"));
    expect(two.match(/^@@ /gm)).toHaveLength(2);
  });

  it("does so for texts that nobody thought of", () => {
    const line = fc.constantFrom("", "a", "b", " a", "-", "+x", "@@ -1 +1 @@", "\\ No", "é");
    const text = fc
      .tuple(fc.array(line, { maxLength: 14 }), fc.boolean())
      .map(([lines, isEnded]) => lines.join("\n") + (isEnded && lines.length > 0 ? "\n" : ""));
    fc.assert(
      fc.property(text, text, (before, after) => {
        expect(roundTrip(before, after)).toBe(after);
      }),
      { numRuns: 40 },
    );
  });
});

describe("the patch of a rule", () => {
  it("changes the rule and adds the case, and the workspace that it is applied to passes its cases", async () => {
    const workspace = aGoodWorkspace();
    const patch = await rulePatch(
      {
        transform: "push",
        rule: '{\n  "text": name & " has pushed"\n}',
        case: { name: "Grace", given: { ref: "main", name: "Grace" }, expect: { text: "Grace has pushed" } },
      },
      workspace,
    );
    applied(patch, workspace);
    const loaded = await loadWorkspace(workspace, {});
    expect(loaded.problems).toEqual([]);
    const results = await runCases(loaded.workspace!);
    expect(results.map(({ name, ok }) => [name, ok])).toEqual([
      ["a push", false],
      ["another branch", true],
      ["Grace", true],
    ]);
    expect(readFileSync(join(workspace, "transforms/push.jsonata"), "utf8")).toMatch(/has pushed"\n\}\n$/);
  });

  it("makes both files of a transform that is not there yet, and is empty where nothing changes", async () => {
    const workspace = aGoodWorkspace();
    const made = await rulePatch(
      { transform: "fresh", rule: "{}", case: { name: "a", given: 1, expect: {} } },
      workspace,
    );
    applied(made, workspace);
    expect(readFileSync(join(workspace, "transforms/fresh.jsonata"), "utf8")).toBe("{}\n");
    expect(readFileSync(join(workspace, "transforms/fresh.yaml"), "utf8")).toBe(
      "cases:\n  - name: a\n    given: 1\n    expect: {}\n",
    );
    const rule = readFileSync(join(workspace, "transforms/push.jsonata"), "utf8");
    expect(await rulePatch({ transform: "push", rule }, workspace)).toBe("");
  });
});
