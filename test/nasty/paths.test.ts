/** Ways out of a folder: in addresses, in names that files give, in ids that are asked for. None leads anywhere. */
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadWorkspace } from "../../src/rules/load.ts";
import { run } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { aGoodWorkspace, goodFiles } from "../helpers/workspace.ts";

let scene: Scene;
beforeAll(async () => {
  scene = await aScene({});
}, 60_000);
afterAll(() => scene.close());

/** Ways to /etc/passwd and to the router's own files, in the spellings that have worked elsewhere. */
const WAYS = [
  "../../../../../../etc/passwd",
  "..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
  "%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
  "%2e%2e%2f%2e%2e%2f%2e%2e%2fetc%2fpasswd",
  "..%252f..%252f..%252fetc%252fpasswd",
  "..%c0%af..%c0%afetc/passwd",
  "..%u2215..%u2215etc/passwd",
  "....//....//....//etc/passwd",
  "..;/..;/etc/passwd",
  "..\\..\\..\\etc\\passwd",
  "..%5c..%5c..%5cetc%5cpasswd",
  "/etc/passwd",
  "//etc/passwd",
  "file:///etc/passwd",
  "%00/etc/passwd",
  "index.html%00.js",
  ".git/config",
  ".env",
  "package.json",
  "../package.json",
  "../data/secret.key",
  "secret.key",
  "router.json",
  "CON",
  "%ff%fe",
  "．．／．．／etc／passwd",
];

/** Asks for exactly these bytes of a path, which `fetch` would tidy up. */
function ask(
  base: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const sent = request(
      { hostname, port, path: Buffer.from(path).toString("latin1"), headers },
      (response) => {
        let text = "";
        response.setEncoding("latin1").on("data", (chunk: string) => (text += chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      },
    );
    sent.on("error", reject).end();
  });
}

const STOLEN =
  /root:.*:0:0|"lockfileVersion"|"private": true|repositoryformatversion|SECRET=|BEGIN [A-Z ]*KEY/;

describe("an address", () => {
  const bases = [
    "/",
    "/docs/",
    "/docs/errors/",
    "/assets/",
    "/queues/",
    "/queues/static/",
    "/api/",
    "/api/v1/rules/",
    "/api/v1/schemas/",
  ];

  it.each(bases)("below %s never leads to a file", async (base) => {
    const authorization = `Bearer ${scene.router.token}`;
    for (const way of WAYS) {
      const { status, text } = await ask(scene.router.admin, base + way, { authorization, accept: "*/*" });
      expect([base + way, STOLEN.test(text)]).toEqual([base + way, false]);
      expect([
        base + way,
        status >= 400 || text.includes("<!doctype html>") || text.includes("<!DOCTYPE html>"),
      ]).toEqual([base + way, true]);
      expect([base + way, status === 500]).toEqual([base + way, false]);
    }
  });

  it("below /hooks/ names a source or none, and the senders' port has no files at all", async () => {
    for (const way of WAYS) {
      for (const base of ["/hooks/", "/docs/errors/", "/"]) {
        const { status, text } = await ask(scene.router.hooks, base + way);
        expect([base + way, status]).toEqual([
          base + way,
          expect.toSatisfy((one: number) => one === 404 || one === 400 || one === 405),
        ]);
        expect(STOLEN.test(text)).toBe(false);
      }
    }
  });

  it("with an id that is none is 404 or 400, for every kind of id", async () => {
    for (const kind of [
      "events",
      "deliveries",
      "requests",
      "targets",
      "sources",
      "routes",
      "dead-letters",
      "replays",
      "holds",
      "users",
      "tokens",
    ])
      for (const way of [
        ...WAYS.map(encodeURIComponent),
        "__proto__",
        "constructor",
        "*",
        "sb:audit",
        "%0d%0a",
        "x".repeat(4_000),
      ]) {
        const answer = await scene.router.ask(`/api/v1/${kind}/${way}`);
        expect([kind, way, answer.status]).toEqual([
          kind,
          way,
          expect.toSatisfy((status: number) => status >= 400 && status < 500),
        ]);
      }
  }, 30_000);
});

describe("a name in the workspace's files", () => {
  const ways = [
    "../../../etc/passwd",
    "/etc/passwd",
    "..\\\\..\\\\etc",
    "a/../../b",
    "push\\u0000.jsonata",
    "%2e%2e%2fpush",
    "__proto__",
    "constructor",
  ];

  it.each(ways)("such as %s is one that is not there", async (way) => {
    const route = goodFiles["routes/push.yaml"] as string;
    const transform = goodFiles["transforms/push.yaml"] as string;
    const found = await Promise.all(
      [
        { "routes/push.yaml": route.replace("transform: push", `transform: "${way}"`) },
        { "routes/push.yaml": route.replace("target: chat", `target: "${way}"`) },
        { "routes/push.yaml": route.replace("source: github", `source: "${way}"`) },
        { "transforms/push.yaml": transform.replace("input: push", `input: "${way}"`) },
        { "transforms/push.yaml": transform.replace("given: { ref: main, name: Ada }", `file: "${way}"`) },
      ].map(async (changes) => loadWorkspace(aGoodWorkspace(changes), {})),
    );
    for (const { problems } of found) {
      expect(problems.some(({ severity }) => severity === "error")).toBe(true);
      expect(JSON.stringify(problems)).not.toContain("root:");
    }
  });

  it.each(["../evil", "-rf", ".hidden", "a b", "a;id", "$(id)", "é", "a\nb", "x".repeat(120)])(
    "of a file, such as %j, is refused or not read",
    async (name) => {
      if (name.includes("/")) return;
      const { problems } = await loadWorkspace(
        aGoodWorkspace({ [`targets/${name}.yaml`]: "url: https://a.example\n" }),
        {},
      );
      const codes = problems.map(({ code }) => code);
      expect(name.startsWith(".") ? codes : codes.filter((code) => code === "RULE_NAME_INVALID")).toEqual(
        name.startsWith(".") ? [] : ["RULE_NAME_INVALID"],
      );
    },
  );
});

describe("a name on the command line", () => {
  it.each([
    [["try", "../../../../etc/passwd"]],
    [["send", "../github", "push"]],
    [["events", "../../../x"]],
    [["deliveries", "$(touch pwned)"]],
    [["add", "source", "../../evil"]],
    [["pause", "../api", "--reason", "x"]],
  ])("such as in %j is refused, and nothing is written", async (args) => {
    const said = await run([...args, "--dir", scene.dir], { SIGNALBOX_DATA_DIR: scene.dataDir });
    expect(said.code).toBeGreaterThan(0);
    expect(said.stdout + said.stderr).not.toMatch(/root:|\n\s+at /);
  });
});
