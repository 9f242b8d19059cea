#!/usr/bin/env node
// Runs the command line from dist/. In a checkout, where src/ stands beside it, builds first when a source is newer.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import module from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dashboard = join(root, "src", "dashboard");

/** What is built, with which tool, and what tells how old it is. */
const parts = [
  {
    what: "sources",
    tool: join(root, "node_modules", "typescript", "bin", "tsc"),
    options: ["-p", join(root, "tsconfig.build.json")],
    configuration: join(root, "tsconfig.build.json"),
    stamp: join(root, "dist", ".tsbuildinfo"),
    needed: join(root, "dist", "cli", "main.js"),
    isSource: (path) => path.endsWith(".ts") && !path.startsWith(dashboard),
  },
  {
    what: "dashboard",
    tool: join(root, "node_modules", "vite", "bin", "vite.js"),
    options: ["build", "--config", join(root, "vite.config.ts")],
    configuration: join(root, "vite.config.ts"),
    stamp: join(root, "dist", "dashboard", "pages.json"),
    needed: join(root, "dist", "dashboard", "index.html"),
    isSource: (path) => path.startsWith(dashboard),
  },
];

function isStale({ stamp, needed, isSource, configuration }) {
  if (!existsSync(stamp) || !existsSync(needed)) return true;
  const built = statSync(stamp).mtimeMs;
  if (statSync(configuration).mtimeMs > built) return true;
  return readdirSync(join(root, "src"), { withFileTypes: true, recursive: true }).some((entry) => {
    const path = join(entry.parentPath, entry.name);
    return entry.isFile() && isSource(path) && statSync(path).mtimeMs > built;
  });
}

/** Both tools at once; they write to different places. */
function build({ what, tool, options }) {
  const env = { ...process.env, NODE_ENV: "production" };
  const child = spawn(process.execPath, [tool, ...options], { cwd: root, env, stdio: ["ignore", 2, 2] });
  return new Promise((resolve) => {
    child.once("error", () => resolve(what));
    child.once("exit", (code) => resolve(code === 0 ? undefined : what));
  });
}

if (process.env.SIGNALBOX_BUILT !== "1") {
  const stale = parts.filter(
    (part) => existsSync(part.tool) && existsSync(part.configuration) && isStale(part),
  );
  const failed = (await Promise.all(stale.map(build))).find((what) => what !== undefined);
  if (failed !== undefined) {
    process.stderr.write(
      `signalbox: the ${failed} do${failed === "sources" ? "" : "es"} not build; see the lines above.\n`,
    );
    process.exit(70);
  }
}
// From Node 22 on what was compiled once is not compiled again at the next start.
module.enableCompileCache?.();
await import(new URL("../dist/cli/main.js", import.meta.url).href);
