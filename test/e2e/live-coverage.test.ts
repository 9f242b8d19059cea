/** Coverage on live traffic through a started router: counted where the setting says so, told by the API, the same results. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { post } from "../helpers/github.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import type { RunningRouter } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";

const FILES = {
  "routes/everything.yaml": "source: github\nwhen: ref != 'skip'\ntransform: said\ntarget: api\n",
  "transforms/said.jsonata": '{ "said": forced = true ? $uppercase(ref) : ref }\n',
};

const PATIENCE = { withinMs: 60_000 };

interface Covered {
  readonly oneIn: number;
  readonly samples: number;
  readonly rules: readonly {
    readonly kind: string;
    readonly percent: number;
    readonly gaps: readonly { what: string }[];
  }[];
}

describeWithRedis("coverage on live traffic", () => {
  let redis: TestRedis;
  let scene: Scene;

  beforeAll(async () => {
    redis = await aRedis();
    scene = await aScene({
      redisUrl: redis.url,
      files: FILES,
      environment: { SIGNALBOX_COVERAGE_ONE_IN: "1" },
    });
  }, 60_000);
  afterAll(async () => {
    await scene?.close();
    await redis?.close();
  });

  const covered = async (router: RunningRouter): Promise<Covered> => {
    const answer = await router.ask("/api/v1/routes/everything/coverage");
    expect(answer.status).toBe(200);
    return (await answer.json()) as Covered;
  };

  it("is counted over restarts, and not where the setting is 0", async () => {
    const { router } = scene;
    expect(await covered(router)).toMatchObject({ oneIn: 1, samples: 0 });
    for (const body of [{ ref: "a" }, { ref: "skip" }])
      await post(router.hooks, { body: JSON.stringify(body) });
    await until("two were counted", async () => (await covered(router)).samples === 2, PATIENCE);
    const [when, rule] = (await covered(router)).rules;
    expect(when).toMatchObject({ kind: "when", percent: 100 });
    expect(rule!.gaps.map(({ what }) => what)).toEqual(["never ran: $uppercase(ref)"]);
    expect(scene.target.arrivals.map(({ json }) => json)).toEqual([{ said: "a" }]);

    await router.end();
    const second = await scene.start({ SIGNALBOX_COVERAGE_ONE_IN: "1" });
    await post(second.hooks, { body: JSON.stringify({ ref: "b", forced: true }) });
    await until("one more was counted", async () => (await covered(second)).samples === 3, PATIENCE);
    expect((await covered(second)).rules.every(({ percent }) => percent === 100)).toBe(true);
    await second.end();

    const third = await scene.start({ SIGNALBOX_COVERAGE_ONE_IN: "0" });
    await post(third.hooks, { body: JSON.stringify({ ref: "c" }) });
    await until("the third arrives", () => scene.target.arrivals.length === 3, PATIENCE);
    expect(await covered(third)).toMatchObject({ oneIn: 0, samples: 3 });
  }, 180_000);
});
