import { afterAll, beforeAll, expect, it } from "vitest";
import { pooledRandom } from "../../src/adapters/pooled-random.ts";
import { createHttp } from "../../src/adapters/http/undici.ts";
import { parseRange } from "../../src/core/address.ts";
import { forward, type Forwarded, type Forwarding } from "../../src/pipeline/forward.ts";
import type { Recorded } from "../../src/ports.ts";
import { loadWorkspace } from "../../src/rules/load.ts";
import { lookupsEachTime, noCanaries, noHolds, noVersions } from "../helpers/attempt.ts";
import { anEvent, deliveriesOf } from "../helpers/history.ts";
import { aTarget, type TargetServer } from "../helpers/target.ts";
import { aWorkspace } from "../helpers/workspace.ts";
import { aLog } from "../helpers/log.ts";

const http = createHttp({ allowPrivate: [parseRange("127.0.0.0/8")!] });
let target: TargetServer;

beforeAll(async () => {
  target = await aTarget();
});
afterAll(async () => {
  await http.close();
  await target.close();
});

/** What comes of one attempt on a route whose transform is this rule. */
async function attempt(
  rule: string | undefined,
  body: unknown,
  method = "POST",
  outside: Partial<Forwarding> = {},
): Promise<Forwarded> {
  const dir = aWorkspace({
    "sources/github.yaml": "provider: none\n",
    "targets/api.yaml": `url: ${target.url}\nmethod: ${method}\n`,
    "routes/to-api.yaml": `source: github\ntarget: api\n${rule === undefined ? "" : "transform: rule\n"}`,
    ...(rule !== undefined && {
      "transforms/rule.jsonata": rule,
      "transforms/rule.yaml": "input: in\noutput: out\n",
      "schemas/in.json": '{"properties":{"n":{"type":"number"}}}',
      "schemas/out.json": '{"properties":{"wrong":false}}',
    }),
  });
  const { workspace, problems } = await loadWorkspace(dir, {});
  expect(problems).toEqual([]);
  const event = anEvent(Date.now(), { body });
  const [delivery] = deliveriesOf(event.context.id, { "to-api": "api" });
  const { context, contentType, payload } = event;
  const fresh = { state: "pending", attempts: 0, attemptsEver: 0, trigger: "initial" } as const;
  const recorded: Recorded = { delivery: delivery!, ...fresh, context, contentType, payload };
  return forward(recorded, Date.now(), workspace!, {
    ...{ http, lookups: lookupsEachTime, holds: noHolds, versions: noVersions, canaries: noCanaries },
    clock: { now: () => Date.now() },
    random: pooledRandom(),
    log: aLog(),
    ...outside,
  });
}

it("what a transform made is kept as JSON with its rule's revision, text and what has no body to send included", async () => {
  const { transformed } = await attempt('{ "text": a & "é" }', { a: "b" });
  expect(transformed?.rule).toMatch(/^[0-9a-f]{12}$/);
  expect(transformed?.made).toEqual({ bytes: 14, text: '{"text":"bé"}' });
  expect((await attempt('"plain " & a', { a: "b" })).transformed?.made).toEqual({
    bytes: 9,
    text: '"plain b"',
  });
  expect((await attempt("{ 'n': n }", { n: 1 }, "GET")).transformed?.made).toEqual({
    bytes: 7,
    text: '{"n":1}',
  });
});

it("of a result larger than 64 KB its size alone is kept, and nothing where there is no transform", async () => {
  const large = await attempt('{ "text": $join([1..9000].("some text")) }', {});
  expect(large.result).toBe("delivered");
  expect(large.transformed?.made?.bytes).toBeGreaterThan(65_536);
  expect(large.transformed?.made?.text).toBeUndefined();
  expect((await attempt(undefined, { a: 1 })).transformed).toEqual({
    rule: expect.stringMatching(/^[0-9a-f]{12}$/),
  });
});

it("an attempt that a schema stopped says which, and which part of it; what did not fit its schema is kept all the same", async () => {
  const refused = await attempt("{ 'n': n }", { n: "text" });
  expect(refused.attempt.error).toMatchObject({
    code: "TRANSFORM_INPUT_INVALID",
    schema: "in",
    pointer: "/properties/n/type",
  });
  const made = await attempt('{ "wrong": true }', {});
  expect(made.transformed?.made).toEqual({ bytes: 14, text: '{"wrong":true}' });
  expect(made.attempt.error).toMatchObject({
    code: "TRANSFORM_OUTPUT_INVALID",
    schema: "out",
    pointer: "/properties/wrong",
  });
});

it("an exception that nobody foresaw is logged by its name and where it happened, and not by its message, which may quote a payload", async () => {
  const log = aLog();
  // What a mistake of ours looks like from here: a caller of ports that throws what is in no table.
  const failing = {
    send: () => Promise.reject(new TypeError('cannot read "s3cr3t of a payload"\n  as text')),
  };
  const { attempt: made, result } = await attempt(undefined, { a: 1 }, "POST", { http: failing, log });
  expect(result).toBe("dead");
  expect(made.error?.code).toBe("TRANSFORM_RULE_FAILED");
  const [line] = log.lines.filter(({ step }) => step === "delivery.unforeseen");
  expect(line).toMatchObject({ level: "error", fields: { route: "to-api", error: "TypeError" } });
  expect(line!.fields["delivery"]).toMatch(/^dlv_/);
  const frames = line!.fields["frames"] as string[];
  expect(frames[0]).toMatch(/^ {4}at .*forward\.test\.ts/);
  expect(frames.every((frame) => frame.startsWith("    at "))).toBe(true);
  expect(log.text() + JSON.stringify(made)).not.toContain("s3cr3t");
});
