/** Rules in a router that runs: what a hostile one does to the events beside it, the same result again, and the budgets of a setting. */
import { afterEach, expect, it } from "vitest";
import { running } from "../../bench/hostile-set.js";
import type { ListedDelivery } from "../../src/admin/shapes/deliveries.ts";
import { answers, call } from "../helpers/admin.ts";
import { post } from "../helpers/github.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";

let redis: TestRedis;
let scene: Scene;

afterEach(async () => {
  await scene.close();
  await redis.close();
});

async function start(
  files: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  redis = await aRedis({ appendonly: "yes" });
  scene = await aScene({ redisUrl: redis.url, files, environment });
}

/** The text of a rule with what it made, so that each arrival says whose it is. */
const route = (on: string, transform: string): string =>
  `source: github\non: [${on}]\ntransform: ${transform}\ntarget: api\n`;

const settled = (id: string): Promise<ListedDelivery> =>
  answers<ListedDelivery>(scene.router.admin, `/deliveries/${id}`, ({ state }) =>
    ["delivered", "dead"].includes(state),
  );

describeWithRedis("rules", () => {
  it("that are hostile end as dead letters, and every event beside them is delivered", async () => {
    const files: Record<string, string> = {
      "routes/everything.yaml": route("push", "calm"),
      "transforms/calm.jsonata": '{ "calm": $uppercase(name) }',
    };
    for (const [index, [rule]] of running.entries()) {
      files[`transforms/hostile-${index}.jsonata`] = rule;
      files[`routes/hostile-${index}.yaml`] = route("issues", `hostile-${index}`);
    }
    await start(files);
    const { hooks } = scene.router;
    const calm: Promise<unknown>[] = [];
    const hostile: Promise<readonly string[]>[] = [];
    for (let at = 0; at < 150; at++) {
      calm.push(post(hooks, { body: JSON.stringify({ name: `n${at}` }) }));
      if (at % 50 === 10)
        hostile.push(
          post(hooks, { type: "issues", body: '{"a":1}' }).then(({ json }) => json.deliveries ?? []),
        );
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await Promise.all(calm);
    const ids = (await Promise.all(hostile)).flat();
    expect(ids).toHaveLength(3 * running.length);
    const names = (): unknown[] =>
      scene.target.arrivals.flatMap(({ json }) => (json as { calm?: unknown } | null)?.calm ?? []);
    await until("the calm ones arrive", () => names().length >= 150, { withinMs: 60_000 });
    expect(new Set(names())).toEqual(new Set(Array.from({ length: 150 }, (_, at) => `N${at}`)));
    for (const id of ids) {
      const { state, code = "", route: name } = await settled(id);
      const [rule, outcome] = running[Number(name.replace("hostile-", ""))]!;
      const isValue = /^(?:.*\|)?value/.test(outcome.source);
      if (state === "delivered") expect(isValue, rule).toBe(true);
      else expect(code, rule).toMatch(/^TRANSFORM_(LIMIT_EXCEEDED|RESULT_(EMPTY|INVALID)|RULE_FAILED|TYPE)$/);
    }
    // One process from the beginning to the end.
    expect(scene.router.process.exitCode).toBeNull();
    expect((await fetch(`${scene.router.admin}/readyz`)).status).toBe(200);
    expect(scene.router.stderr()).toBe("");
  }, 180_000);

  it("that use time and chance make the same of an event when it is replayed", async () => {
    await start({
      "routes/everything.yaml": route("push", "chance"),
      "transforms/chance.jsonata":
        '{ "at": $now(), "ms": $millis(), "id": $uuid(), "chance": [$random(), $random()], "order": $shuffle([1..20]) }',
    });
    const { json } = await post(scene.router.hooks, { body: "{}" });
    await settled(json.deliveries![0]!);
    expect((await call(scene.router.admin, `/deliveries/${json.deliveries![0]!}/replay`, {})).status).toBe(
      202,
    );
    await until("the replay arrives", () => scene.target.arrivals.length === 2);
    const [first, second] = scene.target.arrivals;
    expect(second!.body).toBe(first!.body);
    const other = await post(scene.router.hooks, { body: "{}" });
    await settled(other.json.deliveries![0]!);
    const drawn = (nth: number): unknown => (scene.target.arrivals[nth]!.json as { id: string }).id;
    expect(drawn(2)).not.toBe(drawn(0));
  }, 60_000);

  it("get the budgets of SIGNALBOX_RULE_BUDGETS, but for a transform that has its own", async () => {
    const sum = '{ "sum": $sum([1..1000].($ * 2)) }';
    await start(
      {
        "routes/everything.yaml": route("push", "small"),
        "routes/own.yaml": route("push", "own"),
        "transforms/small.jsonata": sum,
        "transforms/own.jsonata": sum,
        "transforms/own.yaml": "budgets: { steps: 100000 }\n",
      },
      { SIGNALBOX_RULE_BUDGETS: "steps=500, bytes=1000000" },
    );
    const { json } = await post(scene.router.hooks, { body: "{}" });
    const ended = await Promise.all(json.deliveries!.map(settled));
    expect(Object.fromEntries(ended.map(({ route: name, state, code }) => [name, code ?? state]))).toEqual({
      everything: "TRANSFORM_LIMIT_EXCEEDED",
      own: "delivered",
    });
    const tried = await call<{ problems: { message: string }[] }>(scene.router.admin, "/playground", {
      rule: sum,
      body: {},
    });
    expect(tried.json.problems[0]!.message).toContain("more than 500 steps");
  }, 60_000);
});
