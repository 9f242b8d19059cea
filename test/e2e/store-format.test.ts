/**
 * What a store of format 1 holds is read, delivered and replayed by this version. The store in test/fixtures was written by the version that
 * began format 1, and is never written again: SIGNALBOX_WRITE_FORMAT=1 makes one for a format that has none yet.
 */
import { spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import { FORMAT } from "../../src/adapters/store/format.ts";
import { answers, call } from "../helpers/admin.ts";
import { post } from "../helpers/github.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { status } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

interface Listed {
  readonly items: readonly { readonly id: string; readonly target: string; readonly state: string }[];
}

const closing: (() => Promise<unknown>)[] = [];
/** A hundred years: what was kept is there whenever this runs. */
const FOREVER = { SIGNALBOX_HISTORY_HOURS: "876000" };
const SETTLED = 60;
const target = (name: string, more = ""): string =>
  `url: \${TARGET}/${name}\ntimeoutSeconds: 2\nretry: { attempts: 50, firstDelaySeconds: 1, maxDelaySeconds: 1 }\n${more}`;
const FILES = {
  ...Object.fromEntries(
    ["ok", "refused", "down", "paused", "lined"].map((name) => [`targets/${name}.yaml`, target(name)]),
  ),
  ...Object.fromEntries(
    ["ok", "refused", "down", "paused", "lined"].map((name) => [
      `routes/${name}.yaml`,
      `source: github\non: [${name}]\ntarget: ${name}\n${name === "lined" ? "order: key\n" : ""}`,
    ]),
  ),
  "routes/everything.yaml": "",
  "targets/api.yaml": "",
};

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const fixtureOf = (format: number): string =>
  fileURLToPath(new URL(`../fixtures/store-format-${format}/dump.rdb`, import.meta.url));

/** A store on a folder of its own, which begins with what a file holds. */
async function storeOf(file?: string): Promise<{ redis: TestRedis; dir: string }> {
  const dir = mkdtempSync(join(tmpdir(), "signalbox-format-"));
  if (file !== undefined) copyFileSync(file, join(dir, "dump.rdb"));
  const redis = await aRedis({ dir });
  closing.push(
    () => rm(dir, { recursive: true, force: true }),
    () => redis.close(),
  );
  return { redis, dir };
}

async function scened(redis: TestRedis): Promise<Scene> {
  const scene = await aScene({ redisUrl: redis.url, files: FILES, environment: FOREVER });
  closing.push(() => scene.close());
  return scene;
}

const listed = async ({ router }: Scene, query: string): Promise<Listed["items"]> =>
  (await call<Listed>(router.admin, `/deliveries?limit=200&${query}`)).json.items;

/** Deliveries in every state that lasts, with a segment that is sealed. */
async function write(format: number): Promise<void> {
  const { redis, dir } = await storeOf();
  const scene = await scened(redis);
  const { hooks, admin } = scene.router;
  scene.target.answer = (arrival, response, nth) =>
    status(arrival.path === "/refused" ? 400 : arrival.path === "/down" ? 503 : 200)(arrival, response, nth);
  for (const name of ["paused", "lined"])
    await call(admin, `/targets/${name}/pause`, { reason: "It is to be kept." });
  for (let n = 0; n < SETTLED; n++)
    await post(hooks, { type: "ok", id: `ok-${n}`, body: `{"n":${n},"kept":true}` });
  for (const type of ["refused", "down", "paused"]) await post(hooks, { type, body: `{"of":"${type}"}` });
  for (const n of [1, 2, 3]) await post(hooks, { type: "lined", body: `{"key":"a","n":${n}}` });
  const helper = fileURLToPath(new URL("../helpers/sealing.js", import.meta.url));
  const sealing = spawn(process.execPath, [helper, redis.url, '{"hotMs":0,"waitMs":0}'], { stdio: "ignore" });
  await until("some of them are sealed", () => redis.cli("hlen", "{sb}:dir") !== "0", { withinMs: 60_000 });
  sealing.kill("SIGKILL");
  await until("it is to be tried again", async () => (await listed(scene, "state=retrying")).length === 1);
  await scene.router.end();
  redis.cli("save");
  const to = fixtureOf(format);
  mkdirSync(join(to, ".."), { recursive: true });
  copyFileSync(join(dir, "dump.rdb"), to);
}

describeWithRedis("a store of each format that ever was", () => {
  const isCluster = process.env["SIGNALBOX_TEST_STORE"] === "cluster";
  it.skipIf(process.env["SIGNALBOX_WRITE_FORMAT"] !== "1" || existsSync(fixtureOf(FORMAT)))(
    "is written down",
    () => write(FORMAT),
    180_000,
  );

  it("is kept in a file", () => {
    for (let format = 1; format <= FORMAT; format++) expect(existsSync(fixtureOf(format))).toBe(true);
  });

  it.skipIf(isCluster).each(Array.from({ length: FORMAT }, (_, nth) => nth + 1))(
    "of format %i is listed with its bodies, delivered where it waited, in its order, and replayed where it was dead",
    async (format) => {
      const { redis } = await storeOf(fixtureOf(format));
      const scene = await scened(redis);
      const { admin } = scene.router;
      const arrived = (path: string): string[] =>
        scene.target.arrivals.filter((one) => one.path === path).map(({ body }) => body);

      // What waited for its retry is due by now, and what is paused is not let go.
      await until("the retry arrives", () => arrived("/down").length === 1);
      expect(arrived("/down")).toEqual(['{"of":"down"}']);
      expect([...arrived("/paused"), ...arrived("/lined"), ...arrived("/ok")]).toEqual([]);

      const delivered = await listed(scene, "state=delivered&target=ok");
      expect(delivered).toHaveLength(SETTLED);
      const { json } = await call<{ items: { body: unknown }[] }>(admin, "/bodies?limit=200");
      const bodies = json.items.map(({ body }) => body);
      expect(bodies).toEqual(
        expect.arrayContaining(Array.from({ length: SETTLED }, (_, n) => ({ n, kept: true }))),
      );

      for (const name of ["paused", "lined"]) await call(admin, `/targets/${name}/resume`, {});
      await until(
        "what was paused arrives",
        () => arrived("/paused").length + arrived("/lined").length === 4,
      );
      expect(arrived("/lined")).toEqual([1, 2, 3].map((n) => `{"key":"a","n":${n}}`));

      const [dead] = await listed(scene, "state=dead");
      expect(dead).toMatchObject({ target: "refused" });
      await call(admin, `/deliveries/${dead!.id}/replay`, {});
      await answers<{ state: string }>(
        admin,
        `/deliveries/${dead!.id}`,
        ({ state }) => state === "delivered",
      );
      expect(arrived("/refused")).toEqual(['{"of":"refused"}']);

      // New events are recorded beside the old ones.
      await post(scene.router.hooks, { type: "ok", id: "new", body: '{"n":"new"}' });
      await until("the new one arrives", () => arrived("/ok").includes('{"n":"new"}'));
      expect(await listed(scene, "state=dead")).toEqual([]);
    },
    120_000,
  );
});
