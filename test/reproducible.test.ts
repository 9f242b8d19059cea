/** The same sources are compiled to the same bytes, whenever: without that no image of a commit is like another. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));

describe("what is built", () => {
  let folder: string;

  /** As `npm run build` does, from nothing. */
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "signalbox-built-again-"));
    // What vitest sets here would be built into the page.
    const env = { ...process.env, NODE_ENV: "production" };
    const build = (tool: string, ...args: string[]): unknown =>
      execFileSync(process.execPath, [join(root, "node_modules", tool), ...args], {
        cwd: root,
        env,
        stdio: "pipe",
      });
    const buildInfo = ["--tsBuildInfoFile", join(folder, ".tsbuildinfo")];
    build("typescript/bin/tsc", "-p", "tsconfig.build.json", "--outDir", folder, ...buildInfo);
    build("vite/bin/vite.js", "build", "--outDir", join(folder, "dashboard"));
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("is the same bytes when it is built again", () => {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/\.(tsbuildinfo|map)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
    expect(files.length).toBeGreaterThan(500);
    const differing = files.filter((path) => {
      const again = readFileSync(join(folder, path));
      return !again.equals(readFileSync(join(root, "dist", path)));
    });
    expect(differing).toEqual([]);
  });
});
