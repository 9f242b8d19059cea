/** Traces, as a collector gets them: from the sender through queue, rule and attempt to the target. */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { aCollector, type Collector, type SeenSpan } from "../helpers/collector.ts";
import { post } from "../helpers/github.ts";
import { aRedis, freePort, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { status } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";
const FILES = {
  "routes/everything.yaml": "source: github\nwhen: ref != 'skip'\ntransform: short\ntarget: api\n",
  "transforms/short.jsonata": '{ "ref": ref, "trace": $event.headers.traceparent }\n',
  "routes/chained.yaml":
    "source: signalbox\non: [delivery.delivered]\nchain: { routes: [everything] }\ntarget: next\n",
};

describeWithRedis("traces", () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await aRedis();
  });
  afterAll(() => redis?.close());

  const of = (collector: Collector, trace: string): Record<string, SeenSpan[]> => {
    const spans = collector.spans.filter(({ traceId }) => traceId === trace);
    return Object.fromEntries(
      ["accept", "deliver", "transform", "attempt"].map((name) => [
        name,
        spans.filter((span) => span.name === name),
      ]),
    );
  };

  for (const protocol of ["http/protobuf", "http/json"]) {
    describeWithRedis(`over ${protocol}`, () => {
      let collector: Collector;
      let scene: Scene;
      beforeAll(async () => {
        redis.cli("flushall");
        collector = await aCollector();
        scene = await aScene({
          redisUrl: redis.url,
          files: { ...FILES, "routes/chained.yaml": "" },
          environment: {
            OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
            OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
            OTEL_EXPORTER_OTLP_HEADERS: "x-team=core",
            OTEL_EXPORTER_OTLP_COMPRESSION: protocol === "http/json" ? "gzip" : "none",
            OTEL_SERVICE_NAME: "router",
            OTEL_BSP_SCHEDULE_DELAY: "50",
          },
        });
      });
      afterAll(async () => {
        await scene?.close();
        await collector?.close();
      });

      it("go on from the sender's, span under span, to the target", async () => {
        scene.target.answer = (arrival, response, nth) =>
          status(nth === 1 ? 503 : 200)(arrival, response, nth);
        const { json } = await post(scene.router.hooks, {
          body: '{"ref":"main"}',
          headers: { traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: "vendor=1" },
        });
        await until("both attempts are told", () => of(collector, TRACE)["attempt"]!.length === 2);
        const { accept, deliver, transform, attempt } = of(collector, TRACE);
        expect([accept!.length, deliver!.length, transform!.length]).toEqual([1, 2, 2]);
        expect(accept![0]).toMatchObject({ parentId: SPAN, kind: 2, state: "vendor=1", status: 0 });
        expect(accept![0]!.attributes).toMatchObject({
          "signalbox.source": "github",
          "signalbox.type": "push",
          "signalbox.event": json.id,
          "signalbox.verdict": "accepted",
          "http.request.method": "POST",
          "url.path": "/hooks/github",
        });
        expect(accept![0]!.resource).toMatchObject({ "service.name": "router" });
        for (const one of deliver!) expect(one).toMatchObject({ parentId: accept![0]!.spanId, kind: 5 });
        for (const [at, one] of deliver!.entries()) {
          expect(one.attributes).toMatchObject({
            "signalbox.delivery": json.deliveries![0],
            "signalbox.route": "everything",
            "signalbox.target": "api",
            "signalbox.attempt": at + 1,
            "signalbox.state": ["retrying", "delivered"][at],
          });
          expect(transform!.filter(({ parentId }) => parentId === one.spanId).length).toBe(1);
        }
        const [first, second] = attempt!;
        expect(first).toMatchObject({ kind: 3, status: 2, said: expect.stringContaining("503") as string });
        expect(first!.attributes).toMatchObject({
          "http.response.status_code": 503,
          "error.type": "FORWARD_STATUS_RETRYABLE",
          "url.full": `${scene.target.url}/api`,
          "server.port": scene.target.port,
        });
        expect(second).toMatchObject({ status: 0, parentId: deliver![1]!.spanId });
        expect(second!.attributes).toMatchObject({ "http.request.resend_count": 1 });
        expect(transform![0]!.attributes["signalbox.budget_used"]).toBeGreaterThan(0);
        expect(transform![0]!.attributes["signalbox.budget_used"]).toBeLessThan(0.01);
        const sent = scene.target.arrivals.map(({ headers }) => headers);
        expect(sent.map((headers) => headers["traceparent"])).toEqual(
          attempt!.map(({ spanId }) => `00-${TRACE}-${spanId}-01`),
        );
        expect(sent[0]!["tracestate"]).toBe("vendor=1");
        expect(scene.target.arrivals[0]!.json, "the rule sees it").toMatchObject({
          trace: `00-${TRACE}-${SPAN}-01`,
        });
        for (const span of [accept, deliver, transform, attempt].flat()) {
          expect(span!.endedAt).toBeGreaterThanOrEqual(span!.startedAt);
          expect(Math.abs(span!.startedAt - Date.now())).toBeLessThan(60_000);
        }
        const logged = scene.router.log
          .filter((line) => line["traceId"] === TRACE)
          .map((line) => line["step"]);
        expect(logged).toEqual(["event.accepted", "delivery.attempted", "delivery.settled"]);
        expect(collector.calls[0]!.headers).toMatchObject({ "x-team": "core" });
        const page = await (await fetch(`${scene.router.admin}/metrics`)).text();
        expect(page).toMatch(/signalbox_spans_total\{state="sent"\} [1-9]/);
      });

      it("begin with the event where the sender has none, and tell what is refused, known, or filtered", async () => {
        scene.target.answer = status(200);
        const { json } = await post(scene.router.hooks, { id: "twice", body: '{"ref":"skip"}' });
        await post(scene.router.hooks, { id: "twice", body: '{"ref":"skip"}' });
        const refused = await post(scene.router.hooks, { body: '{"secret":"payload"}', secret: "wrong" });
        expect(refused.status).toBe(401);
        const span = await until("the filtered one is told", () =>
          collector.named("deliver").find(({ attributes }) => attributes["signalbox.event"] === json.id),
        );
        expect(span.attributes["signalbox.state"]).toBe("filtered");
        expect(of(collector, span.traceId)["attempt"]).toEqual([]);
        const verdicts = await until("all requests are told", () => {
          const told = collector.named("accept").map(({ attributes }) => attributes["signalbox.verdict"]);
          return told.includes("ACCEPT_SIGNATURE_INVALID") && told.includes("duplicate") && told;
        });
        expect(verdicts).toContain("accepted");
        const bad = collector.named("accept").find(({ status: code }) => code === 2)!;
        expect(bad).toMatchObject({ parentId: "" });
        expect(scene.router.log.find((line) => line["step"] === "event.refused")!["traceId"]).toBe(
          bad.traceId,
        );
        expect(JSON.stringify(collector.spans)).not.toContain("payload");
      });
    });
  }

  describeWithRedis("that are not all recorded", () => {
    beforeEach(() => void redis.cli("flushall"));

    it("say so to the target, and keep to what the sender wishes", async () => {
      const collector = await aCollector();
      const scene = await aScene({
        redisUrl: redis.url,
        files: { ...FILES, "routes/chained.yaml": "" },
        environment: {
          OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
          OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
          OTEL_TRACES_SAMPLER_ARG: "0",
          OTEL_BSP_SCHEDULE_DELAY: "50",
        },
      });
      try {
        await post(scene.router.hooks, { body: '{"ref":"none"}' });
        await post(scene.router.hooks, {
          ...{ body: '{"ref":"wished"}', headers: { traceparent: `00-${TRACE}-${SPAN}-01` } },
        });
        await until("both arrived", () => scene.target.arrivals.length === 2);
        await until("the wished one is told", () => of(collector, TRACE)["attempt"]!.length === 1);
        const flags = scene.target.arrivals.map(({ json, headers }) => [
          (json as { ref: string }).ref,
          headers["traceparent"]!.slice(-2),
        ]);
        expect(Object.fromEntries(flags)).toEqual({ none: "00", wished: "01" });
        expect(new Set(collector.spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE]));
      } finally {
        await scene.close();
        await collector.close();
      }
    });

    it("of a batch have one attempt, which goes back to all of them", async () => {
      const collector = await aCollector();
      const scene = await aScene({
        redisUrl: redis.url,
        files: {
          "routes/everything.yaml": "source: github\ntarget: api\nbatch: { max: 2, seconds: 30 }\n",
        },
        environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: "50" },
      });
      try {
        await post(scene.router.hooks, { body: '{"ref":"one"}' });
        await post(scene.router.hooks, { body: '{"ref":"two"}' });
        const [first, second] = await until("both are accepted", () => {
          const accepts = collector.named("accept");
          return accepts.length === 2 && accepts;
        });
        const [deliver] = await until("they are delivered together", () => {
          const delivers = collector.named("deliver");
          return collector.named("attempt").length === 1 && delivers;
        });
        expect(deliver).toMatchObject({
          traceId: first!.traceId,
          parentId: first!.spanId,
          links: [{ traceId: second!.traceId, spanId: second!.spanId }],
        });
        expect(collector.named("deliver").length).toBe(1);
      } finally {
        await scene.close();
        await collector.close();
      }
    });

    it("reach over a chain", async () => {
      const collector = await aCollector();
      const scene = await aScene({
        redisUrl: redis.url,
        files: {
          "routes/everything.yaml": "source: github\ntarget: api\n",
          "routes/next.yaml":
            "source: signalbox\non: [delivery.delivered]\nwhen: delivery.route = 'everything'\ntarget: next\n",
          "targets/next.yaml": "url: ${TARGET}/next\n",
        },
        environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: "50" },
      });
      try {
        await post(scene.router.hooks, {
          ...{ body: '{"ref":"main"}', headers: { traceparent: `00-${TRACE}-${SPAN}-01` } },
        });
        const { deliver, attempt } = await until("both are told", () => {
          const told = of(collector, TRACE);
          return told["attempt"]!.length === 2 && told;
        });
        const [first, second] = deliver!;
        expect(second!.attributes["signalbox.source"]).toBe("signalbox");
        expect(second!.parentId).toBe(first!.spanId);
        expect(attempt!.map(({ attributes }) => attributes["url.full"])).toEqual([
          `${scene.target.url}/api`,
          `${scene.target.url}/next`,
        ]);
      } finally {
        await scene.close();
        await collector.close();
      }
    });
  });

  it("cost nothing but themselves where the collector is away, says no, or is no collector", async () => {
    redis.cli("flushall");
    const port = await freePort();
    const scene = await aScene({
      redisUrl: redis.url,
      files: { ...FILES, "routes/chained.yaml": "" },
      environment: {
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
        OTEL_BSP_SCHEDULE_DELAY: "20",
        OTEL_BSP_MAX_QUEUE_SIZE: "20",
      },
    });
    try {
      for (let at = 0; at < 15; at++)
        expect((await post(scene.router.hooks, { body: `{"ref":"r${at}"}` })).status).toBe(202);
      await until("all arrived", () => scene.target.arrivals.length === 15);
      const line = await until("it is told", () =>
        scene.router.log.find(({ step }) => step === "traces.unsent"),
      );
      expect(line).toMatchObject({ collector: `http://127.0.0.1:${port}`, error: "ECONNREFUSED" });
      const page = await (await fetch(`${scene.router.admin}/metrics`)).text();
      expect(Number(/signalbox_spans_total\{state="dropped"\} (\d+)/.exec(page)![1])).toBeGreaterThanOrEqual(
        40,
      );
      const collector = await aCollector(port);
      try {
        await until("what was kept is sent once it is back", () => collector.spans.length === 20);
      } finally {
        await collector.close();
      }
      expect(await scene.router.end()).toBe(0);
    } finally {
      await scene.close();
    }
  });

  it("are off, with nothing in the log, where nobody asks", async () => {
    redis.cli("flushall");
    const scene = await aScene({ redisUrl: redis.url });
    try {
      await post(scene.router.hooks, { body: '{"ref":"main"}' });
      const [arrival] = await until(
        "it arrived",
        () => scene.target.arrivals.length === 1 && scene.target.arrivals,
      );
      expect(arrival!.headers["traceparent"]).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
      await until("it is settled", () => scene.router.log.some(({ step }) => step === "delivery.settled"));
      expect(
        scene.router.log.filter((line) => "traceId" in line || /^traces/.test(String(line["step"]))),
      ).toEqual([]);
    } finally {
      await scene.close();
    }
  });
});
