/** Which trace an event belongs to, and which traces are recorded. */
import { describe, expect, it, test } from "vitest";
import { readTracing } from "../../src/core/otel-settings.ts";
import { eventId } from "../../src/core/ids.ts";
import { samplerOf } from "../../src/core/trace-sampling.ts";
import { attemptSpanId, traceOf, traceparentOf, wishOf } from "../../src/core/trace-context.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";
const id = eventId(1_700_000_000_000, new Uint8Array(10).fill(7));
const of = (traceparent: string, tracestate?: string): ReturnType<typeof traceOf> =>
  traceOf({ id, headers: { traceparent, ...(tracestate !== undefined && { tracestate }) } });

describe("the trace of an event", () => {
  it("is the sender's, with its span, flags and state", () => {
    expect(of(`00-${TRACE}-${SPAN}-01`, "vendor=1")).toEqual({
      ...{ traceId: TRACE, parentId: SPAN, flags: 1, state: "vendor=1" },
    });
    expect(wishOf(of(`00-${TRACE}-${SPAN}-00`))).toBe(false);
    expect(of(`cc-${TRACE}-${SPAN}-01-more`).traceId, "a later version").toBe(TRACE);
  });

  test.each([
    "",
    "nonsense",
    `00-${"0".repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
  ])("begins anew, with the event's id, where the sender says %j", (traceparent) => {
    const trace = of(traceparent, "vendor=1");
    expect(trace).toEqual({ traceId: traceOf({ id, headers: {} }).traceId });
    expect(trace.traceId).toMatch(/^018bcfe56800[0-9a-f]{20}$/);
  });

  it("goes on under the attempt's span, another one for each attempt", () => {
    const spans = [1, 2].map((nth) => attemptSpanId("dlv_x", nth));
    expect(new Set(spans).size).toBe(2);
    expect(traceparentOf(of(`00-${TRACE}-${SPAN}-03`), spans[0]!, false)).toBe(`00-${TRACE}-${spans[0]}-02`);
    expect(traceparentOf({ traceId: TRACE }, spans[0]!, true)).toBe(`00-${TRACE}-${spans[0]}-01`);
  });

  it("leaves out a state that is too long, or that no header can hold", () => {
    for (const state of ["x".repeat(513), "caf\u00e9=1", "a=1\tb=2", ""])
      expect(of(`00-${TRACE}-${SPAN}-01`, state).state).toBeUndefined();
  });
});

describe("sampling", () => {
  const traces = Array.from({ length: 4_000 }, (_, at) => {
    const random = new Uint8Array(10);
    for (let byte = 0; byte < 10; byte++) random[byte] = (at * 2654435761 * (byte + 3)) >>> (byte % 24);
    return traceOf({ id: eventId(1_700_000_000_000 + at, random), headers: {} });
  });

  it("takes the part that is asked for, always the same", () => {
    const sampler = samplerOf("traceidratio", 0.1);
    const taken = traces.filter(sampler);
    expect(taken.length).toBeGreaterThan(250);
    expect(taken.length).toBeLessThan(600);
    expect(taken.every(samplerOf("traceidratio", 0.5)), "who is in a tenth is in a half").toBe(true);
    expect(traces.filter(samplerOf("traceidratio", 0))).toEqual([]);
    expect(traces.filter(samplerOf("traceidratio", 1)).length).toBe(traces.length);
  });

  it("heeds what the sender says where it is parent-based, and only then", () => {
    const [no, yes] = [`00-${TRACE}-${SPAN}-00`, `00-${TRACE}-${SPAN}-01`].map((one) => of(one));
    expect([samplerOf("parentbased_always_on", 1)(no!), samplerOf("always_on", 1)(no!)]).toEqual([
      false,
      true,
    ]);
    expect([samplerOf("parentbased_traceidratio", 0)(yes!), samplerOf("traceidratio", 0)(yes!)]).toEqual([
      true,
      false,
    ]);
  });
});

describe("OpenTelemetry's variables", () => {
  const read = (environment: Record<string, string>): ReturnType<typeof readTracing> =>
    readTracing(environment, "1.2.3");
  const settings = (
    environment: Record<string, string>,
  ): Extract<ReturnType<typeof readTracing>, { kind: "on" }>["settings"] => {
    const one = read({ OTEL_TRACES_EXPORTER: "otlp", ...environment });
    if (one.kind !== "on") throw new Error(one.kind);
    return one.settings;
  };

  test.each([
    {},
    { OTEL_SERVICE_NAME: "x" },
    { OTEL_EXPORTER_OTLP_ENDPOINT: "" },
    { OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318", OTEL_TRACES_EXPORTER: "none" },
    { OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318", OTEL_SDK_DISABLED: "true" },
  ] as Record<string, string>[])("ask for nothing: %j", (environment) => {
    expect(read(environment)).toEqual({ kind: "off" });
  });

  it("name the collector: one for everything, or one for traces alone", () => {
    expect(settings({}).url).toBe("http://localhost:4318/v1/traces");
    expect(settings({ OTEL_EXPORTER_OTLP_ENDPOINT: "https://c.example/otlp/" }).url).toBe(
      "https://c.example/otlp/v1/traces",
    );
    expect(settings({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://c:1/mine" }).url).toBe("http://c:1/mine");
  });

  it("have the standard's defaults, and are followed", () => {
    const usual = settings({});
    expect(usual).toMatchObject({
      ...{ encoding: "protobuf", gzip: false, timeoutMs: 10_000, headers: {} },
      resource: { "service.name": "signalbox", "service.version": "1.2.3" },
      batching: { delayMs: 5_000, queue: 2_048, batch: 512 },
    });
    const given = settings({
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
      OTEL_EXPORTER_OTLP_HEADERS: "authorization=Basic%20abc,x=1",
      OTEL_EXPORTER_OTLP_TIMEOUT: "500",
      OTEL_RESOURCE_ATTRIBUTES: "deployment.environment=staging,service.name=other",
      OTEL_SERVICE_NAME: "router",
      OTEL_BSP_SCHEDULE_DELAY: "20",
      OTEL_BSP_MAX_QUEUE_SIZE: "100",
    });
    expect(given).toMatchObject({
      ...{ encoding: "json", gzip: true, timeoutMs: 500, headers: { authorization: "Basic abc", x: "1" } },
      resource: { "service.name": "router", "deployment.environment": "staging" },
      batching: { delayMs: 20, queue: 100, batch: 100 },
    });
  });

  test.each([
    [{ OTEL_TRACES_EXPORTER: "zipkin" }, "OTEL_TRACES_EXPORTER is zipkin"],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "c:4317", OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }, "PROTOCOL is grpc"],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "not a url" }, "is no http(s) URL"],
  ] as [Record<string, string>, string][])(
    "that cannot be followed cost the traces: %j",
    (environment, why) => {
      const refused = read(environment);
      expect(refused.kind === "refused" && refused.why).toContain(why);
    },
  );

  it("that are doubtful are told, and the defaults count", () => {
    const doubtful = read({
      ...{
        OTEL_TRACES_EXPORTER: "otlp",
        OTEL_TRACES_SAMPLER: "jaeger_remote",
        OTEL_BSP_SCHEDULE_DELAY: "soon",
      },
      OTEL_EXPORTER_OTLP_HEADERS: "a secret without a name",
    });
    if (doubtful.kind !== "on") throw new Error("refused");
    expect(doubtful.warnings).toEqual([
      expect.stringContaining("OTEL_TRACES_SAMPLER is jaeger_remote"),
      expect.stringContaining("OTEL_EXPORTER_OTLP_HEADERS has a part"),
      expect.stringContaining("OTEL_BSP_SCHEDULE_DELAY is no number"),
    ]);
    expect(JSON.stringify(doubtful.warnings)).not.toContain("secret");
  });
});
