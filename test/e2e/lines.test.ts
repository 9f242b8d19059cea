/** Routes with `latest`, `throttle` and `batch`, as a sender and a target see them. */
import { afterEach, expect, it } from "vitest";
import { call } from "../helpers/admin.ts";
import { post } from "../helpers/github.ts";
import { aRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { status } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function scened(route: string, files: Readonly<Record<string, string>> = {}): Promise<Scene> {
  const redis = await aRedis({ "maxmemory-policy": "noeviction" });
  closing.push(() => redis.close());
  const text = `source: github\ntarget: api\n${route}\n`;
  const scene = await aScene({ redisUrl: redis.url, files: { "routes/everything.yaml": text, ...files } });
  closing.push(() => scene.close());
  return scene;
}

interface Delivery {
  readonly id: string;
  readonly state: string;
  readonly attemptList: readonly { readonly status?: number; readonly number: number }[];
  readonly batch?: string;
  readonly supersededBy?: string;
}

const sends = async ({ router }: Scene, body: unknown): Promise<string> =>
  (await post(router.hooks, { body: JSON.stringify(body) })).json.deliveries![0]!;

const read = async ({ router }: Scene, id: string): Promise<Delivery> =>
  (await call<Delivery>(router.admin, `/deliveries/${id}`)).json;

const come = (scene: Scene, ids: readonly string[], state: string, withinMs = 20_000): Promise<Delivery[]> =>
  until(
    `all are ${state}`,
    async () => {
      const found = await Promise.all(ids.map((id) => read(scene, id)));
      return found.every((one) => one.state === state) && found;
    },
    { withinMs },
  );

describeWithRedis("a route with `latest`", () => {
  it("sends the first and the newest, and ends those in between as superseded", async () => {
    const scene = await scened("latest: { key: key }");
    const held: (() => void)[] = [];
    scene.target.answer = (arrival, response, nth) =>
      void held.push(() => status(200)(arrival, response, nth));
    const first = await sends(scene, { key: "a", n: 1 });
    await until("the first is on its way", () => held.length === 1);
    const rest: string[] = [];
    for (const n of [2, 3, 4]) rest.push(await sends(scene, { key: "a", n }));
    scene.target.answer = status(200);
    held[0]!();
    await come(scene, [first, rest[2]!], "delivered");
    const [second] = await come(scene, rest.slice(0, 2), "superseded");
    expect(second).toMatchObject({ supersededBy: rest[1], attemptList: [] });
    expect(scene.target.arrivals.map(({ json }) => (json as { n: number }).n)).toEqual([1, 4]);
    const { json } = await call<{ items: { id: string }[] }>(
      scene.router.admin,
      "/deliveries?state=superseded",
    );
    expect(json.items.map(({ id }) => id)).toEqual([rest[1], rest[0]]);
    const overview = await call<{ balance: { balanced: boolean; hours: { superseded: number }[] } }>(
      scene.router.admin,
      "/overview",
    );
    expect(overview.json.balance).toMatchObject({ balanced: true });
    expect(overview.json.balance.hours.reduce((sum, { superseded }) => sum + superseded, 0)).toBe(2);
  }, 60_000);
});

describeWithRedis("a route with `throttle`", () => {
  it("lets one begin in a period and sends the others in their order, each a period later; another key is not kept", async () => {
    const scene = await scened("throttle: { key: key, perSeconds: 2 }");
    const ids: string[] = [];
    for (const n of [1, 2, 3]) ids.push(await sends(scene, { key: "a", n }));
    ids.push(await sends(scene, { key: "b", n: 1 }));
    await come(scene, ids, "delivered", 20_000);
    const ofKey = scene.target.arrivals.filter(({ json }) => (json as { key: string }).key === "a");
    expect(ofKey.map(({ json }) => (json as { n: number }).n)).toEqual([1, 2, 3]);
    const gaps = ofKey.slice(1).map(({ at }, before) => at - ofKey[before]!.at);
    expect(Math.min(...gaps)).toBeGreaterThan(1_000);
    expect(scene.target.arrivals.findIndex(({ json }) => (json as { key: string }).key === "b")).toBeLessThan(
      2,
    );
  }, 60_000);
});

describeWithRedis("a route with `batch`", () => {
  const FILES = {
    "routes/everything.yaml":
      "source: github\ntarget: api\nwhen: $not(skip = true)\ntransform: all\nbatch: { key: key, max: 3, seconds: 4 }\n",
    "transforms/all.jsonata": '{ "first": $event.id, "events": $event.events.id[], "numbers": $.n[] }\n',
  };

  it("sends what fills it in one request, and what is left when its time has come; all end with the same attempt", async () => {
    const scene = await scened("", FILES);
    const ids: string[] = [];
    for (const n of [1, 2, 3, 4]) ids.push(await sends(scene, { key: "a", n }));
    const done = await come(scene, ids, "delivered");
    expect(scene.target.arrivals.map(({ json }) => (json as { numbers: number[] }).numbers)).toEqual([
      [1, 2, 3],
      [4],
    ]);
    const [one] = scene.target.arrivals;
    expect(one!.headers["webhook-id"]).toBe(ids[0]);
    const { first, events } = one!.json as { first: string; events: string[] };
    expect(first).toBe(events[0]);
    expect(events.map((id) => id.slice(4))).toEqual(ids.slice(0, 3).map((id) => id.slice(4, 30)));
    expect(done.map(({ batch }) => batch)).toEqual([ids[0], ids[0], ids[0], ids[3]]);
    expect(done.map(({ attemptList }) => attemptList.map((each) => each.status))).toEqual([
      ...[[200], [200], [200], [200]],
    ]);
  }, 60_000);

  it("is tried again as a whole under the same id, filters each event by itself, and dies together", async () => {
    const scene = await scened("", FILES);
    scene.target.answer = (arrival, response, nth) => status(nth < 3 ? 503 : 422)(arrival, response, nth);
    const skipped = await sends(scene, { key: "a", n: 0, skip: true });
    const ids = [await sends(scene, { key: "a", n: 1 }), await sends(scene, { key: "a", n: 2 })];
    const dead = await come(scene, ids, "dead");
    await come(scene, [skipped], "filtered");
    const { arrivals } = scene.target;
    expect(arrivals.map(({ json }) => (json as { numbers: number[] }).numbers)).toEqual([
      ...[
        [1, 2],
        [1, 2],
        [1, 2],
      ],
    ]);
    expect(new Set(arrivals.map(({ headers }) => headers["webhook-id"]))).toEqual(new Set([ids[0]]));
    expect(arrivals.map(({ headers }) => headers["signalbox-attempt"])).toEqual(["1", "2", "3"]);
    for (const one of dead) expect(one.attemptList.map((each) => each.status)).toEqual([503, 503, 422]);
    const causes = await call<{ items: { count: number }[] }>(scene.router.admin, "/dead-letters");
    expect(causes.json.items).toMatchObject([{ count: 2 }]);
    scene.target.answer = status(200);
    for (const id of ids)
      expect((await call(scene.router.admin, `/deliveries/${id}/replay`, {})).status).toBe(202);
    await come(scene, ids, "delivered");
    const again = arrivals.slice(3).flatMap(({ json }) => (json as { numbers: number[] }).numbers);
    expect(again).toEqual([1, 2]);
  }, 60_000);

  it("that a killed worker had in hand is sent whole once more, under the same id", async () => {
    const scene = await scened("", FILES);
    scene.target.answer = () => undefined;
    const ids: string[] = [];
    for (const n of [1, 2, 3]) ids.push(await sends(scene, { key: "a", n }));
    await until("it is under way", () => scene.target.arrivals.length === 1);
    await scene.router.end("SIGKILL");
    scene.target.answer = status(200);
    scene.router = await scene.start();
    // The lock of the one that was killed lapses first.
    await come(scene, ids, "delivered", 30_000);
    const [before, after] = scene.target.arrivals;
    expect(after!.body).toBe(before!.body);
    expect(after!.headers["webhook-id"]).toBe(before!.headers["webhook-id"]);
  }, 90_000);

  it("whose answer is not as expected deviates as a whole, after the tries that its route grants", async () => {
    const route = `${FILES["routes/everything.yaml"]}expect: { where: ok = true, retry: true }\n`;
    const scene = await scened("", { ...FILES, "routes/everything.yaml": route });
    scene.target.answer = (arrival, response, nth) => {
      const ok = nth > 1 && (arrival.json as { numbers: number[] }).numbers[0] === 1;
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ ok }));
    };
    const first: string[] = [];
    for (const n of [1, 2, 3]) first.push(await sends(scene, { key: "a", n }));
    await come(scene, first, "delivered");
    const second: string[] = [];
    for (const n of [4, 5, 6]) second.push(await sends(scene, { key: "b", n }));
    const deviated = await come(scene, second, "deviated", 40_000);
    for (const { attemptList } of deviated) expect(attemptList.length).toBeGreaterThan(1);
    const numbers = scene.target.arrivals.map(({ json }) => (json as { numbers: number[] }).numbers.join());
    expect(numbers.slice(0, 2)).toEqual(["1,2,3", "1,2,3"]);
    expect(new Set(numbers.slice(2))).toEqual(new Set(["4,5,6"]));
  }, 90_000);
});

describeWithRedis("a route with `order` and `delay`", () => {
  it("lets each come so long after it was received, and none before the one in front of it", async () => {
    const scene = await scened("order: { key: key }\ndelay: 2");
    const sentAt = Date.now();
    const ids: string[] = [];
    for (const n of [1, 2, 3]) ids.push(await sends(scene, { key: "a", n }));
    await come(scene, ids, "delivered", 30_000);
    const { arrivals } = scene.target;
    expect(arrivals.map(({ json }) => (json as { n: number }).n)).toEqual([1, 2, 3]);
    expect(arrivals[0]!.at - sentAt).toBeGreaterThanOrEqual(1_900);
  }, 60_000);
});
