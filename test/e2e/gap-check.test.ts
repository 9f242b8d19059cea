/** Gaps: what GitHub and Stripe say that they have sent, by their APIs as documented, is fetched where it never came, and only there. */
import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { afterEach, expect, it } from "vitest";
import type { EventDetail } from "../../src/admin/shapes/deliveries.ts";
import { call } from "../helpers/admin.ts";
import { post } from "../helpers/github.ts";
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

const HOOK = "/repos/acme/shop/hooks/12345";
const often = "everyMinutes: 0.02, graceSeconds: 1";

interface Sent {
  readonly id: number;
  readonly guid: string;
  readonly event: string;
  readonly at: number;
  readonly payload: object;
}

const json = (response: ServerResponse, value: unknown, headers: Record<string, string> = {}): void =>
  void response.writeHead(200, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));

/** GitHub's two calls: a list of one delivery a page, newest first, and one of them whole. */
function asGithub(sent: readonly Sent[], { path }: Arrival, response: ServerResponse): void {
  const [, id] = /deliveries\/(\d+)$/.exec(path) ?? [];
  const shown = ({ id, guid, event, at }: Sent): object => ({
    ...{
      id,
      guid,
      event,
      action: null,
      redelivery: false,
      duration: 0.4,
      status: "Invalid HTTP Response: 503",
    },
    ...{
      delivered_at: new Date(at).toISOString(),
      status_code: 503,
      installation_id: null,
      repository_id: 1,
    },
  });
  if (id !== undefined) {
    const one = sent.find((each) => each.id === Number(id))!;
    const headers = {
      "X-GitHub-Delivery": one.guid,
      "X-GitHub-Event": one.event,
      "X-Hub-Signature-256": "sha256=0",
    };
    return json(response, { ...shown(one), request: { headers, payload: one.payload }, response: {} });
  }
  const newest = [...sent].sort((one, other) => other.at - one.at);
  const at = Number(/cursor=(\d+)/.exec(path)?.[1] ?? 0);
  const next = `<${scene.target.url}${HOOK}/deliveries?per_page=100&cursor=${at + 1}>; rel="next"`;
  json(response, newest.slice(at, at + 1).map(shown), at + 1 < newest.length ? { link: next } : {});
}

const delivered = (): unknown[] =>
  scene.target.arrivals.filter(({ path }) => path === "/api").map((arrival) => arrival.json);
const asked = (): Arrival[] => scene.target.arrivals.filter(({ path }) => path !== "/api");

describeWithRedis("a gap check", () => {
  it("fetches from GitHub what never came of the types that a route takes, once over two workers", async () => {
    redis = await aRedis();
    scene = await aScene({
      redisUrl: redis.url,
      environment: { HOOK_TOKEN: "t0ken-of-hooks" },
      files: {
        "sources/github.yaml": `provider: github\nsecrets: ['\${SECRET}']\ngapCheck: { url: "\${TARGET}${HOOK}", token: "\${HOOK_TOKEN}", ${often} }\n`,
        "routes/everything.yaml": "source: github\non: [push]\ntarget: api\n",
      },
    });
    const sent: Sent[] = [];
    scene.target.answer = (arrival, response) =>
      arrival.path === "/api" ? json(response, {}) : asGithub(sent, arrival, response);
    const other = await scene.start({ SIGNALBOX_ROLE: "worker" });
    await until("the list was asked for", () => asked().length > 0, { withinMs: 30_000 });
    expect(asked()[0]!.headers["authorization"]).toBe("Bearer t0ken-of-hooks");
    const came = randomUUID();
    const at = Date.now();
    sent.push({ id: 1, guid: came, event: "push", at, payload: { n: "came" } });
    sent.push({ id: 2, guid: randomUUID(), event: "push", at: at + 1, payload: { n: "lost" } });
    sent.push({ id: 3, guid: randomUUID(), event: "star", at: at + 2, payload: { n: "not wanted" } });
    await post(scene.router.hooks, { id: came, body: '{"n":"came"}' });
    await until("what was lost is delivered", () => delivered().length === 2, { withinMs: 30_000 });
    expect(delivered()).toEqual([{ n: "came" }, { n: "lost" }]);
    const before = asked().length;
    await until("it was asked again", () => asked().length > before + 3, { withinMs: 30_000 });
    expect(delivered()).toHaveLength(2);
    expect(
      asked()
        .filter(({ path }) => /deliveries\/\d/.test(path))
        .map(({ path }) => path),
    ).toEqual([`${HOOK}/deliveries/2`]);
    const { items } = (await call<{ items: { id: string }[] }>(scene.router.admin, "/events")).json;
    const { json: event } = await call<EventDetail>(scene.router.admin, `/events/${items[0]!.id}`);
    expect(event).toMatchObject({ type: "push", verified: { scheme: "fetched", provider: "github" } });
    expect(event.headers["signalbox-fetched"]).toBe("gap-check");
    expect(JSON.stringify(event)).not.toContain("t0ken-of-hooks");
    // More than the 20 pages that are looked at: it is told that nobody looked at the rest.
    const many = Array.from({ length: 24 }, (_, nth) => ({
      id: 10 + nth,
      guid: randomUUID(),
      at: Date.now() + nth,
    }));
    sent.push(...many.map((one) => ({ ...one, event: "star", payload: {} })));
    await until(
      "it is told",
      () =>
        [...scene.router.log, ...other.log].some(
          ({ step, looked }) => step === "gap.unlooked" && looked === 20,
        ),
      { withinMs: 30_000 },
    );
  }, 120_000);

  it("fetches from Stripe, page by page, and a failing list is asked again from the same point", async () => {
    redis = await aRedis();
    scene = await aScene({
      redisUrl: redis.url,
      environment: { STRIPE_SECRET: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", STRIPE_KEY: "rk_test_1" },
      files: {
        "sources/github.yaml": "",
        "sources/stripe.yaml": `provider: stripe\nsecrets: ['\${STRIPE_SECRET}']\ngapCheck: { url: "\${TARGET}/v1/events", token: "\${STRIPE_KEY}", ${often} }\n`,
        "routes/everything.yaml": "source: stripe\non: ['invoice.*']\ntarget: api\n",
      },
    });
    const created = Math.floor(Date.now() / 1000) + 1;
    const events = ["a", "b", "c"].map((id) => ({
      ...{ id: `evt_${id}`, object: "event", type: "invoice.paid", created, data: { object: { id } } },
    }));
    let failing = true;
    scene.target.answer = ({ path }, response) => {
      if (path === "/api") return json(response, {});
      if (failing) return void response.writeHead(500).end();
      const query = new URL(path, "http://stripe.test").searchParams;
      const from = Number(query.get("created[gte]"));
      const to = Number(query.get("created[lt]"));
      const fitting = events.filter((one) => one.created >= from && one.created < to).reverse();
      const after = fitting.findIndex(({ id }) => id === query.get("starting_after"));
      const data = fitting.slice(after + 1, after + 3);
      json(response, { object: "list", url: "/v1/events", has_more: after + 3 < fitting.length, data });
    };
    await until("it was asked in vain", () => asked().length >= 2, { withinMs: 30_000 });
    expect(scene.router.log.some(({ step }) => step === "gap.unchecked")).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    failing = false;
    await until("all three are delivered", () => delivered().length === 3, { withinMs: 30_000 });
    expect(new Set(delivered().map((one) => (one as { id: string }).id))).toEqual(
      new Set(["evt_a", "evt_b", "evt_c"]),
    );
  }, 120_000);
});
