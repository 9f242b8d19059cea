/** `signalbox fmt` on the command line. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { run } from "../helpers/router.ts";
import { aGoodWorkspace } from "../helpers/workspace.ts";

it("lays out the whole workspace, tells what it changed, and finds nothing the second time", async () => {
  const dir = aGoodWorkspace({
    "transforms/push.jsonata": '{"text":name&" pushed"}',
    "routes/push.yaml": "# a route\nsource:   github\non: [ push ]\ntransform: push\ntarget: chat\n",
  });
  const found = await run(["fmt", "--check", "--json", "--dir", dir]);
  expect(found.code).toBe(1);
  expect(JSON.parse(found.stdout)).toEqual({
    files: 5,
    changed: ["routes/push.yaml", "transforms/push.jsonata"],
    problems: [],
  });
  expect(readFileSync(join(dir, "transforms/push.jsonata"), "utf8")).toBe('{"text":name&" pushed"}');
  const written = await run(["fmt", "--dir", dir]);
  expect(written).toMatchObject({ code: 0, stdout: "routes/push.yaml\ntransforms/push.jsonata\n" });
  expect(readFileSync(join(dir, "transforms/push.jsonata"), "utf8")).toBe('{ "text": name & " pushed" }\n');
  expect(readFileSync(join(dir, "routes/push.yaml"), "utf8")).toBe(
    "# a route\nsource: github\non: [push]\ntransform: push\ntarget: chat\n",
  );
  const again = await run(["fmt", "--check", "--dir", dir]);
  expect(again).toMatchObject({ code: 0, stdout: "" });
  expect(again.stderr).toContain("5 files: nothing to change.");
});

it("leaves a file that cannot be read as it is, tells why, and lays out the others", async () => {
  const dir = aGoodWorkspace({ "transforms/push.jsonata": "{ 'text': ", "routes/push.yaml": "source:  a\n" });
  const { code, stdout, stderr } = await run(["fmt", "--dir", dir]);
  expect(code).toBe(1);
  expect(stdout).toBe("routes/push.yaml\n");
  expect(stderr).toMatch(/transforms\/push\.jsonata:1:\d+ RULE_SYNTAX_INVALID/);
  expect(readFileSync(join(dir, "transforms/push.jsonata"), "utf8")).toBe("{ 'text': ");
});

it("takes files by name, and refuses those that have no layout", async () => {
  const dir = aGoodWorkspace();
  const file = join(dir, "extra.jsonata");
  writeFileSync(file, "a+b");
  expect((await run(["fmt", file])).code).toBe(0);
  expect(readFileSync(file, "utf8")).toBe("a + b\n");
  expect(await run(["fmt", join(dir, "schemas/push.json")])).toMatchObject({ code: 2, stdout: "" });
  expect(await run(["fmt", join(dir, "none.yaml")])).toMatchObject({ code: 2, stdout: "" });
});
