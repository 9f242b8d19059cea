/**
 * Runs the packed program on several versions of Node: `node test/nodes.js [20 22 24 26]`. Each comes from npm, as a program in a
 * package without scripts. Packs, installs the tarball in an empty folder, makes a workspace, checks, tests, serves it, and sees one
 * signed sample delivered. Not a part of `npm test`: it loads some 30 MB a version. `npm run build` first.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const given = process.argv.slice(2);
const versions = given.length > 0 ? given : ["20", "22", "24", "26"];
const folder = mkdtempSync(join(tmpdir(), "signalbox-nodes-"));
const quiet = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];

function npm(cwd, ...args) {
  return execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

/** The program of a version of Node, in a folder of its own. */
function nodeOf(version) {
  const dir = join(folder, `node-${version}`);
  const name = `node-${process.platform}-${process.arch}`;
  mkdirSync(dir);
  writeFileSync(join(dir, "package.json"), '{"private":true}');
  npm(dir, "install", "--ignore-scripts", ...quiet, `${name}@${version}`);
  return join(dir, "node_modules", name, "bin", "node");
}

/** Serves the workspace until one sample is delivered, and stops. */
async function serve(node, program, cwd, env) {
  const child = spawn(node, [program, "start", "--demo", "--json"], {
    cwd,
    env: { ...env, SIGNALBOX_PORT: "0", SIGNALBOX_ADMIN_PORT: "0", SIGNALBOX_DEMO_PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const timer = setTimeout(() => child.kill("SIGKILL"), 60_000);
  let delivered = false;
  for await (const line of createInterface({ input: child.stdout })) {
    const { step, state } = JSON.parse(line);
    if (step !== "delivery.settled" && step !== "delivery.attempted") continue;
    if (state !== "delivered") continue;
    delivered = true;
    child.kill("SIGTERM");
  }
  const code = await ended;
  clearTimeout(timer);
  if (!delivered) throw new Error("The sample was not delivered.");
  if (code !== 0) throw new Error(`It ended with ${code}.`);
}

let failed = false;
try {
  npm(root, "pack", "--ignore-scripts", "--loglevel=error", "--pack-destination", folder);
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  const app = join(folder, "app");
  mkdirSync(app);
  writeFileSync(join(app, "package.json"), '{"private":true}');
  npm(app, "install", "--ignore-scripts", ...quiet, join(folder, tarball));
  const program = join(app, "node_modules", "signalbox", "bin", "signalbox.js");
  for (const version of versions) {
    const node = nodeOf(version);
    const actual = execFileSync(node, ["--version"], { encoding: "utf8" }).trim();
    const dir = join(folder, `workspace-${version}`);
    mkdirSync(dir);
    // Nothing of this machine's settings, and no other router's data.
    const env = { PATH: process.env.PATH, HOME: process.env.HOME };
    try {
      for (const args of [["init"], ["check"], ["test"]])
        execFileSync(node, [program, ...args], { cwd: dir, env, stdio: ["ignore", "pipe", "inherit"] });
      await serve(node, program, dir, env);
      process.stdout.write(`${actual}  init, check, test, start, one delivery: fine\n`);
    } catch (error) {
      failed = true;
      process.stdout.write(`${actual}  failed: ${error.message}\n`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;
