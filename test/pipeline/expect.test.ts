import { afterAll, beforeAll, expect, it } from "vitest";
import { pooledRandom } from "../../src/adapters/pooled-random.ts";
import { createHttp } from "../../src/adapters/http/undici.ts";
import { parseRange } from "../../src/core/address.ts";
import type { Outcome } from "../../src/core/delivery.ts";
import { forward, type Forwarded } from "../../src/pipeline/forward.ts";
import { outcomeOf } from "../../src/pipeline/settle.ts";
import type { Recorded } from "../../src/ports.ts";
import { loadWorkspace } from "../../src/rules/load.ts";
import { lookupsEachTime, noCanaries, noHolds, noVersions } from "../helpers/attempt.ts";
import { anEvent, deliveriesOf } from "../helpers/history.ts";
import { aTarget, type TargetServer } from "../helpers/target.ts";
import { aWorkspace } from "../helpers/workspace.ts";
import { aLog } from "../helpers/log.ts";

const RETRY = { attempts: 3, firstDelaySeconds: 5, maxDelaySeconds: 60 };
const http = createHttp({ allowPrivate: [parseRange("127.0.0.0/8")!] });
let target: TargetServer;

beforeAll(async () => {
  target = await aTarget();
});
afterAll(async () => {
  await http.close();
  await target.close();
});

interface Made extends Forwarded {
  readonly outcome: Outcome;
}

/** What comes of attempt number `number` on a route with this `expect`, where the target answers so. */
async function attempt(
  expectation: string,
  [status, body, headers = {}]: readonly [status: number, body: string, headers?: Record<string, string>],
  number = 1,
): Promise<Made> {
  target.answer = (_arrival, response) => void response.writeHead(status, headers).end(body);
  const dir = aWorkspace({
    "sources/github.yaml": "provider: none\n",
    "targets/api.yaml": `url: ${target.url}\n`,
    "routes/to-api.yaml": `source: github\ntarget: api\ntransform: rule\nexpect: ${expectation}\n`,
    "transforms/rule.jsonata": '{ "wanted": n }',
    "schemas/done.json": '{"type":"object","required":["ok"],"properties":{"ok":{"const":true}}}',
  });
  const { workspace, problems } = await loadWorkspace(dir, {});
  expect(problems.filter(({ code }) => code !== "RULE_UNUSED")).toEqual([]);
  const event = anEvent(Date.now(), { body: { n: 7 } });
  const [delivery] = deliveriesOf(event.context.id, { "to-api": "api" });
  const { context, contentType, payload } = event;
  const fresh = { state: "pending", attemptsEver: 0, trigger: "initial" } as const;
  const recorded: Recorded = {
    ...{ delivery: delivery!, ...fresh, attempts: number - 1 },
    ...{ context, contentType, payload },
  };
  const made = await forward(recorded, Date.now(), workspace!, {
    http,
    ...{ lookups: lookupsEachTime, holds: noHolds, versions: noVersions, canaries: noCanaries },
    clock: { now: () => Date.now() },
    random: pooledRandom(),
    log: aLog(),
  });
  return { ...made, outcome: outcomeOf(made, RETRY, 0, () => 0.5) };
}

it.each([
  ["{ status: [2xx, 404] }", 404, "delivered"],
  ["{ status: [2xx, 404] }", 204, "delivered"],
  ["{ status: 500 }", 500, "delivered"],
  ["{ status: 302 }", 302, "delivered"],
  ["{ status: 201 }", 200, "deviated"],
  ["{ status: 201 }", 404, "deviated"],
  ["{ status: 201 }", 302, "deviated"],
  ["{ status: 201 }", 503, "retrying"],
  ["{ status: 201 }", 429, "retrying"],
  ["{ where: 'true' }", 404, "dead"],
  ["{ where: 'true' }", 500, "retrying"],
])("with `expect: %s` the status %i is %s", async (expectation, status, state) => {
  const { outcome, attempt: made } = await attempt(expectation, [status, ""]);
  expect(outcome.state).toBe(state);
  expect(made.status).toBe(status);
  if (state === "deviated")
    expect(made.error).toEqual({
      code: "FORWARD_ANSWER_DEVIATED",
      detail: `Target \`api\` answered ${status} to POST ${target.url}: expected status 201, got ${status}.`,
    });
});

it("a body that does not satisfy the schema deviates, and says which part of which schema", async () => {
  const { outcome, attempt: made } = await attempt("{ schema: done }", [200, '{"ok":false}']);
  expect(outcome).toEqual({ state: "deviated" });
  expect(made.error).toMatchObject({ schema: "done", pointer: "/properties/ok/const" });
  expect(made.error!.detail).toMatch(
    /expected a body that satisfies schema `done`, got one that does not: .*`\/ok`/,
  );
  expect(made.answer).toBe('{"ok":false}');
  expect((await attempt("{ schema: done }", [200, '{"ok":true}'])).outcome).toEqual({ state: "delivered" });
});

it("a body that is no JSON deviates where a schema is asked for, with what it says it is", async () => {
  const html = await attempt("{ schema: done }", [
    200,
    "<p>",
    { "content-type": "text/html; charset=utf-8" },
  ]);
  expect(html.attempt.error!.detail).toMatch(/expected JSON that satisfies schema `done`, got text\/html\.$/);
  expect((await attempt("{ schema: done }", [204, ""])).attempt.error!.detail).toMatch(/got nothing\.$/);
});

it("`where` sees the body, the status, the headers, what was sent and the event", async () => {
  const where = `$answer.status = 201 and $answer.headers."x-state" = "new" and id = $sent.wanted and $event.source = "github"`;
  const expectation = `{ where: ${JSON.stringify(where)} }`;
  const right = await attempt(expectation, [201, '{"id":7}', { "x-state": "new" }]);
  expect(right.outcome).toEqual({ state: "delivered" });
  const wrong = await attempt(expectation, [201, '{"id":8}', { "x-state": "new" }]);
  expect(wrong.attempt.error!.detail).toMatch(/: expected `where` to be true of the answer, got false\.$/);
});

it.each([
  ["$", "some text", "text"],
  ["missing", "{}", "nothing"],
  ["{}", "{}", "a value (object)"],
  ["[1]", "{}", "a list"],
])("a `where` that yields something else than true deviates: %s of %s is %s", async (where, body, got) => {
  const { attempt: made } = await attempt(`{ where: ${JSON.stringify(where)} }`, [200, body]);
  expect(made.error!.detail).toContain(`got ${got}.`);
  expect(made.error!.detail).not.toContain("some text");
});

it("a `where` that fails on the answer deviates with the place where it failed", async () => {
  const { outcome, attempt: made } = await attempt("{ where: 'ok + 1 = 2' }", [200, '{"ok":"secret"}']);
  expect(outcome).toEqual({ state: "deviated" });
  expect(made.error!.detail).toMatch(/`where` failed on the answer: line 1/);
  expect(made.error!.detail).not.toContain("secret");
});

it("a deviation is tried again only where the route says so, and ends deviated after the last attempt", async () => {
  const again = await attempt("{ status: 201, retry: true }", [200, ""]);
  expect(again.outcome.state).toBe("retrying");
  expect((await attempt("{ status: 201, retry: true }", [200, ""], 3)).outcome).toEqual({
    state: "deviated",
  });
  expect((await attempt("{ status: 201 }", [200, ""])).outcome).toEqual({ state: "deviated" });
});

it("an answer longer than what is kept is read whole, up to 256 KB, and kept as ever", async () => {
  const long = JSON.stringify({ pad: "x".repeat(100_000), ok: true });
  const { outcome, attempt: made } = await attempt("{ where: ok }", [200, long]);
  expect(outcome).toEqual({ state: "delivered" });
  expect(made.answer).toHaveLength(16_384);
  const longer = await attempt("{ where: ok }", [
    200,
    JSON.stringify({ ok: true, pad: "x".repeat(300_000) }),
  ]);
  expect(longer.attempt.error!.detail).toMatch(
    /expected an answer that can be read whole, got a longer one\.$/,
  );
});
