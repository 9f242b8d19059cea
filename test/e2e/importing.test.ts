/** `signalbox import` as a user runs it: what is written, shown, refused, and with which code it ends. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { SECRET, headersOf } from "../helpers/github.ts";
import { run } from "../helpers/router.ts";
import { aScene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function aFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), "signalbox-import-"));
  folders.push(dir);
  return dir;
}

const connection = (rules: object[] = []): object => ({
  ...{ id: "web_1", name: "to-crm", full_name: "shop -> to-crm" },
  source: { id: "src_1", name: "shop", type: "STRIPE" },
  destination: { id: "des_1", name: "crm", type: "HTTP", config: { url: "https://crm.example/" } },
  rules,
});
const filter = { type: "filter", body: { type: { $startsWith: "invoice." } } };

function anExport(value: unknown): string {
  const file = join(aFolder(), "export.json");
  writeFileSync(file, typeof value === "string" ? value : JSON.stringify(value));
  return file;
}

describe("from Hookdeck", () => {
  it("writes files that `check` finds no fault with, and ends with 0 where all was taken", async () => {
    const dir = aFolder();
    const { code, stdout, stderr } = await run([
      "import",
      "hookdeck",
      anExport({ models: [connection([filter])] }),
      "--dir",
      dir,
    ]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/written +routes\/to-crm\.yaml/);
    expect(stdout).toContain("SHOP_SECRET");
    expect(stdout).toMatch(/3 taken, 0 nearly, 0 not\./);
    const checked = await run(["check", "--json", "--dir", dir], { SHOP_SECRET: "whsec_x" });
    expect(JSON.parse(checked.stdout)).toEqual({ errors: 0, warnings: 0, problems: [] });
    expect((await run(["fmt", "--check"], { SIGNALBOX_DIR: dir })).code).toBe(0);
  });

  it("shows with --dry-run what it would write, and writes nothing", async () => {
    const dir = aFolder();
    const { code, stdout } = await run([
      "import",
      "hookdeck",
      anExport([connection()]),
      "--dir",
      dir,
      "--dry-run",
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain("+++ b/routes/to-crm.yaml");
    expect(stdout).toContain("+source: shop");
    expect(existsSync(join(dir, "routes"))).toBe(false);
  });

  it("never writes over a file without --force, and shows then what would change", async () => {
    const dir = aFolder();
    const file = anExport([connection()]);
    await run(["import", "hookdeck", file, "--dir", dir]);
    const mine = join(dir, "targets/crm.yaml");
    writeFileSync(mine, "url: https://mine.example/\n");
    const again = await run(["import", "hookdeck", file, "--dir", dir]);
    expect([again.code, again.stdout]).toEqual([1, ""]);
    expect(again.stderr).toContain("targets/crm.yaml");
    expect(readFileSync(mine, "utf8")).toContain("mine.example");
    const shown = await run(["import", "hookdeck", file, "--dir", dir, "--dry-run"]);
    expect(shown.stdout).toContain("-url: https://mine.example/");
    expect((await run(["import", "hookdeck", file, "--dir", dir, "--force"])).code).toBe(0);
    expect(readFileSync(mine, "utf8")).toContain("crm.example");
  });

  it("ends with 3 where something was not taken, and names it; --json has all of it", async () => {
    const rules = [{ type: "transform", transformation: { name: "double", code: "x" } }];
    const { code, stdout } = await run([
      "import",
      "hookdeck",
      anExport(connection(rules)),
      "--dir",
      aFolder(),
      "--json",
    ]);
    expect(code).toBe(3);
    const report = JSON.parse(stdout) as {
      written: boolean;
      files: object;
      rows: object[];
      variables: object[];
    };
    expect(report.written).toBe(true);
    expect(Object.keys(report.files)).toContain("transforms/double.jsonata");
    expect(report.rows).toContainEqual(
      expect.objectContaining({ became: "not", what: "transformation double" }),
    );
    expect(report.variables).toHaveLength(1);
  });

  it("reads standard input", async () => {
    const { code } = await run(
      ["import", "hookdeck", "-", "--dir", aFolder()],
      {},
      JSON.stringify(connection()),
    );
    expect(code).toBe(0);
  });
});

it("what was a connection at Hookdeck delivers over real HTTP what its filter passed, and filters the rest", async () => {
  const dir = aFolder();
  const value = {
    ...connection([
      {
        type: "filter",
        headers: { "X-GitHub-Event": "push" },
        body: { ref: "refs/heads/main", commits: { author: "ada", size: { $gt: 2 } } },
      },
    ]),
    source: { id: "src_1", name: "hub", type: "GITHUB" },
  };
  const { code } = await run(["import", "hookdeck", anExport(value), "--dir", dir]);
  expect(code).toBe(0);
  const written = ["sources/hub.yaml", "routes/to-crm.yaml", "targets/crm.yaml"].map((path) => {
    const text = readFileSync(join(dir, path), "utf8");
    // The only thing that is not as it was written: the target is on this machine.
    return [path, text.replace("https://crm.example/", "${TARGET}/orders")] as const;
  });
  const scene = await aScene({
    files: {
      ...Object.fromEntries(written),
      "sources/github.yaml": "",
      "routes/everything.yaml": "",
      "targets/api.yaml": "",
    },
    environment: { HUB_SECRET: SECRET },
  });
  try {
    const send = (body: object, type = "push") =>
      fetch(`${scene.router.hooks}/hooks/hub`, {
        method: "POST",
        headers: headersOf({ body: JSON.stringify(body), type }),
        body: JSON.stringify(body),
      });
    const commits = [
      { author: "bob", size: 9 },
      { author: "ada", size: 3 },
    ];
    const passing = { ref: "refs/heads/main", commits };
    for (const [body, type] of [
      [passing, "ping"],
      [{ ...passing, ref: "x" }],
      [
        {
          ...passing,
          commits: [
            { author: "ada", size: 1 },
            { author: "bob", size: 9 },
          ],
        },
      ],
      [passing],
    ] as const)
      expect((await send(body, type)).status).toBe(202);
    await until("all are at their end", async () => {
      const { items } = (await (await scene.router.ask("/api/v1/deliveries")).json()) as {
        items: { state: string }[];
      };
      return items.length === 4 && items.every(({ state }) => /delivered|filtered/.test(state));
    });
    expect(scene.target.arrivals.map(({ json }) => json)).toEqual([passing]);
  } finally {
    await scene.close();
  }
});

it("from Node-RED", async () => {
  const dir = aFolder();
  const flow = [
    { id: "a", type: "http in", url: "/orders", method: "post", wires: [["b"]] },
    {
      id: "b",
      type: "change",
      rules: [{ t: "set", p: "payload", to: '{"n": payload.id}', tot: "jsonata" }],
      wires: [["c"]],
    },
    { id: "c", type: "http request", name: "crm", method: "POST", url: "https://crm.example/", wires: [[]] },
  ];
  const { code, stdout } = await run(["import", "node-red", anExport(flow), "--dir", dir]);
  expect(code).toBe(3);
  expect(stdout).toMatch(/nearly +http in \(a\)/);
  const checked = await run(["check", "--json", "--dir", dir]);
  expect(JSON.parse(checked.stdout)).toMatchObject({ errors: 0, warnings: 0 });
  writeFileSync(join(dir, "event.json"), '{"id":7}');
  const tried = await run(["try", "orders-to-crm", join(dir, "event.json"), "--json", "--dir", dir]);
  expect(JSON.stringify(JSON.parse(tried.stdout))).toContain('{"n":7}');
});

describe("what cannot be read", () => {
  it.each([
    ["hookdeck", "{", 1, "JSON"],
    ["hookdeck", '{"a":1}', 1, "holds nothing to import"],
    ["node-red", "[]", 1, "holds nothing to import"],
    ["node-red", `${"[".repeat(5000)}${"]".repeat(5000)}`, 1, "nested"],
    ["zapier", "[]", 2, "There are: hookdeck, node-red."],
    ["node-rde", "[]", 2, "Did you mean `node-red`"],
  ])("%s %#: it ends with the reason", async (product, text, wanted, why) => {
    const { code, stdout, stderr } = await run(["import", product, anExport(text), "--dir", aFolder()]);
    expect([code, stdout]).toEqual([wanted, ""]);
    expect(stderr).toContain(why);
  });

  it("a file that is not there, and one that is too large, are told", async () => {
    expect((await run(["import", "hookdeck", "/no/such/file"])).stderr).toContain("ENOENT");
    const { code, stderr } = await run(["import", "hookdeck", anExport(" ".repeat(33 * 1024 * 1024))]);
    expect([code, stderr.includes("at most")]).toEqual([1, true]);
  });
});
