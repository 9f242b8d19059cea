/** Backup and restore as docs/backup.md tells them: taken of a store that works, brought back on another one, nothing lost, nothing accepted twice. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { post } from "../helpers/github.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { aRouter, type RunningRouter } from "../helpers/router.ts";
import { SECRET } from "../helpers/github.ts";
import { status } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

interface Listed {
  readonly items: readonly { readonly id: string; readonly state: string }[];
}

describeWithRedis("a backup", () => {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-backup-"));
  const saved = join(folder, "saved");
  let store: TestRedis;
  let other: TestRedis | undefined;
  let restored: RunningRouter | undefined;
  let scene: Scene;

  const deliveries = async (router: RunningRouter): Promise<Listed["items"]> =>
    ((await (await router.ask("/api/v1/deliveries")).json()) as Listed).items;
  const send = async (router: RunningRouter, ref: string) =>
    post(router.hooks, { id: `delivery-${ref}`, body: JSON.stringify({ ref }) });

  beforeAll(async () => {
    mkdirSync(join(folder, "store"));
    store = await aRedis({ dir: join(folder, "store"), appendonly: "yes" });
    scene = await aScene({
      redisUrl: store.url,
      files: {
        "targets/api.yaml":
          "url: ${TARGET}/api\ntimeoutSeconds: 2\nretry: { attempts: 20, firstDelaySeconds: 0.5, maxDelaySeconds: 1 }\n",
      },
    });
    scene.target.answer = (arrival, response, nth) => {
      const { ref } = arrival.json as { ref: string };
      status(ref === "refused" ? 422 : ref === "waiting" ? 503 : 200)(arrival, response, nth);
    };
  });
  afterAll(async () => {
    await restored?.end();
    await scene?.close();
    await store?.close();
    await other?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("is taken while the router works: the store's own snapshot, and the data folder", async () => {
    for (const ref of ["delivered", "refused", "waiting"]) await send(scene.router, ref);
    await until("each stands where it should", async () => {
      const states = (await deliveries(scene.router)).map(({ state }) => state).sort();
      return states.join() === "dead,delivered,retrying";
    });
    mkdirSync(saved);
    store.cli("--rdb", join(saved, "dump.rdb"));
    // Locks are sockets, which tar leaves out.
    execFileSync("tar", ["czf", join(saved, "data.tgz"), "--exclude=router.json", "-C", scene.dataDir, "."], {
      stdio: "pipe",
    });
    expect(readdirSync(saved).sort()).toEqual(["data.tgz", "dump.rdb"]);
  });

  it("is restored on another store: events, dead letters and what waits are there, and known ids are known", async () => {
    await scene.router.end("SIGKILL");
    await store.kill();
    scene.target.arrivals.length = 0;
    scene.target.answer = status(200);
    mkdirSync(join(folder, "other"));
    cpSync(join(saved, "dump.rdb"), join(folder, "other", "dump.rdb"));
    mkdirSync(join(folder, "data"));
    execFileSync("tar", ["xzf", join(saved, "data.tgz"), "-C", join(folder, "data")]);
    other = await aRedis({ dir: join(folder, "other") });
    // An append-only file is begun only after the snapshot was read: one that is asked for at the start is empty, and wins.
    other.cli("config", "set", "appendonly", "yes");
    restored = await aRouter({
      dir: scene.dir,
      dataDir: join(folder, "data"),
      redisUrl: other.url,
      environment: { SECRET, TARGET: scene.target.url },
    });
    const router = restored;
    await until(
      "what waited goes on by itself",
      async () => {
        const states = (await deliveries(router)).map(({ state }) => state).sort();
        return states.join() === "dead,delivered,delivered";
      },
      { withinMs: 60_000 },
    );
    expect(scene.target.arrivals.map(({ json }) => (json as { ref: string }).ref)).toEqual(["waiting"]);
    expect((await send(router, "delivered")).json).toMatchObject({ duplicate: true });
    const dead = (await deliveries(router)).find(({ state }) => state === "dead")!;
    await router.ask(`/api/v1/deliveries/${dead.id}/replay`, { method: "POST" });
    await until("the dead letter is delivered", () => scene.target.arrivals.length === 2);
    expect((await send(router, "new")).status).toBe(202);
    const { balanced } = (await (await router.ask("/api/v1/balance")).json()) as { balanced: boolean };
    expect(balanced).toBe(true);
  }, 90_000);

  it("with appendonly asked for at the start, the store would have begun empty: the trap that the page warns of", async () => {
    mkdirSync(join(folder, "trap"));
    cpSync(join(saved, "dump.rdb"), join(folder, "trap", "dump.rdb"));
    const trap = await aRedis({ dir: join(folder, "trap"), appendonly: "yes" });
    expect(trap.cli("dbsize")).toBe("0");
    await trap.close();
  });
});
