/** A store over TLS: a real server that takes nothing else, with an authority of its own, and one that wants to see our certificate. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { aCertificate } from "../helpers/certificate.ts";
import { aCluster, type TestCluster } from "../helpers/cluster.ts";
import { post } from "../helpers/github.ts";
import { aRedis, freePort, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { run } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";

const folder = mkdtempSync(join(tmpdir(), "signalbox-tls-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const authority = aCertificate({ host: "an authority of ours", ca: true });
const server = aCertificate({ host: "127.0.0.1", issuer: authority });
const client = aCertificate({ host: "the router", issuer: authority });
const CA = file("ca.pem", authority.cert);
const CERT = file("client.pem", client.cert);
const KEY = file("client.key", client.key);
const options = {
  "tls-cert-file": file("server.pem", server.cert),
  "tls-key-file": file("server.key", server.key),
  "tls-ca-cert-file": CA,
};

describeWithRedis("a store over TLS", () => {
  let redis: TestRedis;
  let scene: Scene;
  let at: string;

  beforeAll(async () => {
    // The plain port is for the test's own redis-cli: the router is told of the other one alone.
    const port = await freePort();
    redis = await aRedis({
      ...options,
      "tls-port": String(port),
      "tls-auth-clients": "yes",
      appendonly: "yes",
    });
    redis.cli("acl", "setuser", "router", "on", ">p@ss", "+@all", "~{sb}:*", "&{sb}:*");
    at = `rediss://router:p%40ss@127.0.0.1:${port}`;
    scene = await aScene({ redisUrl: `${at}?ca=${CA}&cert=${CERT}&key=${KEY}` });
  }, 60_000);

  afterAll(async () => {
    await scene?.close();
    await redis?.close();
  });

  it("takes events and delivers them; both sides have shown their certificates", async () => {
    expect((await post(scene.router.hooks, { body: '{"ref":"over TLS"}' })).status).toBe(202);
    await until("it arrives", () => scene.target.arrivals.length === 1);
    const clients = redis.cli("client", "list").split("\n");
    expect(clients.filter((line) => line.includes("name=signalbox-")).length).toBeGreaterThan(2);
  });

  it("is reached again after it was restarted", async () => {
    await redis.kill();
    expect((await post(scene.router.hooks, { body: '{"ref":"meanwhile"}' })).status).toBe(202);
    await redis.start();
    redis.cli("acl", "setuser", "router", "on", ">p@ss", "+@all", "~{sb}:*", "&{sb}:*");
    await until("it arrives", () => scene.target.arrivals.some(({ body }) => body.includes("meanwhile")), {
      withinMs: 20_000,
    });
  });

  const look = (url: string): Promise<{ code: number | null; stdout: string; stderr: string }> =>
    run(["doctor", "--dir", scene.dir], { REDIS_URL: url, SIGNALBOX_DATA_DIR: scene.dataDir });

  it("whose authority is not known here is refused, and told with what helps; the password is not", async () => {
    const said = await look(`${at}?cert=${CERT}&key=${KEY}`);
    expect(said.code).toBe(1);
    expect(said.stdout).toMatch(/its certificate is not trusted/);
    expect(said.stdout + said.stderr).not.toContain("p@ss");
  });

  it("that wants to see a certificate and is shown none is refused in a sentence", async () => {
    const said = await look(`${at}?ca=${CA}`);
    expect(said.code).toBe(1);
    // Where the connection is closed before the alert is read, that is all that is known.
    expect(said.stdout).toMatch(/wants to see a certificate of ours|broke before the store answered/);
    expect(said.stdout + said.stderr).not.toMatch(/p@ss|\n\s+at /);
  });

  it("with a file that is not there is a setting that is told of", async () => {
    const said = await look(`${at}?ca=${folder}/nowhere.pem`);
    expect(said.code).not.toBe(0);
    expect(said.stdout + said.stderr).toContain("nowhere.pem, which cannot be read (ENOENT)");
  });

  it("is trusted by NODE_EXTRA_CA_CERTS, too", async () => {
    const said = await run(["doctor", "--dir", scene.dir], {
      REDIS_URL: `${at}?cert=${CERT}&key=${KEY}`,
      SIGNALBOX_DATA_DIR: scene.dataDir,
      NODE_EXTRA_CA_CERTS: CA,
    });
    expect(said.stdout).toMatch(/redis 7/);
  });
});

describeWithRedis("a cluster over TLS", () => {
  let cluster: TestCluster;
  let scene: Scene;

  beforeAll(async () => {
    cluster = await aCluster(
      { ...options, "tls-cluster": "yes", "tls-replication": "yes", "tls-auth-clients": "no" },
      true,
    );
    scene = await aScene({ redisUrl: `${cluster.url}?ca=${CA}` });
  }, 90_000);

  afterAll(async () => {
    await scene?.close();
    await cluster?.close();
  });

  it("takes events and delivers them, before and after a failover", async () => {
    expect((await post(scene.router.hooks, { body: '{"ref":"one"}' })).status).toBe(202);
    await until("it arrives", () => scene.target.arrivals.length === 1);
    const former = cluster.ownerOf("{sb}:events")!;
    cluster.replicaOf(former).cli("cluster", "failover");
    await until("another node has the slot", () => cluster.ownerOf("{sb}:events")?.port !== former.port, {
      withinMs: 20_000,
    });
    expect((await post(scene.router.hooks, { body: '{"ref":"two"}' })).status).toBe(202);
    await until("it arrives", () => scene.target.arrivals.some(({ body }) => body.includes("two")), {
      withinMs: 20_000,
    });
  });
});
