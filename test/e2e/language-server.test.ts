/** The language server over its protocol: a real child process, a real workspace. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anEditor, untilTold } from "../helpers/language-client.ts";
import type { Diagnostic, LanguageClient, Range } from "../helpers/language-client.ts";
import { run } from "../helpers/router.ts";
import { until } from "../helpers/until.ts";
import { aGoodWorkspace } from "../helpers/workspace.ts";
import type { Files } from "../helpers/workspace.ts";

const pushSchema = JSON.stringify(
  {
    type: "object",
    required: ["name", "commits", "ref"],
    properties: {
      name: { type: "string" },
      ref: { type: "string" },
      note: { type: ["string", "null"] },
      commits: {
        type: "array",
        items: {
          type: "object",
          required: ["id", "author"],
          properties: {
            id: { type: "string" },
            author: { $ref: "person.json" },
          },
        },
      },
    },
  },
  null,
  2,
);
const outputSchema = JSON.stringify({
  type: "object",
  required: ["text"],
  properties: {
    text: { type: "string", description: "What is said." },
    level: { enum: ["info", "alert"] },
    blocks: { type: "array", items: { type: "object", properties: { kind: { const: "section" } } } },
  },
});
const person = JSON.stringify({
  type: "object",
  required: ["login"],
  properties: { login: { type: "string" } },
});

const files = (changes: Files = {}): string =>
  aGoodWorkspace({
    "schemas/push.json": `${pushSchema}\n`,
    "schemas/person.json": `${person}\n`,
    "schemas/chat.message.json": `${outputSchema}\n`,
    "transforms/push.jsonata":
      '(\n  $who := name;\n  { "text": $who & " pushed " & (commits[0].author.login ?: "nobody") }\n)\n',
    "transforms/push.yaml": `input: push
output: chat.message
cases:
  - name: a push
    given: { name: Ada, ref: main, commits: [{ id: a, author: { login: ada } }] }
    expect: { text: Ada pushed ada }
`,
    ...changes,
  });

const rule = "transforms/push.jsonata";

interface Item {
  readonly label: string;
  readonly detail?: string;
  readonly textEdit: { readonly range: Range; readonly newText: string };
}

async function completed(editor: LanguageClient, path: string, text: string): Promise<readonly Item[]> {
  const [before = "", after = ""] = text.split("¦");
  editor.change(path, before + after);
  const lines = before.split("\n");
  const position = { line: lines.length - 1, character: lines.at(-1)!.length };
  const textDocument = { uri: editor.uri(path) };
  return (
    (await editor.ask<readonly Item[] | null>("textDocument/completion", { textDocument, position })) ?? []
  );
}

const labels = (items: readonly Item[]): string[] => items.map(({ label }) => label);

function applied(text: string, { range, newText }: { range: Range; newText: string }): string {
  const offset = ({ line, character }: Range["start"]): number =>
    text
      .split("\n")
      .slice(0, line)
      .reduce((sum, one) => sum + one.length + 1, character);
  return text.slice(0, offset(range.start)) + newText + text.slice(offset(range.end));
}

async function mendedBy(editor: LanguageClient, path: string, diagnostic: Diagnostic): Promise<string> {
  const actions = await editor.ask<
    readonly { edit: { changes: Record<string, { range: Range; newText: string }[]> } }[]
  >("textDocument/codeAction", {
    textDocument: { uri: editor.uri(path) },
    range: diagnostic.range,
    context: { diagnostics: [diagnostic] },
  });
  const [edit] = actions[0]?.edit.changes[editor.uri(path)] ?? [];
  if (edit === undefined) throw new Error(`There is no action for: ${diagnostic.message}`);
  return applied(editor.textOf(path), edit);
}

describe("diagnostics", () => {
  it("are those of `check`, for all files of the workspace, from the start", async () => {
    const dir = files({
      [rule]: '{ "text": nam & commits.author.login, "level": "alart" }\n',
      "routes/push.yaml": "source: github\non: [push]\ntransform: push\ntarget: chatt\n",
      "targets/spare.yaml": "url: https://spare.example/\nmetod: POST\n",
    });
    const editor = await anEditor(dir);
    await untilTold(editor, "targets/spare.yaml", (all) => all.length > 0);
    const told = async (): Promise<unknown[]> => {
      const { stdout } = await run(["check", "--json", "--dir", dir]);
      const { problems } = JSON.parse(stdout) as {
        problems: {
          file: string;
          line: number;
          column: number;
          code: string;
          message: string;
          severity: string;
        }[];
      };
      return problems.map(({ file, line, column, code, message, severity }) => [
        file,
        line - 1,
        column - 1,
        code,
        message,
        severity === "error" ? 1 : 2,
      ]);
    };
    const shown = (): unknown[] =>
      [...editor.told]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .flatMap(([file, all]) =>
          all.map(({ range: { start }, code, message, severity }) => [
            file,
            start.line,
            start.character,
            code,
            message.split("\n")[0],
            severity,
          ]),
        );
    const first = await told();
    expect(first.length).toBeGreaterThan(1);
    expect(shown()).toEqual(first);
    // Without those errors the rule is held against its schemas.
    writeFileSync(
      join(dir, "routes/push.yaml"),
      "source: github\non: [push]\ntransform: push\ntarget: chat\n",
    );
    rmSync(join(dir, "targets/spare.yaml"));
    await untilTold(editor, rule, (all) => all.some(({ code }) => code === "RULE_PATH_UNKNOWN"));
    // Each file is told of by itself: what has gone may follow what is new.
    for (const gone of ["routes/push.yaml", "targets/spare.yaml"]) {
      await untilTold(editor, gone, (all) => all.length === 0);
    }
    expect(shown()).toEqual(await told());
    expect(editor.errors).toEqual([]);
  });

  it("count what is not saved, follow it letter by letter, and go with the file's closing", async () => {
    const dir = files();
    const editor = await anEditor(dir);
    editor.open(rule);
    const good = editor.textOf(rule);
    for (const end of [1, 10, 20, 30, good.length]) editor.change(rule, good.slice(0, end));
    editor.change(rule, good.replace("$who := name", "$who := nane"));
    const found = await untilTold(editor, rule, (all) =>
      all.some(({ code }) => code === "RULE_PATH_UNKNOWN"),
    );
    expect(found.find(({ code }) => code === "RULE_PATH_UNKNOWN")).toMatchObject({
      severity: 2,
      range: { start: { line: 1, character: 10 }, end: { line: 1, character: 14 } },
    });
    expect(readFileSync(join(dir, rule), "utf8")).toBe(good);
    // Checked once the typing has paused, and not for each letter.
    expect(editor.tellings()).toBeLessThan(5);
    editor.close(rule);
    await untilTold(editor, rule, (all) => all.length === 0);
  });

  it("know files that are not on the disk yet, and of a folder inside of what the editor has open", async () => {
    const dir = files({ "routes/push.yaml": "source: github\non: [push]\ntransform: later\ntarget: chat\n" });
    const editor = await anEditor(dir, { root: join(dir, "..") });
    editor.open("routes/push.yaml");
    await untilTold(editor, "routes/push.yaml", (all) => all[0]?.code === "RULE_TRANSFORM_UNKNOWN");
    editor.open("transforms/later.jsonata", "$");
    await untilTold(editor, "routes/push.yaml", (all) => all.length === 0);
  });

  it("never end the server, whatever is half written", { timeout: 60_000 }, async () => {
    const dir = files();
    const editor = await anEditor(dir);
    const whole = readFileSync(join(dir, "transforms/push.yaml"), "utf8");
    editor.open(rule);
    editor.open("transforms/push.yaml");
    editor.open("schemas/push.json");
    const good = readFileSync(join(dir, rule), "utf8");
    for (let at = 0; at <= good.length; at += 3) {
      await completed(editor, rule, `${good.slice(0, at)}¦`);
      await editor.ask("textDocument/hover", editor.at(rule, good.slice(0, at)));
      await editor.ask("textDocument/definition", editor.at(rule, good.slice(0, at)));
    }
    for (let at = 0; at <= whole.length; at += 5) {
      await completed(editor, "transforms/push.yaml", `${whole.slice(0, at)}¦`);
      await editor.ask("textDocument/hover", editor.at("transforms/push.yaml", whole.slice(0, at)));
    }
    for (const text of [
      "",
      "{",
      "\u0000",
      "[".repeat(500),
      "((((((((",
      '"',
      "/*",
      "a: &a [*a, *a]",
      "- - - -\n-",
    ]) {
      editor.change("schemas/push.json", text);
      for (const path of [rule, "transforms/push.yaml"]) {
        await completed(editor, path, `${text}¦`);
        await editor.ask("textDocument/formatting", { textDocument: { uri: editor.uri(path) }, options: {} });
      }
    }
    editor.change(rule, good);
    editor.change("transforms/push.yaml", whole);
    editor.change("schemas/push.json", pushSchema);
    await until("all is well again", () => [...editor.told.values()].every((all) => all.length === 0));
    expect(editor.errors).toEqual([]);
    expect(await editor.end()).toBe(0);
  });
});

describe("completion in a rule", () => {
  let editor: LanguageClient;
  beforeAll(async () => {
    editor = await anEditor(files());
  });
  afterAll(() => editor.end());

  it("has the fields of the input schema, at any depth, with their types", async () => {
    editor.open(rule);
    const top = await completed(editor, rule, '{ "text": ¦ }');
    expect(labels(top).slice(0, 4)).toEqual(["name", "ref", "note", "commits"]);
    expect(labels(top)).toContain("$uppercase");
    const deep = await completed(editor, rule, '{ "text": commits.author.¦');
    expect(labels(deep)).toEqual(["login"]);
    expect(deep[0]).toMatchObject({ detail: "text", textEdit: { newText: "login" } });
    const inFunction = await completed(
      editor,
      rule,
      '( $f := function($c) { $c.aut¦ };\n { "text": $map(commits, $f)[0].login } )',
    );
    expect(labels(inFunction)).toEqual(["id", "author"]);
  });

  it("has functions with their signatures, and the variables that are at hand", async () => {
    editor.open(rule);
    const items = await completed(editor, rule, '(\n  $total := $count(commits);\n  { "text": $¦ }\n)');
    expect(labels(items)).toEqual(expect.arrayContaining(["$total", "$event", "$substringBefore", "$uuid"]));
    expect(items.find(({ label }) => label === "$total")?.detail).toBe("whole number");
    expect(items.find(({ label }) => label === "$substringBefore")?.detail).toBe("<s-s:s>");
    const event = await completed(editor, rule, '{ "text": $event.¦ }');
    expect(labels(event)).toEqual(expect.arrayContaining(["id", "receivedAt", "headers"]));
  });

  it("has the output schema's fields that the object lacks, and the values that a field takes", async () => {
    editor.open(rule);
    const keys = await completed(editor, rule, '( $x := name; { "text": $x, "¦ } )');
    expect(labels(keys)).toEqual(["level", "blocks"]);
    expect(labels(await completed(editor, rule, "{ ¦ }"))).toEqual(["text", "level", "blocks"]);
    const [kind] = await completed(editor, rule, '{ "text": "a", "blocks": [{ ¦ }] }');
    expect(kind).toMatchObject({ label: "kind", textEdit: { newText: '"kind": ' } });
    expect(labels(await completed(editor, rule, '{ "text": "a", "level": "¦" }'))).toEqual(["info", "alert"]);
    // Not in an object that is not, or may not be, a part of the result.
    expect(labels(await completed(editor, rule, '( $o := { "¦" }; $o )'))).toEqual([]);
  });

  it("has nothing in comments and texts", async () => {
    editor.open(rule);
    expect(await completed(editor, rule, '{ "text": name /* ¦ */ }')).toEqual([]);
    expect(await completed(editor, rule, '{ "text": "na¦" }')).toEqual([]);
  });
});

describe("completion in YAML", () => {
  let editor: LanguageClient;
  beforeAll(async () => {
    editor = await anEditor(files());
  });
  afterAll(() => editor.end());

  it("has the names of sources, transforms, targets and schemas, and the event types of the source's provider", async () => {
    editor.open("routes/push.yaml");
    const at = async (text: string): Promise<string[]> =>
      labels(await completed(editor, "routes/push.yaml", text));
    expect(await at("source: ¦")).toEqual(["github", "signalbox"]);
    expect(await at("source: github\ntransform: p¦")).toEqual(["push"]);
    expect(await at("source: github\ntarget: ¦\n")).toEqual(["chat"]);
    expect(await at("source: github\non: [¦]")).toEqual(expect.arrayContaining(["push", "issues"]));
    expect(await at("source: github\non:\n  - ¦\ntarget: chat\n")).toContain("push");
    expect(await at("source: github\ngate:\n  notify: ¦")).toEqual(["chat"]);
    expect(await at("source: github\nenrich:\n  users:\n    target: ¦")).toEqual(["chat"]);
    editor.open("transforms/push.yaml");
    expect(labels(await completed(editor, "transforms/push.yaml", "input: ¦"))).toEqual([
      "chat.message",
      "person",
      "push",
    ]);
  });

  it("has the keys that the format knows and the file lacks, at any depth, with what they are for", async () => {
    editor.open("routes/push.yaml");
    const keys = await completed(editor, "routes/push.yaml", "source: github\n¦\ntransform: push\n");
    expect(labels(keys)).toEqual(expect.arrayContaining(["target", "on", "when", "gate"]));
    expect(labels(keys)).not.toContain("source");
    expect(labels(keys)).not.toContain("transform");
    expect(keys[0]).toMatchObject({ label: "target", detail: "string, required" });
    expect(labels(await completed(editor, "routes/push.yaml", "gate:\n  ¦"))).toEqual(
      expect.arrayContaining(["when", "reviewers", "approvals"]),
    );
    editor.open("targets/chat.yaml");
    expect(
      labels(await completed(editor, "targets/chat.yaml", "url: https://a.example\nretry: { ¦ }")),
    ).toEqual(expect.arrayContaining(["attempts", "firstDelaySeconds"]));
    editor.open("transforms/push.yaml");
    expect(labels(await completed(editor, "transforms/push.yaml", "cases:\n  - name: x\n    ¦"))).toEqual(
      expect.arrayContaining(["given", "expect", "filtered"]),
    );
    editor.open("sources/github.yaml");
    expect(labels(await completed(editor, "sources/github.yaml", "provider: github\nonInvalid: ¦"))).toEqual([
      "reject",
      "quarantine",
    ]);
  });
});

describe("hover", () => {
  let editor: LanguageClient;
  beforeAll(async () => {
    editor = await anEditor(files());
  });
  afterAll(() => editor.end());

  const hover = async (editor: LanguageClient, path: string, before: string): Promise<string> =>
    (await editor.ask<{ contents: { value: string } } | null>("textDocument/hover", editor.at(path, before)))
      ?.contents.value ?? "";

  it("tells a part's type, where it comes from, and a value that it has in a case", async () => {
    editor.open(rule);
    const login = await hover(editor, rule, "author.log|in");
    expect(login).toContain("login: text");
    expect(login).toContain("From `commits.author.login`.");
    expect(login).toContain('In a case: `"ada"`');
    expect(await hover(editor, rule, '{ "text": $w|ho')).toContain('In a case: `"Ada"`');
    expect(await hover(editor, rule, "com|mits")).toContain("array of");
    expect(await hover(editor, rule, '"te|xt"')).toContain("What is said.");
  });

  it("tells a function's signature, and what a key of a file is for", async () => {
    editor.open(rule, '{ "text": $uppercase(name) }\n');
    expect(await hover(editor, rule, "$upper|case")).toContain("$uppercase <s-:s>");
    editor.open("routes/push.yaml");
    expect(await hover(editor, "routes/push.yaml", "wh|en")).toContain("Anything but `true`");
    expect(await hover(editor, "routes/push.yaml", "transform: pu|sh")).toContain("transforms/push.jsonata");
  });
});

describe("go to definition", () => {
  let editor: LanguageClient;
  beforeAll(async () => {
    editor = await anEditor(files());
  });
  afterAll(() => editor.end());

  const goTo = async (editor: LanguageClient, path: string, before: string): Promise<string | undefined> => {
    const found = await editor.ask<{ uri: string; range: Range } | null>(
      "textDocument/definition",
      editor.at(path, before),
    );
    if (found === null) return undefined;
    return `${found.uri.replace(editor.uri(""), "")}:${found.range.start.line + 1}:${found.range.start.character + 1}`;
  };

  it("leads from routes to sources, transforms and targets, and from transforms to schemas", async () => {
    editor.open("routes/push.yaml");
    expect(await goTo(editor, "routes/push.yaml", "source: git|hub")).toBe("sources/github.yaml:1:1");
    expect(await goTo(editor, "routes/push.yaml", "transform: pu|sh")).toBe("transforms/push.jsonata:1:1");
    expect(await goTo(editor, "routes/push.yaml", "target: ch|at")).toBe("targets/chat.yaml:1:1");
    expect(await goTo(editor, "routes/push.yaml", "sou|rce")).toBe("sources/github.yaml:1:1");
    editor.open("transforms/push.yaml");
    expect(await goTo(editor, "transforms/push.yaml", "output: chat|.message")).toBe(
      "schemas/chat.message.json:1:1",
    );
  });

  it("leads from a field to its schema, through references, and from a variable to its binding", async () => {
    editor.open(rule);
    const line = pushSchema.split("\n").findIndex((one) => one.includes('"commits": {')) + 1;
    expect(await goTo(editor, rule, "com|mits")).toBe(`schemas/push.json:${line}:5`);
    expect(await goTo(editor, rule, "author.log|in")).toBe(
      `schemas/person.json:1:${person.indexOf('"login":') + 1}`,
    );
    expect(await goTo(editor, rule, '"te|xt"')).toBe(
      `schemas/chat.message.json:1:${outputSchema.indexOf('"text":') + 1}`,
    );
    expect(await goTo(editor, rule, '{ "text": $w|ho')).toBe("transforms/push.jsonata:2:3");
    editor.open("schemas/push.json");
    expect(await goTo(editor, "schemas/push.json", '"person.js|on"')).toBe("schemas/person.json:1:1");
  });
});

describe("formatting and quick fixes", () => {
  let editor: LanguageClient;
  beforeAll(async () => {
    editor = await anEditor(files());
  });
  afterAll(() => editor.end());

  it("lay out what is not saved, and leave alone what cannot be read", async () => {
    const format = (path: string): Promise<{ range: Range; newText: string }[] | null> =>
      editor.ask("textDocument/formatting", { textDocument: { uri: editor.uri(path) }, options: {} });
    editor.open(rule, '{"text":name&"!"}');
    const [edit] = (await format(rule)) ?? [];
    expect(applied(editor.textOf(rule), edit!)).toBe('{ "text": name & "!" }\n');
    editor.change(rule, '{ "text": name & "!" }\n');
    expect(await format(rule)).toEqual([]);
    editor.change(rule, '{"text":');
    expect(await format(rule)).toEqual([]);
    editor.open("routes/push.yaml", "source:   github\n");
    expect((await format("routes/push.yaml"))?.[0]?.newText).toBe("source: github\n");
    editor.close("routes/push.yaml");
  });

  it.each([
    ['{ "text": nane }', "RULE_PATH_UNKNOWN", '{ "text": name }'],
    ['{ "text": $upercase(name) }', "RULE_FUNCTION_UNKNOWN", '{ "text": $uppercase(name) }'],
    ['{ "text": uppercase(name) }', "RULE_FUNCTION_UNKNOWN", '{ "text": $uppercase(name) }'],
    ['{ "text": note ?? "none" }', "RULE_DEFAULT_NULL", '{ "text": note ?: "none" }'],
    ['{ "text": name == "a" ? "b" : "c" }', "RULE_SYNTAX_INVALID", '{ "text": name = "a" ? "b" : "c" }'],
    [
      '{ "text": (name = "a" && ref = "b") ? "b" : "c" }',
      "RULE_SYNTAX_INVALID",
      '{ "text": (name = "a" and ref = "b") ? "b" : "c" }',
    ],
    ['{ "text": name, }', "RULE_SYNTAX_INVALID", '{ "text": name }'],
    ['$x := name; { "text": $x }', "RULE_SYNTAX_INVALID", '(\n$x := name; { "text": $x }\n)\n'],
    [
      '{ "text": name, "blocks": commits.{ "kind": "section" } }',
      "RULE_FIELD_SINGLE",
      '{ "text": name, "blocks": [commits.{ "kind": "section" }] }',
    ],
  ])("%s is mended", async (text, code, mended) => {
    editor.open(rule, text);
    const told = await untilTold(editor, rule, (all) => all.some((one) => one.code === code));
    const result = await mendedBy(
      editor,
      rule,
      told.find((one) => one.code === code)!,
    );
    expect(result.replaceAll(/ +}/g, " }")).toBe(mended);
    editor.change(rule, result);
    await untilTold(editor, rule, (all) => all.every((one) => one.code !== code));
  });

  it("mend names and keys in YAML", async () => {
    editor.open("routes/push.yaml", "source: github\non: [push]\ntransform: push\ntarget: chatt\n");
    const [unknown] = await untilTold(
      editor,
      "routes/push.yaml",
      (all) => all[0]?.code === "RULE_TARGET_UNKNOWN",
    );
    expect(await mendedBy(editor, "routes/push.yaml", unknown!)).toContain("target: chat\n");
    editor.change("routes/push.yaml", "sourc: github\non: [push]\ntransform: push\ntarget: chat\n");
    const told = await untilTold(editor, "routes/push.yaml", (all) =>
      all.some(({ code }) => code === "RULE_KEY_UNKNOWN"),
    );
    const key = told.find(({ code }) => code === "RULE_KEY_UNKNOWN")!;
    expect(await mendedBy(editor, "routes/push.yaml", key)).toContain("source: github\n");
  });
});
