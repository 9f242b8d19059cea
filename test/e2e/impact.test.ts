/** `signalbox impact` over a router's events: against the rules that run, against a git ref, from a file; and what it refuses. */
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { WholeEvent } from "../../src/admin/shapes/deliveries.ts";
import { bodyPage } from "../../src/admin/shapes/deliveries.ts";
import { impactSketched, type ImpactSketched } from "../../src/admin/shapes/impact.ts";
import type { ImpactReport } from "../../src/rules/impact.ts";
import { call, misfits } from "../helpers/admin.ts";
import { post } from "../helpers/github.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { run } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";

const ROUTE = "source: github\non: [push]\nwhen: ref != 'skip'\ntransform: say\ntarget: api\n";
const EVENTS = 60;

describeWithRedis("signalbox impact", () => {
  let redis: TestRedis;
  let scene: Scene;

  beforeAll(async () => {
    redis = await aRedis();
    scene = await aScene({
      redisUrl: redis.url,
      files: {
        "transforms/say.jsonata": '{ "said": "first " & ref, "by": pusher.email }\n',
        "transforms/say.yaml": "output: said\n",
        "schemas/said.json": '{ "type": "object", "required": ["said"] }\n',
        "routes/everything.yaml": ROUTE,
      },
    });
    git("init", "-q");
    git("add", ".");
    git("commit", "-qm", "all");
    for (let nth = 0; nth < EVENTS; nth++) {
      const ref = nth % 10 === 0 ? "skip" : `r${nth}`;
      await post(scene.router.hooks, {
        body: JSON.stringify({ ref, nth, pusher: { email: `ada${nth}@corp.example.org` } }),
      });
    }
    await post(scene.router.hooks, { type: "ping", body: '{"zen":"x"}' });
  }, 60_000);

  afterAll(async () => {
    await scene?.close();
    await redis?.close();
  });

  function git(...args: string[]): string {
    const who = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
    return execFileSync("git", [...who, ...args], { cwd: scene.dir, encoding: "utf8" }).trim();
  }
  const write = (path: string, text: string): Promise<void> => writeFile(join(scene.dir, path), text);
  // No variable of the workspace is set: in CI there is none.
  const cli = (...args: string[]) =>
    run(["impact", ...args, "--dir", scene.dir], { SIGNALBOX_DATA_DIR: scene.dataDir });
  const reportOf = async (...args: string[]): Promise<ImpactReport & { before: string; after: string }> => {
    const { stdout, stderr } = await cli(...args, "--json");
    expect(stderr).toBe("");
    return JSON.parse(stdout) as ImpactReport & { before: string; after: string };
  };
  const restore = (): string => git("checkout", "-q", ".");

  it("says of the files that run that nothing would change", async () => {
    const report = await reportOf();
    expect(report).toMatchObject({ events: EVENTS + 1, counts: { unchanged: EVENTS, changed: 0 } });
    const told = await cli("--fail-on", "any");
    expect(told).toMatchObject({ code: 0 });
    expect(told.stdout).toContain("Nothing would change.");
  }, 60_000);

  it("tells each class over the router's events, sends nothing, and fails where it is told to", async () => {
    await write("transforms/say.jsonata", '{ "said": ref = "r1" ? 1 : "new " & ref, "by": pusher.email }\n');
    await write(
      "schemas/said.json",
      '{ "type": "object", "required": ["said"], "properties": { "said": { "type": "string" } } }\n',
    );
    await write("routes/everything.yaml", ROUTE.replace("'skip'", "'r2'"));
    const sent = scene.target.arrivals.length;
    const report = await reportOf("--last", "1000");
    expect(report.counts).toMatchObject({
      ...{ unchanged: 0, changed: 52, newlyMatched: 6, noLongerMatched: 1, nowFailing: 1, mended: 0 },
    });
    expect(report.before).toContain(scene.router.admin);
    const failing = report.examples.find(({ kind }) => kind === "nowFailing");
    expect(failing).toMatchObject({
      faultAfter: {
        code: "TRANSFORM_OUTPUT_INVALID",
        schema: { name: "said", pointer: expect.any(String) as string },
      },
    });
    expect(JSON.stringify(report)).not.toContain("corp.example.org");
    expect(scene.target.arrivals.length).toBe(sent);
    expect((await cli("--fail-on", "now-failing,mended")).code).toBe(1);
    expect((await cli("--fail-on", "mended")).code).toBe(0);
    const markdown = await cli("--markdown");
    expect(markdown.stdout).toContain("### What these rules would change");
    expect(markdown.stdout).toMatch(/\| `everything` \| other version \| · \| 52 \| 6 \| 1 \| 1 \|/);
    expect(markdown.stdout).toMatch(/\+ \/said: "new r\d+"/);
    restore();
  }, 60_000);

  it("compares with a git ref as well, over the router's events or those of a file, without a router then", async () => {
    await write("transforms/say.jsonata", '{ "said": "next " & ref }\n');
    git("commit", "-qam", "next");
    await write("transforms/say.jsonata", '{ "said": "last " & ref }\n');
    const last = await reportOf("--against", "HEAD~1", "--last", "20");
    expect(last.events).toBe(20);
    expect(last.before).toMatch(/^HEAD~1 \([0-9a-f]{12}\)$/);
    expect(last.examples[0]!.differences).toEqual(
      expect.arrayContaining([expect.objectContaining({ path: "/by" })]),
    );
    const lines = [
      JSON.stringify({ source: "github", type: "push", body: { ref: "a" } }),
      JSON.stringify({ source: "github", type: "push", body: { ref: "skip" } }),
    ];
    await write("events.ndjson", `${lines.join("\n")}\n`);
    const file = join(scene.dir, "events.ndjson");
    const alone = await run(["impact", "--against", "HEAD", "--events", file, "--json", "--dir", scene.dir], {
      SIGNALBOX_DATA_DIR: join(scene.dir, "nowhere"),
    });
    expect(JSON.parse(alone.stdout)).toMatchObject({
      events: 2,
      counts: { changed: 1, unchanged: 1 },
      examples: [{ differences: [{ path: "/said", before: "next a", after: "last a" }] }],
    });
    git("checkout", "-q", ".");
    git("reset", "-q", "--hard", "HEAD~1");
  }, 60_000);

  it("reads the store itself where no router is asked", async () => {
    await write("transforms/say.jsonata", '{ "said": "next " & ref }\n');
    const alone = (environment: Record<string, string>, ...args: string[]) =>
      run(["impact", "--store", ...args, "--json", "--dir", scene.dir], {
        SIGNALBOX_DATA_DIR: join(scene.dir, "nowhere"),
        ...environment,
      });
    const told = await alone({ REDIS_URL: redis.url }, "--against", "HEAD");
    expect(JSON.parse(told.stdout)).toMatchObject({
      events: EVENTS + 1,
      counts: { changed: 54, unchanged: 6 },
    });
    expect(await alone({ REDIS_URL: redis.url })).toMatchObject({ code: 2 });
    expect((await alone({}, "--against", "HEAD")).stderr).toMatch(/needs REDIS_URL/);
    const away = await alone({ REDIS_URL: "redis://:secret@127.0.0.1:9" }, "--against", "HEAD");
    expect(away).toMatchObject({ code: 1 });
    expect(away.stderr).toMatch(/store at 127\.0\.0\.1:9 does not answer/);
    expect(away.stderr).not.toContain("secret");
    restore();
  }, 60_000);

  it("looks as far back as it is told", async () => {
    expect((await reportOf("--since", "24h")).events).toBe(EVENTS + 1);
    expect((await reportOf("--since", "24h", "--last", "7")).events).toBe(7);
    expect((await reportOf("--since", "2100-01-01T00:00:00Z")).events).toBe(0);
    expect((await reportOf("--source", "nobody")).events).toBe(0);
  }, 60_000);

  it("refuses what it cannot do in a sentence: options, refs, files, half-saved rules, routers that are away", async () => {
    const refused = async (code: number, said: RegExp, ...args: string[]): Promise<void> => {
      const told = await cli(...args);
      expect(told.code, told.stderr).toBe(code);
      expect(told.stderr).toMatch(said);
      expect(told.stderr).not.toMatch(/\n {4}at /);
    };
    await refused(2, /--last must be a number/, "--last", "many");
    await refused(2, /--last must be a number/, "--last", "0");
    await refused(2, /--since must be/, "--since", "yesterday");
    await refused(2, /--fail-on knows changed,.*got broken/, "--fail-on", "broken");
    await refused(2, /JSON Pointers/, "--redact", "name");
    await refused(1, /RULE_REF_UNKNOWN.*no commit/, "--against", "no-such-branch");
    await refused(1, /RULE_REF_UNKNOWN/, "--against", "--output=/tmp/x");
    await refused(2, /cannot be read \(ENOENT\)/, "--against", "HEAD", "--events", join(scene.dir, "none"));
    await write("odd.ndjson", '{"body":1}\n');
    await refused(
      2,
      /odd\.ndjson:1: expected an event/,
      "--against",
      "HEAD",
      "--events",
      join(scene.dir, "odd.ndjson"),
    );
    await refused(1, /No router answers/, "--url", "http://127.0.0.1:9");
    await write("transforms/say.jsonata", '{ "said": \n');
    await refused(1, /transforms\/say\.jsonata:[^]*have errors/);
    restore();
  }, 60_000);

  it("is told by the API of an edited rule, whose mistakes and endlessness hurt nobody", async () => {
    const ask = (more: object) =>
      call<ImpactSketched & { code?: string }>(scene.router.admin, "/impact", {
        route: "everything",
        ...more,
      });
    const { json } = await ask({ rule: '{ "said": "new " & ref, "by": pusher.email }', last: 50 });
    expect(misfits(impactSketched, json)).toEqual([]);
    expect(json).toMatchObject({
      problems: [],
      report: { events: 50, counts: { changed: 45, unchanged: 4 } },
    });
    expect(JSON.stringify(json)).not.toContain("corp.example.org");
    const wrong = await ask({ rule: '{ "said": ' });
    expect(wrong.json).toMatchObject({ problems: [{ code: "RULE_SYNTAX_INVALID", line: 1 }] });
    expect(wrong.json).not.toHaveProperty("report");
    const endless = await ask({
      rule: "($f := function($n) { $n <= 0 ? 0 : $f($n - 1) + $f($n - 2) }; $f(40))",
    });
    expect(endless.status).toBe(200);
    expect(JSON.stringify(endless.json)).toMatch(/TRANSFORM_LIMIT_EXCEEDED/);
    expect((await ask({ rule: "$", route: "nobody" })).status).toBe(404);
    expect((await ask({ rule: "$", output: "nobody" })).status).toBe(404);
    expect((await ask({ rule: "$", last: 100_000 })).json).toMatchObject({ code: "ADMIN_BODY_INVALID" });
  }, 60_000);

  it("reads events with bodies in pages, over what is sealed and what is hot, each once", async () => {
    const { admin } = scene.router;
    const seen: string[] = [];
    let cursor = "";
    do {
      const { json } = await call<{ items: WholeEvent[]; next?: string }>(
        admin,
        `/bodies?limit=7&type=push${cursor === "" ? "" : `&cursor=${cursor}`}`,
      );
      expect(misfits(bodyPage, json)).toEqual([]);
      seen.push(...json.items.map(({ body }) => String((body as { nth: number }).nth)));
      cursor = json.next ?? "";
    } while (cursor !== "");
    expect(seen).toEqual(Array.from({ length: EVENTS }, (_, nth) => String(EVENTS - 1 - nth)));
    await until("the last is delivered", () => scene.target.arrivals.length > 0);
    const stale = await call(admin, "/bodies?cursor=nonsense");
    expect(stale).toMatchObject({ status: 410, json: { code: "ADMIN_CURSOR_STALE" } });
  }, 60_000);
});
