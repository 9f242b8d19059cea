/** The extension's manifest: what it names is there, and its grammar knows the language as it is. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, it } from "vitest";
import { library } from "../../src/language/functions/library.ts";

const folder = new URL("../../editors/vscode/", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, folder), "utf8");

interface Manifest {
  readonly main: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly contributes: {
    readonly languages: readonly { id: string; extensions: string[]; configuration: string }[];
    readonly grammars: readonly { language: string; scopeName: string; path: string }[];
    readonly configuration: { readonly properties: Record<string, { default: unknown }> };
  };
}
const manifest = JSON.parse(read("package.json")) as Manifest;
const { languages, grammars, configuration } = manifest.contributes;

interface Rule {
  readonly match?: string;
  readonly begin?: string;
  readonly end?: string;
  readonly include?: string;
  readonly patterns?: readonly Rule[];
}
const grammar = JSON.parse(read(grammars[0]!.path)) as {
  scopeName: string;
  patterns: readonly Rule[];
  repository: Readonly<Record<string, Rule>>;
};

it("names files that are there, and one language for its grammar", () => {
  const files = [manifest.main, languages[0]!.configuration, grammars[0]!.path, "README.md"];
  expect(files.filter((path) => !existsSync(new URL(path, folder)))).toEqual([]);
  expect(languages).toHaveLength(1);
  expect(languages[0]!.extensions).toEqual([".jsonata"]);
  expect(grammars[0]).toMatchObject({ language: languages[0]!.id, scopeName: grammar.scopeName });
  expect(() => JSON.parse(read(languages[0]!.configuration)) as unknown).not.toThrow();
});

it("reads the settings that it declares, and requires what it depends on", () => {
  const code = read(manifest.main);
  const [, section, name] = /getConfiguration\("(\w+)"\)\.get\("(\w+)"\)/.exec(code) ?? [];
  expect(Object.keys(configuration.properties)).toEqual([`${section}.${name}`]);
  expect(configuration.properties[`${section}.${name}`]?.default).toEqual(["npx", "signalbox", "lsp"]);
  const required = [...code.matchAll(/require\("([^"]+)"\)/g)].map(([, one]) => one!.split("/")[0]!);
  expect(required.filter((one) => one !== "vscode")).toEqual(Object.keys(manifest.dependencies));
});

it("starts the server with what the editor's library gives it", async () => {
  const started: unknown[][] = [];
  class LanguageClient {
    constructor(...given: unknown[]) {
      started.push(given);
    }
    start = (): Promise<void> => Promise.resolve();
    stop = (): string => "stopped";
  }
  const outside: Record<string, unknown> = {
    vscode: {
      workspace: {
        getConfiguration: () => ({ get: () => ["npx", "signalbox", "lsp"] }),
        workspaceFolders: [{ uri: { fsPath: "/somewhere" } }],
      },
    },
    "vscode-languageclient/node": { LanguageClient, TransportKind: { stdio: 0 } },
  };
  const loaded: { activate?: () => Promise<void>; deactivate?: () => unknown } = {};
  const run = new Function("require", "exports", read(manifest.main)) as (
    require: (name: string) => unknown,
    exports: object,
  ) => void;
  run((name) => outside[name] ?? createRequire(import.meta.url)(name), loaded);
  await loaded.activate?.();
  expect(started[0]?.[2]).toMatchObject({
    command: "npx",
    args: ["signalbox", "lsp"],
    options: { cwd: "/somewhere" },
  });
  expect(JSON.stringify(started[0]?.[3])).toContain("jsonata");
  expect(loaded.deactivate?.()).toBe("stopped");
});

it("has a grammar whose patterns compile, that includes all of its parts and knows every function", () => {
  const rules = Object.values(grammar.repository).flatMap((rule) => [rule, ...(rule.patterns ?? [])]);
  for (const { match, begin, end } of rules)
    for (const pattern of [match, begin, end]) if (pattern !== undefined) new RegExp(pattern);
  expect(grammar.patterns.map(({ include }) => include?.slice(1)).sort()).toEqual(
    Object.keys(grammar.repository).sort(),
  );
  const known = new RegExp(`^(?:${grammar.repository["function"]!.match!})$`);
  expect([...library.keys()].filter((name) => !known.test(`$${name}`))).toEqual([]);
  expect(known.test("$eval")).toBe(false);
});
