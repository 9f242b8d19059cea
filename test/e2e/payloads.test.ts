/** All payloads that GitHub documents, through a real router on a real store. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { afterAll, beforeAll, expect, it } from "vitest";
import examples from "@octokit/webhooks-examples" with { type: "json" };
import { aScene, type Scene } from "../helpers/scene.ts";
import { post } from "../helpers/github.ts";
import { until } from "../helpers/until.ts";

interface Example {
  readonly name: string;
  readonly examples: readonly unknown[];
}

const payloads = (examples as unknown as Example[]).flatMap(({ name, examples: bodies }) =>
  bodies.map((body, at) => ({ type: name, id: `octokit-${name}-${at}`, body: JSON.stringify(body) })),
);

const repository = new URL("../../", import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, repository), "utf8");

let scene: Scene;

beforeAll(async () => {
  scene = await aScene({
    files: {
      "routes/everything.yaml": "source: github\ntarget: api\n",
      "routes/workload.yaml": "source: workload\ntransform: workload\ntarget: work\n",
      "sources/workload.yaml": "provider: github\nsecrets: ['${SECRET}']\n",
      "targets/work.yaml": "url: ${TARGET}/work\n",
      "transforms/workload.jsonata": read("transforms/workload.jsonata"),
      "transforms/workload.yaml": "input: workload.input\noutput: workload.output\n",
      "schemas/workload.input.json": read("schemas/workload.input.json"),
      "schemas/workload.output.json": read("schemas/workload.output.json"),
    },
  });
}, 60_000);

afterAll(() => scene.close());

it("accepts and delivers each of GitHub's 329 example payloads once, byte for byte, and knows each repetition", async () => {
  expect(payloads).toHaveLength(329);
  const accepted = new Map<string, string>();
  for (const { type, id, body } of payloads) {
    const { status, json, headers } = await post(scene.router.hooks, { type, id, body });
    expect(status).toBe(202);
    expect(json.id).toMatch(/^evt_/);
    expect(json.deliveries).toHaveLength(1);
    expect(headers.get("signalbox-event")).toBe(json.id);
    accepted.set(json.deliveries![0]!, body);
  }
  expect(accepted.size).toBe(329);
  const there = (): boolean => scene.target.arrivals.length >= 329;
  await until("329 deliveries arrive", there, { withinMs: 30_000 });
  for (const { type, id, body } of payloads) {
    const { status, json } = await post(scene.router.hooks, { type, id, body });
    expect(status).toBe(200);
    expect(json.duplicate).toBe(true);
    expect(accepted.has(json.deliveries![0]!)).toBe(true);
  }
  // One more event is the sign that whatever the repetitions had caused would have arrived too.
  await post(scene.router.hooks, { type: "last", body: "{}" });
  await until("the last event arrives", () => scene.target.arrivals.some(({ body }) => body === "{}"));
  expect(scene.target.arrivals).toHaveLength(330);
  for (const arrival of scene.target.arrivals.slice(0, 329)) {
    expect(JSON.parse(arrival.body)).toEqual(JSON.parse(accepted.get(arrival.headers["webhook-id"]!)!));
    expect(arrival.headers["idempotency-key"]).toBe(arrival.headers["webhook-id"]);
    expect(arrival.headers["signalbox-attempt"]).toBe("1");
    expect(arrival.headers["traceparent"]).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  }
}, 120_000);

it("rewrites the workload's push into exactly what is expected of it", async () => {
  const given = read("transforms/cases/workload.json");
  const { status } = await post(scene.router.hooks, { body: given }, "workload");
  expect(status).toBe(202);
  const arrival = await until("the result arrives", () =>
    scene.target.arrivals.find(({ path }) => path === "/work"),
  );
  const [first] = (parse(read("transforms/workload.yaml")) as { cases: { expect: unknown }[] }).cases;
  expect(arrival.json).toEqual(first!.expect);
});
