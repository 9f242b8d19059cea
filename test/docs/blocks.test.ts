/** What the documents show works: files of a workspace check, rules compile, commands and their options are there. */
import { generateKeyPairSync } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { PAGES, ROOT } from "../../site/sidebar.ts";
import { firstFiles } from "../../src/cli/init-files.ts";
import { happeningTypes } from "../../src/core/happening.ts";
import { compileExpression } from "../../src/language/expression.ts";
import { runCases } from "../../src/rules/cases.ts";
import { loadWorkspace } from "../../src/rules/load.ts";
import { aCertificate } from "../helpers/certificate.ts";
import { blocksOf, type Block } from "../helpers/doc-blocks.ts";
import { shellCommands } from "../helpers/shell-words.ts";
import { aWorkspace } from "../helpers/workspace.ts";

const blocks = PAGES.flatMap(({ file }) => blocksOf(file));
const unchecked = ({ remark }: Block): boolean => remark?.startsWith("unchecked: ") === true;
const nameOf = ({ page, line }: Block): string => `${page}:${line}`;
const ofLanguage = (...languages: readonly string[]): readonly (readonly [string, Block])[] =>
  blocks
    .filter((block) => languages.includes(block.language) && !unchecked(block))
    .map((block) => [nameOf(block), block] as const);

/** Languages that a test of this file knows, that another one does (`js` is the tutorial's), and what is no code: output and pictures. */
const KNOWN = ["yaml", "json", "jsonata", "sh", "", "promql", "mermaid", "js"];

describe("blocks", () => {
  it("are of a language that a test looks at, or say why none does", () => {
    expect(
      blocks.filter((block) => !KNOWN.includes(block.language) && !unchecked(block)).map(nameOf),
    ).toEqual([]);
  });

  it("that no test looks at are few, and all of editors that are not here", () => {
    const left = blocks.filter(unchecked).map(({ page, remark }) => `${page}: ${remark}`);
    expect(left).toEqual([
      "docs/editor.md: unchecked: wants Neovim",
      "docs/editor.md: unchecked: wants Helix",
    ]);
  });
});

const pair = aCertificate();

/** Values of the variables that must have a form. */
const VALUES: Readonly<Record<string, string>> = {
  WHSEC: `whsec_${Buffer.alloc(32, 7).toString("base64")}`,
  WHSK: `whsk_${generateKeyPairSync("ed25519").privateKey.export({ format: "der", type: "pkcs8" }).subarray(16).toString("base64")}`,
  BANK_CA: pair.cert,
  OUR_CERT: pair.cert,
  OUR_KEY: pair.key,
};

/** What a page speaks of and does not show: a rule with its schema, and an order that is too long for a page. */
const large = {
  id: "o-9",
  lines: Array.from({ length: 40 }, (_, at) => ({ sku: `s-${at}`, price: at })),
};
const BESIDES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // The tutorial changes what `signalbox init` makes.
  "docs/tutorial.md": firstFiles("a-secret-for-the-documents"),
  "docs/authoring.md": {
    "transforms/order-to-invoice.jsonata":
      '{ "invoice": id, "total": $sum(lines.price), "lines": [lines.{ "sku": sku }] }',
    "transforms/cases/large-order.json": JSON.stringify(large),
    "transforms/cases/large-order.expected.json": JSON.stringify({
      ...{ invoice: "o-9", total: 780, lines: large.lines.map(({ sku }) => ({ sku })) },
    }),
    "schemas/order.json": JSON.stringify({
      type: "object",
      required: ["id", "lines"],
      properties: {
        id: { type: "string" },
        status: { type: "string" },
        lines: {
          type: "array",
          items: {
            type: "object",
            required: ["sku", "price"],
            properties: { sku: { type: "string" }, price: { type: "number" } },
          },
        },
      },
    }),
    "routes/invoices.yaml":
      'source: shop\nwhen: $not(status = "draft")\ntransform: order-to-invoice\ntarget: erp\n',
  },
};

/** So that there is a route at all on pages that only show a source or a target. */
const SOMETHING = {
  "sources/anyone.yaml": "provider: none\n",
  "routes/anything.yaml": "source: anyone\ntarget: anywhere\n",
};

/** All variables of a text, with a value. */
const environmentOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/\$\{(\w+)(?::-[^}]*)?\}/g)].map(([, name]) => [
      name!,
      VALUES[name!] ??
        (/URL$|^DEMO_TARGET$/.test(name!) ? "https://api.example" : "a-secret-for-the-documents"),
    ]),
  );

/** What the page's files refer to and it does not show, as plain as can be. */
function missing(files: Readonly<Record<string, string>>): Record<string, string> {
  const more: Record<string, string> = {};
  const add = (path: string, text: string): void => void (files[path] === undefined && (more[path] = text));
  const named = (text: string, key: string): string[] =>
    [...text.matchAll(new RegExp(`(?:^|[ {,])${key}: ([\\w.-]+)`, "gm"))].map(([, name]) => name!);
  for (const [path, text] of Object.entries(files)) {
    if (!path.endsWith(".yaml")) continue;
    for (const key of ["target", "notify"])
      for (const name of named(text, key)) add(`targets/${name}.yaml`, `url: https://${name}.example/\n`);
    for (const key of ["transform", "shadow"])
      for (const name of named(text, key)) add(`transforms/${name}.jsonata`, "$\n");
    for (const key of ["input", "output", "schema"])
      for (const name of named(text, key)) add(`schemas/${name}.json`, "{}\n");
    if (path.startsWith("routes/"))
      for (const name of named(text, "source"))
        if (name !== "signalbox") add(`sources/${name}.yaml`, "provider: none\n");
    if (path.startsWith("sources/"))
      for (const name of named(text, "route"))
        add(`routes/${name}.yaml`, `source: ${path.slice(8, -5)}\ntarget: anywhere\n`);
    if (path.startsWith("transforms/")) add(path.replace(/yaml$/, "jsonata"), "$\n");
  }
  return more;
}

/** The files that a page shows; where it shows one more than once, a set for each. */
function workspacesOf(page: string): readonly Readonly<Record<string, string>>[] {
  const sets: Record<string, string>[] = [{}];
  for (const block of blocksOf(page)) {
    if (block.file === undefined || unchecked(block)) continue;
    if (sets.at(-1)![block.file] !== undefined) sets.push({ ...sets.at(-1)! });
    sets.at(-1)![block.file] = block.text;
  }
  return sets.filter((files) => Object.keys(files).length > 0);
}

// A recipe's files are those of its example, and tried there.
const pagesWithFiles = PAGES.map(({ file }) => file).filter(
  (file) => !file.startsWith("docs/recipes/") && workspacesOf(file).length > 0,
);

describe.each(pagesWithFiles)("the files that %s shows", (page) => {
  it("check without a remark, with whatever they leave out; and their cases pass", async () => {
    for (const shown of workspacesOf(page)) {
      let files: Record<string, string> = { ...SOMETHING, ...BESIDES[page], ...shown };
      // What is added may refer to more.
      for (let more = missing(files); Object.keys(more).length > 0; more = missing(files))
        files = { ...files, ...more };
      const { workspace, problems } = await loadWorkspace(
        aWorkspace(files),
        environmentOf(Object.values(files).join("\n")),
        {},
        { types: true },
      );
      // What nothing on the page uses is used elsewhere.
      const told = problems.filter(({ code }) => code !== "RULE_UNUSED");
      expect(told.map(({ file, line, code, message }) => `${file}:${line} ${code} ${message}`)).toEqual([]);
      const results = await runCases(workspace!);
      expect(results.filter(({ ok }) => !ok)).toEqual([]);
    }
  });
});

describe("YAML", () => {
  it.each(ofLanguage("yaml").filter(([, { file }]) => file === undefined))(
    "%s is what it is meant for: a workflow, or a scrape configuration",
    (_, { text }) => {
      const shown = parse(text) as Readonly<Record<string, unknown>>;
      if ("jobs" in shown) {
        expect(Object.keys(shown)).toEqual(expect.arrayContaining(["name", "on", "jobs"]));
        for (const job of Object.values(shown["jobs"] as Record<string, Record<string, unknown>>)) {
          expect(job["runs-on"]).toBeTypeOf("string");
          for (const step of job["steps"] as Record<string, unknown>[])
            expect([step["uses"], step["run"]].filter((one) => typeof one === "string")).toHaveLength(1);
        }
      } else {
        expect(Object.keys(shown)).toEqual(["scrape_configs"]);
        for (const one of shown["scrape_configs"] as Record<string, unknown>[])
          expect(one).toMatchObject({ job_name: expect.any(String), static_configs: expect.any(Array) });
      }
    },
  );
});

describe("JSON", () => {
  it.each(ofLanguage("json").filter(([, { file }]) => file === undefined))(
    "%s is an event of the router's own",
    (_, { text }) => {
      const { type, subject } = JSON.parse(text) as { type: string; subject: string };
      expect(Object.keys(happeningTypes)).toContain(type);
      expect(subject).toBeTypeOf("string");
    },
  );
});

describe("JSONata", () => {
  it.each(ofLanguage("jsonata"))("%s compiles", (_, { text }) => {
    expect(() => compileExpression(text)).not.toThrow();
  });
});

/** The program's commands, as its files declare them, without what they do. */
async function commandLine(): Promise<Command> {
  const program = new Command("signalbox").option("--dir <folder>").version("0").exitOverride();
  for (const file of readdirSync(join(ROOT, "src", "cli"))) {
    if (file === "main.ts" || !/\.command\(/.test(readFileSync(join(ROOT, "src", "cli", file), "utf8")))
      continue;
    const declared = (await import(pathToFileURL(join(ROOT, "src", "cli", file)).href)) as Record<
      string,
      unknown
    >;
    for (const [name, add] of Object.entries(declared))
      if (name.endsWith("Command")) (add as (program: Command) => void)(program);
  }
  const still = (command: Command): void => {
    command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
    command.hook("preAction", (_this, action) => void action.action(() => undefined));
    for (const below of command.commands) still(below);
  };
  still(program);
  return program;
}

/** Programs that belong to others; what of the repository they are given is looked for. */
const OTHERS =
  /^(?:redis-cli|redis-server|kubectl|helm|docker|curl|tar|cp|mkdir|sudo|cat|cd|node|npm|export|git|openssl|kill|echo)$/;

describe("shell", () => {
  it("is read as a shell does: comments, quotes, several commands of a line, what goes before and behind", () => {
    expect(
      shellCommands(
        "A=1 B='x y' npx signalbox check --dir 'a b' > out.txt && signalbox test # not this\nC=2\ncurl \\\n  -H \"a: b\" u | wc",
      ),
    ).toEqual([
      ["npx", "signalbox", "check", "--dir", "a b"],
      ["signalbox", "test"],
      ["curl", "-H", "a: b", "u"],
      ["wc"],
    ]);
  });

  it.each([["chekc"], ["check", "--jsno"], ["pause"], ["versions", "a", "b"]])(
    "of the program refuses `%s %s`",
    async (...words) => {
      const program = await commandLine();
      await expect(program.parseAsync(words, { from: "user" })).rejects.toThrow();
    },
  );

  it.each(ofLanguage("sh"))("%s runs what there is", async (_, { text, page }) => {
    const scripts = (JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: object })
      .scripts;
    for (const words of shellCommands(text)) {
      let [name = "", ...rest] = words;
      if (name === "sudo" || name === "npx") [name = "", ...rest] = rest;
      if (name === "signalbox") {
        const program = await commandLine();
        await expect(
          program.parseAsync(rest, { from: "user" }).catch((error: unknown) => {
            if ((error as { code?: string }).code === "commander.helpDisplayed") return;
            throw new Error(`${page}: signalbox ${rest.join(" ")}: ${String(error)}`);
          }),
        ).resolves.not.toThrow();
        continue;
      }
      if (name === "npm" && rest[0] === "run") expect(Object.keys(scripts)).toContain(rest[1]);
      if (name === "npx") continue;
      expect(name, `${page}: ${words.join(" ")}`).toMatch(
        /^(?:install|systemctl|vitest)$/.test(name) ? /./ : OTHERS,
      );
      for (const word of rest)
        if (/^(?:deploy|docs|examples|bench|test)\//.test(word) && !word.includes("…"))
          expect(existsSync(join(ROOT, word)), `${page}: ${word}`).toBe(!/secrets\/read-token$/.test(word));
    }
  });
});
