import { fileURLToPath } from "node:url";
import { describe, expect, it, test } from "vitest";
import { sampleOfPattern } from "../../src/core/pattern-sample.ts";
import { seeded } from "../../src/language/seeded.ts";
import { fuzz } from "../../src/rules/fuzz.ts";
import type { FuzzedTransform } from "../../src/rules/fuzz.ts";
import { loadWorkspace } from "../../src/rules/load.ts";
import { STYLES, payloadOf } from "../../src/rules/payloads.ts";
import { shrunk } from "../../src/rules/shrink.ts";
import { aGoodWorkspace } from "../helpers/workspace.ts";
import type { Files } from "../helpers/workspace.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

async function fuzzed(files: Files, seed = "1", runs = 400): Promise<FuzzedTransform> {
  const { workspace, problems } = await loadWorkspace(aGoodWorkspace(files), {});
  if (workspace === undefined) throw new Error(JSON.stringify(problems));
  return fuzz(workspace.transforms.get("push")!, workspace, { runs, seed });
}

const strict = JSON.stringify({
  type: "object",
  required: ["text"],
  properties: { text: { type: "string" } },
});

describe("a made-up payload", () => {
  test.each([
    "github.push",
    "stripe.invoice-event",
    "alertmanager.group",
    "zendesk.ticket-event",
    "github.issues",
  ])("of %s satisfies the schema, in every style, more often than not", async (name) => {
    const { workspace } = await loadWorkspace(root, {});
    const { schema, validate } = workspace!.schemas.get(name)!;
    const { number: draw } = seeded(name);
    for (const style of STYLES) {
      const made = Array.from({ length: 40 }, () =>
        payloadOf([{ schema, root: schema }], { style, draw, schemas: workspace!.schemas }),
      );
      const good = made.filter((payload) => validate(payload).length === 0);
      expect(good.length, `${style}: ${JSON.stringify(validate(made[0])[0])}`).toBeGreaterThan(20);
    }
  });

  test.each([
    "^[0-9a-f]{40}$",
    "^refs/(heads|tags)/.+$",
    "^\\d{4}-\\d{2}-\\d{2}T[^Z]+Z$",
    "^[A-Z][a-z]*(?:-[A-Z]+)?$",
    "^\\w+@\\w+\\.(com|org)$",
  ])("has texts that match %s", (pattern) => {
    const { number } = seeded(pattern);
    for (let nth = 0; nth < 30; nth++) expect(sampleOfPattern(pattern, number)).toMatch(new RegExp(pattern));
  });
});

describe("shrinking", () => {
  it("keeps only what the failure needs", async () => {
    const value = { a: [1, 2, { deep: "xxxxBxxxx", other: true }], b: { c: 1000 }, d: "long text" };
    const small = await shrunk(value, async (one) => Promise.resolve(JSON.stringify(one).includes("B")));
    expect(small).toEqual({ a: [{ deep: "B" }] });
  });

  it("leaves a value as it is of which nothing can go", async () => {
    expect(await shrunk({ a: 1 }, async (one) => Promise.resolve(JSON.stringify(one) === '{"a":1}'))).toEqual(
      { a: 1 },
    );
  });
});

describe("fuzzing", () => {
  it("finds the body on which a rule fails, as small as can be, the same for the same seed", async () => {
    const files = {
      "schemas/push.json": JSON.stringify({
        type: "object",
        required: ["name"],
        properties: {
          name: { type: "string" },
          ref: { const: "main" },
          count: { type: ["integer", "null"] },
        },
      }),
      "transforms/push.jsonata": '{ "text": name & (count + 1) }',
    };
    const first = await fuzzed(files);
    expect(first.failure).toMatchObject({
      code: "TRANSFORM_TYPE",
      route: "push",
      payload: { name: "", ref: "main", count: null },
    });
    expect(await fuzzed(files)).toEqual(first);
  });

  it("finds what the output schema refuses: a list that comes out as its only item", async () => {
    const { failure } = await fuzzed({
      "schemas/push.json": JSON.stringify({
        type: "object",
        required: ["ref", "items"],
        properties: { ref: { const: "main" }, items: { type: "array", items: { type: "string" } } },
      }),
      "schemas/chat.message.json": JSON.stringify({
        type: "object",
        properties: { text: { type: "array", items: { type: "string" } } },
      }),
      "transforms/push.jsonata": '{ "text": items }',
      "transforms/push.yaml": "input: push\noutput: chat.message\n",
    });
    // A path that is an array of the body stays one; a filter makes a single item of one.
    expect(failure).toBeUndefined();
    const { failure: filtered } = await fuzzed({
      "schemas/push.json": JSON.stringify({
        type: "object",
        required: ["ref", "items"],
        properties: { ref: { const: "main" }, items: { type: "array", items: { type: "string" } } },
      }),
      "schemas/chat.message.json": JSON.stringify({
        type: "object",
        properties: { text: { type: "array", items: { type: "string" } } },
      }),
      "transforms/push.jsonata": '{ "text": items[$ != ""] }',
      "transforms/push.yaml": "input: push\noutput: chat.message\n",
    });
    expect(filtered).toMatchObject({
      code: "TRANSFORM_OUTPUT_INVALID",
      payload: { ref: "main", items: [expect.stringMatching(/^.$/) as string] },
    });
  });

  it("leaves out what the route's `when` leaves out", async () => {
    const { failure, filtered, good, runs } = await fuzzed({
      "schemas/push.json": JSON.stringify({
        type: "object",
        required: ["name", "ref"],
        properties: { name: { type: "string" }, ref: { enum: ["main", "other"] } },
      }),
      "schemas/chat.message.json": strict,
      "transforms/push.jsonata": '{ "text": ref = "other" ? 7 : name }',
    });
    expect(failure).toBeUndefined();
    expect(filtered).toBeGreaterThan(20);
    expect(good).toBeGreaterThan(20);
    expect(filtered + good).toBe(runs);
  });

  it("tells why it tried nothing", async () => {
    const none = await fuzzed({
      "transforms/push.yaml": "output: chat.message\n",
      "schemas/push.json": undefined,
    });
    expect(none).toMatchObject({ runs: 0, skipped: "it has no input schema" });
    const impossible = await fuzzed({
      // No contradiction that is plain to see.
      "schemas/push.json":
        '{ "type": "object", "required": ["a"], "properties": { "a": { "not": {} } }, "additionalProperties": false }',
      "transforms/push.yaml": "input: push\noutput: chat.message\n",
    });
    expect(impossible).toMatchObject({ runs: 0, skipped: expect.stringContaining("no payload") as unknown });
  });

  it("finds nothing wrong with the shipped rules, and comes through their `when`", async () => {
    const { workspace } = await loadWorkspace(root, {});
    for (const transform of workspace!.transforms.values()) {
      if (transform.name === "workload") continue;
      const found = await fuzz(transform, workspace!, { runs: 300, seed: "shipped" });
      expect(found, transform.name).not.toHaveProperty("failure");
      expect(found.good, transform.name).toBeGreaterThan(20);
    }
  });
});
