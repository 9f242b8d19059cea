/** The tutorial and the first route, followed literally on a bare machine: no Redis, no account, nothing but Node and the program. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { blocksOf } from "../helpers/doc-blocks.ts";
import { followPage } from "../helpers/follow-page.ts";
import { freePort } from "../helpers/redis.ts";

const program = fileURLToPath(new URL("../../bin/signalbox.js", import.meta.url));

const RULE = "transforms/push-to-note.jsonata";

let folder: string;
let environment: Record<string, string>;
let ports: Record<string, number>;

/** A PATH with a shell's commands and Node, and `npx signalbox` as npm would find it; no server of a store. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-tutorial-"));
  const bin = join(folder, "bin");
  mkdirSync(bin);
  for (const name of ["bash", "sh", "cat", "mkdir"]) symlinkSync(`/bin/${name}`, join(bin, name));
  symlinkSync(process.execPath, join(bin, "node"));
  const npx = `#!/bin/sh\n[ "$1" = signalbox ] || exit 127\nshift\nexec node ${program} "$@"\n`;
  writeFileSync(join(bin, "npx"), npx, { mode: 0o755 });
  ports = {};
  for (const port of [8080, 8081, 8082, 9000]) ports[port] = await freePort();
  environment = {
    PATH: bin,
    HOME: folder,
    SIGNALBOX_PORT: String(ports["8080"]),
    SIGNALBOX_ADMIN_PORT: String(ports["8081"]),
    DEMO_TARGET: `http://127.0.0.1:${ports["8082"]}`,
  };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it(
  "docs/tutorial.md does what it says, from an empty folder to a replayed dead letter",
  { timeout: 240_000 },
  async () => {
    const empty = join(folder, "empty");
    mkdirSync(empty);
    const { steps } = await followPage("docs/tutorial.md", empty, environment, ports);
    expect(steps.length).toBeGreaterThan(25);
    expect(readFileSync(join(empty, "notes", "transforms", "push-to-note.yaml"), "utf8")).toContain(
      "a title that is too long",
    );

    const before = join(folder, "before");
    cpSync(join(empty, "notes"), before, { recursive: true });
    const rules = blocksOf("docs/tutorial.md").filter(({ file }) => file === RULE);
    writeFileSync(join(before, RULE), rules.at(-2)!.text);
    const { status, stdout } = spawnSync(process.execPath, [program, "test", "--dir", before], {
      env: environment,
      encoding: "utf8",
    });
    expect(status, "the case that was captured fails under the rule that it was captured for").toBe(1);
    expect(stdout).toMatch(/FAIL push-to-note: a title that is too long[^]*2 passed, 1 failed/);
  },
);

it(
  "docs/first-route.md does what it says, from five files to a dead letter that goes through again",
  { timeout: 240_000 },
  async () => {
    const at = join(folder, "first");
    const { steps } = await followPage(
      "docs/first-route.md",
      folder,
      {
        ...environment,
        SIGNALBOX_DIR: at,
        GITHUB_WEBHOOK_SECRET: "correct-horse-battery-staple",
        NOTES_URL: `http://127.0.0.1:${ports["9000"]}/notes`,
      },
      ports,
      { named: "/tmp/first", at },
    );
    expect(steps.length).toBeGreaterThan(20);
  },
);
