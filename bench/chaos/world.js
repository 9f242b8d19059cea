/** A world to break: a Redis, router processes that are started again when they end, a target, and a sender that tries again. */
import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { startHelper, stop, tied } from "../processes.js";
import { program } from "../sides.js";
import { root } from "../workload.js";

/** @typedef {Awaited<ReturnType<typeof makeWorld>>} World */
/** @typedef {{ name: string, pid: () => number | undefined, hooks: () => string, admin: () => string, kill: (signal: NodeJS.Signals) => void, end: () => Promise<number>, serves: () => Promise<void>, dataDir: string }} Member */

/** Numbers that look random and are the same for a seed (mulberry32). @param {number} seed */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
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

/** @param {{ routes?: Readonly<Record<string, string>> }} [options] routes by name, to the target's path */
export async function makeWorld({ routes = { all: "/ok" } } = {}) {
  const folder = join(root, "bench/tmp", `chaos-${process.hrtime.bigint()}`);
  const workspace = join(folder, "workspace");
  for (const name of ["sources", "routes", "targets"]) mkdirSync(join(workspace, name), { recursive: true });
  mkdirSync(join(folder, "redis"));
  const [sent, arrived] = [join(folder, "sent.ndjson"), join(folder, "arrived.ndjson")];
  const target = startHelper("chaos/target.js");
  const { url: targetUrl } = await target.ask({ log: arrived });
  const secret = "planted-secret-of-the-sender";
  writeFileSync(join(workspace, "sources/chaos.yaml"), `provider: github\nsecrets: ["\${CHAOS_SECRET}"]\n`);
  for (const [name, path] of Object.entries(routes)) {
    writeFileSync(join(workspace, `routes/${name}.yaml`), `source: chaos\ntarget: ${name}\n`);
    const retry = "retry: { attempts: 20, firstDelaySeconds: 0.5, maxDelaySeconds: 3 }";
    writeFileSync(
      join(workspace, `targets/${name}.yaml`),
      `url: ${targetUrl}${path}\ntimeoutSeconds: 5\n${retry}\n`,
    );
  }

  const port = await freePort();
  /** @type {import("node:child_process").ChildProcess | undefined} */
  let redis;
  const startRedis = () => {
    const settings = {
      port,
      bind: "127.0.0.1",
      dir: join(folder, "redis"),
      save: "",
      appendonly: "yes",
      appendfsync: "everysec",
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    redis = tied(spawn("redis-server", args, { stdio: "ignore" }));
  };

  /** @type {Member[]} */
  const members = [];
  /** @type {string[]} */
  const logs = [];
  /** Starts a process of the router that is started again whenever it ends. @param {string} name @param {"all" | "ingest" | "worker"} role */
  const start = (name, role) => {
    const dataDir = join(folder, `data-${name}`);
    const log = join(folder, `${name}.log`);
    logs.push(log);
    const out = createWriteStream(log, { flags: "a" });
    let ending = false;
    /** @type {import("node:child_process").ChildProcess | undefined} */
    let child;
    let hooks = "";
    let admin = "";
    const run = () => {
      hooks = "";
      const env = {
        ...{ PATH: process.env.PATH, HOME: process.env.HOME, SIGNALBOX_BUILT: "1" },
        ...{ REDIS_URL: `redis://127.0.0.1:${port}`, SIGNALBOX_DIR: workspace, SIGNALBOX_DATA_DIR: dataDir },
        ...{ SIGNALBOX_ROLE: role, SIGNALBOX_PORT: "0", SIGNALBOX_ADMIN_PORT: "0", CHAOS_SECRET: secret },
        ...{ SIGNALBOX_ALLOW_PRIVATE_TARGETS: "127.0.0.0/8", SIGNALBOX_LOG_LEVEL: "warn" },
      };
      child = tied(
        spawn(process.execPath, [program, "start", "--json"], { env, stdio: ["ignore", "pipe", "pipe"] }),
      );
      createInterface({ input: /** @type {import("node:stream").Readable} */ (child.stdout) }).on(
        "line",
        (line) => {
          if (line.startsWith('{"ready":true')) ({ hooks = "", admin = "" } = JSON.parse(line));
          else out.write(`${line}\n`);
        },
      );
      child.stderr?.pipe(out, { end: false });
      child.once("exit", () => {
        hooks = "";
        if (!ending) globalThis.setTimeout(run, 200);
      });
    };
    run();
    /** @type {Member} */
    const member = {
      ...{ name, dataDir, pid: () => child?.pid, hooks: () => hooks, admin: () => admin },
      kill: (signal) => void child?.kill(signal),
      async end() {
        ending = true;
        const began = Date.now();
        if (child !== undefined) await stop(child);
        return Date.now() - began;
      },
      async serves() {
        while (admin === "") await sleep(50);
      },
    };
    members.push(member);
    return member;
  };

  /** A call of the public API, of a process that serves. @param {string} path */
  const ask = async (path) => {
    for (const member of members.filter((one) => one.admin() !== "")) {
      const { token, admin } = JSON.parse(readFileSync(join(member.dataDir, "router.json"), "utf8"));
      const response = await globalThis
        .fetch(`${admin}${path}`, { headers: { authorization: `Bearer ${token}` } })
        .catch(() => undefined);
      if (response?.ok) return response.json();
    }
    throw new Error(`Nobody answers ${path}.`);
  };

  return {
    ...{ folder, secret, sent, arrived, start, ask, logs, startRedis, members },
    killRedis: () => void redis?.kill("SIGKILL"),
    signalRedis: (/** @type {NodeJS.Signals} */ signal) => void redis?.kill(signal),
    sender: () => startHelper("chaos/sender.js"),
    async close() {
      redis?.kill("SIGCONT");
      await Promise.all(members.map((member) => member.end()));
      if (redis !== undefined) await stop(redis);
      await target.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
