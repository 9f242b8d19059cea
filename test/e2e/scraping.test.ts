/** What Prometheus sees: counts of what this process did, and what the store says of all. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { post } from "../helpers/github.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { status } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

/** A line of the text format that is no comment: name, labels, value. */
const SAMPLE =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*\})? (-?[0-9.eE+-]+|\+Inf|NaN)$/;

describeWithRedis("the page that Prometheus scrapes", () => {
  let redis: TestRedis;
  let scene: Scene;
  const scrape = async (): Promise<string> => (await fetch(`${scene.router.admin}/metrics`)).text();
  /** The value of the sample of this name with these labels; undefined where there is none. */
  const valueOf = (
    text: string,
    name: string,
    labels: Readonly<Record<string, string>> = {},
  ): number | undefined => {
    const found = text.split("\n").find((line) => {
      const [, named, inBraces = ""] = SAMPLE.exec(line) ?? [];
      return (
        named === name &&
        Object.entries(labels).every(([key, value]) => inBraces.includes(`${key}="${value}"`))
      );
    });
    return found === undefined ? undefined : Number(found.slice(found.lastIndexOf(" ") + 1));
  };

  beforeAll(async () => {
    redis = await aRedis();
    scene = await aScene({
      redisUrl: redis.url,
      files: { "routes/everything.yaml": "source: github\nwhen: ref != 'skip'\ntarget: api\n" },
    });
    scene.target.answer = (arrival, response, nth) =>
      status((arrival.json as { ref?: string }).ref === "bad" ? 422 : 200)(arrival, response, nth);
    for (const ref of ["good", "good", "bad", "skip"])
      await post(scene.router.hooks, { body: JSON.stringify({ ref }) });
    await post(scene.router.hooks, { id: "twice", body: '{"ref":"good"}' });
    await post(scene.router.hooks, { id: "twice", body: '{"ref":"good"}' });
    await post(scene.router.hooks, { body: "{}", secret: "wrong" });
    await until("all are at their end", async () => {
      const text = await scrape();
      const ended = ["delivered", "failed", "filtered"].map(
        (state) => valueOf(text, "signalbox_deliveries_total", { state }) ?? 0,
      );
      return ended.reduce((sum, one) => sum + one, 0) === 5;
    });
  });

  afterAll(async () => {
    await scene?.close();
    await redis?.close();
  });

  it("is in the text format, each metric with its help and type", async () => {
    const response = await fetch(`${scene.router.admin}/metrics`);
    expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    const lines = (await response.text()).trimEnd().split("\n");
    expect(lines.filter((line) => line !== "" && !line.startsWith("#") && !SAMPLE.test(line))).toEqual([]);
    const named = new Set(lines.flatMap((line) => /^# (?:HELP|TYPE) (signalbox_\w+)/.exec(line)?.[1] ?? []));
    for (const line of lines) {
      const name = /^signalbox_\w+/.exec(line)?.[0].replace(/_(bucket|sum|count)$/, "");
      if (name !== undefined) expect(named.has(name), line).toBe(true);
    }
  });

  it("spells what is not a number as the format does, however fast it is asked again", async () => {
    const pages = await Promise.all(Array.from({ length: 8 }, scrape));
    const odd = pages.flatMap((text) => text.split("\n").filter((line) => / nan$/i.test(line)));
    expect(odd.filter((line) => !line.endsWith(" NaN"))).toEqual([]);
  });

  it("has the metrics that docs/observability.md tells, and no others", async () => {
    const page = readFileSync(fileURLToPath(new URL("../../docs/observability.md", import.meta.url)), "utf8");
    const rows = page.split("\n").filter((line) => /^\| `signalbox_/.test(line));
    const told = rows.flatMap((row) => [...row.split("|")[1]!.matchAll(/`(\w+)`/g)].map(([, name]) => name!));
    const names = told.map((name) => (name.startsWith("_") ? `signalbox${name}` : name));
    const seen = [...(await scrape()).matchAll(/^# TYPE (signalbox_\w+)/gm)].map(([, name]) => name!);
    expect(seen.sort()).toEqual(names.sort());
  });

  it("counts requests, attempts and ends as they were", async () => {
    const text = await scrape();
    const requests = (verdict: string): number | undefined =>
      valueOf(text, "signalbox_requests_total", { source: "github", verdict });
    expect([requests("accepted"), requests("duplicate"), requests("ACCEPT_SIGNATURE_INVALID")]).toEqual([
      5, 1, 1,
    ]);
    const attempts = (name: string): number | undefined =>
      valueOf(text, "signalbox_attempts_total", { target: "api", route: "everything", class: name });
    expect([attempts("2xx"), attempts("4xx"), attempts("filtered")]).toEqual([3, 1, 1]);
    const ends = (state: string): number | undefined =>
      valueOf(text, "signalbox_deliveries_total", { route: "everything", state });
    expect([ends("delivered"), ends("failed"), ends("filtered")]).toEqual([3, 1, 1]);
    expect(valueOf(text, "signalbox_delivery_end_to_end_seconds_count", { target: "api" })).toBe(3);
    expect(valueOf(text, "signalbox_attempt_duration_seconds_count", { target: "api" })).toBe(4);
    expect(valueOf(text, "signalbox_rule_duration_seconds_count", { route: "everything" })).toBe(5);
  });

  it("tells what waits, what is dead, by which rules it runs, and how full the store is", async () => {
    await scene.router.ask("/api/v1/targets/api/pause", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"reason":"a test"}',
    });
    await post(scene.router.hooks, { body: '{"ref":"waits"}' });
    await until("the waiting one is told", async () => {
      const text = await scrape();
      return (
        valueOf(text, "signalbox_deliveries_open", { target: "api" }) === 1 &&
        valueOf(text, "signalbox_target_verdict", { target: "api", verdict: "paused" }) === 1 &&
        (valueOf(text, "signalbox_oldest_waiting_seconds", { target: "api" }) ?? 0) > 0 &&
        valueOf(text, "signalbox_dead_letters", { target: "api" }) === 1
      );
    });
    const text = await scrape();
    expect(valueOf(text, "signalbox_store_up")).toBe(1);
    expect(valueOf(text, "signalbox_store_memory_bytes")).toBeGreaterThan(100_000);
    expect(text).toMatch(/signalbox_build_info\{version="[\d.]+",role="all",rules="[0-9a-f]{12}"\} 1/);
    expect(text).toContain("nodejs_eventloop_lag_p99_seconds");
  });

  it("is not served where webhooks are taken, and from afar only to a token", async () => {
    expect((await fetch(`${scene.router.hooks}/metrics`)).status).toBe(404);
    const open = await scene.start({ SIGNALBOX_ADMIN_HOST: "0.0.0.0" });
    expect((await fetch(`${open.admin}/metrics`)).status).toBe(401);
    expect((await open.ask("/metrics")).status).toBe(200);
  });

  it("goes on while the store is away, and says that it is", async () => {
    redis.freeze();
    await until("it says so", async () => valueOf(await scrape(), "signalbox_store_up") === 0, {
      withinMs: 20_000,
    });
    expect(valueOf(await scrape(), "signalbox_requests_total", { verdict: "accepted" })).toBe(6);
    redis.thaw();
  });
});
