/** What targets do to us: every kind of answer, and what becomes of the delivery. */
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { post } from "../helpers/github.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { status, type Answering } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

let scene: Scene;
let nth = 0;

beforeAll(async () => {
  scene = await aScene({
    files: {
      "routes/rule.yaml": "source: github\non: [rule]\nwhen: keep = true\ntransform: rule\ntarget: api\n",
      "routes/everything.yaml": "source: github\non: [push]\ntarget: api\n",
      "routes/gone.yaml": "source: github\non: [private]\ntarget: inside\n",
      "targets/inside.yaml": "url: http://169.254.169.254/latest\n",
      "transforms/rule.jsonata": '{ "number": $number(text), "name": name }',
      "transforms/rule.yaml": "input: in\noutput: out\n",
      "schemas/in.json": '{"type":"object","required":["text"]}',
      "schemas/out.json": '{"type":"object","required":["name"]}',
    },
  });
}, 60_000);

afterAll(() => scene.close());

interface Delivery {
  readonly state: string;
  readonly code?: string;
  readonly attemptList: {
    number: number;
    status?: number;
    answer?: string;
    trigger: string;
    error?: { code: string; detail: string };
  }[];
}

/** Posts one event, lets the target answer in a way of its own, and resolves with the delivery once it is settled. */
async function deliver(
  answer: Answering,
  type = "push",
  body: object = {},
): Promise<Delivery & { id: string; headers: Record<string, string>[]; at: number[] }> {
  scene.target.answer = answer;
  const { status: answered, json } = await post(scene.router.hooks, {
    type,
    body: JSON.stringify({ ...body, nth: nth++ }),
  });
  expect(answered).toBe(202);
  const id = json.deliveries![0]!;
  const settled = await until(
    `${id} settles`,
    async () => {
      const delivery = await read(id);
      return !["pending", "retrying"].includes(delivery.state) && delivery;
    },
    { withinMs: 20_000 },
  );
  const mine = scene.target.arrivals.filter((one) => one.headers["webhook-id"] === id);
  return { ...settled, id, headers: mine.map((one) => one.headers), at: mine.map((one) => one.at) };
}

async function read(id: string): Promise<Delivery> {
  return (await (await scene.router.ask(`/api/v1/deliveries/${id}`)).json()) as Delivery;
}

it("tries again after 500, twice, with the same ids, and delivers", async () => {
  const delivery = await deliver((arrival, response, count) =>
    status(count < 3 ? 500 : 200)(arrival, response, count),
  );
  expect(delivery.state).toBe("delivered");
  expect(delivery.attemptList.map((one) => [one.number, one.status, one.trigger])).toEqual([
    [1, 500, "initial"],
    [2, 500, "retry"],
    [3, 200, "retry"],
  ]);
  expect(delivery.headers.map((one) => one["signalbox-attempt"])).toEqual(["1", "2", "3"]);
  expect(new Set(delivery.headers.map((one) => one["idempotency-key"]))).toEqual(new Set([delivery.id]));
});

it("waits as long as a 429 asks for", async () => {
  const delivery = await deliver((arrival, response, count) =>
    (count === 1 ? status(429, { "retry-after": "2" }) : status(200))(arrival, response, count),
  );
  expect(delivery.state).toBe("delivered");
  expect(delivery.at[1]! - delivery.at[0]!).toBeGreaterThanOrEqual(1_990);
  expect(delivery.at[1]! - delivery.at[0]!).toBeLessThan(4_500);
});

it.each([404, 400, 401, 410, 422])("makes a %i a dead letter at once, with the answer kept", async (code) => {
  const delivery = await deliver(status(code));
  expect(delivery).toMatchObject({ state: "dead", code: "FORWARD_STATUS_REFUSED" });
  expect(delivery.attemptList).toHaveLength(1);
  expect(delivery.attemptList[0]).toMatchObject({ status: code, answer: `{"said":"${code}"}` });
});

it("does not follow a redirect to loopback", async () => {
  let hits = 0;
  const trap = createServer((socket) => {
    hits++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => trap.listen(0, "127.0.0.1", resolve));
  const { port } = trap.address() as AddressInfo;
  const delivery = await deliver(status(307, { location: `http://127.0.0.1:${port}/` }));
  trap.close();
  expect(delivery).toMatchObject({ state: "dead", code: "FORWARD_REDIRECTED" });
  expect(hits).toBe(0);
});

it("gives up a target that hangs at its deadline and one that resets, and tries again", async () => {
  const hung = await deliver((arrival, response, count) => {
    if (count > 1) status(200)(arrival, response, count);
  });
  expect(hung.state).toBe("delivered");
  expect(hung.attemptList[0]!.error!.code).toBe("FORWARD_TIMEOUT");
  const reset = await deliver((arrival, response, count) => {
    if (count === 1) response.socket!.resetAndDestroy();
    else status(200)(arrival, response, count);
  });
  expect(reset.state).toBe("delivered");
  expect(reset.attemptList[0]!.error!.code).toBe("FORWARD_CONNECTION_FAILED");
});

it("makes a dead letter after the last attempt; a replay starts at attempt 1 and can succeed", async () => {
  const delivery = await deliver(status(503));
  expect(delivery).toMatchObject({ state: "dead", code: "FORWARD_ATTEMPTS_EXHAUSTED" });
  expect(delivery.attemptList).toHaveLength(5);
  scene.target.answer = status(200);
  const replayed = await scene.router.ask(`/api/v1/deliveries/${delivery.id}/replay`, {
    method: "POST",
  });
  expect(replayed.status).toBe(202);
  const after = await until("the replay settles", async () => {
    const now = await read(delivery.id);
    return now.state === "delivered" && now;
  });
  expect(after.attemptList).toHaveLength(6);
  expect(after.attemptList[5]).toMatchObject({ number: 1, trigger: "replay", status: 200 });
}, 60_000);

it("refuses a private address without calling it", async () => {
  const delivery = await deliver(status(200), "private");
  expect(delivery).toMatchObject({ state: "dead", code: "FORWARD_ADDRESS_REFUSED" });
});

it("filters, and makes dead letters of what a rule or schema refuses, with the place and without the payload", async () => {
  expect(await deliver(status(200), "rule", { text: "1" })).toMatchObject({ state: "filtered" });
  const good = await deliver(status(200), "rule", { keep: true, text: "1", name: "n" });
  expect(good.state).toBe("delivered");
  const input = await deliver(status(200), "rule", { keep: true });
  expect(input).toMatchObject({ state: "dead", code: "TRANSFORM_INPUT_INVALID" });
  const rule = await deliver(status(200), "rule", { keep: true, text: "canary-11", name: "n" });
  expect(rule).toMatchObject({ state: "dead", code: "TRANSFORM_RULE_FAILED" });
  expect(rule.attemptList[0]!.error!.detail).toMatch(/line 1, column \d+/);
  expect(JSON.stringify(rule)).not.toContain("canary-11");
  const output = await deliver(status(200), "rule", { keep: true, text: "1" });
  expect(output).toMatchObject({ state: "dead", code: "TRANSFORM_OUTPUT_INVALID" });
  expect(output.headers).toHaveLength(0);
});
