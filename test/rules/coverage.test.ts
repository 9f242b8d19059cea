import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runCases } from "../../src/rules/cases.ts";
import { measure, shareOf } from "../../src/rules/coverage.ts";
import type { Coverage } from "../../src/rules/coverage.ts";
import { gapsOf, lcovOf, listingOf, summaryOf } from "../../src/rules/coverage-report.ts";
import { loadWorkspace } from "../../src/rules/load.ts";
import { aGoodWorkspace } from "../helpers/workspace.ts";
import type { Files } from "../helpers/workspace.ts";

async function coverageOf(dir: string): Promise<Coverage> {
  const { workspace, problems } = await loadWorkspace(dir, {});
  if (workspace === undefined) throw new Error(JSON.stringify(problems));
  const measuring = measure(workspace);
  const results = await runCases(workspace, measuring.running);
  expect(results.filter(({ ok }) => !ok)).toEqual([]);
  return measuring.coverage();
}

const rule = `{
  "text": name & " pushed",
  "kind": forced = true ? $uppercase("forced") : "plain"
}
`;
const files: Files = {
  "transforms/push.jsonata": rule,
  "transforms/push.yaml": `input: push
output: chat.message
cases:
  - name: a push
    given: { ref: main, name: Ada, more: { email: a, phone: b } }
    expect: { text: Ada pushed, kind: plain }
  - name: another branch
    given: { ref: other, name: Ada }
    filtered: true
`,
  "schemas/push.json": JSON.stringify({
    type: "object",
    required: ["name"],
    properties: {
      name: { type: "string" },
      ref: { type: "string" },
      forced: { type: "boolean" },
      more: { type: "object", properties: { email: {}, phone: {} } },
      items: { type: "array", items: { $ref: "#/$defs/item" } },
    },
    $defs: { item: { properties: { sku: {} } } },
  }),
  "schemas/chat.message.json": JSON.stringify({
    type: "object",
    required: ["text", "kind"],
    properties: { text: {}, kind: {}, extra: { type: "object", required: ["x"], properties: { x: {} } } },
  }),
};

describe("the coverage of a workspace by its cases", () => {
  it("names the part that never ran and the arm that was never taken", async () => {
    const { rules } = await coverageOf(aGoodWorkspace(files));
    const [push, when] = rules;
    expect(push).toMatchObject({ kind: "transform", name: "push", file: "transforms/push.jsonata" });
    expect(when).toMatchObject({ kind: "when", name: "push", file: "routes/push.yaml" });
    expect(gapsOf(push!)).toEqual([{ line: 3, column: 27, what: 'never ran: $uppercase("forced")' }]);
    expect(gapsOf(when!)).toEqual([]);
    expect(shareOf([push!])).toMatchObject({ arms: 2, armsRan: 1 });
    expect(shareOf([push!]).percent).toBeLessThan(100);
    expect(shareOf([when!]).percent).toBe(100);
  });

  it("names source fields that no rule reads, the outermost, and required fields that no case makes", async () => {
    const { fields } = await coverageOf(aGoodWorkspace(files));
    expect(fields).toEqual([
      {
        transform: "push",
        made: ["/text", "/kind"],
        neverMade: [],
        read: ["/name", "/ref", "/forced"],
        neverRead: ["/more", "/items"],
      },
    ]);
    const unmade = await coverageOf(
      aGoodWorkspace({
        ...files,
        "transforms/push.yaml":
          "input: push\noutput: chat.message\ncases:\n  - name: another branch\n    given: { ref: other, name: Ada }\n    filtered: true\n",
      }),
    );
    expect(unmade.fields[0]).toMatchObject({ made: [], neverMade: ["/text", "/kind"] });
  });

  it("counts as read what goes into the result whole, or is looked at by a function", async () => {
    const { fields } = await coverageOf(
      aGoodWorkspace({
        ...files,
        "transforms/push.jsonata":
          '{ "text": name & " pushed", "kind": $exists(more.phone) ? "plain" : "bare", "more": more }',
        "transforms/push.yaml": `input: push
output: chat.message
cases:
  - name: a push
    given: { ref: main, name: Ada, more: { email: a, phone: b } }
    assert: ["$output.more = more"]
`,
      }),
    );
    expect(fields[0]!.neverRead).toEqual(["/forced", "/items"]);
  });

  it("shows the rule with a margin, what never ran below its line", async () => {
    const { rules } = await coverageOf(aGoodWorkspace(files));
    expect(listingOf(rules[0]!)).toEqual([
      "  1 | {",
      '  1 |   "text": name & " pushed",',
      '  1!|   "kind": forced = true ? $uppercase("forced") : "plain"',
      '    |                           ^ never ran: $uppercase("forced")',
      "    | }",
    ]);
  });

  it("is told as lcov has it", async () => {
    const lcov = lcovOf(await coverageOf(aGoodWorkspace(files)));
    expect(lcov).toBe(
      "TN:\nSF:transforms/push.jsonata\nDA:1,1\nDA:2,1\nDA:3,1\nLF:3\nLH:3\nBRDA:3,0,0,0\nBRDA:3,0,1,1\nBRF:2\nBRH:1\nend_of_record\n",
    );
  });

  it("does not touch the workspace's own rules", async () => {
    const { workspace } = await loadWorkspace(aGoodWorkspace(files), {});
    const measuring = measure(workspace!);
    await runCases(workspace!);
    expect(
      measuring
        .coverage()
        .rules.flatMap(({ parts }) => parts)
        .every(({ count }) => count === 0),
    ).toBe(true);
  });
});

it("the shipped workspace's rules are covered for the most part, and every case still passes when measured", async () => {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const coverage = await coverageOf(root);
  expect(coverage.rules.length).toBeGreaterThanOrEqual(10);
  const all = summaryOf(coverage).at(-1)!;
  expect(all[0]).toBe("all");
  expect(shareOf(coverage.rules).percent).toBeGreaterThan(90);
  for (const { transform, neverMade } of coverage.fields)
    expect([transform, neverMade]).toEqual([transform, []]);
});
