/** A real Redis on a port of its own, in a folder of its own, which a test may freeze, kill and start again. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { redisServer } from "./require.ts";
import { until } from "./until.ts";

/** A Redis that runs; `url` stays the same over a restart. */
export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** SIGSTOP: connections stay open, nothing is answered. */
  freeze(): void;
  thaw(): void;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again on the same folder and port. */
  start(): Promise<void>;
  /** Runs redis-cli and returns what it printed. */
  cli(...command: string[]): string;
  close(): Promise<void>;
}

/**
 * With SIGNALBOX_TEST_STORE=cluster what tests start is a cluster of one node, which owns every slot: whatever asks for keys of
 * several slots at once, or is not told of its keys, fails there as it would with a hundred nodes.
 */
const IS_CLUSTER = process.env["SIGNALBOX_TEST_STORE"] === "cluster";

/** Starts one with options of redis.conf; by default as a router wants it, without persistence. */
export async function aRedis(options: Readonly<Record<string, string>> = {}): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-redis-"));
  const port = options["port"] === undefined ? await freePort() : Number(options["port"]);
  const ownSlots =
    IS_CLUSTER && options["replicaof"] === undefined && options["cluster-enabled"] === undefined;
  const cluster = ownSlots ? { "cluster-enabled": "yes", "cluster-port": String(await freePort()) } : {};
  const all = { port: String(port), bind: "127.0.0.1", dir: folder, save: "", ...cluster, ...options };
  const password = options["requirepass"];
  let child: ChildProcess | undefined;
  let joined = false;

  const cli = (...command: string[]): string => {
    const auth = password === undefined ? [] : ["-a", password, "--no-auth-warning"];
    return execFileSync("redis-cli", ["-p", String(port), ...auth, ...command], {
      encoding: "utf8",
      stdio: "pipe",
    }).trim();
  };
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child?.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  };
  const start = async (): Promise<void> => {
    const parameters = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
    child = spawn(redisServer!, parameters, { stdio: "ignore" });
    await until("redis answers", () => {
      try {
        return cli("ping") === "PONG";
      } catch {
        return false;
      }
    });
    // After a restart a cluster serves a moment later.
    if (joined) await until("the cluster serves", () => cli("cluster", "info").includes("cluster_state:ok"));
  };
  await start();
  if (ownSlots) {
    cli("cluster", "addslotsrange", "0", "16383");
    await until("the cluster serves", () => cli("cluster", "info").includes("cluster_state:ok"));
    joined = true;
  }
  return {
    url: `redis${ownSlots ? "+cluster" : ""}://127.0.0.1:${port}`,
    port,
    freeze: () => void child?.kill("SIGSTOP"),
    thaw: () => void child?.kill("SIGCONT"),
    kill,
    start,
    cli,
    close: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
