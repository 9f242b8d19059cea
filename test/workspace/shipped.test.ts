import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatJsonata } from "../../src/language/layout/format.ts";
import { runCases } from "../../src/rules/cases.ts";
import { gapsOf } from "../../src/rules/coverage-report.ts";
import { measure } from "../../src/rules/coverage.ts";
import { fuzz } from "../../src/rules/fuzz.ts";
import { loadWorkspace } from "../../src/rules/load.ts";
import { mappingPages } from "../../src/rules/mapping-pages.ts";
import { blocksOf } from "../helpers/doc-blocks.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const stems = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".jsonata"))
    .map(({ name }) => name.replace(/\.(yaml|json)$/, ""));

describe("the shipped workspace, on a fresh clone with an empty environment", () => {
  test("has no problem, not even a warning", async () => {
    const { workspace, problems } = await loadWorkspace(root, {});
    expect(problems).toEqual([]);
    expect([...workspace!.routes.keys()].sort()).toEqual(stems("routes").sort());
    expect([...workspace!.targets.keys()].sort()).toEqual(stems("targets").sort());
  });

  test("passes all its cases", async () => {
    const { workspace } = await loadWorkspace(root, {});
    const results = await runCases(workspace!);
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
    expect(new Set(results.map(({ transform }) => transform))).toEqual(new Set(stems("transforms")));
  });

  // workload.jsonata is kept letter by letter as the benchmarks' own.
  test.each(stems("transforms").filter((name) => name !== "workload"))("%s is laid out by fmt", (name) => {
    const text = readFileSync(join(root, "transforms", `${name}.jsonata`), "utf8");
    expect(formatJsonata(text)).toEqual({ ok: true, text });
  });

  test("has up-to-date pages of its mappings (signalbox docs)", async () => {
    const { workspace } = await loadWorkspace(root, {});
    const pages = await mappingPages(workspace!, "../..");
    expect(readdirSync(join(root, "docs/routes")).sort()).toEqual([...pages.keys()].sort());
    for (const [name, text] of pages)
      expect(readFileSync(join(root, "docs/routes", name), "utf8"), name).toBe(text);
  });

  test("covers the three larger mappings whole, by six cases and more", async () => {
    const { workspace } = await loadWorkspace(root, {});
    const larger = ["shop-order-to-invoice", "gitlab-pipeline-to-deployment", "crm-person-to-mailing-list"];
    for (const name of larger) {
      expect(workspace!.transforms.get(name)!.cases.length).toBeGreaterThanOrEqual(6);
      const measuring = measure(workspace!, name);
      await runCases(workspace!, { ...measuring.running, filter: name });
      const { rules, fields } = measuring.coverage();
      expect(rules.flatMap(gapsOf), name).toEqual([]);
      expect(
        fields.flatMap(({ neverMade }) => neverMade),
        name,
      ).toEqual([]);
      const fuzzed = await fuzz(workspace!.transforms.get(name)!, workspace!, { runs: 200, seed: "shipped" });
      expect(fuzzed.failure, name).toBeUndefined();
      expect(fuzzed.good, name).toBeGreaterThan(20);
    }
  });

  test("sends nothing off this machine", () => {
    const urls = stems("targets").map(
      (name) => /^url: (.*)$/m.exec(readFileSync(join(root, "targets", `${name}.yaml`), "utf8"))![1],
    );
    for (const url of urls) expect(url).toMatch(/^\$\{DEMO_TARGET:-http:\/\/127\.0\.0\.1:8082\}\//);
  });

  test("names its editor schema on the first line of every YAML file", () => {
    for (const kind of ["source", "route", "transform", "target"]) {
      for (const name of stems(`${kind}s`)) {
        const [first] = readFileSync(join(root, `${kind}s`, `${name}.yaml`), "utf8").split("\n");
        expect(first).toBe(`# yaml-language-server: $schema=../docs/schemas/${kind}.schema.json`);
      }
    }
  });
});

describe("docs/first-route.md", () => {
  let dir: string;
  const files = tutorialFiles();

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "signalbox-first-route-"));
    for (const [path, text] of files) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), text);
    }
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  test("shows every file of its workspace", () => {
    expect([...files.keys()].sort()).toEqual([
      ".env",
      "routes/push-to-note.yaml",
      "schemas/note.json",
      "sources/github.yaml",
      "targets/notes.yaml",
      "transforms/push-to-note.jsonata",
      "transforms/push-to-note.yaml",
    ]);
  });

  test("makes a workspace without a problem, whose cases pass", async () => {
    const { workspace, problems } = await loadWorkspace(dir, {});
    expect(problems).toEqual([]);
    const results = await runCases(workspace!);
    expect(results.map(({ name, ok }) => [name, ok])).toEqual([
      ["one commit, its first line only", true],
      ["a tag is not for the notes", true],
    ]);
  });
});

/** The blocks of the page that show a file, by its name. */
function tutorialFiles(): Map<string, string> {
  const shown = blocksOf("docs/first-route.md").flatMap(({ file, text }) =>
    file === undefined ? [] : [[file, text] as const],
  );
  return new Map(shown);
}
