/** Whoever asks which version runs is told the same everywhere. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { post } from "../helpers/github.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const { version } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as { version: string };

describeWithRedis("the version", () => {
  let redis: TestRedis;
  let scene: Scene;
  const asked = async (path: string): Promise<unknown> => (await scene.router.ask(path)).json();

  beforeAll(async () => {
    redis = await aRedis();
    scene = await aScene({
      redisUrl: redis.url,
      files: {
        "targets/named.yaml": `url: \${TARGET}/named\nheaders: { user-agent: ours }\n`,
        "routes/named.yaml": "source: github\ntarget: named\n",
      },
    });
  });
  afterAll(async () => {
    await scene.close();
    await redis.close();
  });

  it("is what the program, its health, its API, its metrics, its log and its page say", async () => {
    const said = execFileSync(process.execPath, [`${root}bin/signalbox.js`, "--version"], {
      encoding: "utf8",
    });
    expect(said.trim()).toBe(version);
    expect(await (await fetch(`${scene.router.admin}/healthz`)).json()).toEqual({ ok: true, version });
    expect(await asked("/api/openapi.json")).toMatchObject({ info: { version } });
    expect(await asked("/api/v1/overview")).toMatchObject({ version });
    // The foot of the dashboard's menu is made of it.
    expect(await asked("/api/v1/session")).toMatchObject({ version });
    const metrics = await (await fetch(`${scene.router.admin}/metrics`)).text();
    expect(metrics).toMatch(new RegExp(`signalbox_build_info\\{[^}]*version="${version}"`));
    expect(scene.router.log[0]).toMatchObject({ version, node: process.versions.node, role: "all" });
  });

  it("goes along with each delivery, unless the target names itself a sender", async () => {
    await post(scene.router.hooks, { body: '{"ref":"x"}' });
    await until("both targets were called", () => scene.target.arrivals.length >= 2);
    const agents = scene.target.arrivals.map(({ path, headers }) => [path, headers["user-agent"]]);
    expect(agents.find(([path]) => path === "/named")?.[1]).toBe("ours");
    expect(agents.filter(([path]) => path !== "/named").map(([, agent]) => agent)).toContain(
      `signalbox/${version}`,
    );
  });
});
