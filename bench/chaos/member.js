/** A process of the router that is started again whenever it ends, as a supervisor would, until it is told to stay away. */
import { spawn } from "node:child_process";
import { createWriteStream, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers";
import { setTimeout as sleep } from "node:timers/promises";
import { stop, tied } from "../processes.js";
import { program } from "../sides.js";

/** @typedef {ReturnType<typeof aMember>} Member */
/**
 * @typedef {object} Options
 * @property {Readonly<Record<string, string>>} [env] settings besides the world's
 * @property {readonly string[]} [node] arguments of node itself
 * @property {readonly string[]} [wrap] a program and its arguments that starts it, such as one that lowers its limits
 */

const AGAIN_MS = 200;
const START_MS = 60_000;

/** @param {string} name @param {string} folder @param {Readonly<Record<string, string>>} environment @param {Options} [options] */
export function aMember(name, folder, environment, { env = {}, node = [], wrap = [] } = {}) {
  const dataDir = join(folder, `data-${name}`);
  const log = join(folder, `${name}.log`);
  const out = createWriteStream(log, { flags: "a" });
  let isAway = false;
  let starts = 0;
  let addresses = { hooks: "", admin: "" };
  /** @type {import("node:child_process").ChildProcess | undefined} */
  let child;
  /** @type {number | undefined} */
  let code;
  const [command = process.execPath, ...args] = [
    ...wrap,
    process.execPath,
    ...node,
    program,
    "start",
    "--json",
  ];
  const run = () => {
    starts += 1;
    const { PATH = "", HOME = "" } = process.env;
    const all = { PATH, HOME, SIGNALBOX_BUILT: "1", SIGNALBOX_DATA_DIR: dataDir, ...environment, ...env };
    const one = tied(spawn(command, args, { env: all, stdio: ["ignore", "pipe", "pipe"] }));
    child = one;
    const lines = createInterface({ input: /** @type {import("node:stream").Readable} */ (one.stdout) });
    lines.on("line", (line) => {
      if (line.startsWith('{"ready":true')) addresses = { hooks: "", admin: "", ...JSON.parse(line) };
      else out.write(`${line}\n`);
    });
    one.stderr?.pipe(out, { end: false });
    one.once("exit", (ended) => {
      addresses = { hooks: "", admin: "" };
      code = ended ?? undefined;
      if (!isAway) setTimeout(() => void (isAway || run()), AGAIN_MS);
    });
  };
  run();
  return {
    ...{ name, dataDir, log },
    pid: () => child?.pid,
    hooks: () => addresses.hooks,
    admin: () => addresses.admin,
    /** How often it was started again. */
    restarts: () => starts - 1,
    code: () => code,
    /** @param {NodeJS.Signals} signal */
    kill: (signal) => void child?.kill(signal),
    /** By SIGTERM, and it stays away; ms that it took. */
    async end() {
      isAway = true;
      const began = Date.now();
      if (child !== undefined) await stopWithin(child, 40_000);
      return Date.now() - began;
    },
    /** It comes back after `end`, or after it had stayed away. */
    begin() {
      isAway = false;
      run();
    },
    /** Does not start it again, whatever it ends with. */
    stayAway: () => void (isAway = true),
    async serves() {
      for (const until = Date.now() + START_MS; addresses.admin === ""; await sleep(50)) {
        if (Date.now() > until || (isAway && code !== undefined))
          throw new Error(`${name} does not serve:\n${readFileSync(log, "utf8").slice(-1_000)}`);
      }
    },
    /** The token of this machine's command line. */
    token: () => String(JSON.parse(readFileSync(join(dataDir, "router.json"), "utf8")).token),
    /** Resident memory in MB and open files; 0 where it does not run, or the system does not say. */
    usage() {
      try {
        const status = readFileSync(`/proc/${child?.pid}/status`, "utf8");
        const kilobytes = Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1] ?? 0);
        return { megabytes: kilobytes / 1_024, files: readdirSync(`/proc/${child?.pid}/fd`).length };
      } catch {
        return { megabytes: 0, files: 0 };
      }
    },
  };
}

/** @param {import("node:child_process").ChildProcess} child @param {number} ms */
async function stopWithin(child, ms) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const late = sleep(ms, "late", { ref: false });
  if ((await Promise.race([ended, late])) === "late") await stop(child);
}
