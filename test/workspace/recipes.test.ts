/** The recipes: each folder is a workspace without a remark whose cases pass, and its page shows those very files. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../../site/sidebar.ts";
import { runCases } from "../../src/rules/cases.ts";
import { loadWorkspace } from "../../src/rules/load.ts";
import { blocksOf } from "../helpers/doc-blocks.ts";

const root = join(ROOT, "examples", "recipes");
const names = readdirSync(root);
const filesOf = (name: string): readonly string[] =>
  readdirSync(join(root, name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(root, name).length + 1))
    .sort();

/** A file as its page shows it: named on its first line instead of by its editor schema. */
function shown(name: string, file: string): string {
  const text = readFileSync(join(root, name, file), "utf8");
  if (file.endsWith(".yaml")) return text.replace(/^# yaml-language-server: .*\n/, `# ${file}\n`);
  return file.endsWith(".jsonata") ? `/* ${file} */\n${text}` : text;
}

describe("the recipes", () => {
  it("are twelve, each with a page, and the first page has them all", () => {
    expect(names.length).toBe(12);
    const pages = readdirSync(join(ROOT, "docs", "recipes")).filter((page) => page !== "README.md");
    expect(pages.sort()).toEqual(names.map((name) => `${name}.md`).sort());
    const first = readFileSync(join(ROOT, "docs", "recipes", "README.md"), "utf8");
    for (const name of names) expect(first).toContain(`(${name}.md)`);
  });

  it("use between them what a route, a source and a target can do", async () => {
    const keys = new Map<string, string[]>();
    for (const name of names) {
      const { workspace } = await loadWorkspace(join(root, name), {});
      const used = [
        ...[...workspace!.routes.values()].map(({ file }) => file),
        ...[...workspace!.targets.values()].map(({ file }) => file),
        ...[...workspace!.sources.values()].map(({ file }) => file),
      ].flatMap((file) => Object.entries(file).filter(([, value]) => value !== undefined));
      keys.set(name, [...new Set(used.map(([key]) => key))]);
    }
    for (const key of ["expect", "order", "batch", "latest", "breaker", "gate", "enrich", "respond", "delay"])
      expect(
        [...keys.values()].some((used) => used.includes(key)),
        key,
      ).toBe(true);
    for (const key of ["throttle", "compress", "schedule", "quietHours", "split"])
      expect(
        [...keys.values()].some((used) => used.includes(key)),
        key,
      ).toBe(true);
  });
});

describe.each(names)("the recipe %s", (name) => {
  const dir = join(root, name);
  const page = `docs/recipes/${name}.md`;
  const text = readFileSync(join(ROOT, page), "utf8");

  it("has no problem, not even a warning, and cases for each transform, which pass", async () => {
    const { workspace, problems } = await loadWorkspace(dir, {}, {}, { types: true });
    expect(problems).toEqual([]);
    const results = await runCases(workspace!);
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
    expect(new Set(results.map(({ transform }) => transform))).toEqual(new Set(workspace!.transforms.keys()));
    for (const { file } of workspace!.transforms.values())
      expect([file.input, file.output]).not.toContain(undefined);
  });

  it("calls only hosts that nobody has", async () => {
    const { workspace } = await loadWorkspace(dir, {});
    for (const { file } of workspace!.targets.values())
      expect(file.url).toMatch(/^https:\/\/[\w.-]+\.example[:/]/);
  });

  it("is on its page, file by file and word by word", () => {
    const blocks = blocksOf(page).filter(({ file }) => file !== undefined);
    expect(blocks.map(({ file }) => file!).sort()).toEqual(filesOf(name));
    for (const block of blocks) expect(block.text, block.file).toBe(shown(name, block.file!));
  });

  it("says of its provider what the catalogue says, how it fails, and names its editor schemas", () => {
    const [source] = filesOf(name).filter((file) => file.startsWith("sources/"));
    const [, provider] = /^provider: (.+)$/m.exec(readFileSync(join(dir, source!), "utf8")) ?? [];
    if (provider !== undefined) {
      const record = readFileSync(join(ROOT, "src/providers/catalogue", `${provider}.json`), "utf8");
      const { setup } = JSON.parse(record) as { setup: string };
      const url = `\`https://<you>/hooks/${source!.slice("sources/".length, -".yaml".length)}\``;
      expect(text.replace(/\s+/g, " ")).toContain(setup.replace("{url}", url));
    }
    const [, wrong = ""] = text.split("## What usually goes wrong");
    expect(wrong.match(/^- \*\*/gm)?.length).toBeGreaterThanOrEqual(3);
    for (const file of filesOf(name).filter((one) => one.endsWith(".yaml")))
      expect(readFileSync(join(dir, file), "utf8")).toMatch(
        /^# yaml-language-server: \$schema=\.\.\/\.\.\/\.\.\/\.\.\/docs\/schemas\/(source|route|transform|target)\.schema\.json\n/,
      );
  });
});
