import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { loadWorkspace } from "../../src/rules/load.ts";
import type { Problem } from "../../src/rules/load.ts";
import { aGoodWorkspace, aWorkspace, goodFiles } from "../helpers/workspace.ts";
import type { Files } from "../helpers/workspace.ts";

async function problemsOf(changes: Files): Promise<readonly Problem[]> {
  return (await loadWorkspace(aGoodWorkspace(changes), {})).problems;
}

const lineOf = ({ file, line, column, code, message }: Problem): string =>
  `${file}:${line}:${column} ${code} ${message}`;

const source = goodFiles["sources/github.yaml"] as string;
const target = goodFiles["targets/chat.yaml"] as string;
const route = goodFiles["routes/push.yaml"] as string;
const transform = goodFiles["transforms/push.yaml"] as string;

it("a good workspace has no problem", async () => {
  const { workspace, problems } = await loadWorkspace(aGoodWorkspace(), {});
  expect(problems).toEqual([]);
  expect(workspace?.routesOf("github").map(({ name }) => name)).toEqual(["push"]);
  expect(workspace?.routesOf("toString")).toEqual([]);
  const push = workspace?.routes.get("push");
  expect(push).toMatchObject({
    file: { on: ["push"] },
    transform: { name: "push", input: { name: "push" } },
    target: { name: "chat" },
  });
  expect(workspace?.targets.get("chat")?.file).toMatchObject({ method: "POST", retry: { attempts: 10 } });
  expect(workspace?.transforms.get("push")?.revision).toMatch(/^[0-9a-f]{12}$/);
});

/** Changes to the good workspace, and the one line that `check` then prints: its beginning, and pieces of its sentence. */
const broken: [what: string, changes: Files, line: string, ...pieces: string[]][] = [
  // Keys, values, names
  [
    "an unknown key",
    { "sources/github.yaml": `${source}dedupeHour: 3\n` },
    "sources/github.yaml:3:1 RULE_KEY_UNKNOWN",
    "`dedupeHour`",
    "Did you mean `dedupeHours`?",
  ],
  [
    "an id that stands nowhere",
    { "sources/github.yaml": `${source}id: x-request-id\n` },
    "sources/github.yaml:3:5 RULE_VALUE_INVALID",
    "`/id`",
  ],
  [
    "an id of several places, one of which is none",
    { "sources/github.yaml": `${source}id: [json:order.id, body]\n` },
    "sources/github.yaml:3:",
    "`/id",
  ],
  [
    "a window of more than a year",
    { "sources/github.yaml": `${source}dedupeDays: 400\n` },
    "sources/github.yaml:3:13 RULE_VALUE_INVALID",
    "365",
  ],
  [
    "an unknown key further in",
    { "targets/chat.yaml": `${target}limit: { count: 1, perSeconds: 1, perMinute: 2 }\n` },
    "targets/chat.yaml:3:35 RULE_KEY_UNKNOWN",
    "`/limit`",
    "`perMinute`",
  ],
  [
    "two kinds of line",
    { "routes/push.yaml": `${route}order: ref\nbatch: { max: 2, seconds: 1 }\n` },
    "routes/push.yaml:7:8 RULE_LINES_CONFLICT",
    "either `order` or `batch`",
    "the deliveries of a batch go in one request, in the order in which they came",
  ],
  [
    "two ways to keep the latest",
    {
      "routes/push.yaml": `${route}latest: { key: ref }\nthrottle: { key: ref, perSeconds: 1 }\n`,
    },
    "routes/push.yaml:7:11 RULE_LINES_CONFLICT",
    "`keep: latest`",
  ],
  [
    "a key that reads nothing of the event",
    { "routes/push.yaml": `${route}order: { key: '"all"' }\n` },
    "routes/push.yaml:6:15 RULE_KEY_CONSTANT",
    "all deliveries of the route stand in one line",
  ],
  [
    "a key that does not parse",
    { "routes/push.yaml": `${route}order: "ref["\n` },
    "routes/push.yaml:6:12 RULE_SYNTAX_INVALID",
    "This `[` is never closed",
  ],
  [
    "a key with a function that does not exist",
    { "routes/push.yaml": `${route}throttle: { key: $lower(ref), perSeconds: 1 }\n` },
    "routes/push.yaml:6:18 RULE_FUNCTION_UNKNOWN",
    "$lower",
  ],
  [
    "a policy that there is not",
    { "routes/push.yaml": `${route}order: { key: ref, onDead: drop }\n` },
    "routes/push.yaml:6:28 RULE_VALUE_INVALID",
    'must be one of "park", "skip", "hold"',
  ],
  [
    "a batch of one",
    { "routes/push.yaml": `${route}batch: { max: 1, seconds: 1 }\n` },
    "routes/push.yaml:6:15 RULE_VALUE_INVALID",
    "2",
  ],
  [
    "a throttle without its period",
    { "routes/push.yaml": `${route}throttle: { key: ref }\n` },
    "routes/push.yaml:6:11 RULE_KEY_MISSING",
    "`perSeconds`",
  ],
  [
    "a missing key",
    { "routes/push.yaml": "source: github\ntransform: push\n" },
    "routes/push.yaml:1:1 RULE_KEY_MISSING",
    "`target`",
  ],
  ["an empty file", { "targets/chat.yaml": "" }, "targets/chat.yaml:1:1 RULE_KEY_MISSING", "`url`"],
  [
    "a value of another type",
    { "targets/chat.yaml": `${target}concurrency: many\n` },
    "targets/chat.yaml:3:14 RULE_VALUE_INVALID",
    "must be a whole number or an object, got text of 4 characters",
  ],
  [
    "a value that is none of those allowed",
    { "sources/github.yaml": `${source}onInvalid: quarantin\n` },
    "sources/github.yaml:3:12 RULE_VALUE_INVALID",
    "Did you mean `quarantine`?",
  ],
  [
    "provider and verify",
    { "sources/github.yaml": `${source}verify: { kind: none }\n` },
    "sources/github.yaml:1:1 RULE_VALUE_INVALID",
    "only one of `provider`, `verify`",
  ],
  [
    "an unknown source",
    { "routes/push.yaml": route.replace("github", "gihub") },
    "routes/push.yaml:1:9 RULE_SOURCE_UNKNOWN",
    "Did you mean `github`?",
  ],
  [
    "an unknown target",
    { "routes/push.yaml": route.replace("chat", "chatt") },
    "routes/push.yaml:5:9 RULE_TARGET_UNKNOWN",
    "Did you mean `chat`?",
  ],
  [
    "an unknown transform",
    { "routes/push.yaml": route.replace("transform: push", "transform: pusch") },
    "routes/push.yaml:4:12 RULE_TRANSFORM_UNKNOWN",
    "Did you mean `push`?",
  ],
  [
    "an unknown schema",
    { "transforms/push.yaml": transform.replace("chat.message", "chat.massage") },
    "transforms/push.yaml:2:9 RULE_SCHEMA_UNKNOWN",
    "Did you mean `chat.message`?",
  ],
  [
    "an unknown schema of a source",
    { "sources/github.yaml": `${source}schemas:\n  push: pusch\n` },
    "sources/github.yaml:4:9 RULE_SCHEMA_UNKNOWN",
    "Did you mean `push`?",
  ],
  [
    "an unknown provider",
    { "sources/github.yaml": source.replace("github", "gitub") },
    "sources/github.yaml:1:11 RULE_PROVIDER_UNKNOWN",
    "Did you mean `github`?",
  ],
  [
    "YAML without a rule",
    { "transforms/push.jsonata": undefined },
    "transforms/push.yaml:1:1 RULE_TRANSFORM_UNKNOWN",
    "`transforms/push.jsonata`",
  ],
  // Variables
  [
    "an unset variable",
    { ".env": "CHAT_TOKEN=x\n" },
    "sources/github.yaml:2:12 RULE_VARIABLE_UNSET",
    "`GITHUB_SECRET`",
  ],
  [
    "a variable that is none",
    { "targets/chat.yaml": "url: https://a.example/${1}\n" },
    "targets/chat.yaml:1:24 RULE_VALUE_INVALID",
    "`${` begins no variable",
  ],
  [
    "a variable in a route",
    { "routes/push.yaml": route.replace("target: chat", "target: ${CHAT}") },
    "routes/push.yaml:5:9 RULE_TARGET_UNKNOWN",
    "`${CHAT}`",
  ],
  // JSONata
  [
    "a syntax error in a rule",
    { "transforms/push.jsonata": '{\n  "text": name &\n}\n' },
    "transforms/push.jsonata:2:16 RULE_SYNTAX_INVALID",
  ],
  [
    "an unknown function",
    { "transforms/push.jsonata": '{\n  "text": $uppercas(name)\n}\n' },
    "transforms/push.jsonata:2:11 RULE_FUNCTION_UNKNOWN",
    "`$uppercase`",
  ],
  [
    "a syntax error in `when`",
    { "routes/push.yaml": route.replace('ref = "main"', 'ref = = "main"') },
    "routes/push.yaml:3:13 RULE_SYNTAX_INVALID",
  ],
  [
    "a syntax error in a tag",
    { "routes/push.yaml": `${route}tags:\n  repository: repository.(\n` },
    "routes/push.yaml:7:26 RULE_SYNTAX_INVALID",
  ],
  [
    "a function that is none in a tag",
    { "sources/github.yaml": `${source}tags: { who: $nam(sender) }\n` },
    "sources/github.yaml:3:14 RULE_FUNCTION_UNKNOWN",
  ],
  [
    "a tag's name with a space",
    { "sources/github.yaml": `${source}tags: { "a b": sender }\n` },
    "sources/github.yaml:3:9 RULE_KEY_UNKNOWN",
  ],
  [
    "a syntax error in a quoted `when`",
    { "routes/push.yaml": route.replace('ref = "main"', '"\\u0072ef = = \\"main\\""') },
    "routes/push.yaml:3:19 RULE_SYNTAX_INVALID",
  ],
  [
    "a syntax error in a block `when`",
    { "routes/push.yaml": route.replace('ref = "main"', "|\n    ref =\n      = 1") },
    "routes/push.yaml:5:7 RULE_SYNTAX_INVALID",
  ],
  [
    "a syntax error in a URL",
    { "targets/chat.yaml": "url: https://chat.example/${CHAT_TOKEN}/{{ a b }}\n" },
    "targets/chat.yaml:1:46 RULE_SYNTAX_INVALID",
  ],
  [
    "a syntax error in a URL behind a variable",
    {
      "targets/chat.yaml": "url: ${URL}/{{ a b }}\n",
      ".env": `${goodFiles[".env"] as string}URL=https://a.example`,
    },
    "targets/chat.yaml:1:18 RULE_SYNTAX_INVALID",
  ],
  [
    "a part in a URL's host",
    { "targets/chat.yaml": "url: https://{{ host }}/x\n" },
    "targets/chat.yaml:1:14 RULE_VALUE_INVALID",
    "host",
  ],
  // Cases
  [
    "a case that does not fit",
    { "transforms/push.yaml": transform.replace("name: Ada", "name: 7") },
    "transforms/push.yaml:5:31 RULE_CASE_INVALID",
    "schema `push`",
    "`/name` must be text, got a number",
  ],
  [
    "a case that lacks a key",
    { "transforms/push.yaml": transform.replace(", name: Ada", "") },
    "transforms/push.yaml:5:12 RULE_CASE_INVALID",
    "must have `name`",
  ],
  [
    "a case's file that is not there",
    { "transforms/push.yaml": transform.replace("given: { ref: main, name: Ada }", "file: cases/push.json") },
    "transforms/push.yaml:5:11 RULE_CASE_FILE_MISSING",
    "cases/push.json",
  ],
  [
    "a case's file outside",
    {
      "transforms/push.yaml": transform.replace(
        "given: { ref: main, name: Ada }",
        "file: ../../../../../../etc/passwd",
      ),
    },
    "transforms/push.yaml:5:11 RULE_CASE_FILE_MISSING",
    "leads out",
  ],
  [
    "a case's file that is no JSON",
    {
      "transforms/push.yaml": transform.replace("given: { ref: main, name: Ada }", "file: a.json"),
      "transforms/a.json": '{\n "a": 1,\n}',
    },
    "transforms/a.json:3:1 RULE_JSON_INVALID",
  ],
  [
    "a case on a route that does not use the transform",
    { "transforms/push.yaml": transform.replace("name: a push", "name: a push\n    route: pusch") },
    "transforms/push.yaml:5:12 RULE_CASE_ROUTE_UNKNOWN",
    "Did you mean `push`?",
  ],
  [
    "a filtered case with two routes",
    { "routes/other.yaml": route },
    "transforms/push.yaml:7:5 RULE_CASE_ROUTE_UNKNOWN",
    "2 use",
  ],
  [
    "a case with an unknown code",
    { "transforms/push.yaml": transform.replace("filtered: true", "error: TRANSFORM_INPUT_INVALD") },
    "transforms/push.yaml:9:12 RULE_VALUE_INVALID",
    "Did you mean `TRANSFORM_INPUT_INVALID`?",
  ],
  [
    "a case with two expectations",
    { "transforms/push.yaml": `${transform}    error: TRANSFORM_INPUT_INVALID\n` },
    "transforms/push.yaml:7:5 RULE_VALUE_INVALID",
    "only one of `expect`, `expectFile`, `filtered`, `error`, `assert`",
  ],
  // Files
  [
    "two files of one name",
    { "targets/chat.yml": target },
    "targets/chat.yml:1:1 RULE_NAME_TAKEN",
    "`targets/chat.yaml`",
  ],
  [
    "two names that differ in case only",
    { "schemas/Push.json": "{}" },
    "schemas/push.json:1:1 RULE_NAME_TAKEN",
    "`schemas/Push.json`",
  ],
  [
    "a rule whose YAML differs in case",
    { "transforms/Push.jsonata": "$", "transforms/push.jsonata": undefined },
    "transforms/push.yaml:1:1 RULE_NAME_TAKEN",
    "`transforms/Push.jsonata`",
  ],
  [
    "a name that is none",
    { "targets/team chat.yaml": target },
    "targets/team chat.yaml:1:1 RULE_NAME_INVALID",
  ],
  [
    "routes whose ids collide",
    { "routes/rvcxe.yaml": route, "routes/r15gh8.yaml": route, "transforms/push.yaml": undefined },
    "routes/rvcxe.yaml:1:1 RULE_NAME_TAKEN",
    "`r15gh8`",
  ],
  [
    "a file over 256 KB",
    { "targets/chat.yaml": `${target}#${"x".repeat(256 * 1024)}\n` },
    "targets/chat.yaml:1:1 RULE_FILE_TOO_LARGE",
    "257 KB",
  ],
  [
    "a file that is not UTF-8",
    { "targets/chat.yaml": Buffer.from([0x75, 0xff]) },
    "targets/chat.yaml:1:1 RULE_FILE_UNREADABLE",
    "UTF-8",
  ],
  [
    "YAML that does not parse",
    { "targets/chat.yaml": 'url: "https://a\nmethod: POST\n' },
    "targets/chat.yaml:",
  ],
  [
    "a key that is there twice",
    { "targets/chat.yaml": "url: https://a.example\nurl: https://b.example\n" },
    "targets/chat.yaml:2:1 RULE_YAML_INVALID",
    "twice",
  ],
  [
    "a tag that is unknown",
    { "targets/chat.yaml": "url: !!js/function https://a\n" },
    "targets/chat.yaml:1:6 RULE_YAML_INVALID",
  ],
  [
    "a second document",
    { "targets/chat.yaml": "url: https://a.example\n---\nurl: https://b.example\n" },
    "targets/chat.yaml:2:1 RULE_YAML_INVALID",
    "second document",
  ],
  [
    "an alias without its anchor",
    { "targets/chat.yaml": "url: *nowhere\n" },
    "targets/chat.yaml:1:6 RULE_YAML_INVALID",
  ],
  ["a billion laughs", { "targets/chat.yaml": billionLaughs() }, "targets/chat.yaml:1:1 RULE_YAML_ALIASES"],
  [
    "nesting without end",
    { "targets/chat.yaml": `url: ${"[".repeat(50_000)}\n` },
    "targets/chat.yaml:1:1 RULE_YAML_INVALID",
    "nested",
  ],
  [
    "JSON that does not parse",
    { "schemas/push.json": '{\n  "type": "object"\n  "a": 1\n}' },
    "schemas/push.json:3:3 RULE_JSON_INVALID",
  ],
  [
    "JSON with a key twice",
    { "schemas/push.json": '{\n  "type": "object",\n  "\\u0074ype": "array"\n}' },
    "schemas/push.json:3:3 RULE_JSON_INVALID",
    "twice",
  ],
  [
    "JSON nested without end",
    { "schemas/push.json": '{"not":'.repeat(20_000) },
    "schemas/push.json:1:701 RULE_JSON_INVALID",
    "nested",
  ],
  [
    "a schema that does not compile",
    { "schemas/push.json": '{\n  "properties": {\n    "name": { "type": "strin" }\n  }\n}' },
    "schemas/push.json:3:23 RULE_SCHEMA_INVALID",
    '"string"',
  ],
  [
    "a schema whose $ref leads nowhere",
    { "schemas/push.json": '{\n  "$ref": "pull"\n}' },
    "schemas/push.json:2:11 RULE_SCHEMA_INVALID",
    "`pull`",
  ],
  [
    "a schema with a pattern that needs backtracking",
    { "schemas/push.json": '{\n  "pattern": "(?=x)"\n}' },
    "schemas/push.json:2:14 RULE_SCHEMA_INVALID",
    "lookahead",
  ],
  // Sources
  [
    "an address range that is none",
    { "sources/github.yaml": `${source}allowFrom: [10.0.0.0/8, 10.0.0/40]\n` },
    "sources/github.yaml:3:25 RULE_VALUE_INVALID",
    "CIDR",
  ],
  [
    "a provider without its secrets",
    { "sources/github.yaml": "provider: github\n" },
    "sources/github.yaml:1:11 RULE_PROVIDER_UNSUITED",
    "`github`",
    "`secrets`",
  ],
  [
    "a scheme that is none",
    { "sources/github.yaml": 'verify:\n  kind: hmc\n  from: header:x\nsecrets: ["x"]\n' },
    "sources/github.yaml:2:9 RULE_VALUE_INVALID",
    "`/kind`",
    "Did you mean `hmac`?",
  ],
  [
    "a scheme with an unknown key",
    { "sources/github.yaml": 'verify:\n  kind: hmac\n  from: header:x\n  algoritm: sha1\nsecrets: ["x"]\n' },
    "sources/github.yaml:4:3 RULE_KEY_UNKNOWN",
    "Did you mean `algorithm`?",
  ],
  [
    "a scheme that can never verify",
    {
      "sources/github.yaml":
        'verify:\n  kind: hmac\n  from: header:x\n  content: "{timestamp}.{body}"\nsecrets: ["x"]\n',
    },
    "sources/github.yaml:2:3 RULE_VALUE_INVALID",
    "`timestamp` does not say where it stands",
  ],
  [
    "a scheme with a token that is none",
    {
      "sources/github.yaml": 'verify:\n  kind: hmac\n  from: header:x\n  content: "{bdy}"\nsecrets: ["x"]\n',
    },
    "sources/github.yaml:2:3 RULE_VALUE_INVALID",
    "bdy",
  ],
  // Targets
  [
    "a URL that is none",
    { "targets/chat.yaml": "url: chat.example/hook\n" },
    "targets/chat.yaml:1:6 RULE_VALUE_INVALID",
    "absolute http(s) URL",
  ],
  [
    "a URL with credentials",
    { "targets/chat.yaml": "url: https://a:b@chat.example/hook\n" },
    "targets/chat.yaml:1:6 RULE_VALUE_INVALID",
    "`auth`",
  ],
  [
    "a hop-by-hop header",
    { "targets/chat.yaml": `${target}headers: { Transfer-Encoding: chunked }\n` },
    "targets/chat.yaml:3:12 RULE_HEADER_REFUSED",
    "`transfer-encoding`",
  ],
  [
    "one of the router's own headers",
    { "targets/chat.yaml": `${target}headers:\n  signalbox-attempt: "1"\n` },
    "targets/chat.yaml:4:3 RULE_HEADER_REFUSED",
  ],
  [
    "a header that auth sets",
    { "targets/chat.yaml": `${target}headers: { Authorization: x }\n` },
    "targets/chat.yaml:3:12 RULE_HEADER_REFUSED",
    "`auth`",
  ],
  [
    "host as the header of auth",
    {
      "targets/chat.yaml":
        "url: https://a.example\nauth: { type: header, name: Host, value: '${CHAT_TOKEN}' }\n",
    },
    "targets/chat.yaml:2:29 RULE_HEADER_REFUSED",
    "`host`",
  ],
  [
    "a header with a line break",
    { "targets/chat.yaml": `${target}headers: { x-a: "a\\nb" }\n` },
    "targets/chat.yaml:3:12 RULE_VALUE_INVALID",
    "`x-a`",
  ],
  [
    "a header's name that is none",
    { "targets/chat.yaml": `${target}headers: { "x a": b }\n` },
    "targets/chat.yaml:3:12 RULE_VALUE_INVALID",
    "`x a`",
  ],
  // Warnings
  [
    "a target that nothing uses",
    { "targets/other.yaml": target },
    "targets/other.yaml:1:1 RULE_UNUSED",
    "target `other`",
  ],
  [
    "a transform that nothing uses",
    { "transforms/other.jsonata": "$", "transforms/other.yaml": "cases: []\n" },
    "transforms/other.jsonata:1:1 RULE_UNUSED",
  ],
  [
    "a schema that nothing uses",
    { "schemas/other.json": '{ "$ref": "push.json" }' },
    "schemas/other.json:1:1 RULE_UNUSED",
  ],
  ["a source that nothing uses", { "sources/other.yaml": source }, "sources/other.yaml:1:1 RULE_UNUSED"],
  [
    "a file that is not read",
    { "routes/push.yaml.bak": route },
    "routes/push.yaml.bak:1:1 RULE_FILE_UNKNOWN",
    ".yaml",
  ],
];

function billionLaughs(): string {
  const rows = Array.from(
    { length: 9 },
    (_, n) =>
      `a${n}: &a${n} [${Array(9)
        .fill(n === 0 ? "x" : `*a${n - 1}`)
        .join()}]`,
  );
  return `${rows.join("\n")}\nurl: https://a.example\n`;
}

describe("a copy of the good workspace with", () => {
  it.each(broken)("%s", async (_, changes, line, ...pieces) => {
    const { workspace, problems } = await loadWorkspace(aGoodWorkspace(changes), {});
    expect(problems.map(lineOf)).toEqual([expect.stringContaining(line)]);
    for (const piece of pieces) expect(`${problems[0]?.message} ${problems[0]?.fix}`).toContain(piece);
    expect(problems[0]?.fix).not.toBe("");
    expect(workspace === undefined).toBe(problems[0]?.severity === "error");
  });

  it("several faults gets them all, by file and place", async () => {
    const problems = await problemsOf({
      "sources/github.yaml": "provder: github\nsecret: x\n",
      "routes/push.yaml": route.replace("github", "gitlab").replace("chat", "chatt"),
      "transforms/push.jsonata": "(",
    });
    expect(problems.map(({ file, line, code }) => `${file}:${line} ${code}`)).toEqual(
      [
        "routes/push.yaml:1 RULE_SOURCE_UNKNOWN",
        "routes/push.yaml:5 RULE_TARGET_UNKNOWN",
        "sources/github.yaml:1 RULE_VALUE_INVALID",
        "sources/github.yaml:1 RULE_KEY_UNKNOWN",
        "sources/github.yaml:2 RULE_KEY_UNKNOWN",
        "transforms/push.jsonata:1 RULE_SYNTAX_INVALID",
      ].sort(),
    );
  });

  it("a file that a symbolic link leads out of it", async () => {
    const dir = aGoodWorkspace();
    const outside = aWorkspace({ "secret.json": "{}" });
    symlinkSync(join(outside, "secret.json"), join(dir, "schemas", "secret.json"));
    const { problems } = await loadWorkspace(dir, {});
    expect(problems.map(lineOf)).toEqual([
      expect.stringMatching(/^schemas\/secret\.json:1:1 RULE_FILE_UNREADABLE .*leads out/),
    ]);
  });

  it("a folder that cannot be read is not taken for an empty one", async () => {
    const dir = aGoodWorkspace({ "routes/push.yaml": undefined, routes: "source: github\n" });
    const { workspace, problems } = await loadWorkspace(dir, {});
    expect(workspace).toBeUndefined();
    expect(problems.map(lineOf)).toContain(
      "routes:1:1 RULE_FILE_UNREADABLE `routes/` cannot be read (ENOTDIR).",
    );
    expect(problems.map(({ code }) => code)).not.toContain("RULE_FOLDER_MISSING");
  });

  it("a workspace of which no folder can be read is told of by each, not called empty", async () => {
    const { problems } = await loadWorkspace(aWorkspace({ routes: "", sources: "" }), {});
    expect(problems.map(({ file, code }) => `${file} ${code}`)).toEqual([
      "routes RULE_FILE_UNREADABLE",
      "sources RULE_FILE_UNREADABLE",
    ]);
  });

  it("an `.env` that cannot be read is not taken for one that is not there", async () => {
    const dir = aGoodWorkspace({ ".env": undefined, ".env/GITHUB_SECRET": "x" });
    const { problems } = await loadWorkspace(dir, { GITHUB_SECRET: "s", CHAT_TOKEN: "t" });
    expect(problems.map(lineOf)).toEqual([".env:1:1 RULE_FILE_UNREADABLE `.env` cannot be read (EISDIR)."]);
  });

  it("a link to another of its own files, as Kubernetes mounts them, is fine", async () => {
    const dir = aGoodWorkspace({ "targets/chat.yaml": undefined });
    mkdirSync(join(dir, "..data-1"));
    mkdirSync(join(dir, "targets"), { recursive: true });
    writeFileSync(join(dir, "..data-1", "chat.yaml"), target);
    symlinkSync(join(dir, "..data-1", "chat.yaml"), join(dir, "targets", "chat.yaml"));
    expect((await loadWorkspace(dir, {})).problems).toEqual([]);
  });

  it("a key in a case's body that no schema names is fine", async () => {
    const changed = transform.replace("name: Ada }", "name: Ada, extra: [1] }");
    expect(await problemsOf({ "transforms/push.yaml": changed })).toEqual([]);
  });
});

describe("a folder without a workspace", () => {
  it.each([
    ["is empty", {}],
    ["holds targets only", { "targets/chat.yaml": "url: https://a.example\n" }],
  ])("%s", async (_, files: Files) => {
    const dir = aWorkspace(files);
    const { workspace, problems } = await loadWorkspace(dir, {});
    expect(workspace).toBeUndefined();
    expect(problems.map(lineOf)).toEqual([
      `.:1:1 RULE_FOLDER_MISSING The folder ${dir} holds no source, route or transform.`,
    ]);
  });

  it("is not there", async () => {
    const dir = join(aWorkspace({}), "nowhere");
    const { problems } = await loadWorkspace(dir, {});
    expect(problems.map(lineOf)).toEqual([`.:1:1 RULE_FOLDER_MISSING The folder ${dir} is not there.`]);
  });

  it("a transform alone is one, without warnings", async () => {
    const { workspace, problems } = await loadWorkspace(aWorkspace({ "transforms/a.jsonata": "$" }), {});
    expect(problems).toEqual([]);
    expect([...workspace!.transforms.keys()]).toEqual(["a"]);
  });
});

describe("variables", () => {
  it("come from the environment, then from .env, then from their default", async () => {
    const dir = aGoodWorkspace({
      "targets/chat.yaml":
        'url: https://${HOST:-chat.example}/${PATH_PART}/$${x}\nheaders: { x-token: "${CHAT_TOKEN}" }\n',
    });
    const { workspace } = await loadWorkspace(dir, { CHAT_TOKEN: "real", PATH_PART: "in", HOST: "" });
    expect({ ...workspace?.targets.get("chat")?.file }).toMatchObject({
      url: "https://chat.example/in/${x}",
      headers: { "x-token": "real" },
    });
  });

  it("become numbers and booleans where the format wants them", async () => {
    const dir = aGoodWorkspace({
      "targets/chat.yaml": "url: https://a.example\ntimeoutSeconds: ${T:-7.5}\nconcurrency: ${C}\n",
      "sources/github.yaml": `${source}allowUnsigned: \${U:-true}\nmaxBodyBytes: \${M:-100}\n`,
    });
    const { workspace, problems } = await loadWorkspace(dir, { C: "3" });
    expect(problems).toEqual([]);
    expect({ ...workspace?.targets.get("chat")?.file }).toMatchObject({
      timeoutSeconds: 7.5,
      concurrency: 3,
    });
    expect({ ...workspace?.sources.get("github")?.file }).toMatchObject({
      allowUnsigned: true,
      maxBodyBytes: 100,
    });
  });

  it("are not read out of prototypes", async () => {
    const problems = await problemsOf({ "targets/chat.yaml": "url: https://a.example/${constructor}\n" });
    expect(problems.map(({ code }) => code)).toEqual(["RULE_VARIABLE_UNSET"]);
  });

  it("never show their values: not in problems, not as JSON, not when inspected", async () => {
    const bad = await problemsOf({
      ".env": "GITHUB_SECRET=github-s3cr3t\nCHAT_TOKEN=chat-s3cr3t\n",
      "sources/github.yaml":
        'provider: "${GITHUB_SECRET}"\nonInvalid: ${GITHUB_SECRET}\nallowFrom: ["${CHAT_TOKEN}"]\nmaxBodyBytes: ${CHAT_TOKEN}\n',
      "targets/chat.yaml":
        'url: "${CHAT_TOKEN}/{{ a }}"\nmethod: ${CHAT_TOKEN}\nauth: { type: "${CHAT_TOKEN}" }\n',
    });
    expect(bad.length).toBeGreaterThan(3);
    const { workspace } = await loadWorkspace(aGoodWorkspace(), {});
    const { sources, targets } = workspace!;
    expect({ ...targets.get("chat")!.file.auth }).toMatchObject({ token: "chat-s3cr3t" });
    const shown = [
      JSON.stringify(bad),
      JSON.stringify([...sources, ...targets]),
      inspect(workspace, { depth: 9 }),
    ].join();
    expect(shown).not.toContain("s3cr3t");
    expect(shown).toContain("${CHAT_TOKEN}");
  });

  it("a secret that is written into the file is told of and not shown; in a header it is not shown either", async () => {
    const { problems } = await loadWorkspace(
      aGoodWorkspace({
        "targets/chat.yaml": "url: https://a.example\nauth: { type: bearer, token: wr1tten }\n",
      }),
      {},
    );
    expect(problems.map(({ code, line, column }) => [code, line, column])).toEqual([
      ["RULE_SECRET_WRITTEN", 2, 30],
    ]);
    expect(JSON.stringify(problems)).not.toContain("wr1tten");
    const { workspace } = await loadWorkspace(
      aGoodWorkspace({ "targets/chat.yaml": "url: https://a.example\nheaders: { x-api-key: wr1tten }\n" }),
      {},
    );
    expect(JSON.stringify(workspace!.targets.get("chat"))).not.toContain("wr1tten");
  });
});

describe("names and revisions", () => {
  it(".yml is read as .yaml is, and what lies beside the files is let be", async () => {
    const dir = aGoodWorkspace({
      "targets/chat.yaml": undefined,
      "targets/chat.yml": target,
      "targets/README.md": "#",
      "transforms/cases/a.json": "1",
      "sources/.hidden": "",
    });
    expect((await loadWorkspace(dir, {})).problems).toEqual([]);
  });

  it("a transform's revision is that of its files alone", async () => {
    const revisions = async (changes: Files): Promise<(string | undefined)[]> => {
      const { workspace } = await loadWorkspace(aGoodWorkspace(changes), {});
      return [workspace?.revision, workspace?.transforms.get("push")?.revision];
    };
    const before = await revisions({});
    expect(await revisions({})).toEqual(before);
    const otherTarget = await revisions({ "targets/chat.yaml": `${target}# note\n` });
    expect(otherTarget[0]).not.toBe(before[0]);
    expect(otherTarget[1]).toBe(before[1]);
    const otherSchema = await revisions({ "schemas/push.json": '{ "required": ["name"] }' });
    expect(otherSchema[1]).not.toBe(before[1]);
  });
});

it("a name with a hyphen that is read as a subtraction is warned of at its place, and the workspace loads", async () => {
  const dir = aGoodWorkspace({
    "transforms/push.jsonata": '{ "text": name & first-name }',
    "routes/push.yaml":
      "source: github\non: [push]\nwhen: $event.headers.x-github-event = ref\ntags: { team: org.team-name }\ntransform: push\ntarget: chat\n",
  });
  const { workspace, problems } = await loadWorkspace(dir, {});
  expect(workspace).toBeDefined();
  expect(
    problems.map(({ file, line, column, code, severity }) => [file, line, column, code, severity]),
  ).toEqual([
    ["routes/push.yaml", 3, 22, "RULE_HYPHEN_DOUBTFUL", "warning"],
    ["routes/push.yaml", 4, 19, "RULE_HYPHEN_DOUBTFUL", "warning"],
    ["transforms/push.jsonata", 1, 18, "RULE_HYPHEN_DOUBTFUL", "warning"],
  ]);
});

it("hundreds of files load, and all their problems are told", async () => {
  const files: Record<string, string> = {};
  for (let n = 0; n < 300; n++)
    files[`routes/r${n}.yaml`] = route.replace("chat", n % 2 === 0 ? "chat" : "nowhere");
  const problems = await problemsOf({
    ...files,
    "transforms/push.yaml": undefined,
    "schemas/push.json": undefined,
    "schemas/chat.message.json": undefined,
  });
  expect(problems).toHaveLength(150);
});
