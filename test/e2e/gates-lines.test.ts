/** Gates and order: who waits for people keeps its place, and what comes behind it goes on once it is decided. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { aGatedScene, quiet, type Gated } from "../helpers/gated.ts";
import { post } from "../helpers/github.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { until } from "../helpers/until.ts";

describeWithRedis("a gate on an ordered route", () => {
  let gated: Gated;
  beforeAll(async () => {
    gated = await aGatedScene('{ when: "$result.amount > 1000" }', {
      "routes/everything.yaml":
        "source: github\ntransform: order\ntarget: api\norder: sender\ngate: { when: '$result.amount > 1000', timeout: 20s }\n",
    });
  }, 90_000);
  afterAll(() => gated?.close());

  const send = async (order: number, amount: number): Promise<string> => {
    const body = JSON.stringify({ order, amount, sender: "zoe" });
    return (await post(gated.scene.router.hooks, { body })).json.deliveries![0]!;
  };
  const arrived = (): number[] =>
    gated.scene.target.arrivals.map(({ json }) => (json as { order: number }).order);

  it.each([
    ["approved", "approve", [1, 2]],
    ["rejected", "reject", [4]],
  ] as const)(
    "lets the next one on once the first is %s, and not before",
    async (_done, what, order) => {
      gated.scene.target.arrivals.length = 0;
      const last = order.at(-1)!;
      const { id, delivery } = await gated.held({ order: last - 1, amount: 5_000, sender: "zoe" });
      const next = await send(last, 1);
      await quiet(700);
      expect(arrived()).toEqual([]);
      expect((await gated.say(gated.ann, what, id)).status).toBe(200);
      await until("the next one arrives", async () => (await gated.state(next)) === "delivered");
      expect(arrived()).toEqual(order);
      expect(await gated.state(delivery)).toBe(what === "approve" ? "delivered" : "discarded");
    },
    60_000,
  );
});
