/** `signalbox new route`: from one event to a route that checks and whose case passes. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { run } from "../helpers/router.ts";
import { aGoodWorkspace } from "../helpers/workspace.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** The shipped workspace with what its variables stand for. */
function theShippedOne(): string {
  const dir = mkdtempSync(join(tmpdir(), "signalbox-new-"));
  folders.push(dir);
  for (const name of ["sources", "routes", "transforms", "targets", "schemas"])
    cpSync(join(root, name), join(dir, name), { recursive: true });
  if (existsSync(join(root, ".env.example"))) cpSync(join(root, ".env.example"), join(dir, ".env"));
  return dir;
}

interface Made {
  readonly files: readonly string[];
  readonly fields: readonly {
    readonly field: string;
    readonly from?: string;
    readonly isRequired: boolean;
  }[];
  readonly problems: readonly { readonly severity: string }[];
  readonly passes: boolean;
}

describe("from the catalogue's samples, in the shipped workspace", () => {
  it.each([
    ["github/issues", "tracker", "jira.issue"],
    ["github/issues", "team-chat", "chat.message"],
    ["github/push", "issues", "github.issue"],
    ["stripe/invoice.payment_failed", "pager", "pagerduty.event"],
    ["github/push", "team-chat", undefined],
  ])(
    "%s to %s (%s) checks without a warning, and its case passes",
    { timeout: 60_000 },
    async (sample, target, output) => {
      const dir = theShippedOne();
      const name = "a-new-route";
      const given = [
        "--sample",
        sample,
        "--target",
        target,
        ...(output === undefined ? [] : ["--output", output]),
      ];
      const { code, stdout, stderr } = await run(["new", "route", name, ...given, "--json", "--dir", dir]);
      expect(stderr).toBe("");
      const made = JSON.parse(stdout) as Made;
      expect(made).toMatchObject({ passes: true, problems: [] });
      expect(code).toBe(0);
      expect(made.files).toEqual(
        expect.arrayContaining([
          `routes/${name}.yaml`,
          `transforms/${name}.jsonata`,
          `transforms/${name}.yaml`,
        ]),
      );
      const tested = await run(["test", "--filter", name, "--json", "--dir", dir]);
      expect(JSON.parse(tested.stdout)).toMatchObject({ passed: 1, failed: 0 });
      const checked = await run(["check", "--json", "--dir", dir]);
      const { problems } = JSON.parse(checked.stdout) as { problems: { file: string }[] };
      expect(problems.filter(({ file }) => file.includes(name))).toEqual([]);
      expect((await run(["fmt", "--check", join(dir, `transforms/${name}.jsonata`)])).code).toBe(0);
    },
  );
});

describe("from an event", () => {
  const schema = JSON.stringify({
    type: "object",
    required: ["orderId", "customerEmail", "total", "currency", "warehouse"],
    additionalProperties: false,
    properties: {
      orderId: { type: "string" },
      customerEmail: { type: "string" },
      total: { type: "number" },
      currency: { enum: ["EUR", "USD"] },
      warehouse: { type: "string", minLength: 8 },
      remark: { type: "string", maxLength: 10 },
      colour: { type: "string" },
    },
  });
  const event = {
    source: "github",
    type: "order",
    receivedAt: "2026-03-01T10:00:00.000Z",
    body: {
      order: { id: "o-1" },
      customer: { email: "ada@lovelace.example", name: "Ada" },
      total: 12.5,
      remark: "please ring twice",
      ref: "main",
    },
  };

  it("proposes by name and kind, marks what nothing is like, and keeps personal data out", async () => {
    const dir = aGoodWorkspace({ "schemas/erp.order.json": schema });
    const file = join(dir, "event.json");
    writeFileSync(file, JSON.stringify(event));
    const given = ["--event", file, "--target", "chat", "--output", "erp.order", "--dir", dir];
    const made = await run(["new", "route", "orders", ...given]);
    expect(made.stderr).toBe("");
    expect(made.code).toBe(0);
    expect(made.stdout).toContain("orderId ← order.id");
    expect(made.stdout).toContain("customerEmail ← customer.email");
    expect(made.stdout).toContain("warehouse ← TODO: required");
    expect(made.stdout).toContain("It checks, and its case passes.");
    const rule = readFileSync(join(dir, "transforms/orders.jsonata"), "utf8");
    expect(rule).toContain('"orderId": order.id,');
    expect(rule).toContain('"total": total');
    expect(rule).toContain('"currency": "EUR"');
    expect(rule).toContain('"remark": $substring(remark, 0, 10)');
    expect(rule).toMatch(/"warehouse": "TODO\.\.\.\."( |,).*TODO/);
    expect(rule).toContain('/* TODO "colour": string */');
    const all = ["schemas/github.order.json", "transforms/orders.yaml"].map((path) =>
      readFileSync(join(dir, path), "utf8"),
    );
    expect(all.join("")).not.toContain("lovelace");
    expect(readFileSync(join(dir, "routes/orders.yaml"), "utf8")).toBe(
      'source: github\non: ["order"]\ntransform: orders\ntarget: chat\n',
    );
    expect((await run(["test", "--filter", "orders", "--dir", dir])).code).toBe(0);
    const again = await run(["new", "route", "orders", ...given]);
    expect(again).toMatchObject({ code: 1, stdout: "" });
    expect(again.stderr).toContain("is there already");
  });

  it("goes through lists, and into what is optional where all that it needs is found", async () => {
    const schema = {
      type: "object",
      required: ["number", "lines"],
      properties: {
        number: { type: "string" },
        lines: {
          type: "array",
          items: {
            type: "object",
            required: ["sku", "quantity"],
            properties: {
              sku: { type: "string", maxLength: 20 },
              quantity: { type: "integer" },
              colour: { type: "string" },
              serials: { type: "array", items: { type: "object", properties: { code: { type: "string" } } } },
            },
          },
        },
        customer: { type: "object", required: ["email"], properties: { email: { type: "string" } } },
        carrier: { type: "object", required: ["code"], properties: { code: { type: "string" } } },
        parcels: { type: "array", minItems: 1, items: { type: "object", properties: { weight: {} } } },
      },
    };
    const items = [
      { sku: "a-1", quantity: 2, serials: [{ code: "x" }] },
      { sku: "b-2", quantity: 1, serials: [] },
    ];
    const body = { number: "o-1", items, customer: { email: "ada@lovelace.example" } };
    const dir = aGoodWorkspace({ "schemas/erp.order.json": JSON.stringify(schema) });
    const file = join(dir, "event.json");
    writeFileSync(file, JSON.stringify({ ...event, body }));
    const given = ["--event", file, "--target", "chat", "--output", "erp.order", "--dir", dir];
    const made = await run(["new", "route", "orders", ...given]);
    expect(made.stdout).toContain("lines ← items");
    expect(made.stdout).toContain("It checks, and its case passes.");
    const rule = readFileSync(join(dir, "transforms/orders.jsonata"), "utf8");
    expect(rule.replaceAll(/\s+/g, " ")).toContain(
      '"lines": [ items.{ "sku": $substring(sku, 0, 20), "quantity": quantity, "serials": [ serials.{ "code": code } ]',
    );
    expect(rule).toContain('"email": customer.email');
    expect(rule).toContain('/* TODO "carrier": object */');
    expect(rule).toContain('/* TODO "parcels": array */');
  });

  it.each([
    [["route", "a", "--target", "chat"], "Give either --event or --sample."],
    [
      ["route", "a", "--target", "chatt", "--sample", "github/push"],
      "There is no target `chatt`. Did you mean `chat`?",
    ],
    [
      ["route", "a", "--target", "chat", "--sample", "github/pusch"],
      "has no sample `pusch`. Did you mean `push`?",
    ],
    [["route", "a", "--target", "chat", "--sample", "gitlab/push"], "There is no source `gitlab`."],
    [["route", "A b", "--target", "chat", "--sample", "github/push"], "lower-case letters"],
    [["target", "a", "--target", "chat"], "there is: route"],
    [
      ["route", "a", "--target", "chat", "--sample", "github/push", "--output", "chat.mesage"],
      "Did you mean `chat.message`?",
    ],
  ])("refuses %j", async (given, said) => {
    const dir = aGoodWorkspace();
    const { code, stderr } = await run(["new", ...given, "--dir", dir]);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
    expect(existsSync(join(dir, "routes/a.yaml"))).toBe(false);
  });
});
