/** The version on every delivery, and replays by the rule of then: over reloads, restarts, retries, and where it is gone. */
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { DeliveryDetail } from "../../src/admin/shapes/deliveries.ts";
import { differences, type Difference, type Replay } from "../../src/admin/shapes/replays.ts";
import { versionLoads, versionsInForce, versionWhole } from "../../src/admin/shapes/versions.ts";
import type { VersionLoad, VersionsInForce } from "../../src/admin/shapes/versions.ts";
import { answers, call, misfits } from "../helpers/admin.ts";
import { post } from "../helpers/github.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { run } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { status } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

describeWithRedis("versions of routes", () => {
  let redis: TestRedis;
  let scene: Scene;

  beforeEach(async () => {
    redis = await aRedis({ appendonly: "yes" });
    scene = await aScene({
      redisUrl: redis.url,
      files: {
        "transforms/say.jsonata": '{ "said": "first " & ref }\n',
        "transforms/say.yaml": "input: spoken\n",
        "schemas/spoken.json": '{ "type": "object", "required": ["ref"] }\n',
        "routes/everything.yaml":
          "source: github\non: [push]\nwhen: ref != 'skip'\ntransform: say\ntarget: api\n",
        "routes/plain.yaml": "source: github\non: [ping]\ntarget: api\n",
      },
    });
  });

  afterEach(async () => {
    await scene?.close();
    await redis?.close();
  });

  const write = (path: string, text: string): Promise<void> => writeFile(join(scene.dir, path), text);
  const reload = () => call(scene.router.admin, "/rules/reload", {});
  const say = async (text: string): Promise<void> => {
    await write("transforms/say.jsonata", `{ "said": "${text} " & ref }\n`);
    expect((await reload()).json).toMatchObject({ state: "changed" });
  };
  const loadsOf = (route: string, count: number) =>
    answers<{ items: VersionLoad[] }>(
      scene.router.admin,
      `/routes/${route}/versions`,
      ({ items }) => items.length === count,
    ).then(({ items }) => items);
  const ended = (id: string, attempts = 1) =>
    answers<DeliveryDetail>(
      scene.router.admin,
      `/deliveries/${id}`,
      ({ state, attemptList }) => /delivered|filtered|dead/.test(state) && attemptList.length >= attempts,
    );
  const send = async (body: object, type = "push"): Promise<string> => {
    const { json } = await post(scene.router.hooks, { type, body: JSON.stringify(body) });
    return json.deliveries![0]!;
  };
  const said = (): unknown[] => scene.target.arrivals.map(({ json }) => (json as { said?: string }).said);
  const replay = (id: string, rule?: string) =>
    call<{ code?: string; detail?: string }>(
      scene.router.admin,
      `/deliveries/${id}/replay`,
      rule === undefined ? {} : { rule },
    );

  it("stand with each delivery, with their texts, their times and the git commit", async () => {
    const git = (...args: string[]): string =>
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
        cwd: scene.dir,
        encoding: "utf8",
      }).trim();
    git("init", "-q");
    git("add", ".");
    git("commit", "-qm", "all");
    const commit = git("rev-parse", "HEAD");
    const delivery = await ended(await send({ ref: "a" }));
    const skipped = await ended(await send({ ref: "skip" }));
    const plain = await ended(await send({ ref: "a" }, "ping"));
    await say("second");
    const [second, first] = await loadsOf("everything", 2);
    expect(misfits(versionLoads, { items: [second, first] })).toEqual([]);
    expect(second).toMatchObject({ commit, edited: true, inForce: true, kept: true });
    expect(first).toMatchObject({ version: delivery.rule, edited: false, inForce: false, kept: true });
    expect(skipped.rule).toBe(first!.version);
    expect(plain.rule).toBe((await loadsOf("plain", 1))[0]!.version);
    const later = await ended(await send({ ref: "b" }));
    expect(later.rule).toBe(second!.version);
    const whole = await call(scene.router.admin, `/versions/${first!.version}`);
    expect(misfits(versionWhole, whole.json)).toEqual([]);
    expect(whole.json).toMatchObject({
      ...{ route: "everything", rule: '{ "said": "first " & ref }\n', when: "ref != 'skip'" },
      schemas: { spoken: { required: ["ref"] } },
    });
    const now = await call<VersionsInForce>(scene.router.admin, "/versions");
    expect(misfits(versionsInForce, now.json)).toEqual([]);
    expect(now.json.items.map(({ version }) => version)).toContain(second!.version);
    expect((await call(scene.router.admin, "/versions/000000000000")).status).toBe(404);
    expect((await call(scene.router.admin, "/routes/nobody/versions")).status).toBe(404);
    const route = await call(scene.router.admin, "/routes/everything");
    expect(route.json).toMatchObject({ version: second!.version });
  }, 60_000);

  it("that came back are in force by their newest load alone", async () => {
    await say("second");
    await loadsOf("everything", 2);
    await say("first");
    const [newest, second, oldest] = await loadsOf("everything", 3);
    expect(newest!.version).toBe(oldest!.version);
    expect([newest, second, oldest].map((load) => load!.inForce)).toEqual([true, false, false]);
  }, 60_000);

  it("let a delivery be replayed by the rule of then or of now, with the difference first", async () => {
    const id = await send({ ref: "a" });
    await ended(id);
    await say("second");
    const preview = async (rule: string) =>
      (await call<{ items: Difference[] }>(scene.router.admin, `/deliveries/${id}/preview`, { rule })).json;
    const then = await preview("then");
    expect(misfits(differences, then)).toEqual([]);
    expect(then.items).toMatchObject([{ before: { said: "first a" }, after: { said: "first a" } }]);
    expect((await preview("now")).items).toMatchObject([
      { before: { said: "first a" }, after: { said: "second a" } },
    ]);
    expect(scene.target.arrivals.length).toBe(1);
    expect((await replay(id, "then")).status).toBe(202);
    const again = await ended(id, 2);
    expect(again.rule).toBe(then.items[0]!.ruleBefore);
    expect((await replay(id, "now")).status).toBe(202);
    await ended(id, 3);
    expect(said()).toEqual(["first a", "first a", "second a"]);
    const event = `evt_${id.slice(4, 30)}`;
    // The last attempt was made by the second: that is then, now.
    await say("third");
    expect((await call(scene.router.admin, `/events/${event}/replay`, { rule: "then" })).status).toBe(202);
    await ended(id, 4);
    expect(said().at(-1)).toBe("second a");
    const edited = { rule: "then", body: { ref: "b" } };
    expect((await call(scene.router.admin, `/events/${event}/replay`, edited)).json).toMatchObject({
      code: "ADMIN_BODY_INVALID",
    });
  }, 60_000);

  it("are kept over retries, and over a kill between two of them", async () => {
    const id = await send({ ref: "a" });
    await ended(id);
    await say("second");
    scene.target.answer = status(503, { "retry-after": "1" });
    await replay(id, "then");
    await until("it has failed once", () => scene.target.arrivals.length === 2);
    await answers<DeliveryDetail>(
      scene.router.admin,
      `/deliveries/${id}`,
      ({ state }) => state === "retrying",
    );
    await scene.router.end("SIGKILL");
    scene.target.answer = status(200);
    scene.router = await scene.start();
    await ended(id, 3);
    expect(said()).toEqual(["first a", "first a", "first a"]);
    // Its run is over: the next is by the rules in force again.
    await replay(id);
    await ended(id, 4);
    expect(said().at(-1)).toBe("second a");
  }, 60_000);

  it("are kept while a person lets them wait, and what is approved is what was made then", async () => {
    const id = await send({ ref: "a" });
    await ended(id);
    await write(
      "routes/everything.yaml",
      "source: github\non: [push]\nwhen: ref != 'skip'\ntransform: say\ntarget: api\ngate: { selfApproval: true }\n",
    );
    await say("second");
    await replay(id, "then");
    const { hold } = await answers<DeliveryDetail>(
      scene.router.admin,
      `/deliveries/${id}`,
      ({ state }) => state === "held",
    );
    const held = await call<{ hash: string }>(scene.router.admin, `/holds/${hold!}`);
    expect(JSON.stringify(held.json)).toContain("first a");
    await scene.router.end("SIGKILL");
    scene.router = await scene.start();
    const vote = { hash: held.json.hash, reason: "it is the old one" };
    const decided = await call(scene.router.admin, `/holds/${hold!}/approve`, vote);
    expect(decided.status, JSON.stringify(decided.json)).toBeLessThan(300);
    await ended(id, 2);
    expect(said()).toEqual(["first a", "first a"]);
  }, 60_000);

  it("that are not kept any more are told, and nothing is sent", async () => {
    const id = await send({ ref: "a" });
    const { rule } = await ended(id);
    await say("second");
    await loadsOf("everything", 2);
    redis.cli("hdel", "{sb}:versions", rule!);
    const refused = await replay(id, "then");
    expect(refused).toMatchObject({ status: 409, json: { code: "RULE_VERSION_GONE" } });
    expect(refused.json.detail).toContain(rule);
    const event = `evt_${id.slice(4, 30)}`;
    const whole = await call(scene.router.admin, `/events/${event}/replay`, { rule: "then" });
    expect(whole).toMatchObject({ status: 409, json: { code: "RULE_VERSION_GONE" } });
    const preview = await call(scene.router.admin, `/events/${event}/preview`, { rule: "then" });
    expect(preview.json).toMatchObject({ items: [{ error: { code: "RULE_VERSION_GONE" } }] });
    expect(scene.target.arrivals.length).toBe(1);
  }, 60_000);

  it("that go between the wish and the attempt end it as a dead letter that says so", async () => {
    const id = await send({ ref: "a" });
    const { rule } = await ended(id);
    await say("second");
    await loadsOf("everything", 2);
    await call(scene.router.admin, "/targets/api/pause", { reason: "to have time" });
    await replay(id, "then");
    await scene.router.end("SIGKILL");
    redis.cli("hdel", "{sb}:versions", rule!);
    scene.router = await scene.start();
    await call(scene.router.admin, "/targets/api/resume", {});
    const dead = await ended(id, 2);
    expect(dead).toMatchObject({ state: "dead", code: "RULE_VERSION_GONE", rule });
    expect(scene.target.arrivals.length).toBe(1);
  }, 60_000);

  it("of many are replayed as then, each by its own, and those that are gone are skipped", async () => {
    const [a, b] = [await send({ ref: "a" }), await send({ ref: "b" })];
    const { rule } = await ended(a);
    await ended(b);
    await say("second");
    const c = await send({ ref: "c" });
    await ended(c);
    await say("third");
    await loadsOf("everything", 3);
    const wanted = { filter: { route: "everything" }, ratePerSecond: 100, rule: "then" };
    const preview = () => call(scene.router.admin, "/replays/preview", wanted);
    expect((await preview()).json).toMatchObject({ count: 3, notKept: 0 });
    scene.target.arrivals.length = 0;
    const begun = await call<Replay>(scene.router.admin, "/replays", { ...wanted, reason: "as then" });
    expect(begun.json).toMatchObject({ rule: "then" });
    const state = (id: string) =>
      answers<Replay>(scene.router.admin, `/replays/${id}`, (one) => one.state === "done");
    expect(await state(begun.json.id)).toMatchObject({ replayed: 3, skipped: 0 });
    await until("all arrive", () => scene.target.arrivals.length === 3);
    expect(said().sort()).toEqual(["first a", "first b", "second c"]);
    for (const id of [a, b, c]) await ended(id, 2);
    // What was read lately is at hand in the process that read it.
    redis.cli("hdel", "{sb}:versions", rule!);
    await scene.router.end();
    scene.router = await scene.start();
    expect((await preview()).json).toMatchObject({ count: 3, notKept: 2 });
    const other = await call<Replay>(scene.router.admin, "/replays", { ...wanted, reason: "as then" });
    expect(await state(other.json.id)).toMatchObject({ replayed: 1, skipped: 2 });
  }, 60_000);

  it("are shown by the command line, which tells the difference before it sends", async () => {
    const id = await send({ ref: "a" });
    const { rule } = await ended(id);
    await say("second");
    await loadsOf("everything", 2);
    const environment = { SIGNALBOX_DATA_DIR: scene.dataDir };
    const cli = (...args: string[]) => run([...args, "--dir", scene.dir], environment);
    expect((await cli("versions", "everything")).stdout).toContain("in force");
    expect((await cli("versions", rule!)).stdout).toContain('"first " & ref');
    expect((await cli("versions")).stdout).toMatch(/[0-9a-f]{12} +everything/);
    const preview = await cli("replay", id, "--rule", "now", "--preview");
    expect(preview.stdout).toContain('+ {"said":"second a"}');
    expect(scene.target.arrivals.length).toBe(1);
    const sent = await cli("replay", id, "--rule", "then");
    expect(sent.stdout).toMatch(/the same as last time[^]*runs again/);
    await ended(id, 2);
    expect(said()).toEqual(["first a", "first a"]);
    expect(await cli("replay", id, "--rule", "later")).toMatchObject({ code: 2 });
  }, 60_000);
});
