/** What is small and would be large: bodies and answers that inflate, files whose aliases multiply. Nothing of it is ever held. */
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { deflateSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadWorkspace } from "../../src/rules/load.ts";
import { post } from "../helpers/github.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";
import { aGoodWorkspace, goodFiles } from "../helpers/workspace.ts";

let scene: Scene;
beforeAll(async () => {
  scene = await aScene({
    files: {
      "routes/looked.yaml":
        "source: github\non: [looked]\nenrich: { found: { target: other } }\ntarget: api\n",
      "targets/other.yaml": "url: ${TARGET}/other\n",
    },
  });
}, 60_000);
afterAll(() => scene.close());

/** A gigabyte of spaces around an empty list, in members of 50 MB: less than a megabyte on the wire. */
const member = gzipSync(Buffer.alloc(50_000_000, 0x20));
const bomb = Buffer.concat([gzipSync(Buffer.from("[]")), ...Array.from({ length: 19 }, () => member)]);

/** The most that the router's process has ever held, MB. */
function peakMegabytes(): number {
  const status = readFileSync(`/proc/${scene.router.process.pid!}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) / 1_024;
}

describe.skipIf(process.platform !== "linux")("a body that inflates to a gigabyte", () => {
  it("is refused at once, whatever it says of itself, and its memory is never taken", async () => {
    expect(bomb.length).toBeLessThan(1_048_576);
    await post(scene.router.hooks, { body: '{"ref":"warm"}' });
    const before = peakMegabytes();
    const began = performance.now();
    const sent = await Promise.all([
      ...Array.from({ length: 8 }, () =>
        post(scene.router.hooks, { body: bomb, headers: { "content-encoding": "gzip" } }),
      ),
      post(scene.router.hooks, {
        body: deflateSync(Buffer.alloc(100_000_000, 0x20)),
        headers: { "content-encoding": "deflate" },
      }),
      post(scene.router.hooks, { body: gzipSync(bomb), headers: { "content-encoding": "gzip, gzip" } }),
      post(scene.router.hooks, { body: bomb, headers: { "content-encoding": "br" } }),
      post(scene.router.hooks, { body: bomb }),
    ]);
    expect(sent.map(({ status }) => status)).toEqual([...Array<number>(9).fill(413), 415, 415, 400]);
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(peakMegabytes() - before).toBeLessThan(100);
    expect((await post(scene.router.hooks, { body: '{"ref":"after"}' })).status).toBe(202);
  });
});

describe.skipIf(process.platform !== "linux")("an answer that inflates to a gigabyte", () => {
  it("counts by its status and is not inflated: of a target, and of a lookup", async () => {
    const before = peakMegabytes();
    scene.target.answer = (_arrival, response) =>
      void response
        .writeHead(200, { "content-encoding": "gzip", "content-type": "application/json" })
        .end(bomb);
    const { json } = await post(scene.router.hooks, { body: '{"ref":"answered"}' });
    const looked = await post(scene.router.hooks, { type: "looked", body: '{"ref":"looked"}' });
    const state = async (id: string): Promise<string> =>
      ((await (await scene.router.ask(`/api/v1/deliveries/${id}`)).json()) as { state: string }).state;
    await until("it is delivered", async () => (await state(json.deliveries![0]!)) === "delivered");
    await until("the lookup has ended, one way or the other", async () =>
      (await Promise.all(looked.json.deliveries!.map(state))).every((one) => one !== "pending"),
    );
    expect(peakMegabytes() - before).toBeLessThan(100);
    expect(scene.router.process.exitCode).toBeNull();
  });
});

describe("a YAML file", () => {
  const laughs = (levels: number, width: number): string => {
    const lines = [`a0: &a0 [${Array<string>(width).fill("lol").join(", ")}]`];
    for (let at = 1; at < levels; at++)
      lines.push(
        `a${at}: &a${at} [${Array<string>(width)
          .fill(`*a${at - 1}`)
          .join(", ")}]`,
      );
    return `${lines.join("\n")}\n`;
  };
  /** What is told of the file, within 5 s of processor time, however busy the machine. */
  const codesOf = async (text: string): Promise<string[]> => {
    const before = process.cpuUsage();
    const { problems } = await loadWorkspace(aGoodWorkspace({ "targets/chat.yaml": text }), {});
    const { user, system } = process.cpuUsage(before);
    expect(user + system).toBeLessThan(5_000_000);
    return problems.filter(({ file }) => file === "targets/chat.yaml").map(({ code }) => code);
  };
  const good = goodFiles["targets/chat.yaml"] as string;

  it.each([
    ["nine levels of nine aliases", laughs(9, 9)],
    ["a hundred levels of two", laughs(100, 2)],
    ["one list named 40,000 times", `${laughs(1, 100)}b: [${Array<string>(40_000).fill("*a0").join(",")}]\n`],
    [
      "merge keys that multiply",
      `x: &x { ${Array.from({ length: 9 }, (_, at) => `k${at}: &k${at} [1,2,3,4,5,6,7,8,9]`).join(", ")} }\n${laughs(9, 9)}`,
    ],
  ])("of %s is refused for its aliases", async (_what, text) => {
    expect(await codesOf(good + text)).toEqual(["RULE_YAML_ALIASES"]);
  });

  it("whose alias leads back to itself is refused", async () => {
    expect((await codesOf(`${good}headers: &a { x: *a }\n`)).length).toBeGreaterThan(0);
    expect((await codesOf(`${good}headers: &a [*a]\n`)).length).toBeGreaterThan(0);
  });

  it.each([
    "!!js/function 'function(){ globalThis.pwned = 1 }'",
    "!!js/regexp /a/",
    "!!js/undefined ''",
    "!!python/object/apply:os.system ['id']",
    "!ruby/object:Gem::Installer {}",
    "!include /etc/passwd",
    "!!binary aGk=",
    "!!map/x {}",
    "!<tag:evil.example,2026:x> {}",
  ])("with the tag of %s is refused, and nothing is run or read", async (tagged) => {
    expect((await codesOf(`${good}headers: { x-a: ${tagged} }\n`)).length).toBeGreaterThan(0);
    expect((globalThis as { pwned?: number }).pwned).toBeUndefined();
  });

  it.each([
    ["10,000 lists in one another", `x: ${"[".repeat(10_000)}${"]".repeat(10_000)}\n`],
    ["10,000 lists that do not end", `x: ${"[".repeat(10_000)}\n`],
    [
      "10,000 levels by indentation",
      Array.from({ length: 600 }, (_, at) => `${" ".repeat(at)}a:`).join("\n"),
    ],
    ["two documents", "---\nx: 1\n---\nx: 2\n"],
    ["a key twice", "url: https://other.example\n"],
    ["a directive that is none", "%YAML 9.9\n---\nx: 1\n"],
    ["__proto__", "__proto__: { polluted: true }\n"],
    ["constructor", "constructor: { prototype: { polluted: true } }\n"],
    ["a megabyte", `# ${"x".repeat(1_048_576)}\n`],
  ])("with %s is refused with a sentence", async (_what, text) => {
    expect((await codesOf(good + text)).length).toBeGreaterThan(0);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe("a JSON Schema", () => {
  it.each([
    ["of another host", '{ "$ref": "http://169.254.169.254/latest/meta-data" }'],
    ["of a file", '{ "$ref": "file:///etc/passwd" }'],
    ["above the workspace", '{ "$ref": "../../../../etc/passwd" }'],
    ["of a name with a way in it", '{ "$ref": "../sources/github" }'],
  ])("whose $ref leads to a place %s is refused, and nothing is read", async (_what, text) => {
    const { problems } = await loadWorkspace(aGoodWorkspace({ "schemas/push.json": text }), {});
    const told = problems.filter(({ file }) => file === "schemas/push.json");
    expect(told.map(({ code }) => code)).toContain("RULE_SCHEMA_INVALID");
    expect(JSON.stringify(told)).not.toContain("root:");
  });
});
