/** A process that is told to end says so first, and takes what still comes until balancers have seen it. */
import { afterEach, expect, it } from "vitest";
import { post } from "../helpers/github.ts";
import { aRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aScene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function scened(environment: Readonly<Record<string, string>>): ReturnType<typeof aScene> {
  const redis = await aRedis({ appendonly: "yes" });
  closing.push(() => redis.close());
  const scene = await aScene({ redisUrl: redis.url, environment });
  closing.push(() => scene.close());
  return scene;
}

interface Readiness {
  readonly ok: boolean;
  readonly checks: Readonly<Record<string, { readonly ok: boolean; readonly detail: string }>>;
}

describeWithRedis("a router that is told to end", () => {
  it("is not ready at once, takes requests with `connection: close` for so long as it was told, and delivers them", async () => {
    const { router, target } = await scened({ SIGNALBOX_LEAVE_SECONDS: "2" });
    const before = await post(router.hooks, { body: '{"n":0}' });
    expect(before.headers.get("connection")).not.toBe("close");
    const began = performance.now();
    const ended = router.end("SIGTERM");
    const left = await until("it says so", async () => {
      const response = await fetch(`${router.admin}/readyz/ingest`);
      return response.status === 503 ? ((await response.json()) as Readiness) : undefined;
    });
    expect(left.checks["leaving"]).toMatchObject({ ok: false });
    expect((await fetch(`${router.admin}/readyz`)).status).toBe(503);
    expect((await fetch(`${router.admin}/healthz`)).status).toBe(200);
    const { status, headers, json } = await post(router.hooks, { body: '{"n":1}' });
    expect([status, headers.get("connection")]).toEqual([202, "close"]);
    expect(await ended).toBe(0);
    expect(performance.now() - began).toBeGreaterThan(1_900);
    expect(target.arrivals.some((arrival) => arrival.headers["webhook-id"] === json.deliveries![0])).toBe(
      true,
    );
  });

  it("ends at once by SIGINT, as a person at a terminal wants it, and as a worker, to which nobody sends", async () => {
    const { router, start } = await scened({ SIGNALBOX_LEAVE_SECONDS: "15" });
    const worker = await start({ SIGNALBOX_ROLE: "worker" });
    const began = performance.now();
    expect(await Promise.all([router.end("SIGINT"), worker.end("SIGTERM")])).toEqual([0, 0]);
    expect(performance.now() - began).toBeLessThan(10_000);
    // Connections that it ends itself are no outage.
    const errors = [...router.log, ...worker.log].filter(({ level }) => level === "error");
    expect(errors).toEqual([]);
  }, 60_000);
});
