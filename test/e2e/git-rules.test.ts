/** Rules from git: a router that follows a branch of a real repository, over mistakes, absences and restarts. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { SECRET, post } from "../helpers/github.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aRouter, run, type RouterOptions, type RunningRouter } from "../helpers/router.ts";
import { aTarget, type TargetServer } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

describeWithRedis("rules from git", () => {
  let redis: TestRedis;
  let target: TargetServer;
  let router: RunningRouter;
  let options: RouterOptions;
  const folder = mkdtempSync(join(tmpdir(), "signalbox-git-"));
  const bare = join(folder, "rules.git");
  const work = join(folder, "work");

  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=Ada", "-c", "user.email=ada@host.example", ...args], {
      cwd: work,
      encoding: "utf8",
      stdio: "pipe",
    }).trim();
  /** Commits the texts and pushes them; the commit's id. */
  const push = (files: Readonly<Record<string, string>>): string => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(work, path)), { recursive: true });
      writeFileSync(join(work, path), text);
    }
    git("add", "--all");
    git("commit", "--quiet", "--message", "rules");
    git("push", "--quiet", "origin", "HEAD:main");
    return git("rev-parse", "HEAD");
  };
  const ready = async (): Promise<string> => {
    const { checks } = (await (await router.ask("/readyz")).json()) as {
      checks: { rules: { ok: boolean; detail: string } };
    };
    expect(checks.rules.ok).toBe(true);
    return checks.rules.detail;
  };
  /** What the rules in force make of a push. */
  const said = async (): Promise<unknown> => {
    const { json } = await post(router.hooks, { body: "{}" });
    const arrival = await until("it arrives", () =>
      target.arrivals.find(({ headers }) => headers["signalbox-event"] === json.id),
    );
    return (arrival.json as { said?: string }).said;
  };

  beforeAll(async () => {
    redis = await aRedis();
    target = await aTarget();
    mkdirSync(work);
    execFileSync("git", ["init", "--quiet", "--bare", "--initial-branch=main", bare]);
    git("init", "--quiet", "--initial-branch=main");
    git("remote", "add", "origin", bare);
    push({
      "prod/sources/github.yaml": "provider: github\nsecrets: ['${SECRET}']\n",
      "prod/targets/api.yaml": "url: ${TARGET}/api\n",
      "prod/routes/all.yaml": "source: github\ntransform: say\ntarget: api\n",
      "prod/transforms/say.jsonata": '{ "said": "first" }\n',
    });
    options = {
      dir: folder,
      dataDir: join(folder, "data"),
      redisUrl: redis.url,
      arguments: ["--rules", `git+file://${bare}#main:prod`],
      environment: { SECRET, TARGET: target.url, SIGNALBOX_RULES_SECONDS: "0.3" },
    };
    router = await aRouter(options);
  });
  afterAll(async () => {
    await router?.end();
    await target?.close();
    await redis?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("serves the folder of the ref, and says by which commit", async () => {
    expect(await said()).toBe("first");
    expect(await ready()).toContain(`commit ${git("rev-parse", "HEAD")}`);
  });

  it("takes a new commit over by itself, and lets the former's files go", async () => {
    const commit = push({ "prod/transforms/say.jsonata": '{ "said": "second" }\n' });
    await until("it is in force", async () => (await ready()).includes(commit));
    expect(await said()).toBe("second");
    expect(router.log.filter(({ step }) => step === "rules.reloaded").at(-1)).toMatchObject({ commit });
    expect(readdirSync(join(folder, "data", "rules")).filter((name) => /^[0-9a-f]{40}/.test(name))).toEqual([
      commit,
    ]);
  });

  it("refuses a commit with an error once and loudly, and leaves the rules that run", async () => {
    const before = router.log.filter(({ step }) => step === "rules.refused").length;
    push({
      "prod/transforms/say.jsonata": '{ "said": \n',
      "prod/targets/other.yaml": "url: https://x.example/\n",
    });
    await until("it says so", async () => (await ready()).includes("were refused"));
    expect(await said()).toBe("second");
    const refused = router.log.filter(({ step }) => step === "rules.refused").slice(before);
    expect(refused).toHaveLength(1);
    expect(JSON.stringify(refused)).toContain("transforms/say.jsonata:");
  });

  it("a restart while the latest commit has an error serves the one that was in force", async () => {
    await router.end("SIGKILL");
    router = await aRouter(options);
    expect(await said()).toBe("second");
    expect(router.log.find(({ step }) => step === "rules.former")).toBeDefined();
    const commit = push({ "prod/transforms/say.jsonata": '{ "said": "third" }\n' });
    await until("the mended one is in force", async () => (await ready()).includes(commit));
    expect(await said()).toBe("third");
  });

  it("a repository that is away, or a branch that is gone, is told with git's own reason; traffic goes on", async () => {
    renameSync(bare, `${bare}.away`);
    await until("it says so", async () => (await ready()).includes("were refused"));
    expect(JSON.stringify(router.log.findLast(({ step }) => step === "rules.refused"))).toMatch(
      /RULE_GIT_UNREADABLE .*#main:prod: (fatal|error)/,
    );
    expect(await said()).toBe("third");
    renameSync(`${bare}.away`, bare);
    await until("it is well again", async () => !(await ready()).includes("were refused"));
    execFileSync("git", ["--git-dir", bare, "branch", "-m", "main", "gone"]);
    await until("it says so", () =>
      JSON.stringify(router.log.findLast(({ step }) => step === "rules.refused")).includes("main"),
    );
    const reloaded = await run(["reload", "--url", router.admin], { SIGNALBOX_TOKEN: router.token });
    expect(reloaded.code).toBe(1);
    expect(reloaded.stderr).toMatch(/RULE_GIT_UNREADABLE.*couldn't find remote ref/i);
    expect(await said()).toBe("third");
    execFileSync("git", ["--git-dir", bare, "branch", "-m", "gone", "main"]);
    await until("it is well again", async () => !(await ready()).includes("were refused"));
  });

  it("a link in the repository leads nowhere outside of it", async () => {
    writeFileSync(join(folder, "outside.jsonata"), '{ "said": "from outside" }\n');
    symlinkSync(join(folder, "outside.jsonata"), join(work, "prod/transforms/leak.jsonata"));
    push({ "prod/routes/all.yaml": "source: github\ntransform: leak\ntarget: api\n" });
    await until("it says so", async () => (await ready()).includes("were refused"));
    expect(await said()).toBe("third");
  });

  it("does not start where there is nothing to start with: exit code 78 and the reason, without the password", async () => {
    const environment = {
      SECRET,
      TARGET: target.url,
      REDIS_URL: redis.url,
      SIGNALBOX_PORT: "0",
      SIGNALBOX_ADMIN_PORT: "0",
    };
    const data = { SIGNALBOX_DATA_DIR: join(folder, "other-data") };
    const away = { SIGNALBOX_RULES: `git+http://ada:s3cr3t@127.0.0.1:9/rules.git#main` };
    const started = await run(["start", "--json"], { ...environment, ...data, ...away });
    expect(started.code).toBe(78);
    expect(started.stderr).toMatch(/RULE_GIT_UNREADABLE.*git\+http:\/\/127\.0\.0\.1:9\/rules\.git#main/);
    expect(started.stdout + started.stderr).not.toContain("s3cr3t");
    const wrong = await run(["start", "--rules", "https://host/rules.git"], { ...environment, ...data });
    expect(wrong).toMatchObject({
      code: 78,
      stderr: expect.stringContaining("SIGNALBOX_RULES must be git+https"),
    });
  });
});
