/** The two sides that are compared: how each is started, as a child process on the Redis that it is given. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { startRouter } from "./processes.js";
import { root, writeWorkspace } from "./workload.js";

/**
 * @typedef {object} Place what a side is given
 * @property {string} redisUrl
 * @property {string} targetUrl
 * @property {string} folder empty, for whatever it writes
 * @property {string} secret with which the pushes are signed
 * @property {"all" | "ingest" | "worker"} role `ingest` accepts and delivers nothing, `worker` (not the naive side) the reverse
 * @property {readonly string[]} [nodeArguments]
 * @property {Readonly<Record<string, string>>} [files] more of the workspace, by path
 * @property {Readonly<Record<string, string>>} [environment] settings instead of these
 */

/** The command line of this checkout. */
export const program = join(root, "bin/signalbox.js");
// Built once by `prepare`, so that a source saved during the run changes nothing.
const built = { SIGNALBOX_BUILT: "1" };
/** As the image and the unit for systemd start it. */
export const shipped = { NODE_OPTIONS: "--max-semi-space-size=32 --v8-pool-size=0" };

/** The naive stack. @param {Place} place */
export function startNaive({ redisUrl, targetUrl, secret, role, nodeArguments = [] }) {
  const environment = { REDIS_URL: redisUrl, TARGET_URL: targetUrl, WEBHOOK_SECRET: secret, ROLE: role };
  return startRouter([...nodeArguments, join(root, "bench/naive/router.js")], environment);
}

/**
 * Signalbox as a user starts it, on a workspace that holds the workload alone, and what `add` writes into it.
 * @param {Place} place @param {(folder: string) => void} [add]
 */
export function startSignalbox(place, add) {
  return startProgram(program, place, undefined, add);
}

/**
 * The program at a path, which may be another version's; `more` goes into the file of the source, `add` writes further files.
 * @param {string} path @param {Place} place @param {string} [more] @param {(folder: string) => void} [add]
 */
export function startProgram(
  path,
  { redisUrl, targetUrl, folder, secret, role, nodeArguments = [], files, environment },
  more,
  add,
) {
  const dir = join(folder, "workspace");
  writeWorkspace(dir, targetUrl, more, files);
  add?.(dir);
  return startRouter([...nodeArguments, path, "start", "--json"], {
    ...built,
    ...shipped,
    REDIS_URL: redisUrl,
    BENCH_WEBHOOK_SECRET: secret,
    SIGNALBOX_DIR: dir,
    SIGNALBOX_DATA_DIR: join(folder, "data"),
    SIGNALBOX_ROLE: role,
    SIGNALBOX_PORT: "0",
    SIGNALBOX_ADMIN_PORT: "0",
    SIGNALBOX_ALLOW_PRIVATE_TARGETS: "127.0.0.0/8",
    SIGNALBOX_LOG_LEVEL: "warn",
    // No run of a bench reaches the bound of the history, so that nothing is forgotten on one side and kept on the other.
    SIGNALBOX_HISTORY_MB: "8192",
    // A flood is what is measured: nothing of it shall be refused, however slow the machine.
    SIGNALBOX_SHED_SECONDS: "0",
    ...environment,
  });
}

/** Builds Signalbox if a source is newer than what was built. Throws where it does not build. */
export function prepare() {
  execFileSync(process.execPath, [program, "--version"], { stdio: ["ignore", "ignore", "inherit"] });
}

/** In the order in which a round runs them. */
export const sides = { naive: startNaive, signalbox: startSignalbox };
