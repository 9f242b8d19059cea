import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findSample } from "../../src/providers/samples.ts";
import { octokitExamples, shippedRule, shippedRules, validatorOf } from "../helpers/shipped-rules.ts";
import type { ShippedRule } from "../helpers/shipped-rules.ts";

const rules = shippedRules();

describe.each(rules)("$name", (rule) => {
  test("has at least three cases, one of them filtered or in error", () => {
    expect(rule.cases.length).toBeGreaterThanOrEqual(3);
    expect(rule.cases.map(({ outcome }) => outcome)).toContain("expect");
    expect(rule.cases.some(({ outcome }) => outcome !== "expect")).toBe(true);
  });
});

// The workload is the benchmark's, as it was designed: it makes texts as long as its input.
describe.each(rules.filter(({ name }) => name !== "workload"))("$name", (rule) => {
  test("depends on nothing that the input schema leaves open", async () => {
    const samples = rule.cases.filter(({ outcome }) => outcome === "expect").map(({ body }) => body);
    const change = fc.record({ at: fc.nat(), kind: fc.constantFrom(...kinds) });
    await fc.assert(
      fc.asyncProperty(
        fc.nat(samples.length - 1),
        fc.array(change, { minLength: 1, maxLength: 12 }),
        async (sample, picks) => {
          const body = changed(
            samples[sample],
            picks,
            (candidate) => rule.problemsOfInput(candidate).length === 0,
          );
          await expectGoodResult(rule, body);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe("GitHub's real payloads", () => {
  const push = octokitExamples("push");
  const issues = octokitExamples("issues");

  test("are there", () => {
    expect(push.length).toBeGreaterThanOrEqual(7);
    expect(issues.length).toBeGreaterThanOrEqual(29);
  });

  test.each([...push.entries()])("push %i satisfies github.push", (_, body) => {
    expect(validatorOf("github.push")(body)).toEqual([]);
  });

  test.each([...issues.entries()])("issues %i satisfies github.issues", (_, body) => {
    expect(validatorOf("github.issues")(body)).toEqual([]);
  });

  test.each([
    ["github-push-to-chat", push],
    ["workload", push],
    ["github-issue-to-tracker", issues],
  ])("%s makes something valid of each that it takes", async (route, bodies) => {
    const rule = shippedRule(route);
    const taken = await Promise.all(bodies.map((body) => expectGoodResult(rule, body)));
    expect(taken).toContain(true);
    expect(taken).toContain(false);
  });
});

describe("the samples that `signalbox send` posts", () => {
  test.each([
    ["github-push-to-chat", "github", "push"],
    ["github-issue-to-tracker", "github", "issues"],
    ["stripe-payment-failed-to-pager", "stripe", "invoice.payment_failed"],
    ["alertmanager-to-incident-chat", "alertmanager", "firing"],
    ["alertmanager-to-incident-chat", "alertmanager", "resolved"],
    ["zendesk-ticket-to-github", "zendesk", "zen:event-type:ticket.created"],
    ["shop-order-to-invoice", "shopify", "orders/create"],
    ["workload", "github", "push"],
  ])("%s takes %s's %s", async (route, provider, type) => {
    const rule = shippedRule(route);
    const body = findSample(provider, type)?.body;
    expect(rule.problemsOfInput(body)).toEqual([]);
    expect(await expectGoodResult(rule, body)).toBe(true);
  });
});

const workload = new URL("../../../shared/design/workload/", import.meta.url);

test.skipIf(!existsSync(workload))(
  "the workload is the one of the design: same rule, payload and result",
  async () => {
    const read = (name: string): string => readFileSync(new URL(name, workload), "utf8");
    const rule = shippedRule("workload");
    const shipped = readFileSync(new URL("../../transforms/workload.jsonata", import.meta.url), "utf8");
    // What `check` has against it is excused here, and nowhere in the design.
    const withoutExcuses = shipped.replaceAll(/ *\/\* signalbox-ignore [^\n]*\*\/\n/g, "");
    expect(withoutExcuses).toBe(read("github-push.jsonata"));
    const body = rule.cases[0]!.body;
    expect(body).toEqual(JSON.parse(read("github-push.json")));
    expect(await rule.rewrite(body)).toEqual(JSON.parse(read("expected.json")));
  },
);

/** Whether the route takes the body; if so its result has been checked against the output schema. */
async function expectGoodResult(rule: ShippedRule, body: unknown): Promise<boolean> {
  if (!(await rule.passes(body))) return false;
  const result = await rule.rewrite(body);
  expect(rule.problemsOfOutput(result)).toEqual([]);
  return true;
}

/** A place within a value that holds another value. */
interface Slot {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

/** What a sender may do to a field, as long as the schema lets it. */
const changes = {
  remove({ holder, key }: Slot): void {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else Reflect.deleteProperty(holder, key);
  },
  clear({ holder, key }: Slot): void {
    holder[key] = null;
  },
  empty({ holder, key }: Slot): void {
    const value = holder[key];
    holder[key] = Array.isArray(value) ? [] : typeof value === "number" ? 0 : "";
  },
  stretch({ holder, key }: Slot): void {
    const value = holder[key];
    if (typeof value === "number") holder[key] = Number.MAX_SAFE_INTEGER;
    if (typeof value === "string") holder[key] = value + '&<>\r\n|*`"\\ 🦑'.repeat(600);
  },
};
const kinds = Object.keys(changes) as (keyof typeof changes)[];

interface Pick {
  readonly at: number;
  readonly kind: keyof typeof changes;
}

/** A copy of the sample with those of the changes after which it is still valid. */
function changed(sample: unknown, picks: readonly Pick[], isValid: (body: unknown) => boolean): unknown {
  let body = structuredClone(sample);
  for (const { at, kind } of picks) {
    const candidate = structuredClone(body);
    const slots = slotsOf(candidate);
    if (slots.length === 0) break;
    changes[kind](slots[at % slots.length]!);
    if (isValid(candidate)) body = candidate;
  }
  return body;
}

function slotsOf(value: unknown): Slot[] {
  if (typeof value !== "object" || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...slotsOf(holder[key])]);
}
