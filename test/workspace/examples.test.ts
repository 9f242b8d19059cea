/** The example workspaces, as files: without a problem, and with cases that pass. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { runCases } from "../../src/rules/cases.ts";
import { loadWorkspace } from "../../src/rules/load.ts";

const root = fileURLToPath(new URL("../../examples/", import.meta.url));
const names = readdirSync(root, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() && entry.name !== "recipes" ? [entry.name] : [],
);

describe.each(names)("examples/%s, with an empty environment", (name) => {
  const dir = join(root, name);

  test("has no problem, not even a warning", async () => {
    expect((await loadWorkspace(dir, {})).problems).toEqual([]);
  });

  test("has cases for each transform, which pass", async () => {
    const { workspace } = await loadWorkspace(dir, {});
    const results = await runCases(workspace!);
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
    expect(new Set(results.map(({ transform }) => transform))).toEqual(new Set(workspace!.transforms.keys()));
  });

  test("calls nobody beyond this machine, and names its editor schemas", async () => {
    const { workspace } = await loadWorkspace(dir, {});
    for (const { file } of workspace!.targets.values())
      expect(file.url).toMatch(/^http:\/\/127\.0\.0\.1:8082\//);
    for (const kind of ["source", "route", "transform", "target"])
      for (const file of readdirSync(join(dir, `${kind}s`)).filter((one) => one.endsWith(".yaml")))
        expect(readFileSync(join(dir, `${kind}s`, file), "utf8").split("\n")[0], file).toBe(
          `# yaml-language-server: $schema=../../../docs/schemas/${kind}.schema.json`,
        );
  });
});
