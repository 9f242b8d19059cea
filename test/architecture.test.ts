/** The house rules that a machine can check: imports one way, a library in one place, no drawers, a word on top. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";

const src = fileURLToPath(new URL("../src/", import.meta.url));
const root = fileURLToPath(new URL("../", import.meta.url));

/** What each layer may import besides itself. A layer is a folder of src/, or a file that stands there alone. */
const MAY_IMPORT: Readonly<Record<string, string>> = {
  core: "",
  ports: "core",
  history: "core",
  settings: "core",
  language: "core",
  providers: "core",
  credentials: "providers ports core",
  formats: "credentials language providers core",
  rules: "formats credentials language providers ports core",
  pipeline: "rules formats credentials language providers ports core",
  adapters: "pipeline rules language providers ports history settings core",
  admin: "adapters pipeline rules language providers ports history settings core",
  main: "admin adapters pipeline rules language providers ports history settings core",
  dashboard: "",
  cli: "main admin adapters pipeline rules language providers ports history settings core",
};

/** Files longer than 300 lines, each with its reason. */
const LONG: Readonly<Record<string, string>> = {
  "core/errors.ts": "one table: every code with its title, status and fix",
  "settings.ts": "one table: every setting with its meaning, and how each is read",
  "main.ts": "the wiring of everything, read from top to bottom",
  "ports.ts": "all that the pipeline needs from outside, with what each promises: types alone",
  "rules/read.ts": "the one place with the yaml package's vocabulary: reading, places, edits, layout",
  "adapters/queues/bullmq.ts": "the one place with BullMQ's vocabulary: the backend, its waking, its sweeps",
};

const DRAWERS = /^(utils?|helpers?|common|shared|lib|types?|constants?|misc|index)$/;

/** What the dashboard is made of; they are in several of its files, and in no other. */
const OF_THE_DASHBOARD = new Set(["preact", "preact-iso", "@preact/signals"]);

/** The page knows of the server the shapes of what it is sent, and no code. */
const TYPES_FOR_THE_DASHBOARD = /^(admin\/shapes|core)\//;

/** Libraries that hold types alone: a format and its type stand in one file, so they are imported where formats are. */
const TYPES_ONLY = new Set(["json-schema-to-ts"]);

interface Import {
  readonly name: string;
  readonly typeOnly: boolean;
}

const files = readdirSync(src, { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => /\.tsx?$/.test(path))
  .sort();
const texts = new Map(files.map((file) => [file, readFileSync(join(src, file), "utf8")]));
const trees = new Map(
  [...texts].map(([file, text]) => [file, ts.createSourceFile(file, text, ts.ScriptTarget.ESNext)]),
);
const imports = new Map([...trees].map(([file, tree]) => [file, importsOf(tree)]));

function importsOf(tree: ts.SourceFile): Import[] {
  const found: Import[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      const typeOnly = node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
      found.push({ name: node.moduleSpecifier.text, typeOnly });
    } else if (
      ts.isExportDeclaration(node) &&
      node.moduleSpecifier &&
      ts.isStringLiteral(node.moduleSpecifier)
    ) {
      found.push({ name: node.moduleSpecifier.text, typeOnly: node.isTypeOnly });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      if (argument && ts.isStringLiteral(argument)) found.push({ name: argument.text, typeOnly: false });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

function layerOf(file: string): string {
  return file.split("/")[0]!.replace(/\.ts$/, "");
}

/** The files of src/ that a file imports, as paths within src/; styles and the types that the dashboard may know aside. */
function neighbours(file: string): string[] {
  return (imports.get(file) ?? [])
    .filter(({ name }) => name.startsWith(".") && !name.endsWith(".css"))
    .map(({ name, typeOnly }) => ({
      other: relative(src, join(src, dirname(file), name)).replaceAll("\\", "/"),
      typeOnly,
    }))
    .filter(
      ({ other, typeOnly }) =>
        !(layerOf(file) === "dashboard" && typeOnly && TYPES_FOR_THE_DASHBOARD.test(other)),
    )
    .map(({ other }) => other);
}

/** The library that an import names; undefined for files of our own and for what comes with Node. */
function libraryOf(name: string): string | undefined {
  if (name.startsWith(".") || name.startsWith("node:")) return undefined;
  return name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");
}

test("imports run one way: cli → main → admin → adapters → pipeline → rules → language, providers → core", () => {
  const wrong = files.flatMap((file) =>
    neighbours(file)
      .filter((other) => layerOf(other) !== layerOf(file))
      .filter((other) => !(MAY_IMPORT[layerOf(file)] ?? "").split(" ").includes(layerOf(other)))
      .map((other) => `${file} imports ${other}`),
  );
  expect(wrong).toEqual([]);
});

test("no file stands outside of the layers", () => {
  expect(files.filter((file) => !(layerOf(file) in MAY_IMPORT))).toEqual([]);
});

test("no two files need each other, not even by a detour", () => {
  const circles: string[] = [];
  const state = new Map<string, "under way" | "done">();
  const walk = (file: string, path: readonly string[]): void => {
    if (state.get(file) === "done") return;
    if (state.get(file) === "under way") {
      circles.push([...path.slice(path.indexOf(file)), file].join(" → "));
      return;
    }
    state.set(file, "under way");
    for (const other of neighbours(file)) walk(other, [...path, file]);
    state.set(file, "done");
  };
  for (const file of files) walk(file, []);
  expect(circles).toEqual([]);
});

test("a library is imported in one file, where its vocabulary stays", () => {
  const importers = new Map<string, Set<string>>();
  for (const [file, found] of imports) {
    for (const { name, typeOnly } of found) {
      const library = libraryOf(name);
      if (library === undefined || (typeOnly && TYPES_ONLY.has(library))) continue;
      if (layerOf(file) === "dashboard" && (OF_THE_DASHBOARD.has(library) || name.endsWith(".css"))) continue;
      // What commander calls a command is the type that each command's file is given.
      if (typeOnly && library === "commander" && layerOf(file) === "cli") continue;
      importers.set(library, (importers.get(library) ?? new Set()).add(file));
    }
  }
  const scattered = [...importers]
    .filter(([, by]) => by.size > 1)
    .map(([library, by]) => `${library}: ${[...by].join(", ")}`);
  expect(scattered).toEqual([]);
});

test("core is pure: no files, no network, no clock, no randomness, no environment", () => {
  const outside = /^node:(fs|net|http|https|http2|dns|tls|dgram|child_process|worker_threads|process|timers)/;
  const impure =
    /^(Date\.now|performance\.now|Math\.random|process\.\w+|(fetch|randomBytes|randomUUID|Date)\(\))$/;
  const wrong = files
    .filter((file) => layerOf(file) === "core")
    .flatMap((file) => [
      ...(imports.get(file) ?? [])
        .filter(({ name }) => outside.test(name))
        .map(({ name }) => `${file}: ${name}`),
      ...usesOf(trees.get(file)!)
        .filter((use) => impure.test(use))
        .map((use) => `${file}: ${use}`),
    ]);
  expect(wrong).toEqual([]);
});

test("the pipeline has the time of day and chance from its ports alone; `performance.now` measures how long something took", () => {
  const own = /^(Date\.now|Math\.random|(randomBytes|randomUUID|randomInt|Date)\(\))$/;
  const wrong = files
    .filter((file) => layerOf(file) === "pipeline")
    .flatMap((file) => usesOf(trees.get(file)!).flatMap((use) => (own.test(use) ? [`${file}: ${use}`] : [])));
  expect(wrong).toEqual([]);
});

/** What code (not its comments) reads and calls, by its first two words: `Date.now`, `fetch()`; `Date()` where made without a time. */
function usesOf(tree: ts.SourceFile): string[] {
  const uses: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
      uses.push(`${node.expression.text}.${node.name.text}`);
    } else if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
      uses.push(`${node.expression.text}()`);
    } else if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && !node.arguments?.length) {
      uses.push(`${node.expression.text}()`);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return uses;
}

test("there are no drawers: each piece lives with its concept", () => {
  const named = files.filter((file) =>
    file.split("/").some((part) => DRAWERS.test(basename(part).replace(/\.tsx?$/, ""))),
  );
  expect(named).toEqual([]);
});

test("nothing is exported by default, and nothing is `any`", () => {
  const wrong: string[] = [];
  for (const [file, tree] of trees) {
    const visit = (node: ts.Node): void => {
      if (ts.isExportAssignment(node)) wrong.push(`${file}: default export`);
      if (node.kind === ts.SyntaxKind.DefaultKeyword && ts.canHaveModifiers(node.parent ?? node))
        wrong.push(`${file}: default export`);
      if (node.kind === ts.SyntaxKind.AnyKeyword) wrong.push(`${file}: any`);
      ts.forEachChild(node, visit);
    };
    visit(tree);
    if (/^export default\b/m.test(texts.get(file)!)) wrong.push(`${file}: default export`);
  }
  expect(wrong).toEqual([]);
});

test("no file is longer than 300 lines without a reason", () => {
  const long = files.filter((file) => texts.get(file)!.split("\n").length > 301);
  expect(long.filter((file) => !(file in LONG))).toEqual([]);
  expect(
    Object.keys(LONG).filter((file) => !long.includes(file)),
    "reasons that are needed no more",
  ).toEqual([]);
});

test("every file says on top what it guarantees", () => {
  expect(files.filter((file) => !/^(#!.*\n)?\/\*\*/.test(texts.get(file)!))).toEqual([]);
});

test("every key of the store has the one hash tag: in a cluster all of them are on one node", () => {
  const untagged = [...texts].flatMap(([file, text]) =>
    [...text.matchAll(/(?<![\w{])sb:[\w$'"`{<*].{0,30}/g)].map(([key]) => `${file}: ${key}`),
  );
  expect(untagged).toEqual([]);
  expect([...texts.values()].join("").match(/\{sb\}:/g)!.length).toBeGreaterThan(100);
});

test("the files that the tables of ARCHITECTURE.md name are there", () => {
  const page = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
  const gone: string[] = [];
  let heading = "";
  let seen = 0;
  for (const line of page.split("\n")) {
    if (!line.startsWith("|")) heading = "";
    else if (heading === "") heading = line;
    // Those of libraries: `ipaddr.js` is no file.
    if (heading === "" || heading.includes("because")) continue;
    const named = [...line.matchAll(/`([\w./{},<>*-]+\.(?:ts|js|json|yml))`/g)].flatMap(([, one]) =>
      pathsOf(one!),
    );
    // A name alone is of a folder that its row names as well, or of one of whose files it does.
    const folders = [...line.matchAll(/[`(]([\w./-]*\/)/g)].map(([, folder]) => folder!);
    const isOfAdapters = heading.includes("`src/adapters/`");
    const near = isOfAdapters ? ["src/adapters"] : folders.flatMap((folder) => [folder, join("src", folder)]);
    for (const path of named) {
      const rooms = path.includes("/") ? ["", "src", ...(isOfAdapters ? near : [])] : near;
      if (!rooms.some((room) => isThere(join(root, room, path)))) gone.push(path);
    }
    seen += named.length;
  }
  expect(gone).toEqual([]);
  expect(seen).toBeGreaterThan(60);
});

/** `core/{source,route}.ts` is two. */
function pathsOf(named: string): string[] {
  const several = /\{(.+)\}/.exec(named);
  return several === null
    ? [named]
    : several[1]!.split(",").map((one) => named.replace(several[0], () => one));
}

/** `*` and `<id>` stand for a part of a file's name, of which there must be one. */
function isThere(path: string): boolean {
  if (!/[*<]/.test(path)) return existsSync(path);
  const name = basename(path).replace(/[.]/g, "\\.");
  const pattern = new RegExp(`^${name.replace(/\*|<\w+>/g, ".+")}$`);
  return existsSync(dirname(path)) && readdirSync(dirname(path)).some((one) => pattern.test(one));
}

test("what is exported is named in another file", () => {
  const names = new Map<string, number>();
  for (const folder of ["src", "test", "bench", "site", "examples"]) {
    for (const path of readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })) {
      if (!/\.(tsx?|m?js)$/.test(path) || path.includes("node_modules")) continue;
      const text = readFileSync(join(root, folder, path), "utf8");
      for (const word of new Set(text.match(/[A-Za-z_$][\w$]*/g)))
        names.set(word, (names.get(word) ?? 0) + 1);
    }
  }
  const alone = [...trees].flatMap(([file, tree]) =>
    exportsOf(tree)
      .filter(({ name }) => names.get(name) === 1)
      // A type goes with the function that takes or makes it, and a shape of the API with its page: admin/shapes/names.ts takes them all.
      .filter(
        ({ name, isType }) =>
          !(isType || file.startsWith("admin/shapes/")) ||
          texts.get(file)!.match(new RegExp(`\\b${name}\\b`, "g"))!.length === 1,
      )
      .map(({ name }) => `${file}: ${name}`),
  );
  expect(alone).toEqual([]);
});

/** What the file's own statements export; what it passes on from another one is named there. */
function exportsOf(tree: ts.SourceFile): { readonly name: string; readonly isType: boolean }[] {
  return tree.statements.flatMap((statement) => {
    if (!ts.canHaveModifiers(statement)) return [];
    if (!statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
    const isType = ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
    const declared = ts.isVariableStatement(statement)
      ? statement.declarationList.declarations
      : [statement as ts.DeclarationStatement];
    return declared.flatMap(({ name }) =>
      name !== undefined && ts.isIdentifier(name) ? [{ name: name.text, isType }] : [],
    );
  });
}
