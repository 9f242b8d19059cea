/** What a scenario may need of the machine, and a network namespace of its own, where root allows. */
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";

/** @typedef {keyof typeof needs} Need */

const INSIDE = "SIGNALBOX_CHAOS_NAMESPACE";
const has = (/** @type {string} */ program) => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
const isInside = () => process.env[INSIDE] === "1";

/** Where the kernel bounds the memory of processes (version 1 of the control groups). */
export const MEMORY_GROUPS = "/sys/fs/cgroup/memory";

/** By name: is it there, and what is missing where it is not. */
export const needs = /** @type {const} */ ({
  namespace: { isThere: isInside, missing: "root, for network and mount namespaces of its own" },
  nft: { isThere: () => isInside() && has("nft"), missing: "root and `nft`" },
  haproxy: { isThere: () => has("haproxy"), missing: "`haproxy`" },
  sentinel: { isThere: () => has("redis-server"), missing: "`redis-server`" },
  loop: {
    isThere: () => isInside() && has("mkfs.ext4") && canWrite("/dev/loop-control"),
    missing: "root, `mkfs.ext4` and loop devices",
  },
  group: { isThere: () => canWrite(MEMORY_GROUPS), missing: "a memory control group that may be written" },
  prlimit: { isThere: () => has("prlimit"), missing: "`prlimit`" },
});

/** What is missing of what is needed; undefined where nothing is. @param {readonly Need[]} [wanted] */
export function missingOf(wanted = []) {
  return wanted.map((name) => needs[name]).find(({ isThere }) => !isThere())?.missing;
}

/** Runs the same command again in namespaces of its own and ends with its code; returns where it is in them, or may not be. */
export function enterNamespace() {
  if (isInside() || process.getuid?.() !== 0 || !has("unshare") || !has("ip")) return;
  const alone = ["--net", "--mount", "sh", "-c"];
  if (spawnSync("unshare", [...alone, "ip link set lo up"]).status !== 0) return;
  const again = 'ip link set lo up && exec "$0" "$@"';
  const env = { ...process.env, [INSIDE]: "1" };
  const args = [...alone, again, process.execPath, ...process.argv.slice(1)];
  // The group gets the signals of the terminal: who waits here ends when the other has.
  process.on("SIGINT", () => undefined);
  const { status, signal } = spawnSync("unshare", args, { stdio: "inherit", env });
  process.exit(status ?? (signal === "SIGINT" ? 130 : 1));
}

/** @param {string} path */
function canWrite(path) {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
