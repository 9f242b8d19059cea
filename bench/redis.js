/** A Redis of a round's own. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { Redis } from "ioredis";
import { stop, tied } from "./processes.js";

/**
 * A Redis of its own in an empty folder: append-only file, fsync every second, no eviction, no snapshots or rewrites
 * that would strike one side's round and not the other's.
 * @param {string} folder
 * @param {Readonly<Record<string, string>>} [other] settings of redis.conf instead of these
 */
export async function startRedis(folder, other = {}) {
  const port = await freePort();
  const settings = { port, bind: "127.0.0.1", dir: folder, save: "", loglevel: "warning", appendonly: "yes" };
  const durable = {
    appendfsync: "everysec",
    "maxmemory-policy": "noeviction",
    "auto-aof-rewrite-percentage": 0,
  };
  const args = Object.entries({ ...settings, ...durable, ...other }).flatMap(([name, value]) => [
    `--${name}`,
    String(value),
  ]);
  const child = tied(spawn(findServer(), args, { stdio: "ignore" }));
  const client = new Redis(port, "127.0.0.1", { retryStrategy: () => 20 });
  client.on("error", () => undefined);
  const version = /redis_version:(\S+)/.exec(await client.info("server"))?.[1] ?? "unknown";
  const usedBytes = async () => Number(/used_memory:(\d+)/.exec(await client.info("memory"))?.[1]);
  const stopAll = () => (client.disconnect(), stop(child));
  return {
    url: `redis://127.0.0.1:${port}`,
    pid: /** @type {number} */ (child.pid),
    version,
    client,
    usedBytes,
    stop: stopAll,
  };
}

function findServer() {
  const folders = (process.env.PATH ?? "").split(":");
  const found = ["redis-server", "valkey-server"].find((name) =>
    folders.some((folder) => existsSync(`${folder}/${name}`)),
  );
  if (found === undefined) throw new Error("The bench needs redis-server or valkey-server on the PATH.");
  return found;
}

/** @returns {Promise<number>} */
function freePort() {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}
