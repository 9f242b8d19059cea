/** A Redis to break: killed, frozen, flushed, filled, promoted, and started again on what it left behind. */
import { execFile, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { stop, tied } from "../processes.js";

/** @typedef {ReturnType<typeof aStore>} Store */

/** @returns {Promise<number>} */
export function freePort() {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

/** Not started yet. @param {number} port @param {string} folder @param {Readonly<Record<string, string>>} [settings] */
export function aStore(port, folder, settings = {}) {
  let dir = folder;
  /** @type {import("node:child_process").ChildProcess | undefined} */
  let child;
  const run = async (/** @type {readonly string[]} */ args, timeout = 20_000) => {
    const { stdout } = await promisify(execFile)("redis-cli", ["-p", String(port), ...args], { timeout });
    return stdout.trim();
  };
  const cli = (/** @type {string[]} */ ...args) => run(args);
  return {
    port,
    cli,
    pid: () => child?.pid,
    isUp: () => child !== undefined && child.exitCode === null && child.signalCode === null,
    /** @param {Readonly<Record<string, string>>} [more] @param {string} [elsewhere] another folder from now on */
    start(more = {}, elsewhere = dir) {
      dir = elsewhere;
      mkdirSync(dir, { recursive: true });
      const all = {
        ...{
          port: String(port),
          bind: "127.0.0.1",
          dir,
          save: "",
          appendonly: "yes",
          appendfsync: "everysec",
        },
        ...{ "maxmemory-policy": "noeviction", "protected-mode": "no", ...settings, ...more },
      };
      const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, ...value.split(" ")]);
      // An empty argument is one: `--save ""`.
      child = tied(spawn("redis-server", args, { stdio: "ignore" }));
    },
    async answers() {
      while ((await cli("ping").catch(() => "")) !== "PONG") await sleep(50);
    },
    kill: () => void child?.kill("SIGKILL"),
    /** Until it is gone. */
    async killed() {
      child?.kill("SIGKILL");
      while (child !== undefined && child.exitCode === null && child.signalCode === null) await sleep(10);
    },
    freeze: () => void child?.kill("SIGSTOP"),
    thaw: () => void child?.kill("SIGCONT"),
    /** @param {string} section @param {string} field */
    async info(section, field) {
      const said = await run(["info", section], 2_000).catch(() => "");
      return new RegExp(`^${field}:(.*?)\\r?$`, "m").exec(said)?.[1];
    },
    async close() {
      child?.kill("SIGCONT");
      if (child !== undefined) await stop(child);
    },
  };
}
