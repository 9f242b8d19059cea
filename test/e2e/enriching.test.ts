/** Lookups in a router that runs: what a rule gets of other APIs, how often they are asked, and what comes of it when they fail. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import type { DeliveryDetail } from "../../src/admin/shapes/deliveries.ts";
import { answers, call } from "../helpers/admin.ts";
import { post } from "../helpers/github.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { run } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import type { Answering, Arrival } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

let redis: TestRedis;
let scene: Scene;

afterEach(async () => {
  await scene.close();
  await redis.close();
});

/** `person` is looked up by the body's `user`; `more` are keys of that lookup, `people` of its target. */
async function start(more = "", people = "", files: Readonly<Record<string, string>> = {}): Promise<void> {
  redis = await aRedis({ appendonly: "yes" });
  scene = await aScene({
    redisUrl: redis.url,
    files: {
      "targets/people.yaml": `url: \${TARGET}/people?v=1\nmethod: GET\ntimeoutSeconds: 1\nauth: { type: bearer, token: "\${PEOPLE_TOKEN}" }\n${people}`,
      "transforms/named.jsonata": '{ "n": n, "by": $enrich.person.name, "known": $exists($enrich.person) }',
      "routes/everything.yaml": `source: github\ntarget: api\ntransform: named\nenrich:\n  person: { target: people, request: '{ "path": ["users", user], "query": { "fields": "name" }, "headers": { "x-ask": $event.type } }'${more} }\n`,
      ...files,
    },
    environment: { PEOPLE_TOKEN: "t0ken-of-people" },
  });
}

const named: Answering = ({ path }, response) => {
  const name = `Person ${/users\/(\w+)/.exec(path)?.[1] ?? "?"}`;
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ name }));
};

const asked = (): Arrival[] => scene.target.arrivals.filter(({ path }) => path.startsWith("/people"));
const made = (): unknown[] =>
  scene.target.arrivals.filter(({ path }) => path === "/api").map(({ json }) => json);

async function send(body: object): Promise<string> {
  return (await post(scene.router.hooks, { body: JSON.stringify(body) })).json.deliveries![0]!;
}

const settled = (id: string): Promise<DeliveryDetail> =>
  answers<DeliveryDetail>(scene.router.admin, `/deliveries/${id}`, ({ state }) =>
    ["delivered", "dead", "filtered"].includes(state),
  );

describeWithRedis("a lookup", () => {
  it("is at hand in the rule, asked with the target's credentials and an id of its own, and stands with the attempt", async () => {
    await start();
    scene.target.answer = named;
    const id = await send({ n: 1, user: "a b" });
    const { state, attemptList } = await settled(id);
    expect(state).toBe("delivered");
    expect(made()).toEqual([{ n: 1, by: "Person a", known: true }]);
    expect(asked()).toHaveLength(1);
    const [{ path, headers, body }] = asked() as [Arrival];
    expect(path).toBe("/people/users/a%20b?v=1&fields=name");
    expect(body).toBe("");
    expect(headers).toMatchObject({
      authorization: "Bearer t0ken-of-people",
      "x-ask": "push",
      "webhook-id": `${id}.person`,
    });
    expect(attemptList[0]!.lookups).toEqual([
      { name: "person", target: "people", milliseconds: expect.any(Number) as number },
    ]);
  }, 60_000);

  it("is kept for all processes, encrypted, and asked once by many who want it at once", async () => {
    await start();
    scene.target.answer = (arrival, response, nth) =>
      void setTimeout(() => named(arrival, response, nth), 100);
    await Promise.all(Array.from({ length: 10 }, (_, n) => send({ n, user: "ada" })));
    await until("all are delivered", () => made().length === 10);
    expect(asked()).toHaveLength(1);
    const other = await scene.start();
    await scene.router.end("SIGKILL");
    scene.router = other;
    const replayed = await send({ n: 11, user: "ada" });
    expect((await settled(replayed)).attemptList[0]!.lookups).toMatchObject([{ name: "person", kept: true }]);
    expect(asked()).toHaveLength(1);
    const [key] = redis.cli("keys", "{sb}:looked:*").split("\n");
    expect(redis.cli("get", key!)).not.toContain("Person");
    expect(Number(redis.cli("pttl", key!))).toBeGreaterThan(200_000);
    await send({ n: 12, user: "bob" });
    await until("another question is asked", () => asked().length === 2);
  }, 60_000);

  it("yields the same request at a replay as long as it is kept, and is asked anew once it is not", async () => {
    await start();
    scene.target.answer = named;
    const id = await send({ n: 1, user: "ada" });
    await settled(id);
    scene.target.answer = ({ path }, response) =>
      void response.writeHead(200).end(path === "/api" ? "" : '{"name":"New"}');
    expect((await call(scene.router.admin, `/deliveries/${id}/replay`, {})).status).toBe(202);
    await until("it comes again", () => made().length === 2);
    expect(made()[1]).toEqual(made()[0]);
    await settled(id);
    redis.cli("del", ...redis.cli("keys", "{sb}:looked:*").split("\n"));
    await call(scene.router.admin, `/deliveries/${id}/replay`, {});
    await until("it comes a third time", () => made().length === 3);
    expect(made()[2]).toMatchObject({ by: "New" });
  }, 60_000);

  it("that fails is tried again with the delivery where that may help, and is a dead letter where it will not", async () => {
    await start();
    scene.target.answer = (arrival, response, nth) => {
      if (arrival.path === "/api" || arrival.path.includes("well")) return named(arrival, response, nth);
      if (arrival.path.includes("gone")) return void response.writeHead(404).end("{}");
      if (asked().filter(({ path }) => path.includes("late")).length > 1)
        return named(arrival, response, nth);
      response.writeHead(503).end();
    };
    const late = await settled(await send({ n: 1, user: "late" }));
    expect(late).toMatchObject({ state: "delivered", attempts: 2 });
    expect(late.attemptList[0]!.error).toMatchObject({ code: "FORWARD_LOOKUP_UNAVAILABLE" });
    expect(late.attemptList[0]!.error!.detail).toContain(
      "Lookup `person` of target `people`: the answer to GET",
    );
    expect(late.attemptList[0]!.lookups![0]!.error!.code).toBe("FORWARD_LOOKUP_UNAVAILABLE");
    const gone = await settled(await send({ n: 2, user: "gone" }));
    expect(gone).toMatchObject({ state: "dead", code: "FORWARD_LOOKUP_REFUSED", attempts: 1 });
    const wrong = await settled(await send({ n: 3, user: { a: 1 } }));
    expect(wrong).toMatchObject({ state: "dead", code: "TRANSFORM_ENRICH_FAILED", attempts: 1 });
    expect(wrong.attemptList[0]!.error!.detail).toContain("its `path` must be");
    expect(made()).toHaveLength(1);
  }, 60_000);

  it("with `onError: null` lets the delivery go on without, and with `dead` ends it at once", async () => {
    await start(", onError: null");
    scene.target.answer = ({ path }, response) => void response.writeHead(path === "/api" ? 200 : 503).end();
    const { state, attemptList } = await settled(await send({ n: 1, user: "ada" }));
    expect(state).toBe("delivered");
    expect(made()).toEqual([{ n: 1, known: true }]);
    expect(attemptList[0]!.lookups).toMatchObject([
      { name: "person", error: { code: "FORWARD_LOOKUP_UNAVAILABLE" } },
    ]);
  }, 60_000);

  it("with `onError: dead` ends the delivery at once", async () => {
    await start(", onError: dead");
    scene.target.answer = (_, response) => void response.writeHead(503).end();
    expect(await settled(await send({ n: 1, user: "ada" }))).toMatchObject({
      state: "dead",
      code: "FORWARD_LOOKUP_REFUSED",
      attempts: 1,
    });
    expect(made()).toEqual([]);
  }, 60_000);

  it("that hangs takes half of the attempt's time at most, and others of its target's do not wait for a call", async () => {
    await start(", onError: null", "", {
      "targets/api.yaml": "url: ${TARGET}/api\ntimeoutSeconds: 1\nretry: { attempts: 1 }\n",
    });
    scene.target.answer = ({ path }, response) => void (path === "/api" && response.writeHead(200).end());
    const { attemptList } = await settled(await send({ n: 1, user: "ada" }));
    expect(attemptList[0]!.lookups![0]!.milliseconds).toBeGreaterThan(450);
    expect(attemptList[0]!.lookups![0]!.milliseconds).toBeLessThan(900);
    expect(attemptList[0]!.timings.ruleMs).toBeLessThan(400);
  }, 60_000);

  it("keeps to the target's rate limit and concurrency, and is not made while the target is paused", async () => {
    await start(", cacheSeconds: 0", "limit: { count: 5, perSeconds: 1 }\nconcurrency: 2\n", {
      "targets/api.yaml":
        "url: ${TARGET}/api\ntimeoutSeconds: 10\nretry: { attempts: 9, firstDelaySeconds: 0.2, maxDelaySeconds: 0.4 }\n",
      "targets/people.yaml":
        "url: ${TARGET}/people\nmethod: GET\nlimit: { count: 5, perSeconds: 1 }\nconcurrency: 2\n",
    });
    let open = 0;
    let most = 0;
    scene.target.answer = (arrival, response, nth) => {
      if (arrival.path === "/api") return named(arrival, response, nth);
      most = Math.max(most, ++open);
      setTimeout(() => {
        open--;
        named(arrival, response, nth);
      }, 500);
    };
    await Promise.all(Array.from({ length: 8 }, (_, n) => send({ n, user: `u${n}` })));
    await until("all are delivered", () => made().length === 8, { withinMs: 30_000 });
    expect(most).toBe(2);
    const times = asked().map(({ at }) => at);
    expect(times.at(-1)! - times[0]!).toBeGreaterThan(1_300);
    await call(scene.router.admin, "/targets/people/pause", { reason: "maintenance" });
    const before = asked().length;
    const id = await send({ n: 9, user: "u9" });
    const waiting = await answers<DeliveryDetail>(
      scene.router.admin,
      `/deliveries/${id}`,
      ({ attempts }) => attempts >= 1,
    );
    expect(waiting.attemptList[0]!.error!.detail).toContain("the target is paused");
    expect(asked()).toHaveLength(before);
    await call(scene.router.admin, "/targets/people/resume", {});
    expect((await settled(id)).state).toBe("delivered");
  }, 90_000);

  it("is not made for an event that `when` lets go by, but before a `when` that reads it", async () => {
    await start("", "", {
      "routes/other.yaml":
        "source: github\ntarget: api\ntransform: named\nwhen: n > 5\nenrich:\n  person: { target: people, request: '{ \"path\": [user] }' }\n",
      "routes/everything.yaml":
        'source: github\ntarget: api\ntransform: named\nwhen: $enrich.person.name = "Person ada"\nenrich:\n  person: { target: people, request: \'{ "path": ["users", user] }\' }\n',
    });
    scene.target.answer = named;
    const { json } = await post(scene.router.hooks, { body: '{"n":1,"user":"ada"}' });
    const states = await Promise.all(json.deliveries!.map(settled));
    expect(Object.fromEntries(states.map(({ route, state }) => [route, state]))).toEqual({
      everything: "delivered",
      other: "filtered",
    });
    expect(asked().map(({ path }) => path)).toEqual(["/people/users/ada?v=1"]);
    const bob = await post(scene.router.hooks, { body: '{"n":1,"user":"bob"}' });
    expect((await Promise.all(bob.json.deliveries!.map(settled))).map(({ state }) => state)).toEqual([
      "filtered",
      "filtered",
    ]);
  }, 60_000);

  it("can be given by hand: to `try`, and to the playground", async () => {
    await start();
    const given = join(scene.dir, "enrich.json");
    const body = join(scene.dir, "body.json");
    await writeFile(given, '{"person":{"name":"Ada"}}');
    await writeFile(body, '{"n":1}');
    const environment = { SECRET: "x", TARGET: "http://127.0.0.1:1", PEOPLE_TOKEN: "x" };
    const args = ["try", "named", body, "--json", "--dir", scene.dir];
    const tried = await run([...args, "--enrich", given], environment);
    expect(JSON.parse(tried.stdout)).toMatchObject({ rule: "ok", result: { n: 1, by: "Ada", known: true } });
    const without = await run(args, environment);
    expect(JSON.parse(without.stdout)).toMatchObject({ result: { n: 1, known: false } });
    const played = await call<{ result: unknown }>(scene.router.admin, "/playground", {
      ...{ rule: "$enrich.person.name & n", body: { n: 1 }, enrich: { person: { name: "Ada" } } },
    });
    expect(played.json.result).toBe("Ada1");
    expect(asked()).toEqual([]);
    const sent = await run(["send", "signalbox", "delivery.dead", "--dir", scene.dir], environment);
    expect(sent.code).not.toBe(0);
    expect(sent.stderr).toContain("the router's own events");
  }, 60_000);
});
