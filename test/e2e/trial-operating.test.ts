/** The operator's side on the bundled trial store: the same, since it is the first that a newcomer sees. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { overview, type Overview, type TargetState } from "../../src/admin/shapes/state.ts";
import type { Replay } from "../../src/admin/shapes/replays.ts";
import { answers, call, misfits } from "../helpers/admin.ts";
import { post } from "../helpers/github.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { status } from "../helpers/target.ts";

let scene: Scene;
beforeAll(async () => {
  scene = await aScene({
    environment: { SIGNALBOX_TRIAL: "1" },
    files: {
      "routes/everything.yaml": "source: github\non: [push]\ntarget: api\n",
      "routes/gated.yaml": "source: github\non: [gollum]\ntarget: api\ngate: { notify: api }\n",
      "routes/timed.yaml": "source: github\non: [release]\ntarget: api\ngate: { timeout: 1s }\n",
    },
  });
}, 60_000);
afterAll(() => scene.close());

it("shows, pauses, goes on, replays and shows the queues", async () => {
  const { admin, hooks } = scene.router;
  scene.target.answer = status(400);
  await post(hooks, { body: "{}" });
  const seen = await answers<Overview>(admin, "/overview", ({ deadLetters }) => deadLetters === 1);
  expect(misfits(overview, seen)).toEqual([]);
  expect(seen.store.kind).toBe("trial");
  expect(seen.store.durability).toMatch(/last 2 seconds/);
  scene.target.answer = status(200);
  expect((await call(admin, "/targets/api/pause", { reason: "look" })).status).toBe(200);
  await post(hooks, { body: "{}" });
  await answers<TargetState>(
    admin,
    "/targets/api",
    ({ verdict, waiting }) => verdict === "paused" && waiting === 1,
  );
  expect((await call(admin, "/targets/api/resume", {})).status).toBe(200);
  await answers<TargetState>(admin, "/targets/api", ({ open }) => open === 0);
  const begun = await call<Replay>(admin, "/replays", { filter: { state: "dead" }, reason: "mended" });
  await answers<Replay>(admin, `/replays/${begun.json.id}`, ({ state }) => state === "done");
  await answers<Overview>(
    admin,
    "/overview",
    ({ deadLetters, targets }) => deadLetters === 0 && targets[0]!.open === 0,
  );
  const queues = await scene.router.ask("/queues/api/queues?status=latest&page=1&jobsPerPage=10");
  expect(queues.status).toBe(200);
  expect(await queues.json()).toMatchObject({ queues: [{ name: "api" }] });
}, 60_000);

it("holds what waits for people, and decides once", async () => {
  const { admin, hooks } = scene.router;
  scene.target.answer = status(200);
  const waiting = async (route: string, count: number): Promise<string[]> => {
    type Listed = { items: { id: string }[] };
    const wished = ({ items }: Listed): boolean => items.length === count;
    const { items } = await answers<Listed>(admin, `/holds?state=waiting&route=${route}`, wished);
    return items.map(({ id }) => id);
  };
  for (const page of [1, 2]) await post(hooks, { type: "gollum", body: `{"page":${page}}` });
  const [second, first] = await waiting("gated", 2);
  expect((await call(admin, `/holds/${first}/approve`, {})).status).toBe(200);
  expect((await call(admin, `/holds/${first}/reject`, {})).status).toBe(409);
  expect((await call(admin, `/holds/${second}/reject`, {})).status).toBe(200);
  await answers<{ state: string; hold?: string }>(
    admin,
    `/deliveries/${String((await call(admin, `/holds/${first}`)).json["delivery"])}`,
    ({ state }) => state === "delivered",
  );
  const pages = scene.target.arrivals.flatMap(({ json }) => (json as { page?: number }).page ?? []);
  expect(pages).toEqual([1]);
  await post(hooks, { type: "release", body: "{}" });
  await answers<{ items: { state: string }[] }>(
    admin,
    "/holds?route=timed",
    ({ items }) => items[0]?.state === "expired",
  );
  const seen = await answers<Overview>(admin, "/overview", ({ balance }) => balance.balanced);
  expect(seen.balance.hours.reduce((sum, { held }) => sum + held, 0)).toBe(0);
}, 60_000);
