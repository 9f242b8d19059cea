/** Expectations end to end: an answer that deviates is an end of its own, counted, found, told and replayed. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { deliveryDetail, deliveryPage, type DeliveryDetail } from "../../src/admin/shapes/deliveries.ts";
import { balance, type Balance } from "../../src/admin/shapes/state.ts";
import { misfits } from "../helpers/admin.ts";
import { post } from "../helpers/github.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { run } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";

let redis: TestRedis;
let scene: Scene;

beforeAll(async () => {
  redis = await aRedis();
  scene = await aScene({
    redisUrl: redis.url,
    files: {
      "routes/everything.yaml": "",
      "routes/strict.yaml": "source: github\ntarget: api\nexpect: { where: 'ok = true' }\n",
      "routes/polled.yaml": "source: github\ntarget: jobs\nexpect: { schema: done, retry: true }\n",
      "targets/jobs.yaml":
        "url: ${TARGET}/jobs\nretry: { attempts: 3, firstDelaySeconds: 0.1, maxDelaySeconds: 0.2 }\n",
      "schemas/done.json": '{"required":["state"],"properties":{"state":{"const":"done"}}}',
    },
  });
});
afterAll(async () => {
  await scene.close();
  await redis.close();
});

/** How the target answers on each of its paths; `nth` of one delivery, from 1. */
function answering(strict: object, polled: (nth: number) => object): void {
  scene.target.answer = ({ path }, response, nth) =>
    void response
      .writeHead(200, { "content-type": "application/json" })
      .end(JSON.stringify(path === "/api" ? strict : polled(nth)));
}

async function ended(id: string): Promise<DeliveryDetail> {
  let found: DeliveryDetail | undefined;
  await until("the delivery ends", async () => {
    const reply = await scene.router.ask(`/api/v1/deliveries/${id}`);
    found = (await reply.json()) as DeliveryDetail;
    return reply.ok && !["pending", "retrying"].includes(found.state);
  });
  expect(misfits(deliveryDetail, found)).toEqual([]);
  return found!;
}

async function deliveriesOf(): Promise<Record<string, DeliveryDetail>> {
  const { json } = await post(scene.router.hooks, { body: '{"a":1}' });
  const all = await Promise.all(json.deliveries!.map(ended));
  return Object.fromEntries(all.map((one) => [one.route, one]));
}

describeWithRedis("an expectation", () => {
  it("ends a delivery as deviated, with what was expected and what came, in API, list, balance and command line", async () => {
    answering({ ok: false }, () => ({ state: "done" }));
    const { strict, polled } = await deliveriesOf();
    expect(polled).toMatchObject({ state: "delivered", attempts: 1 });
    expect(strict).toMatchObject({ state: "deviated", attempts: 1, status: 200 });
    expect(strict!.code).toBe("FORWARD_ANSWER_DEVIATED");
    expect(strict!.attemptList[0]!.error!.detail).toMatch(
      /expected `where` to be true of the answer, got false/,
    );
    const page = await (await scene.router.ask("/api/v1/deliveries?state=deviated")).json();
    expect(misfits(deliveryPage, page)).toEqual([]);
    expect(page).toMatchObject({ items: [{ id: strict!.id, route: "strict" }] });
    const counted = (await (await scene.router.ask("/api/v1/balance")).json()) as Balance;
    expect(misfits(balance, counted)).toEqual([]);
    expect(counted.hours.reduce((sum, row) => sum + row.deviated, 0)).toBe(1);
    expect(counted.balanced).toBe(true);
    const line = scene.router.log.find(
      (fields) => fields["delivery"] === strict!.id && fields["state"] === "deviated",
    );
    expect(line).toMatchObject({ code: "FORWARD_ANSWER_DEVIATED", status: 200 });
    const environment = { SIGNALBOX_DATA_DIR: scene.dataDir };
    const listed = await run(["deliveries", "--state", "deviated", "--json"], environment);
    expect(JSON.parse(listed.stdout)).toMatchObject({ items: [{ id: strict!.id }] });
    const told = await run(["deliveries", strict!.id], environment);
    expect(told.stdout).toContain("deviated  FORWARD_ANSWER_DEVIATED");
    // No dead letter: those are what the target did not take.
    expect(await (await scene.router.ask("/api/v1/dead-letters")).json()).toMatchObject({ items: [] });
  });

  it("is asked again until it is met, where the route says so, and is deviated after the last attempt", async () => {
    answering({ ok: true }, (nth) => ({ state: nth < 3 ? "running" : "done" }));
    const { strict, polled } = await deliveriesOf();
    expect(strict!.state).toBe("delivered");
    expect(polled).toMatchObject({ state: "delivered", attempts: 3 });
    expect(polled!.attemptList.map(({ error }) => error?.code)).toEqual([
      ...["FORWARD_ANSWER_DEVIATED", "FORWARD_ANSWER_DEVIATED"],
      undefined,
    ]);
    answering({ ok: true }, () => ({ state: "running" }));
    const { polled: never } = await deliveriesOf();
    expect(never).toMatchObject({ state: "deviated", attempts: 3 });
    expect(never!.attemptList.at(-1)!.error!.schema).toContain("/docs/schemas/done#");
  });

  it("lets what deviated be replayed, one and many, and discarded", async () => {
    answering({ ok: false }, () => ({ state: "done" }));
    const { strict: first } = await deliveriesOf();
    const { strict: second } = await deliveriesOf();
    const discarded = await scene.router.ask(`/api/v1/deliveries/${second!.id}/discard`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"reason":"known"}',
    });
    expect(discarded.status).toBe(204);
    answering({ ok: true }, () => ({ state: "done" }));
    const replayed = await run(
      ["replay", "--state", "deviated", "--route", "strict", "--reason", "mended", "--yes", "--json"],
      { SIGNALBOX_DATA_DIR: scene.dataDir },
    );
    expect(`${replayed.code} ${replayed.stderr}`).toMatch(/^0 /);
    await until("it is delivered", async () => (await ended(first!.id)).state === "delivered");
    expect((await ended(second!.id)).state).toBe("discarded");
    const counted = (await (await scene.router.ask("/api/v1/balance")).json()) as Balance;
    expect(counted.balanced).toBe(true);
  });
});
