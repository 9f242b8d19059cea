/** How often a repository is asked. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { rulesFromGit } from "../../src/cli/git-rules.ts";
import { aLog } from "../helpers/log.ts";

const folder = mkdtempSync(join(tmpdir(), "signalbox-seldom-"));
const warnings: string[] = [];
const note = ({ name }: Error): unknown => warnings.push(name);

afterEach(() => {
  process.off("warning", note);
  rmSync(folder, { recursive: true, force: true });
});

it("a repository that is to be asked less often than a timer can wait is not asked without a pause", async () => {
  execFileSync("git", ["init", "--quiet", "--bare", folder]);
  process.on("warning", note);
  const settings = { dataDir: join(folder, "data"), ruleBudgets: {}, rulesSeconds: 10 ** 9 };
  const repository = { url: `file://${folder}`, ref: "main", folder: "" };
  const stop = rulesFromGit(repository, settings, {}, aLog()).follow({
    reload: () => Promise.reject(new Error("Nothing is to be read anew here.")),
  });
  // Node says when it shortens a timer to one millisecond, a turn later.
  await new Promise((resolve) => setImmediate(resolve));
  stop();
  expect(warnings).toEqual([]);
});
