/** A primary, its replica and a sentinel over them, on loopback: real processes, which a test may kill. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { aRedis, type TestRedis } from "./redis.ts";
import { redisServer } from "./require.ts";
import { until } from "./until.ts";

export interface WatchedRedis {
  readonly url: string;
  readonly primary: TestRedis;
  readonly replica: TestRedis;
  close(): Promise<void>;
}

/** Resolves once the sentinel knows both. `options` are those of both servers. */
export async function aWatchedRedis(options: Readonly<Record<string, string>> = {}): Promise<WatchedRedis> {
  const primary = await aRedis(options);
  const replica = await aRedis({ ...options, replicaof: `127.0.0.1 ${primary.port}` });
  await until("the replica follows", () =>
    replica.cli("info", "replication").includes("master_link_status:up"),
  );
  const folder = mkdtempSync(join(tmpdir(), "signalbox-sentinel-"));
  const port = await freePort();
  const file = join(folder, "sentinel.conf");
  const settings = [
    `port ${port}`,
    "bind 127.0.0.1",
    `dir ${folder}`,
    `sentinel monitor main 127.0.0.1 ${primary.port} 1`,
    "sentinel down-after-milliseconds main 500",
    "sentinel failover-timeout main 2000",
  ];
  writeFileSync(file, `${settings.join("\n")}\n`);
  const sentinel: ChildProcess = spawn(redisServer!, [file, "--sentinel"], { stdio: "ignore" });
  await until(
    "the sentinel knows the replica",
    () => {
      try {
        return primary.cli("-p", String(port), "sentinel", "replicas", "main").includes(String(replica.port));
      } catch {
        return false;
      }
    },
    { withinMs: 20_000 },
  );
  return {
    url: `redis+sentinel://127.0.0.1:${port}/main`,
    primary,
    replica,
    async close() {
      const ended = new Promise((resolve) => sentinel.once("exit", resolve));
      sentinel.kill("SIGKILL");
      await ended;
      await Promise.all([primary.close(), replica.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
