/** Time and answers on the bundled trial store: what is done by scripts and channels there does the same. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { post } from "../helpers/github.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";

let scene: Scene;
beforeAll(async () => {
  scene = await aScene({
    environment: { SIGNALBOX_TRIAL: "1" },
    files: {
      "routes/everything.yaml": "source: github\non: [late]\ntarget: api\ndelay: 1\n",
      "sources/clock.yaml": "schedule: { everySeconds: 2 }\n",
      "routes/clock.yaml": "source: clock\ntarget: api\n",
      "sources/bot.yaml":
        "provider: none\nrespond: { route: bot, waitSeconds: 4, fallback: { body: later } }\n",
      "routes/bot.yaml": "source: bot\ntarget: api\nexpect: { where: 'said = \"200\"' }\n",
    },
  });
}, 60_000);
afterAll(() => scene.close());

it("delays, ticks, expects, and answers the sender by what the target says", async () => {
  const before = Date.now();
  const id = (await post(scene.router.hooks, { type: "late", body: "{}" })).json.deliveries![0]!;
  const late = (): number | undefined =>
    scene.target.arrivals.find(({ headers }) => headers["webhook-id"] === id)?.at;
  const answer = await fetch(`${scene.router.hooks}/hooks/bot`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  expect([answer.status, await answer.text()]).toEqual([200, '{"said":"200"}']);
  await until("the delayed one arrives", () => late() !== undefined, { withinMs: 20_000 });
  expect(late()! - before).toBeGreaterThanOrEqual(950);
  const ticks = (): string[] =>
    scene.target.arrivals.flatMap(({ json }) => (json as { at?: string } | undefined)?.at ?? []);
  await until("it ticks", () => ticks().length >= 2, { withinMs: 30_000 });
  expect(new Set(ticks()).size).toBe(ticks().length);
}, 90_000);
