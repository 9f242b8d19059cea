/** Chains in a router that runs: the answer of one API is the input of the next, once, whatever dies meanwhile, and never in circles for ever. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import type { DeliveryDetail, EventDetail } from "../../src/admin/shapes/deliveries.ts";
import { answers, call } from "../helpers/admin.ts";
import { headersOf, post } from "../helpers/github.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import type { Arrival } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

let redis: TestRedis;
let scene: Scene;

afterEach(async () => {
  await scene.close();
  await redis.close();
});

async function start(files: Readonly<Record<string, string>>): Promise<void> {
  redis = await aRedis({ appendonly: "yes" });
  scene = await aScene({ redisUrl: redis.url, files });
}

const target = (path: string): string =>
  `url: \${TARGET}/${path}\ntimeoutSeconds: 2\nretry: { attempts: 3, firstDelaySeconds: 0.2, maxDelaySeconds: 1 }\n`;

/** What has arrived at a path, oldest first. */
const at = (path: string): Arrival[] => scene.target.arrivals.filter((one) => one.path === `/${path}`);

interface Chained {
  readonly type: string;
  readonly delivery: { readonly id: string; readonly route: string; readonly state: string };
  readonly answer?: {
    readonly status: number;
    readonly headers: Record<string, string>;
    readonly body: unknown;
  };
  readonly error?: { readonly code: string };
  readonly event: {
    readonly id: string;
    readonly type: string;
    readonly href: string;
    readonly body?: unknown;
  };
}

describeWithRedis("a chain", () => {
  it("hands the answer of one target to the next, with the event it was for, and can be followed in the record", async () => {
    await start({
      "targets/status.yaml": target("status"),
      "routes/then.yaml":
        'source: signalbox\non: [delivery.delivered]\nwhen: delivery.route = "everything"\ntarget: status\ntags: { item: answer.body.item }\n',
    });
    scene.target.answer = ({ path }, response) =>
      void response
        .writeHead(201, { "content-type": "application/json", "set-cookie": "s=1", location: "/items/7" })
        .end(path === "/api" ? '{"item":"W-7","big":12345678901234567890}' : "{}");
    const { json } = await post(scene.router.hooks, { body: '{"ticket":12}' });
    await until("the second call", () => at("status").length > 0);
    const [{ json: sent, headers }] = at("status") as [Arrival];
    const chained = sent as Chained;
    expect(chained).toMatchObject({
      type: "delivery.delivered",
      delivery: {
        id: json.deliveries![0],
        route: "everything",
        target: "api",
        state: "delivered",
        attempt: 1,
      },
      answer: {
        status: 201,
        headers: { location: "/items/7" },
        body: { item: "W-7", big: "12345678901234567890" },
      },
      event: {
        id: json.id,
        source: "github",
        type: "push",
        href: `/api/v1/events/${json.id}`,
        body: { ticket: 12 },
      },
    });
    expect(chained.answer!.headers).not.toHaveProperty("set-cookie");
    expect(headers["signalbox-hops"]).toBe("2");
    expect(at("api")[0]!.headers["signalbox-hops"]).toBe("1");
    const found = await answers<{ items: { id: string }[] }>(
      scene.router.admin,
      "/events?source=signalbox&tag=item:W-7",
      ({ items }) => items.length === 1,
    );
    const { json: event } = await call<EventDetail>(scene.router.admin, `/events/${found.items[0]!.id}`);
    expect(event.type).toBe("delivery.delivered");
    expect(event.headers).toMatchObject({ "signalbox-hops": "1", "signalbox-trail": "everything" });
    expect(event.routes).toMatchObject([{ route: "then", matched: true }]);
    // Nothing takes the end of the second call: no event is made of it.
    expect(redis.cli("zcard", "{sb}:events")).toBe("2");
  }, 60_000);

  it("makes no event of an end that no route takes, and refuses who posts to the own source", async () => {
    await start({
      "routes/alert.yaml":
        'source: signalbox\non: [delivery.dead]\nwhen: delivery.route != "alert"\ntarget: api\n',
    });
    const { json } = await post(scene.router.hooks, { body: "{}" });
    await answers<DeliveryDetail>(
      scene.router.admin,
      `/deliveries/${json.deliveries![0]!}`,
      ({ state }) => state === "delivered",
    );
    expect(redis.cli("zcard", "{sb}:events")).toBe("1");
    const refused = await post(scene.router.hooks, { body: "{}" }, "signalbox");
    expect(refused.status).toBe(404);
    expect(refused.json).toMatchObject({ code: "ACCEPT_SOURCE_UNKNOWN" });
    expect(refused.json.detail).toContain("the router's own events");
  }, 60_000);

  it("tells of a dead letter with its cause, and not of what is tried again", async () => {
    await start({
      "targets/alerts.yaml": target("alerts"),
      "routes/alert.yaml":
        'source: signalbox\non: [delivery.dead]\nwhen: delivery.target != "alerts"\ntarget: alerts\n',
    });
    scene.target.answer = ({ path }, response, nth) =>
      void response
        .writeHead(path !== "/api" ? 200 : nth === 1 ? 503 : 422)
        .end('{"error":"no such customer"}');
    await post(scene.router.hooks, { body: "{}" });
    await until("the alert", () => at("alerts").length > 0);
    expect(at("api")).toHaveLength(2);
    expect(at("alerts")[0]!.json).toMatchObject({
      type: "delivery.dead",
      delivery: { route: "everything", attempt: 2 },
      answer: { status: 422, body: { error: "no such customer" } },
      error: { code: "FORWARD_STATUS_REFUSED" },
    });
  }, 60_000);

  it("that goes in a circle is cut: the last one is a dead letter with the path, and no event is made of that", async () => {
    await start({
      "routes/again.yaml":
        "source: signalbox\non: [delivery.d*]\nwhen: answer.status = 200 or error.code != ''\ntarget: api\n",
    });
    await post(scene.router.hooks, { body: "{}" });
    const { items } = await answers<{ items: DeliveryDetail[] }>(
      scene.router.admin,
      "/deliveries?state=dead",
      (page) => page.items.length > 0,
    );
    expect(items).toMatchObject([{ route: "again", code: "CHAIN_TOO_LONG" }]);
    const { json: dead } = await call<DeliveryDetail>(scene.router.admin, `/deliveries/${items[0]!.id}`);
    expect(dead.attemptList[0]!.error!.detail).toContain("8 calls");
    expect(dead.attemptList[0]!.error!.detail).toContain("`everything` → `again` → `again`");
    expect(at("api")).toHaveLength(8);
    expect(redis.cli("zcard", "{sb}:events")).toBe("9");
  }, 60_000);

  it("over a target that calls one of our hooks is cut as well, by the header that goes along", async () => {
    await start({});
    scene.target.answer = ({ headers }, response) => {
      response.writeHead(200).end();
      const body = "{}";
      const hops = { "signalbox-hops": headers["signalbox-hops"]! };
      void fetch(`${scene.router.hooks}/hooks/github`, {
        method: "POST",
        headers: headersOf({ body, headers: hops }),
        body,
      });
    };
    await post(scene.router.hooks, { body: "{}" });
    const { items } = await answers<{ items: DeliveryDetail[] }>(
      scene.router.admin,
      "/deliveries?state=dead",
      (page) => page.items.length > 0,
    );
    expect(items).toMatchObject([{ route: "everything", code: "CHAIN_TOO_LONG" }]);
    expect(at("api")).toHaveLength(8);
  }, 60_000);

  it("loses no link and makes none twice, though workers and the store are killed in the midst", async () => {
    await start({
      "targets/status.yaml": target("status"),
      "routes/then.yaml":
        'source: signalbox\non: [delivery.delivered]\nwhen: delivery.route = "everything"\ntarget: status\n',
    });
    const sent = 120;
    const ids: string[] = [];
    for (let index = 0; index < sent; index++)
      ids.push((await post(scene.router.hooks, { body: `{"n":${index}}` })).json.id!);
    await until("some have come through", () => at("status").length > 10);
    scene.router.process.kill("SIGKILL");
    await redis.kill();
    await redis.start();
    scene.router = await scene.start();
    const of = ({ json }: Arrival): string => (json as Chained).event.id;
    await until("all have come through", () => new Set(at("status").map(of)).size === sent, {
      withinMs: 60_000,
    });
    expect(new Set(at("status").map(of))).toEqual(new Set(ids));
    // A call may be repeated, under the same id; no end became two events.
    expect(new Set(at("status").map(({ headers }) => headers["webhook-id"])).size).toBe(sent);
    expect(redis.cli("zcard", "{sb}:events")).toBe(String(2 * sent));
  }, 120_000);

  it("begins with what a person does to a target, and with other rules, told once by all processes", async () => {
    await start({
      "targets/log.yaml": target("log"),
      "routes/log.yaml": "source: signalbox\non: ['target.*', rules.*]\ntarget: log\n",
    });
    const other = await scene.start();
    await call(scene.router.admin, "/targets/api/pause", { reason: "maintenance" });
    await call(scene.router.admin, "/targets/api/resume", {});
    await until("both are told", () => at("log").length === 2);
    const told = (): unknown[] => at("log").map(({ json }) => json);
    expect(told()).toMatchObject([
      { type: "target.paused", subject: "api", target: "api", reason: "maintenance" },
      { type: "target.resumed", subject: "api", was: { reason: "maintenance" } },
    ]);
    await writeFile(join(scene.dir, "routes/more.yaml"), "source: github\non: [issues]\ntarget: api\n");
    for (const { admin } of [scene.router, other])
      expect((await call(admin, "/rules/reload", {})).status).toBe(200);
    await until("the new rules are told", () => at("log").length > 2);
    expect(told()[2]).toMatchObject({ type: "rules.reloaded", routes: ["everything", "log", "more"] });
    expect((await call<{ items: { name: string }[] }>(other.admin, "/sources")).json.items).toContainEqual(
      expect.objectContaining({ name: "signalbox", scheme: "own", routes: ["log"] }),
    );
    expect(at("log")).toHaveLength(3);
  }, 60_000);
});
