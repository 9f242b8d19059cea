/** Deliveries that wait for their time, end to end: shown as such, over a kill, by a person sooner. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { deliveryDetail, type DeliveryDetail } from "../../src/admin/shapes/deliveries.ts";
import { misfits } from "../helpers/admin.ts";
import { post } from "../helpers/github.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { run } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";

let redis: TestRedis;
let scene: Scene;

/** Local time in UTC, so many minutes from now. */
const clockAt = (minutes: number): string =>
  new Date(Date.now() + minutes * 60_000).toISOString().slice(11, 16);

beforeAll(async () => {
  redis = await aRedis({ appendonly: "yes" });
  scene = await aScene({
    redisUrl: redis.url,
    files: {
      "routes/everything.yaml": "",
      "routes/delayed.yaml": "source: github\non: [late]\ntarget: api\ndelay: 2\n",
      "routes/longer.yaml": "source: github\non: [long]\ntarget: later\ndelay: 3600\n",
      "targets/later.yaml": "url: ${TARGET}/later\n",
      "routes/planned.yaml":
        "source: github\non: [planned]\ntarget: api\nnotBefore: due\nwhen: $not($exists(skip))\n",
      "routes/quiet.yaml": `source: github\non: [quiet]\ntarget: api\nquietHours: { from: '${clockAt(-2)}', to: '${clockAt(90)}' }\n`,
      "routes/now.yaml": "source: github\non: [now]\ntarget: api\n",
    },
  });
});
afterAll(async () => {
  await scene.close();
  await redis.close();
});

const sent = async (type: string, body: object = {}): Promise<string> =>
  (await post(scene.router.hooks, { type, body: JSON.stringify(body) })).json.deliveries![0]!;

async function delivery(id: string): Promise<DeliveryDetail> {
  const found = (await (await scene.router.ask(`/api/v1/deliveries/${id}`)).json()) as DeliveryDetail;
  expect(misfits(deliveryDetail, found)).toEqual([]);
  return found;
}

const arrivals = (id: string): number[] =>
  scene.target.arrivals.filter(({ headers }) => headers["webhook-id"] === id).map(({ at }) => at);

describeWithRedis("a delivery that waits for its time", () => {
  it("is pending with its time and the reason, does not hold up others, and is sent then, once", async () => {
    const before = Date.now();
    const id = await sent("late");
    const waiting = await delivery(id);
    expect(waiting).toMatchObject({ state: "pending", attempts: 0, waitsFor: "the route's delay of 2 s" });
    expect(Date.parse(waiting.dueAt!)).toBeGreaterThanOrEqual(before + 2_000);
    const other = await sent("now");
    await until("the other one arrives", () => arrivals(other).length === 1);
    expect(arrivals(id)).toEqual([]);
    await until("it arrives", () => arrivals(id).length === 1);
    expect(arrivals(id)[0]! - before).toBeGreaterThanOrEqual(1_950);
    expect(arrivals(id)[0]! - before).toBeLessThan(4_500);
    await until("it is delivered", async () => (await delivery(id)).state === "delivered");
    const done = await delivery(id);
    expect(done.dueAt).toBeUndefined();
    expect(done.attemptList[0]!.timings.waitMs).toBeLessThan(1_500);
  });

  it("waits as long as the event says, and not where that is past", async () => {
    const due = new Date(Date.now() + 1_500).toISOString();
    const id = await sent("planned", { due });
    expect(await delivery(id)).toMatchObject({
      state: "pending",
      dueAt: due,
      waitsFor: "the route's notBefore",
    });
    const past = await sent("planned", { due: 0 });
    await until("the past one arrives at once", () => arrivals(past).length === 1);
    expect(arrivals(id)).toEqual([]);
    await until("it arrives", () => arrivals(id).length === 1);
    expect(arrivals(id)[0]!).toBeGreaterThanOrEqual(Date.parse(due) - 50);
  });

  it.each([
    [{}, "got nothing"],
    [{ due: "soon" }, "got other text"],
    [{ due: 1_764_075_600 }, "looks like seconds"],
  ])("is a dead letter with the cause where %o gives no time", async (body, said) => {
    const id = await sent("planned", body);
    await until("it died", async () => (await delivery(id)).state === "dead");
    const { code, attemptList } = await delivery(id);
    expect(code).toBe("DISPATCH_TIME_INVALID");
    expect(attemptList[0]!.error!.detail).toContain("The `notBefore` of route `planned`: ");
    expect(attemptList[0]!.error!.detail).toContain(said);
    expect(arrivals(id)).toEqual([]);
    const skipped = await sent("planned", { ...body, skip: true });
    await until(
      "what `when` leaves out is filtered",
      async () => (await delivery(skipped)).state === "filtered",
    );
  });

  it("waits for the end of the quiet hours, and goes at once when a person replays it", async () => {
    const id = await sent("quiet");
    const waiting = await delivery(id);
    expect(waiting.state).toBe("pending");
    expect(waiting.waitsFor).toMatch(/^the route's quiet hours, \d\d:\d\d to \d\d:\d\d \(UTC\)$/);
    expect(Date.parse(waiting.dueAt!) - Date.now()).toBeGreaterThan(85 * 60_000);
    const replayed = await scene.router.ask(`/api/v1/deliveries/${id}/replay`, { method: "POST" });
    expect(replayed.status).toBeLessThan(300);
    await until("it arrives", () => arrivals(id).length === 1);
  });

  it("can be given up while it waits", async () => {
    const id = await sent("long");
    const { state, dueAt } = await delivery(id);
    expect(state).toBe("pending");
    const told = await run(["deliveries", id], { SIGNALBOX_DATA_DIR: scene.dataDir });
    expect(told.stdout).toContain(`waits until ${dueAt} for the route's delay of 3600 s`);
    const discarded = await scene.router.ask(`/api/v1/deliveries/${id}/discard`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"reason":"not any more"}',
    });
    expect(discarded.status).toBe(204);
    expect(await delivery(id)).toMatchObject({ state: "discarded" });
    expect(redis.cli("ZCARD", "{sb}:q:later:delayed")).toBe("0");
  });

  it("is sent in time though its router was killed meanwhile, once", async () => {
    const id = await sent("late");
    scene.router.process.kill("SIGKILL");
    await scene.router.end();
    scene.router = await scene.start();
    await until("it arrives", () => arrivals(id).length === 1, { withinMs: 20_000 });
    await until("it is delivered", async () => (await delivery(id)).state === "delivered");
    expect(arrivals(id)).toHaveLength(1);
  });

  it("does not make its target look as if nothing got through", async () => {
    await sent("long");
    // What is counted is shared by all who ask within 2 s.
    const target = await until("the target is told with what waits", async () => {
      const { items } = (await (await scene.router.ask("/api/v1/targets")).json()) as {
        items: { name: string; verdict: string; retrying: number }[];
      };
      return items.find(({ name, retrying }) => name === "later" && retrying === 1);
    });
    expect(target).toMatchObject({ verdict: "idle" });
  });
});
