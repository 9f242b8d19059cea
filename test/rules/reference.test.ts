import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { errorTable } from "../../src/core/errors.ts";
import { compileFormat, compileSchema } from "../../src/core/schema.ts";
import { checkFormat, openYaml } from "../../src/rules/format.ts";
import type { Tell } from "../../src/rules/problem.ts";
import { readYaml } from "../../src/rules/read.ts";
import {
  editorSchema,
  errorsPage,
  formats,
  generatedFiles,
  referencePage,
} from "../../src/rules/reference.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const formatOf = (folder: string) => formats.find(({ name }) => `${name}s` === folder)!;

describe("generated files", () => {
  it.each([...generatedFiles()])("%s is up to date (npm run generate)", (path, text) => {
    expect(existsSync(join(root, path)) && readFileSync(join(root, path), "utf8")).toBe(text);
  });

  it("there are no others", () => {
    const standing = ["docs/reference", "docs/schemas"].flatMap((folder) =>
      readdirSync(join(root, folder)).map((name) => `${folder}/${name}`),
    );
    // Those of the API and of the settings are made of their tables: test/admin/reference.test.ts.
    const generated = [...generatedFiles().keys(), "docs/reference/api.md", "docs/reference/settings.md"];
    expect([...standing, "docs/providers.md"].sort()).toEqual(generated.sort());
  });
});

describe("a reference page", () => {
  it("has a row for every key, with value, default and meaning", () => {
    const page = referencePage(formatOf("targets"));
    expect(page).toContain("| `url` | text | required |");
    expect(page).toContain(
      "| `retry.attempts` | whole number, from 1 to 100 | `10` | The first one included. |",
    );
    expect(page).toContain("| `auth (bearer).token` | text | required |");
    expect(referencePage(formatOf("transforms"))).toContain("| `cases[].given` |");
  });

  it("every table row has four cells", () => {
    for (const format of formats) {
      const rows = referencePage(format)
        .split("\n")
        .filter((line) => line.startsWith("| "));
      for (const row of rows) expect(row.split(/(?<!\\)\|/)).toHaveLength(6);
    }
  });

  it("every code of the table is on the errors page", () => {
    for (const code of Object.keys(errorTable)) expect(errorsPage()).toContain(`### ${code}\n`);
  });
});

describe("an editor schema", () => {
  it.each(formats.map((format) => [format.name, format] as const))("of a %s compiles", (_, format) => {
    expect(compileSchema(JSON.parse(editorSchema(format)))).toMatchObject({ ok: true });
  });

  it.each(["sources", "routes", "targets", "transforms"])(
    "takes the shipped %s as they are written",
    (folder) => {
      const compiled = compileSchema(JSON.parse(editorSchema(formatOf(folder))));
      const names = readdirSync(join(root, folder)).filter((name) => name.endsWith(".yaml"));
      expect(names.length).toBeGreaterThan(3);
      for (const name of names) {
        const read = readYaml(readFileSync(join(root, folder, name), "utf8"));
        expect(read.ok && compiled.ok && compiled.validate(read.document.value)).toEqual([]);
      }
    },
  );

  it("takes a variable where a number stands, and still refuses other text", () => {
    const compiled = compileSchema(JSON.parse(editorSchema(formatOf("targets"))));
    const check = (concurrency: unknown): number =>
      compiled.ok ? compiled.validate({ url: "${URL}", concurrency }).length : -1;
    expect([check("${N:-3}"), check(3), check("three"), check(0)]).toEqual([0, 0, 1, 1]);
  });
});

/** A YAML block of a page that begins with `# sources/name.yaml` or the like; one with `…` outside comments is abridged and not checked. */
interface Block {
  readonly page: string;
  readonly folder: string;
  readonly path: string;
  readonly text: string;
}

function blocksOf(page: string, markdown: string): Block[] {
  return [...markdown.matchAll(/^```ya?ml\n([^]*?)^```/gm)].flatMap(([, text = ""]) => {
    const found = /^# ((sources|routes|targets|transforms)\/[\w.-]+\.ya?ml)\b/.exec(text);
    const isAbridged = text.split("\n").some((line) => line.replace(/(^|\s)#.*$/, "").includes("…"));
    return found === null || isAbridged ? [] : [{ page, folder: found[2]!, path: found[1]!, text }];
  });
}

function problemsOf({ folder, path, text }: Block): string[] {
  const problems: string[] = [];
  const tell: Tell = (file, { line }, code, message) =>
    void problems.push(`${file}:${line} ${code} ${message}`);
  const format = formatOf(folder);
  const variables = [...text.matchAll(/\$\{(\w+)/g)].map(([, name = ""]) => [name, "https://example.com"]);
  const environment = format.variables
    ? (Object.fromEntries(variables) as Record<string, string>)
    : undefined;
  const file = { folder: folder as "sources", name: "block", format: "yaml" as const, path, text };
  const opened = openYaml(file, tell, environment);
  if (opened !== undefined) checkFormat(opened, format.name, compileFormat(format.schema), tell);
  return problems;
}

describe("YAML blocks in the documentation", () => {
  const pages = [
    ...readdirSync(root).filter((name) => name.endsWith(".md")),
    ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .map((name) => `docs/${name}`),
  ];
  const blocks = pages.flatMap((page) => blocksOf(page, readFileSync(join(root, page), "utf8")));

  it("there are some of every kind", () => {
    expect([...new Set(blocks.map(({ folder }) => folder))].sort()).toEqual([
      "routes",
      "sources",
      "targets",
      "transforms",
    ]);
  });

  it.each(blocks.map((block) => [block.page, block.path, block] as const))("%s: %s", (_, __, block) => {
    expect(problemsOf(block)).toEqual([]);
  });

  it("a wrong one is found, an abridged one is not looked at", () => {
    const page = (yaml: string): Block[] =>
      blocksOf("page", `text\n\`\`\`yaml\n# targets/a.yaml: why\n${yaml}\n\`\`\`\n`);
    expect(page("url: http://a\nmethd: PUT").flatMap(problemsOf)).toEqual([
      expect.stringContaining("targets/a.yaml:3 RULE_KEY_UNKNOWN"),
    ]);
    expect(page("url: http://a\n… ")).toEqual([]);
    expect(page("url: http://a # …")).toHaveLength(1);
  });
});
