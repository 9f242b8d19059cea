import { createServer, type AddressInfo, type Server } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { inspect } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openStore } from "../../../src/adapters/store/store.ts";
import { checkStore } from "../../../src/adapters/store/checks.ts";
import { SignalboxError } from "../../../src/core/errors.ts";
import { readSettings } from "../../../src/settings.ts";
import { aCertificate } from "../../helpers/certificate.ts";
import { aLog } from "../../helpers/log.ts";
import { aRedis, freePort, type TestRedis } from "../../helpers/redis.ts";
import { describeWithRedis } from "../../helpers/require.ts";
import { until } from "../../helpers/until.ts";

let log: ReturnType<typeof aLog>;
const redises: TestRedis[] = [];
const servers: Server[] = [];

beforeEach(() => void (log = aLog()));
afterEach(async () => {
  for (const redis of redises.splice(0)) await redis.close();
  for (const server of servers.splice(0)) server.close();
});

async function started(options: Record<string, string> = {}): Promise<TestRedis> {
  const redis = await aRedis(options);
  redises.push(redis);
  return redis;
}
async function refusal(url: string, withinMs = 600): Promise<SignalboxError> {
  const error = await checkStore({ url }, log, withinMs).catch((error: unknown) => error);
  if (error instanceof SignalboxError) return error;
  throw new Error(`Expected a refusal, got ${inspect(error)}`);
}

describeWithRedis("a given Redis", () => {
  it("that is fit is described in one line, with nothing to warn of", async () => {
    const redis = await started({ appendonly: "yes" });
    const store = await openStore(readSettings({ REDIS_URL: redis.url }), log);
    expect(store).toMatchObject({ kind: "given", target: { url: redis.url }, warnings: [] });
    expect(store.describe).toMatch(
      new RegExp(
        `^(redis|valkey) [\\d.]+ at 127\\.0\\.0\\.1:${redis.port}, append-only file synced every second, noeviction$`,
      ),
    );
    await store.close();
    expect(redis.cli("ping")).toBe("PONG");
  });

  it("with an evicting policy is refused, with the line that mends it", async () => {
    const redis = await started({ "maxmemory-policy": "allkeys-lru" });
    const { code, detail } = await refusal(redis.url);
    expect(code).toBe("SETTING_STORE_UNSUITED");
    expect(detail).toContain("maxmemory-policy allkeys-lru");
    expect(detail).toContain("CONFIG SET maxmemory-policy noeviction");
    redis.cli("config", "set", "maxmemory-policy", "noeviction");
    await checkStore({ url: redis.url }, log);
  });

  it("in which a newer version has written is refused before anything is touched; what is as old as this one, or older, is taken", async () => {
    const redis = await started();
    redis.cli("set", "{sb}:format", "2");
    const { code, detail } = await refusal(redis.url);
    expect(code).toBe("SETTING_STORE_UNSUITED");
    expect(detail).toMatch(/holds format 2,.*knows format 1.*Start the newer version/);
    redis.cli("set", "{sb}:format", "1");
    await checkStore({ url: redis.url }, log);
  });

  it.each([
    [{}, "nothing on disk", /every accepted event is lost.*CONFIG SET appendonly yes/],
    [{ save: "900 1" }, "snapshots only", /every accepted event since its last snapshot is lost/],
    [{ appendonly: "yes", appendfsync: "no" }, "append-only file", /appendfsync no.*power cut/],
    [{ appendonly: "yes", appendfsync: "always" }, "append-only file synced always", undefined],
  ])("with %j tells what a power cut loses", async (options, durable, warning) => {
    const checked = await checkStore({ url: (await started(options as Record<string, string>)).url }, log);
    expect(checked.describe).toContain(`, ${durable}, `);
    expect(checked.warnings).toEqual(warning === undefined ? [] : [expect.stringMatching(warning)]);
  });

  it("that forbids CONFIG is judged by INFO, and what could not be seen is said", async () => {
    const redis = await started({ appendonly: "yes" });
    redis.cli("acl", "setuser", "cloud", "on", ">p", "+@all", "-config", "~*", "&*");
    const url = redis.url.replace("//", "//cloud:p@");
    const { describe, warnings } = await checkStore({ url }, log);
    expect(describe).toContain("noeviction");
    expect(warnings).toEqual([expect.stringContaining("how often it is synced could not be seen")]);
    redis.cli("config", "set", "maxmemory-policy", "volatile-ttl");
    expect((await refusal(url)).code).toBe("SETTING_STORE_UNSUITED");
  });

  it("that is a replica or a cluster is refused", async () => {
    const primary = await started();
    const replica = await started({ replicaof: `127.0.0.1 ${primary.port}` });
    expect((await refusal(replica.url)).detail).toContain("is a replica");
    const cluster = await started({ "cluster-enabled": "yes" });
    expect((await refusal(cluster.url)).detail).toContain("is a node of a cluster");
  });

  it("tells a wrong password from a missing one and a forbidden command, at once and without showing it", async () => {
    const redis = await started({ requirepass: "right" });
    const wrong = await refusal(redis.url.replace("//", "//:hunter2@"), 10_000);
    const missing = await refusal(redis.url, 10_000);
    redis.cli("acl", "setuser", "weak", "on", ">hunter2", "+ping", "~*");
    const weak = await refusal(redis.url.replace("//", "//weak:hunter2@"), 10_000);
    expect([wrong.code, missing.code, weak.code]).toEqual(Array(3).fill("SETTING_STORE_UNREACHABLE"));
    expect(wrong.detail).toBe(`127.0.0.1:${redis.port} refused the user or password of REDIS_URL.`);
    expect(missing.detail).toBe(`127.0.0.1:${redis.port} asks for a password, and REDIS_URL has none.`);
    expect(weak.detail).toContain("does not let the user of REDIS_URL run what is needed");
    expect(inspect([wrong, missing, weak], { depth: 9 }) + log.text()).not.toContain("hunter2");
  });

  it("that has no such database is refused as a setting", async () => {
    const error = await refusal(`${(await started()).url}/99`);
    expect(error).toMatchObject({
      code: "SETTING_INVALID",
      detail: expect.stringContaining("no such database") as string,
    });
  });

  it("that is not there is named by host and port, after one line that it is waited for", async () => {
    const port = await freePort();
    const { code, detail } = await refusal(`redis://:hunter2@127.0.0.1:${port}`, 900);
    expect(code).toBe("SETTING_STORE_UNREACHABLE");
    expect(detail).toBe(`127.0.0.1:${port} refused the connection: nothing listens there.`);
    expect(log.lines.map(({ step }) => step)).toEqual(["store.waiting"]);
    expect(log.text()).not.toContain("hunter2");
  });

  it("that comes up while it is waited for is taken", async () => {
    const redis = await started();
    await redis.kill();
    const checked = checkStore({ url: redis.url }, log);
    await until("it is waited for", () => log.lines.length > 0);
    await redis.start();
    expect((await checked).describe).toContain(String(redis.port));
  });

  it("that hangs is given up in time", async () => {
    const redis = await started();
    redis.freeze();
    const start = Date.now();
    const { code, detail } = await refusal(redis.url, 800);
    expect(Date.now() - start).toBeLessThan(2_500);
    expect([code, detail]).toEqual([
      "SETTING_STORE_UNREACHABLE",
      `127.0.0.1:${redis.port} did not answer in time.`,
    ]);
  });

  it("that speaks no TLS is told from one whose certificate is not trusted", async () => {
    const plain = await refusal((await started()).url.replace("redis:", "rediss:"));
    expect(plain.detail).toContain("A server without TLS at that port keeps silent");
    const server = createTlsServer(aCertificate({ host: "127.0.0.1" }));
    servers.push(server.on("tlsClientError", () => undefined));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const untrusted = await refusal(`rediss://:hunter2@127.0.0.1:${port}`, 10_000);
    expect(untrusted.detail).toContain(
      `TLS to 127.0.0.1:${port} failed: its certificate is not trusted (DEPTH_ZERO`,
    );
  });

  it("that closes the connection is told so, with the hint at TLS", async () => {
    const server = createServer((socket) => socket.destroy());
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { detail } = await refusal(`redis://127.0.0.1:${(server.address() as AddressInfo).port}`);
    expect(detail).toContain("broke before the store answered");
    expect(detail).toContain("rediss://");
  });
});
