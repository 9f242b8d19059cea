import { describe, expect, it } from "vitest";
import { loadWorkspace } from "../../src/rules/load.ts";
import { mappingPages } from "../../src/rules/mapping-pages.ts";
import { mappingsOf } from "../../src/rules/mapping.ts";
import type { Mapping } from "../../src/rules/mapping.ts";
import { diagramOf } from "../../src/rules/route-diagram.ts";
import type { Workspace } from "../../src/rules/workspace.ts";
import { aGoodWorkspace } from "../helpers/workspace.ts";
import type { Files } from "../helpers/workspace.ts";

async function workspaceOf(files: Files = {}): Promise<Workspace> {
  const { workspace, problems } = await loadWorkspace(aGoodWorkspace(files), {});
  if (workspace === undefined) throw new Error(JSON.stringify(problems));
  return workspace;
}

const files: Files = {
  "transforms/push.jsonata": `(
  $who := author.name ?: "somebody";
  { "text": $who & " pushed | \`x\`", "files": [commits.{ "path": path, "size": $count(lines) }], "raw": more }
)
`,
  "transforms/push.yaml": `input: push
output: chat.message
cases:
  - name: a push | of one
    given: { ref: main, author: { name: Ada }, commits: [{ path: a.ts, lines: [1, 2] }], more: { a: 1 }, tag: t }
    expect: { text: "Ada pushed | \`x\`", files: [{ path: a.ts, size: 2 }], raw: { a: 1 } }
  - name: another branch
    given: { ref: other, author: {}, commits: [] }
    filtered: true
`,
  "schemas/push.json": JSON.stringify({
    title: "A push",
    type: "object",
    required: ["author", "commits"],
    properties: {
      ref: { type: "string" },
      author: { type: "object", properties: { name: { type: "string" }, mail: { type: "string" } } },
      commits: {
        type: "array",
        items: {
          type: "object",
          required: ["path"],
          properties: { path: { type: "string" }, lines: { type: "array" }, mode: { type: "integer" } },
        },
      },
      more: { type: "object", properties: { a: { type: "integer" }, b: { type: "string" } } },
      tag: { type: "string" },
      secret: { type: "object", properties: { x: {} } },
    },
  }),
  "schemas/chat.message.json": JSON.stringify({
    type: "object",
    required: ["text", "files"],
    properties: {
      text: { type: "string" },
      files: {
        type: "array",
        items: { type: "object", required: ["path"], properties: { path: {}, size: {} } },
      },
      raw: {},
      never: { type: "string" },
    },
  }),
  "targets/chat.yaml":
    'url: https://chat.example/hook/{{ tag }}\nauth: { type: bearer, token: "${CHAT_TOKEN}" }\n',
};

async function only(changes: Files = {}): Promise<Mapping> {
  const mappings = await mappingsOf(await workspaceOf({ ...files, ...changes }));
  expect(mappings).toHaveLength(1);
  return mappings[0]!;
}

describe("the mapping of a route", () => {
  it("names for each target field its expression, what goes into it, its type, and an example of the cases", async () => {
    const { made } = await only();
    expect(
      made.map(({ path, isRequired, type, from, example }) => [path, isRequired, type, from, example]),
    ).toEqual([
      ["text", true, "text", ["author.name"], '"Ada pushed | `x`"'],
      ["files[].path", true, "text", ["commits.path"], '"a.ts"'],
      ["files[].size", false, "whole number", ["commits.lines"], "2"],
      ["raw.a", false, "whole number", ["more"], "1"],
    ]);
    expect(made[0]!.makings[0]).toMatchObject({ line: 3 });
  });

  it("tells of each source field where it goes, also into the condition and the target's address", async () => {
    const { read } = await only();
    expect(read.map(({ path, into, decides, example }) => [path, into, decides, example])).toEqual([
      ["author.name", ["text"], [], '"Ada"'],
      ["commits.lines", ["files[].size"], [], "[1,2]"],
      ["commits.path", ["files[].path"], [], '"a.ts"'],
      ["more", ["raw.a"], [], '{"a":1}'],
      ["ref", [], ["when"], '"main"'],
      ["tag", [], ["target"], '"t"'],
    ]);
  });

  it("tells what is lost: the outermost of what nobody reads; what is passed on whole is not", async () => {
    expect((await only()).lost).toEqual(["author.mail", "commits[].mode", "secret"]);
  });

  it("without an input schema it goes by the cases' bodies, and without cases it claims nothing", async () => {
    const yaml = String(files["transforms/push.yaml"]).replace("input: push\n", "");
    expect((await only({ "transforms/push.yaml": yaml, "schemas/push.json": undefined })).lost).toEqual([
      "tag",
    ]);
    const bare = await only({
      "transforms/push.yaml": "output: chat.message\n",
      "schemas/push.json": undefined,
    });
    expect(bare.lost).toEqual([]);
    expect(bare.made.map(({ path }) => path)).toContain("text");
  });

  it("of a route without a transform there is nothing to map, and nothing is lost", async () => {
    const { made, lost } = await only({
      "routes/push.yaml": "source: github\non: [push]\ntarget: chat\n",
      "transforms/push.jsonata": undefined,
      "transforms/push.yaml": undefined,
      "schemas/push.json": undefined,
      "schemas/chat.message.json": undefined,
    });
    expect([made, lost]).toEqual([[], []]);
  });
});

describe("the pages of the mappings", () => {
  it("are the same each time, hold no secret, and nothing in them breaks a table", async () => {
    const workspace = await workspaceOf(files);
    const pages = await mappingPages(workspace, "../..");
    expect([...pages.keys()]).toEqual(["README.md", "push.md"]);
    expect(await mappingPages(await workspaceOf(files), "../..")).toEqual(pages);
    const push = pages.get("push.md")!;
    expect(push).not.toContain("chat-s3cr3t");
    expect(push).toContain("| `text` \\* | text | [3](../../transforms/push.jsonata#L3) `` $who");
    for (const page of pages.values()) {
      const tables = page.split("\n\n").filter((part) => part.startsWith("| "));
      expect(tables.length).toBeGreaterThan(0);
      for (const table of tables) {
        const cells = table
          .trim()
          .split("\n")
          .map((row) => row.replaceAll("\\|", "").split("|").length);
        expect(new Set(cells).size, table).toBe(1);
      }
    }
    expect(push).toContain("Read by nobody, and not sent on: `author.mail`, `commits[].mode`, `secret`.");
    expect(push).toContain("- a push \\| of one\n- another branch: filtered");
  });
});

describe("the map of sources, routes and targets", () => {
  it("is a flowchart of all of them, types on the way in, also what no route names", async () => {
    const workspace = await workspaceOf({
      "routes/all.yaml": 'source: github\non: [\'a"b\', "c.*"]\ntarget: chat\n',
      "routes/rest.yaml": "source: github\ntarget: chat\n",
    });
    expect(diagramOf(workspace)).toBe(`flowchart LR
  source0(["github"])
  route0["all"]
  target0[/"chat"/]
  route1["push"]
  route2["rest"]
  source0 -->|"a#34;b, c.*"| route0
  route0 --> target0
  source0 -->|"push"| route1
  route1 --> target0
  source0 --> route2
  route2 --> target0
`);
  });
});
