/** Gates under faults: whoever is killed, whatever is lost, a decision is carried out once and nothing goes out undecided. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { aGatedScene, gatedRoute, quiet, type Gated } from "../helpers/gated.ts";
import { post } from "../helpers/github.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { until } from "../helpers/until.ts";

describeWithRedis("a gate under faults", () => {
  let gated: Gated;
  const arrived = (delivery: string): number =>
    gated.scene.target.arrivals.filter(({ headers }) => headers["webhook-id"] === delivery).length;
  const stateIn = async (ask: (path: string) => Promise<Response>, delivery: string): Promise<string> =>
    ((await (await ask(`/api/v1/deliveries/${delivery}`)).json()) as { state: string }).state;

  beforeEach(async () => {
    gated = await aGatedScene("{}");
  }, 90_000);
  afterEach(() => gated.close());

  it("holds through kill -9 of every process, and sends what was approved when another is there", async () => {
    const { scene } = gated;
    const holds = [];
    for (let order = 0; order < 5; order++) holds.push(await gated.held({ order }));
    await scene.router.end("SIGKILL");
    const router = await scene.start();
    const json = { "content-type": "application/json" };
    for (const { id } of holds.slice(0, 3)) {
      const path = `/api/v1/holds/${id}/approve`;
      expect((await router.ask(path, { method: "POST", headers: json, body: "{}" })).status).toBe(200);
    }
    // The decisions are made; whoever carries them out is killed at once.
    await router.end("SIGKILL");
    const last = await scene.start();
    for (const { delivery } of holds.slice(0, 3))
      await until("it is delivered", async () => (await stateIn(last.ask, delivery)) === "delivered", {
        withinMs: 40_000,
      });
    for (const { delivery } of holds.slice(3)) {
      expect(await stateIn(last.ask, delivery)).toBe("held");
      expect(arrived(delivery)).toBe(0);
    }
  }, 120_000);

  it("puts what was approved back where its queue lost it between the decision and the attempt", async () => {
    const { scene, redis } = gated;
    const hold = await gated.held({ order: 1 });
    const pause = { reason: "so that it stays in its queue" };
    expect((await gated.root.call("POST", "/api/v1/targets/api/pause", pause)).status).toBe(200);
    expect((await gated.say(gated.ann, "approve", hold.id)).status).toBe(200);
    expect(redis.cli("EXISTS", `{sb}:q:api:${hold.delivery}`)).toBe("1");
    redis.cli(
      "DEL",
      `{sb}:q:api:${hold.delivery}`,
      "{sb}:q:api:wait",
      "{sb}:q:api:paused",
      "{sb}:q:api:marker",
    );
    expect((await gated.root.call("POST", "/api/v1/targets/api/resume", {})).status).toBe(200);
    await until("it is delivered", async () => (await gated.state(hold.delivery)) === "delivered", {
      withinMs: 60_000,
    });
    expect(arrived(hold.delivery)).toBe(1);
    expect(scene.router.log.some(({ step }) => step === "delivery.reconciled")).toBe(true);
  }, 120_000);

  it("tells the target to be told although whoever held it was killed before", async () => {
    const { redis, scene, root } = gated;
    await gated.held({ order: 1 });
    const arrived = () =>
      scene.target.arrivals.filter(({ json }) => (json as { type?: string }).type === "hold.created");
    const [event] = (await root.call("GET", "/api/v1/events?source=signalbox")).json.items ?? [];
    expect(event, "nobody is to be told here").toBeUndefined();
    await writeFile(join(scene.dir, "routes/everything.yaml"), gatedRoute("{ notify: api }"));
    expect((await root.call("POST", "/api/v1/rules/reload", {})).status).toBe(200);
    const hold = await gated.held({ order: 2 });
    await until("it is told", () => arrived().length === 1);
    expect(redis.cli("ZCARD", "{sb}:h:owed")).toBe("0");
    // As a process leaves it that is killed between the hold and its notice, and as one that is killed just after it.
    redis.cli("ZADD", "{sb}:h:owed", String(Date.now() - 60_000), hold.id);
    await until("nothing is owed any more", () => redis.cli("ZCARD", "{sb}:h:owed") === "0");
    await quiet();
    expect(arrived(), "it is told once, however often").toHaveLength(1);
    const told = (await root.call("GET", "/api/v1/events?source=signalbox")).json.items![0]!["id"] as string;
    redis.cli("DEL", `{sb}:e:${told.slice(4)}`);
    redis.cli("ZADD", "{sb}:h:owed", String(Date.now() - 60_000), hold.id);
    await until("it is told by another", () => arrived().length === 2);
    expect(arrived()[1]!.headers["webhook-id"]).toBe(arrived()[0]!.headers["webhook-id"]);
  }, 60_000);

  it("does not take what is held for lost: the reconciler leaves it alone", async () => {
    const hold = await gated.held({ order: 1 });
    expect(Number(gated.redis.cli("ZSCORE", "{sb}:open", hold.delivery))).toBeGreaterThan(Date.now() * 2);
    expect(gated.redis.cli("EXISTS", `{sb}:q:api:${hold.delivery}`)).toBe("0");
    // As it would be if it had been due an hour ago: nothing of a held one is ever attempted.
    gated.redis.cli("ZADD", "{sb}:open", String(Date.now() - 3_600_000), hold.delivery);
    await until(
      "it was put back",
      () => gated.scene.router.log.some(({ step }) => step === "delivery.reconciled"),
      {
        withinMs: 20_000,
      },
    );
    await quiet(1_000);
    expect(arrived(hold.delivery)).toBe(0);
    expect(await gated.state(hold.delivery)).toBe("held");
  }, 60_000);

  it("loses no decision and makes none up while the store is away", async () => {
    const { redis } = gated;
    const [one, other] = [await gated.held({ order: 1 }), await gated.held({ order: 2 })];
    await redis.kill();
    const during = gated.say(gated.ann, "approve", one.id).catch(() => undefined);
    await quiet(300);
    await redis.start();
    await during;
    await until(
      "the router is back",
      async () => (await gated.scene.router.ask("/api/v1/holds")).status === 200,
    );
    await until("the word is taken", async () => {
      const answer = await gated.say(gated.ann, "approve", one.id).catch(() => undefined);
      return answer?.status === 200;
    });
    await until("it is delivered", async () => (await gated.state(one.delivery)) === "delivered", {
      withinMs: 60_000,
    });
    expect(arrived(one.delivery)).toBe(1);
    expect((await gated.hold(other.id)).state).toBe("waiting");
    expect(arrived(other.delivery)).toBe(0);
  }, 120_000);

  it("is decided once by two processes, and what expires is ended by one of them", async () => {
    const { scene } = gated;
    const second = await scene.start();
    const json = { "content-type": "application/json" };
    for (let order = 10; order < 20; order++) {
      const hold = await gated.held({ order });
      const say = (ask: typeof second.ask, what: string) =>
        ask(`/api/v1/holds/${hold.id}/${what}`, { method: "POST", headers: json, body: "{}" });
      const [a, b] = await Promise.all([say(second.ask, "approve"), say(scene.router.ask, "reject")]);
      expect([a.status, b.status].sort()).toEqual([200, 409]);
      const end = a.status === 200 ? "delivered" : "discarded";
      await until(`it is ${end}`, async () => (await gated.state(hold.delivery)) === end);
      expect(arrived(hold.delivery)).toBe(a.status === 200 ? 1 : 0);
    }
    const { json: sent } = await post(second.hooks, { body: '{"order":99}' });
    expect(sent.deliveries).toHaveLength(1);
  }, 120_000);
});
