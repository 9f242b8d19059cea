/** Builds dist/ once before the tests that start the program as a child process. */
import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

export default function setup(): void {
  if (process.env["SIGNALBOX_BUILT"] === "1" || !isStale()) return;
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  try {
    execFileSync(process.execPath, [compiler, "-p", "tsconfig.build.json"], { cwd: root, stdio: "pipe" });
  } catch {
    // Type errors are `npm run types`'s to report; the compiler has emitted all the same, and the tests judge what it made.
    process.stderr.write("The sources have type errors: see `npx tsc --noEmit`.\n");
  }
}

function isStale(): boolean {
  const built = statSync(join(root, "dist", ".tsbuildinfo"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name.endsWith(".ts"))
    .some((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs > built);
}
