/** What the reading operations say: filters, routes that matched and why others did not, causes with what to do, schema links, search, settings. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { errorTable } from "../../src/core/errors.ts";
import { suggestedAction } from "../../src/admin/dead-actions.ts";
import { eventsOf } from "../../src/cli/stream.ts";
import { findRunning } from "../../src/cli/running.ts";
import { SECRET, post } from "../helpers/github.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { status } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

const SCHEMA = JSON.stringify({
  title: "A numbered thing",
  type: "object",
  required: ["number"],
  properties: {
    number: { type: "integer", description: "Counts <b>up</b>." },
    "odd/na~me": { enum: ["a", "b"] },
    part: { $ref: "#/$defs/part" },
    list: { type: "array", items: { $ref: "other#/properties/deep" } },
  },
  $defs: { part: { type: "object", properties: { of: { type: "string" } } } },
});
const OTHER = JSON.stringify({ type: "object", properties: { deep: { type: "boolean" } } });

interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}
interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly schema?: string;
}

describeWithRedis("the reading operations", () => {
  let redis: TestRedis;
  let scene: Scene;
  let headers: Record<string, string> = {};
  const ids: Record<string, string> = {};

  beforeAll(async () => {
    redis = await aRedis({ requirepass: "redis-pass-4711" });
    scene = await aScene({
      redisUrl: redis.url.replace("redis://", "redis://:redis-pass-4711@"),
      files: {
        "sources/github.yaml": "provider: github\nsecrets: ['${SECRET}']\nschemas: { issues: numbered }\n",
        "schemas/numbered.json": SCHEMA,
        "schemas/other.json": OTHER,
        "transforms/strict.jsonata": '{ "number": ref }\n',
        "transforms/strict.yaml":
          "output: numbered\ncases:\n  - name: a number\n    given: { ref: 1 }\n    expect: { number: 1 }\n",
        "routes/everything.yaml": "source: github\non: [push, release]\nwhen: ref != 'skip'\ntarget: api\n",
        "routes/issues.yaml": "source: github\non: [issues.*]\ntarget: api\n",
        "routes/strict.yaml": "source: github\non: [release]\ntransform: strict\ntarget: api\n",
      },
    });
    scene.target.answer = (arrival, response, nth) =>
      status((arrival.json as { ref?: string }).ref === "bad" ? 422 : 200)(arrival, response, nth);
    const token = (await findRunning(scene.dataDir))?.token;
    if (token !== undefined) headers = { authorization: `Bearer ${token}` };
    const { hooks } = scene.router;
    for (const ref of ["good", "bad", "skip"])
      ids[ref] = (
        await post(hooks, {
          id: `id-of-${ref}`,
          body: JSON.stringify({ ref, n: { list: [{ x: 1 }] } }),
          headers: { authorization: "Bearer canary-4711" },
        })
      ).json.id!;
    ids["release"] = (await post(hooks, { type: "release", body: '{"ref":"x"}' })).json.id!;
    await post(hooks, { type: "issues", body: '{"number":"one"}' });
    await until("all is at its end", async () => {
      const { items } = await read<Page<{ state: string }>>("/api/v1/deliveries");
      return items.length === 5 && items.every((one) => /^(delivered|filtered|dead)$/.test(one.state));
    });
  });

  afterAll(async () => {
    await scene?.close();
    await redis?.close();
  });

  const get = (path: string): Promise<Response> => fetch(`${scene.router.admin}${path}`, { headers });
  async function read<T>(path: string): Promise<T> {
    const response = await get(path);
    expect(response.status, path).toBe(200);
    return (await response.json()) as T;
  }
  const idsOf = async (path: string): Promise<string[]> =>
    (await read<Page<{ id: string }>>(path)).items.map(({ id }) => id).sort();

  it("narrow events and deliveries by each filter", async () => {
    const all = await idsOf("/api/v1/events");
    expect(all).toEqual([ids["good"], ids["bad"], ids["skip"], ids["release"]].sort());
    expect(await idsOf("/api/v1/events?type=release")).toEqual([ids["release"]]);
    expect(await idsOf(`/api/v1/events?id=${ids["bad"]}`)).toEqual([ids["bad"]]);
    expect(await idsOf("/api/v1/events?providerId=id-of-skip")).toEqual([ids["skip"]]);
    expect(await idsOf("/api/v1/events?source=nobody")).toEqual([]);
    expect(await idsOf(`/api/v1/events?before=${ids["bad"]}`)).toEqual([ids["good"]]);
    expect(await idsOf("/api/v1/events?to=2020-01-01T00:00:00Z")).toEqual([]);
    expect(await idsOf("/api/v1/events?from=2020-01-01T00:00:00Z")).toEqual(all);
    const states = async (query: string): Promise<string[]> =>
      (await read<Page<{ state: string }>>(`/api/v1/deliveries?${query}`)).items.map((one) => one.state);
    expect(await states("state=filtered")).toEqual(["filtered"]);
    expect(await states("status=422")).toEqual(["dead"]);
    expect(await states("code=TRANSFORM_OUTPUT_INVALID")).toEqual(["dead"]);
    expect(await states("route=strict")).toEqual(["dead"]);
    expect(await states("state=held")).toEqual([]);
    expect(await states("id=nonsense")).toEqual([]);
  });

  it("refuse stale, foreign and garbage cursors with 410, and wrong parameters with a link to their part", async () => {
    const page = await read<Page<unknown>>("/api/v1/events?limit=1");
    const cursor = encodeURIComponent(page.next!);
    for (const path of [
      "/api/v1/events?cursor=garbage",
      `/api/v1/events?type=release&cursor=${cursor}`,
      `/api/v1/deliveries?cursor=${cursor}`,
      `/api/v1/requests?cursor=${cursor}`,
      "/api/v1/requests?cursor=e30",
    ]) {
      const response = await get(path);
      const { code } = (await response.json()) as Problem;
      expect({ path, status: response.status, code }).toEqual({
        path,
        status: 410,
        code: "ADMIN_CURSOR_STALE",
      });
    }
    const problem = (await (await get("/api/v1/events?limit=1001")).json()) as Problem;
    expect(problem).toMatchObject({ status: 400, code: "ADMIN_INPUT_INVALID" });
    expect(problem.schema).toBe(`${scene.router.admin}/docs/schemas/api.getEvents.query#/properties/limit`);
  });

  it("say of an event which routes took it, and why the others did not", async () => {
    const routesOf = async (id: string) => {
      const { routes } = await read<{ routes: { route: string; matched: boolean; why: string }[] }>(
        `/api/v1/events/${id}`,
      );
      return Object.fromEntries(routes.map(({ route, matched, why }) => [route, `${matched} ${why}`]));
    };
    expect(await routesOf(ids["good"]!)).toEqual({
      everything: "true Its `on` takes `push`, `release`, and its `when` is true.",
      issues: "false Its `on` takes `issues.*`, and this is `push`.",
      strict: "false Its `on` takes `release`, and this is `push`.",
    });
    expect((await routesOf(ids["skip"]!))["everything"]).toBe("false Its `when` was not true: ref != 'skip'");
  });

  it("show an event whole: the request without credentials, its body, each attempt, what was made", async () => {
    const event = await read<Record<string, unknown>>(`/api/v1/events/${ids["bad"]}`);
    expect(event).toMatchObject({
      method: "POST",
      path: "/hooks/github",
      providerId: "id-of-bad",
      verified: { provider: "github" },
      body: { ref: "bad" },
    });
    expect(JSON.stringify(event)).not.toContain("canary-4711");
    const [delivery] = event["deliveries"] as { id: string }[];
    const { items } = await read<Page<{ status: number; answer: string; request: { url: string } }>>(
      `/api/v1/deliveries/${delivery!.id}/attempts`,
    );
    expect(items).toMatchObject([{ status: 422, answer: '{"said":"422"}' }]);
  });

  it("group dead letters by cause with what to do, and lead a schema's failure to the very part", async () => {
    const { items } = await read<Page<Record<string, unknown>>>("/api/v1/dead-letters");
    expect(items.map(({ code }) => code).sort()).toEqual([
      "FORWARD_STATUS_REFUSED",
      "TRANSFORM_OUTPUT_INVALID",
    ]);
    const bySchema = items.find(({ code }) => code === "TRANSFORM_OUTPUT_INVALID")!;
    expect(bySchema["schema"]).toBe("/docs/schemas/numbered#/properties/number");
    expect(bySchema["action"]).toContain("`strict`");
    const refused = items.find(({ status: answered }) => answered === 422)!;
    expect(refused["action"]).toContain("refuses what is in it");
    expect(await idsOf(`/api/v1/dead-letters/${String(refused["id"])}`)).toEqual([refused["sample"]]);
    expect((await get("/api/v1/dead-letters/0000000000000000")).status).toBe(404);
    const release = await read<{ deliveries: { route: string; attemptList: { error?: Problem }[] }[] }>(
      `/api/v1/events/${ids["release"]}`,
    );
    const strict = release.deliveries.find(({ route }) => route === "strict")!;
    expect(strict.attemptList[0]!.error!.schema).toBe("/docs/schemas/numbered#/properties/number");
  });

  it("keep of a refused request why it was, with a link into the schema, and tell the sender no part of it", async () => {
    const { items } = await read<Page<Record<string, string>>>("/api/v1/requests?verdict=refused");
    expect(items).toMatchObject([
      {
        code: "ACCEPT_SCHEMA_INVALID",
        source: "github",
        schema: "/docs/schemas/numbered#/properties/number",
      },
    ]);
    expect(await read(`/api/v1/requests/${items[0]!["id"]}`)).toEqual(items[0]);
    expect(await read(`/api/v1/requests/${ids["good"]}`)).toMatchObject({ verdict: "accepted" });
    const { json } = await post(scene.router.hooks, { type: "issues", body: '{"number":"one"}' });
    expect(json).not.toHaveProperty("schema");
  });

  it("serve a page for each schema with an anchor for every part, as text and without script", async () => {
    const response = await fetch(`${scene.router.admin}/docs/schemas/numbered`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    const html = await response.text();
    const anchors = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(anchors).toEqual([
      "",
      "/properties/number",
      "/properties/odd~1na~0me",
      "/properties/part",
      "/properties/list",
      "/properties/list/items",
      "/$defs/part",
      "/$defs/part/properties/of",
    ]);
    expect(html).toContain("Counts &#60;b&#62;up&#60;/b&#62;.");
    expect(html).toContain('href="#/$defs/part"');
    expect(html).toContain('href="/docs/schemas/other#/properties/deep"');
    expect(html).not.toMatch(/<script/i);
    expect((await fetch(`${scene.router.admin}/docs/schemas/api.deliveryDetail`)).status).toBe(200);
    expect((await fetch(`${scene.router.admin}/docs/schemas/nobody`)).status).toBe(404);
    expect((await fetch(`${scene.router.hooks}/docs/schemas/numbered`)).status).toBe(404);
  });

  it("show rules, schemas and settings, and never a value of a variable or a secret", async () => {
    const rule = await read<Record<string, unknown>>("/api/v1/rules/strict");
    expect(rule).toMatchObject({
      text: '{ "number": ref }\n',
      output: "numbered",
      outputSchema: { title: "A numbered thing" },
      caseList: [{ name: "a number", expects: "result" }],
      routes: ["strict"],
    });
    const all = await Promise.all(
      ["sources", "routes", "rules", "schemas", "settings"].map((name) => read(`/api/v1/${name}`)),
    );
    const text = JSON.stringify(all);
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain("redis-pass-4711");
    const { items } = all[4] as Page<{ variable: string; value?: string; secret: boolean }>;
    expect(items.find(({ variable }) => variable === "REDIS_URL")).toMatchObject({
      value: "set",
      secret: true,
    });
    expect(items.find(({ variable }) => variable === "SIGNALBOX_ALLOW_PRIVATE_TARGETS")!.value).toBe(
      "127.0.0.0/8",
    );
  });

  it("find a value at a path of bodies, told as it goes", async () => {
    const path = `/api/v1/search?path=${encodeURIComponent("n.list[0].x")}&value=1&type=push`;
    const told: { event: string; data: string }[] = [];
    for await (const one of eventsOf(await get(path))) told.push(one);
    const hits = told.filter(({ event }) => event === "hit").map(({ data }) => JSON.parse(data) as object);
    expect(hits.map((hit) => (hit as { event: string }).event).sort()).toEqual(
      [ids["good"], ids["bad"], ids["skip"]].sort(),
    );
    expect(hits[0]).toMatchObject({ source: "github", type: "push" });
    expect(told.at(-1)).toMatchObject({ event: "done" });
    const refused = await get("/api/v1/search?value=1");
    expect(refused.status).toBe(400);
    expect(((await refused.json()) as Problem).detail).toContain("`path`");
    const stale: string[] = [];
    for await (const { event } of eventsOf(await get(`${path}&cursor=garbage`))) stale.push(event);
    expect(stale).toEqual(["failed"]);
  });

  it("add up: what was made is delivered, filtered or dead", async () => {
    const balance = await read<{ balanced: boolean; hours: Record<string, number>[] }>(
      "/api/v1/balance?hours=2",
    );
    expect(balance.balanced).toBe(true);
    const sum = (name: string): number => balance.hours.reduce((total, row) => total + (row[name] ?? 0), 0);
    expect([sum("events"), sum("made"), sum("delivered"), sum("filtered"), sum("dead")]).toEqual([
      4, 5, 2, 1, 2,
    ]);
  });

  it("call open deliveries of a paused target held, in lists and filters, and pending no more", async () => {
    const send = (path: string, body?: object): Promise<Response> =>
      fetch(`${scene.router.admin}${path}`, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        ...(body && { body: JSON.stringify(body) }),
      });
    expect((await send("/api/v1/targets/api/pause", { reason: "a test" })).status).toBe(200);
    const { json } = await post(scene.router.hooks, { body: '{"ref":"held"}' });
    const states = async (query: string): Promise<(string | undefined)[]> =>
      (await read<Page<{ state: string; event: string }>>(`/api/v1/deliveries?${query}`)).items
        .filter(({ event }) => event === json.id)
        .map(({ state }) => state);
    await until("it is held", async () => (await states("state=held"))[0] === "held");
    expect(await states("target=api")).toEqual(["held"]);
    expect(await states("state=pending")).toEqual([]);
    expect((await send("/api/v1/targets/api/resume")).status).toBe(200);
    await until("it is delivered", async () => (await states("state=delivered")).length === 1);
    expect(await states("state=held")).toEqual([]);
  });
});

it("there is a suggested action for every code that a delivery dies of, naming the target or the route", () => {
  const codes = Object.keys(errorTable).filter((code) =>
    /^(FORWARD|TRANSFORM|DISPATCH|CHAIN|GATE)_/.test(code),
  );
  const statuses = [undefined, 400, 401, 403, 404, 409, 410, 413, 418, 422, 429, 500, 503];
  for (const code of codes)
    for (const answered of statuses) {
      const action = suggestedAction({
        ...{ code, target: "api-of-x", route: "route-to-x" },
        ...(answered !== undefined && { status: answered }),
      });
      expect(action, code).toMatch(/\.$/);
      const general = /EXHAUSTED|RETRYABLE|REFUSED/.test(code) && answered === undefined;
      if (!general) expect(action, `${code} ${answered}`).toMatch(/api-of-x|route-to-x/);
    }
});
