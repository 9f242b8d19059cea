/** Builds dist/ once before the tests that start the program as a child process. */
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

export default function setup(): void {
  if (process.env["SIGNALBOX_BUILT"] === "1") return;
  if (isStale("dist/.tsbuildinfo", (path) => path.endsWith(".ts") && !path.startsWith(dashboard))) {
    // Type errors are `npm run types`'s to report; the compiler has emitted all the same, and the tests judge what it made.
    if (run("typescript/bin/tsc", "-p", "tsconfig.build.json") !== undefined)
      process.stderr.write("The sources have type errors: see `npx tsc --noEmit`.\n");
  }
  if (isStale("dist/dashboard/pages.json", (path) => path.startsWith(dashboard))) {
    const fault = run("vite/bin/vite.js", "build");
    if (fault !== undefined) throw new Error(`The dashboard does not build: ${fault}`);
  }
}

const dashboard = join(root, "src", "dashboard");

/** What it wrote to standard error where it failed. */
function run(tool: string, ...options: readonly string[]): string | undefined {
  const program = join(root, "node_modules", tool);
  // Without it the dashboard would be built for vitest's own environment, `test`, and stay so for whoever starts it next.
  const env = { ...process.env, NODE_ENV: "production" };
  const { status, stderr } = spawnSync(process.execPath, [program, ...options], {
    cwd: root,
    env,
    stdio: "pipe",
  });
  return status === 0 ? undefined : stderr.toString();
}

function isStale(stamp: string, isSource: (path: string) => boolean): boolean {
  const built = statSync(join(root, stamp), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && isSource(join(entry.parentPath, entry.name)))
    .some((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs > built);
}
