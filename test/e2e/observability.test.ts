/** What a real Prometheus makes of a router: every panel of the dashboards has data, alerts fire in made faults and are quiet otherwise. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { parse } from "yaml";
import { SECRET, post } from "../helpers/github.ts";
import { aPrometheus, type TestPrometheus } from "../helpers/prometheus.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithPrometheus, prometheusPrograms } from "../helpers/require.ts";
import { aRouter, type RunningRouter } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";

const folder = fileURLToPath(new URL("../../deploy/observability/", import.meta.url));
const root = fileURLToPath(new URL("../../", import.meta.url));
const rules = readFileSync(join(folder, "prometheus/alerts.yml"), "utf8");

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly runbook: string };
}
const alerts = (parse(rules) as { groups: { rules: Alert[] }[] }).groups.flatMap((group) => group.rules);

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}
const dashboards = readdirSync(join(folder, "grafana/dashboards")).map((file) => ({
  file,
  dashboard: JSON.parse(readFileSync(join(folder, "grafana/dashboards", file), "utf8")) as {
    readonly uid: string;
    readonly panels: readonly Panel[];
  },
}));

/** As in production, but for what takes its time: nothing is waited for before an alert fires, and windows are short. */
const HASTY = rules
  .replace(/^ +for: .*\n/gm, "")
  .replace(/\[\d+m\]/g, "[8s]")
  .replace("signalbox_oldest_waiting_seconds) > 900", "signalbox_oldest_waiting_seconds) > 3");

describe("the folder deploy/observability", () => {
  test("its dashboards are those that its script writes", () => {
    const script = join(folder, "write-dashboards.js");
    expect(() => execFileSync(process.execPath, [script, "--check"], { stdio: "pipe" })).not.toThrow();
  });

  test("every alert has a page that shows its expression, the list names it, and no page is left over", () => {
    const list = readFileSync(join(root, "docs/runbooks/README.md"), "utf8");
    for (const { alert, expr, annotations } of alerts) {
      expect(annotations.runbook).toBe(`docs/runbooks/${alert}.md`);
      const page = readFileSync(join(root, annotations.runbook), "utf8");
      expect(page).toContain(`\`\`\`promql\n${expr.trim()}\n\`\`\``);
      for (const heading of ["What it does", "Where to look", "What to do"])
        expect(page).toContain(`## ${heading}`);
      expect(list).toContain(`[${alert}](${alert}.md)`);
    }
    const pages = readdirSync(join(root, "docs/runbooks")).filter((name) => name !== "README.md");
    expect(pages.sort()).toEqual(alerts.map(({ alert }) => `${alert}.md`).sort());
  });

  test("its pages name commands and settings that there are", () => {
    const commands = readdirSync(join(root, "src/cli")).flatMap((file) =>
      [...readFileSync(join(root, "src/cli", file), "utf8").matchAll(/\.command\("([\w-]+)/g)].map(
        ([, name]) => name!,
      ),
    );
    const settings = readFileSync(join(root, "src/settings.ts"), "utf8");
    const pages = readdirSync(join(root, "docs/runbooks")).map((name) => `docs/runbooks/${name}`);
    for (const page of [...pages, "docs/observability.md"]) {
      const text = readFileSync(join(root, page), "utf8");
      for (const [, name] of text.matchAll(/`signalbox ([\w-]+)/g)) expect(commands, page).toContain(name);
      for (const [name] of text.matchAll(/\b(?:SIGNALBOX_[A-Z_]+|REDIS_URL)\b/g))
        expect(settings, page).toContain(`variable: "${name}"`);
    }
  });

  test("no metric is asked for that the router does not have", () => {
    const told = readFileSync(join(root, "docs/observability.md"), "utf8");
    const asked = [
      ...alerts.map(({ expr }) => expr),
      ...dashboards.flatMap(({ dashboard }) =>
        dashboard.panels.flatMap((panel) => panel.targets.map((one) => one.expr)),
      ),
    ].flatMap((expr) => [...expr.matchAll(/\bsignalbox_\w+/g)].map(([name]) => name));
    for (const name of new Set(asked))
      expect(told).toContain(`\`${name.replace(/_(bucket|count|sum)$/, "")}\``);
  });
});

describeWithPrometheus("promtool", () => {
  test("finds each alert firing after its time in its fault, and none when all is well", () => {
    const run = (...command: string[]): string =>
      execFileSync(prometheusPrograms!.tool, command, {
        cwd: join(folder, "prometheus"),
        encoding: "utf8",
        stdio: "pipe",
      });
    expect(run("check", "rules", "alerts.yml")).toContain(`${alerts.length} rules found`);
    expect(run("test", "rules", "alerts.test.yml")).toContain("SUCCESS");
    const tested = parse(readFileSync(join(folder, "prometheus/alerts.test.yml"), "utf8")) as {
      tests: { name: string; alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[];
    };
    for (const { alert } of alerts) {
      const cases = tested.tests
        .flatMap((one) => one.alert_rule_test)
        .filter((one) => one.alertname === alert);
      expect(cases.filter((one) => one.exp_alerts.length === 1).length, `${alert} fires`).toBeGreaterThan(0);
      expect(cases.filter((one) => one.exp_alerts.length === 0).length, `${alert} is quiet`).toBeGreaterThan(
        1,
      );
    }
  }, 120_000);
});

const FILES = {
  "routes/everything.yaml":
    "source: github\non: [push]\nwhen: ref != 'skip'\ntransform: short\ntarget: api\n",
  "routes/guarded.yaml": "source: github\non: [guarded]\ntarget: guarded\n",
  "routes/gated.yaml": "source: github\non: [gated]\ntarget: api\ngate: {}\n",
  "routes/ordered.yaml": "source: github\non: [ordered]\ntarget: api\norder: { key: ref, onDead: hold }\n",
  "transforms/short.jsonata": "{ 'ref': ref, 'sum': $sum($map([1..size], function($v) { $v * 2 })) }\n",
  "transforms/short.yaml":
    "budgets: { steps: 4000 }\ncases:\n  - { name: a, given: { ref: a, size: 1 }, expect: { ref: a, sum: 2 } }\n",
  "targets/guarded.yaml":
    "url: ${TARGET}/guarded\nretry: { attempts: 9, firstDelaySeconds: 60, maxDelaySeconds: 60 }\nbreaker: { minimum: 2, windowSeconds: 5 }\n",
  "targets/slow.yaml": "url: ${TARGET}/slow\n",
  "routes/slow.yaml": "source: github\non: [slow]\ntarget: slow\n",
};

describeWithPrometheus(
  "a loaded router before a real Prometheus",
  () => {
    let redis: TestRedis;
    let scene: Scene;
    let second: RunningRouter;
    let prometheus: TestPrometheus;
    let answer = (path: string): number => (path === "" ? 500 : 200);
    const send = (type: string, fields: object = {}, hooks = scene.router.hooks): ReturnType<typeof post> =>
      post(hooks, { type, body: JSON.stringify({ ref: "main", size: 3, ...fields }) });
    const firing = async (): Promise<string[]> =>
      (await prometheus.query('count by (alertname) (ALERTS{alertstate="firing"})')).map(
        ({ labels }) => labels["alertname"]!,
      );
    const fires = (name: string, withinMs = 25_000): Promise<unknown> =>
      until(`${name} fires`, async () => (await firing()).includes(name), { withinMs, everyMs: 200 });

    beforeAll(async () => {
      const shared = { SECRET, SIGNALBOX_SECRET_KEY: "a test's own key of thirty-two characters" };
      redis = await aRedis({ appendonly: "yes", maxmemory: "200mb" });
      scene = await aScene({
        redisUrl: redis.url,
        files: FILES,
        environment: { ...shared, SIGNALBOX_SPOOL_MB: "1" },
      });
      second = await aRouter({
        ...{
          dir: scene.dir,
          dataDir: await mkdtemp(join(tmpdir(), "signalbox-second-")),
          redisUrl: redis.url,
        },
        environment: {
          ...shared,
          SIGNALBOX_ROLE: "ingest",
          SIGNALBOX_SPOOL_MB: "0",
          TARGET: scene.target.url,
        },
      });
      scene.target.answer = ({ path }, response) => void response.writeHead(answer(path)).end("{}");
      const hosts = [scene.router.admin, second.admin].map((url) => new URL(url).host);
      prometheus = await aPrometheus(hosts, HASTY);
    });
    afterAll(async () => {
      redis?.thaw();
      await prometheus?.close();
      await second?.end();
      await scene?.close();
      await redis?.close();
    });

    it("no alert fires when all is well, and every panel of every dashboard has data", async () => {
      let stopped = false;
      const load = (async () => {
        for (let nth = 0; !stopped; nth++) {
          await Promise.all([
            send("push"),
            send("push", { ref: "skip" }),
            send("guarded"),
            send("push", {}, second.hooks),
          ]);
          if (nth % 4 === 0) {
            await post(scene.router.hooks, { id: "known", body: '{"ref":"main","size":1}' });
            await post(scene.router.hooks, { body: "{}", secret: "wrong" });
          }
          await new Promise((resolve) => setTimeout(resolve, 40));
        }
      })();
      try {
        const left = new Map<string, string>();
        for (const { file, dashboard } of dashboards)
          for (const { title, targets } of dashboard.panels)
            for (const { expr } of targets)
              left.set(
                `${file}: ${title}: ${expr}`,
                expr.replaceAll("$__rate_interval", "8s").replace(/\$(target|source|route)\b/g, ".*"),
              );
        expect(left.size).toBeGreaterThan(70);
        // Without a failure there is no class of failures to be seen: these two are asked for again below.
        const ofFailures = [...left.keys()].filter((name) =>
          /Attempts that the rule failed|Refusals by code/.test(name),
        );
        for (const name of ofFailures.filter((one) => one.includes("rule failed"))) left.delete(name);
        await until(
          "every panel has data",
          async () => {
            for (const [name, expr] of left) {
              const samples = await prometheus.query(expr);
              if (samples.some(({ value }) => !Number.isNaN(value))) left.delete(name);
            }
            return left.size === 0;
          },
          { withinMs: 60_000, everyMs: 500 },
        ).catch((error: unknown) => {
          throw new Error(`${String(error)}: ${[...left.keys()].join("\n")}`);
        });
        expect(await firing()).toEqual([]);
      } finally {
        stopped = true;
        await load;
      }
    }, 90_000);

    it("each of these alerts fires in its fault", async () => {
      // Until it fires: what was accepted before has to leave the window, and these are to be in it then.
      const refused = setInterval(() => void post(scene.router.hooks, { body: "{}", secret: "wrong" }), 200);
      await fires("SignalboxRequestsRefused").finally(() => clearInterval(refused));
      for (let nth = 0; nth < 8; nth++) await send("push", { size: 5_000 });
      await Promise.all(
        ["SignalboxDeadLetters", "SignalboxRulesFailing", "SignalboxRuleNearBudget"].map((one) => fires(one)),
      );
      await prometheus
        .query('sum by (route) (rate(signalbox_attempts_total{route=~".*", class="rule"}[8s]))')
        .then((samples) => expect(samples[0]!.value).toBeGreaterThan(0));
      await send("gated");
      await fires("SignalboxHoldsWaiting");
      answer = (path) => (path === "/guarded" ? 500 : path === "/slow" ? 503 : path === "/api" ? 422 : 200);
      for (let nth = 0; nth < 5; nth++) await send("guarded");
      for (let nth = 0; nth < 5; nth++) await send("slow");
      await send("ordered");
      await Promise.all(
        [
          "SignalboxBreakerOpen",
          "SignalboxLinesStopped",
          "SignalboxTargetFailing",
          "SignalboxOldestWaiting",
        ].map((one) => fires(one)),
      );
      answer = () => 200;
      await scene.router.ask("/api/v1/targets/api/pause", {
        ...{ method: "POST", headers: { "content-type": "application/json" }, body: '{"reason":"a test"}' },
      });
      await fires("SignalboxTargetPaused");
    }, 90_000);

    it("so do those of the rules and the store's settings", async () => {
      await writeFile(
        join(scene.dir, "routes/slow.yaml"),
        "source: github\non: [slow, slower]\ntarget: slow\n",
      );
      expect((await second.ask("/api/v1/rules/reload", { method: "POST" })).status).toBe(200);
      await fires("SignalboxRulesDiffer");
      await writeFile(join(scene.dir, "routes/slow.yaml"), "source: nobody\n");
      await second.ask("/api/v1/rules/reload", { method: "POST" });
      await fires("SignalboxRulesRefused");
      redis.cli("config", "set", "maxmemory-policy", "allkeys-lru");
      await fires("SignalboxStoreUnsafe");
      redis.cli("config", "set", "maxmemory-policy", "noeviction");
      const used = Number(/used_memory:(\d+)/.exec(redis.cli("info", "memory"))![1]);
      redis.cli("config", "set", "maxmemory", String(Math.round(used * 1.1)));
      await fires("SignalboxStoreFull");
      redis.cli("config", "set", "maxmemory", "200mb");
    }, 90_000);

    it("so do those of a store that is away, of a process that stands still, and of one that is gone", async () => {
      redis.freeze();
      for (let nth = 0; nth < 8; nth++)
        await send("push", { filler: randomBytes(90_000).toString("base64") });
      expect((await send("push", {}, second.hooks)).status).toBe(503);
      await Promise.all(
        ["SignalboxStoreAway", "SignalboxSpoolInUse", "SignalboxSpoolFull"].map((one) => fires(one)),
      );
      await send("push", {}, second.hooks);
      await fires("SignalboxOverloaded");
      redis.thaw();
      await until("the store is there again", async () => !(await firing()).includes("SignalboxStoreAway"), {
        withinMs: 20_000,
      });
      // It stands still for most of the time: for less than a scrape has patience, as each forgets the lag that it was told.
      const stutter = setInterval(() => {
        scene.router.process.kill("SIGSTOP");
        setTimeout(() => scene.router.process.kill("SIGCONT"), 700);
      }, 1_300);
      await fires("SignalboxEventLoopLag").finally(() => clearInterval(stutter));
      await new Promise((resolve) => setTimeout(resolve, 800));
      await scene.router.end("SIGKILL");
      await Promise.all(["SignalboxDown", "SignalboxNoWorkers"].map((one) => fires(one, 40_000)));
    }, 120_000);
  },
  ["redis"],
);
