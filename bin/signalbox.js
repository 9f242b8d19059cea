#!/usr/bin/env node
// Runs the command line from dist/. In a checkout, where src/ stands beside it, builds first when a source is newer.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const compiler = join(root, "node_modules", "typescript", "bin", "tsc");

function newest(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.name.endsWith(".ts"))
    .reduce((latest, entry) => Math.max(latest, statSync(join(entry.parentPath, entry.name)).mtimeMs), 0);
}

function isStale() {
  const stamp = join(root, "dist", ".tsbuildinfo");
  if (!existsSync(stamp) || !existsSync(join(root, "dist", "cli", "main.js"))) return true;
  return newest(join(root, "src")) > statSync(stamp).mtimeMs;
}

if (
  process.env.SIGNALBOX_BUILT !== "1" &&
  existsSync(compiler) &&
  existsSync(join(root, "tsconfig.build.json")) &&
  isStale()
) {
  try {
    execFileSync(process.execPath, [compiler, "-p", join(root, "tsconfig.build.json")], {
      stdio: ["ignore", "inherit", "inherit"],
    });
  } catch {
    process.stderr.write("signalbox: the sources do not build; see the lines above.\n");
    process.exit(70);
  }
}
await import(new URL("../dist/cli/main.js", import.meta.url).href);
