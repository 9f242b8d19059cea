/** Builds dist/ once before the tests that start the program as a child process. */
import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

export default function setup(): void {
  if (process.env["SIGNALBOX_BUILT"] === "1") return;
  if (isStale("dist/.tsbuildinfo", (path) => path.endsWith(".ts") && !path.startsWith(dashboard))) {
    try {
      run("typescript/bin/tsc", "-p", "tsconfig.build.json");
    } catch {
      // Type errors are `npm run types`'s to report; the compiler has emitted all the same, and the tests judge what it made.
      process.stderr.write("The sources have type errors: see `npx tsc --noEmit`.\n");
    }
  }
  if (isStale("dist/dashboard/pages.json", (path) => path.startsWith(dashboard))) {
    try {
      run("vite/bin/vite.js", "build");
    } catch (error) {
      throw new Error(`The dashboard does not build: ${String((error as { stderr?: Buffer }).stderr)}`, {
        cause: (error as Error).message,
      });
    }
  }
}

const dashboard = join(root, "src", "dashboard");

function run(tool: string, ...options: readonly string[]): void {
  execFileSync(process.execPath, [join(root, "node_modules", tool), ...options], {
    cwd: root,
    stdio: "pipe",
  });
}

function isStale(stamp: string, isSource: (path: string) => boolean): boolean {
  const built = statSync(join(root, stamp), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && isSource(join(entry.parentPath, entry.name)))
    .some((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs > built);
}
