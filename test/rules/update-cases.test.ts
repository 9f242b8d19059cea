import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCases } from "../../src/rules/cases.ts";
import { junitOf } from "../../src/rules/junit.ts";
import { loadWorkspace } from "../../src/rules/load.ts";
import { appendedYaml, editedYaml, readYaml } from "../../src/rules/read.ts";
import { updatable, updateCases } from "../../src/rules/update-cases.ts";
import type { Deviating } from "../../src/rules/update-cases.ts";
import { until } from "../helpers/until.ts";
import { watchFiles } from "../../src/rules/watch.ts";
import { aGoodWorkspace } from "../helpers/workspace.ts";

const yaml = `# The cases of a push.
input: push
output: chat.message
cases:
  # An ordinary one.
  - name: a push
    given: { ref: main, name: Ada }
    expect:
      # What it was before.
      text: Bob pushed
      more: [1, 2]
  - name: by file # kept
    given: { ref: main, name: Eve }
    expectFile: cases/eve.json
  - name: no longer filtered
    given: { ref: main, name: Kim }
    filtered: true
  - name: fails now
    given: { ref: main }
    expect: { text: x }
  - name: untrue
    given: { ref: main, name: Ada }
    assert: ["1 = 2"]
`;

async function deviatingIn(dir: string): Promise<Deviating[]> {
  const { workspace, problems } = await loadWorkspace(dir, {});
  if (workspace === undefined) throw new Error(JSON.stringify(problems));
  const heard: Pick<Deviating, "one" | "outcome">[] = [];
  const results = await runCases(workspace, { heard: (one, _, outcome) => heard.push({ one, outcome }) });
  return results.flatMap((result, at) => (result.ok ? [] : [{ ...heard[at]!, result }]));
}

describe("bringing cases up to date", () => {
  it("writes what comes out now, and leaves comments, errors and assertions alone", async () => {
    const dir = aGoodWorkspace({
      "transforms/push.yaml": yaml,
      "transforms/cases/eve.json": '{ "text": "old" }',
      "schemas/push.json": '{ "type": "object" }',
      "transforms/push.jsonata":
        '{ "text": $uppercase(name) & " pushed" & ($exists(name) ? "" : $error("no name")) }',
    });
    const before = await deviatingIn(dir);
    expect(before.map(({ one }) => one.name)).toEqual([
      "a push",
      "by file",
      "no longer filtered",
      "fails now",
      "untrue",
    ]);
    const chosen = updatable(before);
    expect(chosen.map(({ one }) => one.name)).toEqual(["a push", "by file", "no longer filtered"]);
    expect(await updateCases(dir, chosen)).toEqual(["transforms/cases/eve.json", "transforms/push.yaml"]);
    const text = readFileSync(join(dir, "transforms/push.yaml"), "utf8");
    expect(text).toBe(
      yaml
        .replace(
          "      # What it was before.\n      text: Bob pushed\n      more: [1, 2]\n",
          "      text: ADA pushed\n",
        )
        .replace("filtered: true", "expect:\n      text: KIM pushed"),
    );
    expect(JSON.parse(readFileSync(join(dir, "transforms/cases/eve.json"), "utf8"))).toEqual({
      text: "EVE pushed",
    });
    expect((await deviatingIn(dir)).map(({ one }) => one.name)).toEqual(["fails now", "untrue"]);
  });

  it.each([
    ["a flow mapping", "cases: [{ name: a, expect: { x: 1 }, route: r }]\n"],
    ["text in a block", "cases:\n  - name: a\n    expect: |\n      two\n      lines\n    route: r\n"],
    ["the last key of the file without a line's end", "cases:\n  - name: a\n    route: r\n    expect: 1"],
  ])("can replace %s", (_, text) => {
    const edited = editedYaml(text, [{ pointer: "/cases/0/expect", key: "expect", value: "new" }]);
    const read = readYaml(edited);
    expect(read.ok && read.document.value).toEqual({ cases: [{ name: "a", expect: "new", route: "r" }] });
  });

  it.each([
    ["a list of cases", "# c\ncases:\n  - name: a\n    given: 1\n    expect: 1\n"],
    ["a list that is followed by another key", "cases:\n- name: a\n  given: 1\n  expect: 1\ninput: push\n"],
    ["a file without cases", "input: push\n"],
    ["an empty list", "cases: []\n"],
  ])("can add a case to %s", (_, text) => {
    const item = { name: "new", given: { a: ["x", "two\nlines"] }, assert: ["$exists($output)"] };
    const read = readYaml(appendedYaml(text, "cases", item));
    const before = readYaml(text);
    if (!read.ok || !before.ok) throw new Error(JSON.stringify(read));
    const { cases = [] } = before.document.value as { cases?: unknown[] };
    expect(read.document.value).toEqual({ ...(before.document.value as object), cases: [...cases, item] });
  });
});

it("JUnit has a suite a transform, with failures that XML can hold", async () => {
  const { workspace } = await loadWorkspace(
    aGoodWorkspace({
      "transforms/push.yaml":
        'input: push\ncases:\n  - name: "<a> & \\"b\\" \\0"\n    given: { ref: main, name: Ada }\n    expect: { text: "<>" }\n',
      "schemas/chat.message.json": undefined,
    }),
    {},
  );
  const xml = junitOf(await runCases(workspace!));
  expect(xml).toContain('<testsuites name="signalbox test" tests="1" failures="1"');
  expect(xml).toContain('name="&lt;a&gt; &amp; &quot;b&quot; \uFFFD"');
  expect(xml).toContain("expected &quot;&lt;&gt;&quot;");
  expect(xml).not.toContain("\0");
});

it("watching tells of a changed file, a new one, one in a new folder, and of .env", async () => {
  const dir = aGoodWorkspace();
  let changes = 0;
  const stop = watchFiles(dir, () => changes++);
  const changed = async (path: string, text: string): Promise<void> => {
    const before = changes;
    writeFileSync(join(dir, path), text);
    await until(`${path} is noticed`, () => changes > before);
  };
  try {
    await changed("transforms/push.jsonata", '{ "text": "other" }');
    await changed("routes/new.yaml", "source: github\n");
    const { mkdirSync } = await import("node:fs");
    mkdirSync(join(dir, "transforms/cases"));
    await changed("transforms/cases/new.json", "{}");
    await changed(".env", "A=1\n");
  } finally {
    stop();
  }
});
