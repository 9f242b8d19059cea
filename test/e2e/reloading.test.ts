/** Rules that change while the router runs: by signal, by the API and from the command line. */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { post } from "../helpers/github.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { run } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";

describeWithRedis("a router whose files change", () => {
  let redis: TestRedis;
  let scene: Scene;
  const write = (path: string, text: string): Promise<void> => writeFile(join(scene.dir, path), text);
  const reload = async (): Promise<Record<string, unknown>> =>
    (await (await scene.router.ask("/api/v1/rules/reload", { method: "POST" })).json()) as Record<
      string,
      unknown
    >;
  const arrivedAs = (seen: (json: { said?: string }, path: string) => boolean): Promise<unknown> =>
    until("it arrives", () =>
      scene.target.arrivals.some(({ json, path }) => seen(json as { said?: string }, path)),
    );

  beforeAll(async () => {
    redis = await aRedis();
    scene = await aScene({
      redisUrl: redis.url,
      files: {
        "transforms/say.jsonata": '{ "said": "first " & ref }\n',
        "routes/everything.yaml": "source: github\ntransform: say\ntarget: api\n",
      },
    });
  });

  afterAll(async () => {
    await scene?.close();
    await redis?.close();
  });

  it("follows them after SIGHUP, without a restart", async () => {
    await write("transforms/say.jsonata", '{ "said": "second " & ref }\n');
    scene.router.process.kill("SIGHUP");
    await until("it has read them", () => scene.router.log.some(({ step }) => step === "rules.reloaded"));
    await post(scene.router.hooks, { body: '{"ref":"a"}' });
    await arrivedAs(({ said }) => said === "second a");
  });

  it("keeps all of the rules that were in force while any file has an error, and says which", async () => {
    await write("transforms/say.jsonata", '{ "said": \n');
    await write("routes/more.yaml", "source: github\ntarget: api\n");
    const refused = await reload();
    expect(refused).toMatchObject({ state: "refused", revision: refused["was"] });
    expect(JSON.stringify(refused["problems"])).toContain("transforms/say.jsonata");
    await post(scene.router.hooks, { body: '{"ref":"b"}' });
    await arrivedAs(({ said }) => said === "second b");
    const ready = (await (await scene.router.ask("/readyz")).json()) as {
      ok: boolean;
      checks: { rules: { detail: string } };
    };
    expect(ready.ok).toBe(true);
    expect(ready.checks.rules.detail).toMatch(/refused \(errors: 1\)/);
    expect(scene.router.log.find(({ step }) => step === "rules.refused")).toMatchObject({
      problems: [expect.stringMatching(/^transforms\/say\.jsonata:\d+:\d+ /)],
    });
    const said = await run(["reload", "--dir", scene.dir], {
      SIGNALBOX_DATA_DIR: scene.dataDir,
      SIGNALBOX_URL: "",
    });
    expect(said.code).toBe(1);
    expect(said.stderr).toContain("transforms/say.jsonata:");
  });

  it("serves sources, routes and targets that are new, and no longer those that are gone", async () => {
    await write("transforms/say.jsonata", '{ "said": "third " & ref }\n');
    await write("targets/other.yaml", "url: ${TARGET}/other\n");
    await write("sources/second.yaml", "provider: github\nsecrets: ['${SECRET}']\n");
    await write("routes/more.yaml", "source: second\ntransform: say\ntarget: other\n");
    const said = await run(["reload", "--json", "--dir", scene.dir], { SIGNALBOX_DATA_DIR: scene.dataDir });
    expect(JSON.parse(said.stdout)).toMatchObject({ state: "changed", problems: [] });
    await post(scene.router.hooks, { body: '{"ref":"c"}' }, "second");
    await arrivedAs(({ said }, path) => said === "third c" && path === "/other");
    await rm(join(scene.dir, "sources/second.yaml"));
    await rm(join(scene.dir, "routes/more.yaml"));
    await rm(join(scene.dir, "targets/other.yaml"));
    expect(await reload()).toMatchObject({ state: "changed" });
    expect((await post(scene.router.hooks, { body: "{}" }, "second")).status).toBe(404);
    const { items } = (await (await scene.router.ask("/api/v1/audit")).json()) as {
      items: { action: string }[];
    };
    expect(items.some(({ action }) => action === "rules.reloaded")).toBe(true);
  });

  it("gives a delivery that waits for its retry the rules of that time", async () => {
    let tries = 0;
    scene.target.answer = (_arrival, response) => {
      response.statusCode = tries++ === 0 ? 503 : 200;
      response.end();
    };
    await write("targets/api.yaml", "url: ${TARGET}/api\nretry: { firstDelaySeconds: 2, attempts: 3 }\n");
    await reload();
    await post(scene.router.hooks, { body: '{"ref":"d"}' });
    await arrivedAs(({ said }) => said === "third d");
    await write("transforms/say.jsonata", '{ "said": "fourth " & ref }\n');
    await reload();
    await arrivedAs(({ said }) => said === "fourth d");
  });
});
