/** Many who change people and tokens at the same moment: each change is made, or refused for a reason of its own. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { setUp, type Client } from "../helpers/people.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aScene, type Scene } from "../helpers/scene.ts";

describeWithRedis("at the same moment", () => {
  let redis: TestRedis;
  let scene: Scene;
  let root: Client;

  beforeAll(async () => {
    redis = await aRedis();
    scene = await aScene({ redisUrl: redis.url });
    root = await setUp(scene.router.admin, scene.router.setup);
  }, 60_000);
  afterAll(async () => {
    await scene?.close();
    await redis?.close();
  });

  it("80 people are made with 80 tokens: none is turned away because the others were faster", async () => {
    const calls = Array.from({ length: 80 }, (_, nth) => [
      root.call("POST", "/api/v1/users", { name: `person ${nth}`, role: "viewer" }),
      root.call("POST", "/api/v1/tokens", { name: `token ${nth}`, scopes: ["read"] }),
    ]);
    const answers = await Promise.all(calls.flat());
    expect(answers.map(({ status, json }) => json.detail ?? status)).toEqual(answers.map(() => 201));
    expect((await root.call("GET", "/api/v1/tokens")).json.items!.length).toBe(80);
    expect((await root.call("GET", "/api/v1/users")).json.items!.length).toBe(81);
    const trail = await root.call("GET", "/api/v1/audit/verify");
    expect(trail.json).toMatchObject({ whole: true });
  }, 60_000);

  it("of 30 who take one name, one gets it", async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => root.call("POST", "/api/v1/users", { name: "ada", role: "viewer" })),
    );
    expect(answers.filter(({ status }) => status === 201).length).toBe(1);
    for (const { status, json } of answers)
      if (status !== 201) expect(json).toMatchObject({ code: "ADMIN_NAME_TAKEN" });
  });
});
