/** Hookdeck's exports as a workspace: what is written checks without an error, and what is not is named. */
import { describe, expect, it } from "vitest";
import { importHookdeck } from "../../../src/rules/imports/hookdeck.ts";
import type { Plan } from "../../../src/rules/imports/plan.ts";
import { loadWorkspace } from "../../../src/rules/load.ts";
import { aWorkspace } from "../../helpers/workspace.ts";

type Fields = Record<string, unknown>;

function aConnection(over: Fields = {}): Fields {
  return {
    id: "web_1",
    name: "orders-to-crm",
    full_name: "shopify -> orders-to-crm",
    team_id: "tm_1",
    source: {
      id: "src_1",
      name: "shopify",
      type: "SHOPIFY",
      config: { auth: null },
      url: "https://hkdk.events/x",
    },
    destination: {
      id: "des_1",
      name: "crm",
      type: "HTTP",
      config: {
        url: "https://crm.example/hooks",
        http_method: "PUT",
        rate_limit: 5,
        rate_limit_period: "second",
      },
    },
    rules: [],
    disabled_at: null,
    paused_at: null,
    ...over,
  };
}

const imported = (value: unknown): Plan => importHookdeck(value)!;
const page = (...models: Fields[]) => ({ pagination: { limit: 100 }, count: models.length, models });

/** What `check` tells of the files, with every variable set to something that is usable. */
async function checked({ files, variables }: Plan) {
  const dir = aWorkspace(Object.fromEntries(files));
  const environment = Object.fromEntries(
    variables.map(({ name }) => [
      name,
      /URL$/.test(name) ? "https://stands.example/in" : "user:stands-in-for-a-secret",
    ]),
  );
  return loadWorkspace(dir, environment, {}, { types: true });
}

const rowsOf = ({ rows }: Plan, became: string) => rows.filter((row) => row.became === became);

describe("connections as the API gives them", () => {
  const plan = imported(
    page(
      aConnection({
        rules: [
          {
            type: "filter",
            headers: { "X-Shopify-Topic": "orders/create" },
            body: { total: { $gte: 100 }, items: { sku: "a", qty: { $gt: 1 } } },
          },
          { type: "delay", delay: 30_000 },
          { type: "retry", strategy: "exponential", count: 5, interval: 60_000 },
          { type: "deduplicate", window: 3_600_000, include_fields: ["body.id", "headers.x-shopify-topic"] },
        ],
      }),
    ),
  );

  it("become files that check without an error or a warning, and route as they did", async () => {
    const { workspace, problems } = await checked(plan);
    expect(problems).toEqual([]);
    expect([...plan.files.keys()].sort()).toEqual([
      "routes/orders-to-crm.yaml",
      "sources/shopify.yaml",
      "targets/crm.yaml",
    ]);
    const target = workspace!.targets.get("crm")!.file;
    expect(target).toMatchObject({
      url: "https://crm.example/hooks",
      method: "PUT",
      limit: { count: 5, perSeconds: 1 },
    });
    expect(target.retry).toMatchObject({ attempts: 6, firstDelaySeconds: 60 });
    const source = workspace!.sources.get("shopify")!;
    expect(source.provider?.id).toBe("shopify");
    expect(source.file).toMatchObject({ id: ["json:id", "header:x-shopify-topic"], dedupeHours: 1 });
    const route = workspace!.routes.get("orders-to-crm")!;
    expect(route.file).toMatchObject({ source: "shopify", target: "crm", delay: 30 });
    const when = async (body: unknown, topic: string) =>
      route.when!.evaluate(body, {
        ...{
          id: "evt_01jnb5x2c4f6h8k0m2n4p6q8rs",
          source: "shopify",
          type: "",
          receivedAt: "2026-01-01T00:00:00Z",
        },
        ...{ query: {}, method: "POST", path: "/hooks/shopify", headers: { "x-shopify-topic": topic } },
      });
    const body = {
      total: 120,
      items: [
        { sku: "a", qty: 1 },
        { sku: "a", qty: 2 },
      ],
    };
    expect(await when(body, "orders/create")).toBe(true);
    expect(await when(body, "orders/paid")).toBe(false);
    expect(await when({ ...body, total: 99 }, "orders/create")).toBe(false);
    expect(
      await when(
        {
          ...body,
          items: [
            { sku: "a", qty: 1 },
            { sku: "b", qty: 2 },
          ],
        },
        "orders/create",
      ),
    ).toBe(false);
  });

  it("leave no gap, and ask for the secret by name", () => {
    expect(plan.rows.filter(({ became }) => became !== "taken")).toEqual([]);
    expect(plan.variables.map(({ name }) => name)).toEqual(["SHOPIFY_SECRET"]);
  });

  it("are read alone, in a list, and with their ends beside them", () => {
    const one = aConnection();
    const apart = {
      connections: [
        { ...one, source: undefined, source_id: "src_1", destination: undefined, destination_id: "des_1" },
      ],
      sources: page(one["source"] as Fields),
      destinations: [one["destination"]],
    };
    for (const value of [one, [one], page(one), { connections: page(one) }, apart])
      expect([...imported(value).files.keys()]).toContain("routes/orders-to-crm.yaml");
  });
});

describe("sources", () => {
  const ofSource = (source: Fields) => imported(aConnection({ source: { id: "s", name: "in", ...source } }));
  it.each([
    ["GITHUB", "provider: github"],
    ["STRIPE", "provider: stripe"],
    ["FRONTAPP", "provider: front"],
    ["FACEBOOK", "provider: meta"],
    ["TWITTER", "provider: x-twitter"],
    ["TWILIO", "provider: twilio"],
    ["AWS_SNS", "provider: aws-sns"],
    ["POSTMARK", "provider: postmark"],
    ["GITLAB", "provider: gitlab"],
  ])("of type %s become %s", async (type, line) => {
    const plan = ofSource({ type });
    expect(plan.files.get("sources/in.yaml")).toContain(`${line}\n`);
    expect((await checked(plan)).problems.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  it("every type of Hookdeck's is a provider, or is named as none", async () => {
    const types =
      "AIPRISE ALCHEMY DOCUSIGN INTERCOM SANITY BIGCOMMERCE CLAUDE OPENAI POLAR BRIDGE_XYZ BRIDGE_API CHARGEBEE_BILLING CHAINDOTS COINBASE COURIER CURSOR MERAKI MICROSOFT_GRAPH MICROSOFT_SHAREPOINT ZOOM RECURLY RING_CENTRAL QUOTER RESEND ADYEN HUBSPOT SENDGRID SVIX TWITCH LINEAR PADDLE SLACK MAILCHIMP WHATSAPP TIKTOK_SHOP ZENDESK MONDAY AIRTABLE UBER CIRCLE VERCEL_LOG_DRAINS";
    for (const type of types.split(" ")) {
      const plan = ofSource({ type });
      const named = rowsOf(plan, "not").some(({ reason }) => reason.includes(type));
      const text = plan.files.get("sources/in.yaml")!;
      expect([type, named]).toEqual([type, text.includes("provider: none")]);
    }
  });

  it("verify by HMAC, by a token and by a password, with the secret's value nowhere", async () => {
    const auths: [string, Fields, string][] = [
      [
        "HMAC",
        { algorithm: "sha1", encoding: "base64", header_key: "X-Sig", webhook_secret_key: "s3cr3t-value" },
        "header:x-sig",
      ],
      ["API_KEY", { header_key: "X-Token", api_key: "s3cr3t-value" }, "shared-token"],
      ["BASIC_AUTH", { username: "u", password: "s3cr3t-value" }, "provider: basic"],
    ];
    for (const [auth_type, auth, wanted] of auths) {
      const plan = ofSource({ type: "WEBHOOK", config: { auth_type, auth } });
      expect(plan.files.get("sources/in.yaml")).toContain(wanted);
      expect((await checked(plan)).problems).toEqual([]);
      expect(JSON.stringify([[...plan.files], plan.rows, plan.variables])).not.toContain("s3cr3t-value");
      expect(rowsOf(plan, "not")).toEqual([]);
    }
  });

  it("that verified nothing are closed, and say so", () => {
    const plan = ofSource({ type: "WEBHOOK", config: {} });
    expect(plan.files.get("sources/in.yaml")).toContain("provider: none");
    expect(plan.files.get("sources/in.yaml")).not.toContain("allowUnsigned");
    expect(rowsOf(plan, "nearly")[0]!.reason).toContain("loopback only");
  });

  it("answer as they did", async () => {
    const config = { custom_response: { content_type: "xml", body: "<ok>${x}</ok>" } };
    const plan = ofSource({ type: "STRIPE", config });
    const { workspace, problems } = await checked(plan);
    expect(problems).toEqual([]);
    expect(workspace!.sources.get("in")!.file.respond).toMatchObject({
      status: 200,
      contentType: "application/xml",
      body: "<ok>${x}</ok>",
    });
  });
});

describe("destinations", () => {
  const to = (config: Fields, over: Fields = {}) =>
    imported(
      aConnection({
        destination: {
          id: "d",
          name: "out",
          type: "HTTP",
          config: { url: "https://api.example/x", ...config },
          ...over,
        },
      }),
    );

  it.each<[string, Fields, string]>([
    ["BEARER_TOKEN", { token: "s3cr3t-value" }, "bearer"],
    ["BASIC_AUTH", { username: "s3cr3t-value", password: "s3cr3t-value" }, "basic"],
    ["API_KEY", { key: "x-key", api_key: "s3cr3t-value", to: "header" }, "header"],
    ["API_KEY", { key: "key", api_key: "s3cr3t-value", to: "query" }, "query"],
    ["CUSTOM_SIGNATURE", { key: "x-sig", signing_secret: "s3cr3t-value" }, "signature"],
    ["HOOKDECK_SIGNATURE", {}, "signature"],
    [
      "OAUTH2_CLIENT_CREDENTIALS",
      {
        auth_server: "https://auth.example/token",
        client_id: "c",
        client_secret: "s3cr3t-value",
        scope: "read,write",
      },
      "oauth2",
    ],
    [
      "AWS_SIGNATURE",
      {
        access_key_id: "s3cr3t-value",
        secret_access_key: "s3cr3t-value",
        region: "eu-central-1",
        service: "lambda",
      },
      "aws-sigv4",
    ],
  ])("with %s show who calls, with the secret's value nowhere", async (auth_type, auth, type) => {
    const plan = to({ auth_type, auth });
    const { workspace, problems } = await checked(plan);
    expect(problems).toEqual([]);
    expect(workspace!.targets.get("out")!.file.auth).toMatchObject({ type });
    expect(JSON.stringify([[...plan.files], plan.rows, plan.variables])).not.toContain("s3cr3t-value");
  });

  it("whose credential there is not here are named", () => {
    for (const auth_type of ["GCP_SERVICE_ACCOUNT", "OAUTH2_AUTHORIZATION_CODE"])
      expect(rowsOf(to({ auth_type, auth: {} }), "not")[0]!.reason).toContain(auth_type);
  });

  it("whose URL is a secret, or holds one, have it in a variable", () => {
    for (const url of [
      "https://hooks.slack.com/services/T0/B0/s3cr3t",
      "https://x.example/hook?token=s3cr3t",
      "https://u:s3cr3t@x.example/",
    ]) {
      const plan = to({ url });
      expect(JSON.stringify([[...plan.files], plan.rows, plan.variables])).not.toContain("s3cr3t");
      expect(plan.variables.length).toBeGreaterThan(0);
    }
  });

  it("keep braces and dollars of a URL from being read as a rule's part or a variable", async () => {
    const plan = to({ url: "https://api.example/{{ $event.id }}/${HOME}" });
    const { workspace, problems } = await checked(plan);
    expect(problems).toEqual([]);
    expect(workspace!.targets.get("out")!.file.url).not.toContain("{{");
  });

  it("have their limits: by second, by hour, at once, by their policy", async () => {
    const limits: [Fields, Fields][] = [
      [{ rate_limit: 7, rate_limit_period: "minute" }, { limit: { count: 7, perSeconds: 60 } }],
      [{ rate_limit: 3, rate_limit_period: "concurrent" }, { concurrency: 3 }],
      [{ delivery_policy: { rate: 100, period: "hour" } }, { limit: { count: 100, perSeconds: 3600 } }],
    ];
    for (const [config, wanted] of limits)
      expect((await checked(to(config))).workspace!.targets.get("out")!.file).toMatchObject(wanted);
  });

  it("that no HTTP reaches have no route", () => {
    const plan = to({}, { type: "CLI" });
    expect([...plan.files.keys()]).toEqual(["sources/shopify.yaml"]);
    expect(rowsOf(plan, "not").map(({ what }) => what)).toEqual([
      "destination out",
      "connection shopify -> orders-to-crm",
    ]);
  });
});

describe("what cannot be mechanical", () => {
  const code =
    'addHandler("transform", (request) => { /* keep */ request.body.total *= 2; return request; });';

  it("JavaScript stands in the rule as a comment, and `check` goes on saying that it is to be rewritten", async () => {
    const rules = [{ type: "transform", transformation_id: "trs_1" }];
    const plan = imported({
      connections: [aConnection({ rules })],
      transformations: [{ id: "trs_1", name: "double it", code, env: { K: "s3cr3t" } }],
    });
    const { workspace, problems } = await checked(plan);
    expect(problems.map(({ file, code, severity }) => [file, code, severity])).toEqual([
      ["transforms/double-it.jsonata", "RULE_UNFINISHED", "warning"],
    ]);
    expect(plan.files.get("transforms/double-it.jsonata")).toContain("request.body.total *= 2;");
    expect(workspace!.routes.get("orders-to-crm")!.file.transform).toBe("double-it");
    expect(rowsOf(plan, "not")).toHaveLength(1);
    expect(rowsOf(plan, "not")[0]!.reason).toContain("transforms/double-it.jsonata");
    expect([...plan.files.values()].join()).not.toContain("s3cr3t");
  });

  it("a filter that is not understood, or looks at what a transformation made, leaves no route", () => {
    const filter = { type: "filter", body: { a: 1 } };
    for (const rules of [
      [{ type: "filter", body: { a: { $regex: "x" } } }],
      [{ type: "filter", path: "/orders" }],
      [{ type: "filter", headers: { Authorization: "x" } }],
      [{ type: "transform", transformation: { name: "t", code } }, filter],
      [{ type: "of-next-year" }],
    ]) {
      const plan = imported(aConnection({ rules }));
      expect([...plan.files.keys()].filter((path) => path.startsWith("routes/"))).toEqual([]);
      expect(rowsOf(plan, "not").some(({ what }) => what.startsWith("connection "))).toBe(true);
    }
    const before = imported(
      aConnection({ rules: [filter, { type: "transform", transformation: { name: "t", code } }] }),
    );
    expect(before.files.get("routes/orders-to-crm.yaml")).toContain("when: 1 in a");
  });

  it("connections that are off deliver nothing here", () => {
    const disabled = imported(aConnection({ disabled_at: "2026-01-01T00:00:00Z" }));
    expect([...disabled.files.keys()].some((path) => path.startsWith("routes/"))).toBe(false);
    expect(
      rowsOf(imported(aConnection({ paused_at: "2026-01-01T00:00:00Z" })), "nearly")[0]!.reason,
    ).toContain("signalbox pause crm");
  });

  it("retries that differ, even intervals, and statuses are told", () => {
    const retry = (count: number, more: Fields = {}) => ({
      type: "retry",
      strategy: "linear",
      interval: 1000,
      count,
      ...more,
    });
    const plan = imported([
      aConnection({ rules: [retry(3)] }),
      aConnection({
        id: "web_2",
        name: "second",
        full_name: "shopify -> second",
        rules: [retry(9, { response_status_codes: ["500-599", "!503"] })],
      }),
    ]);
    const reasons = rowsOf(plan, "nearly")
      .map(({ reason }) => reason)
      .join("\n");
    expect(reasons).toMatch(/500-599, !503/);
    expect(reasons).toMatch(/even intervals/);
    expect(reasons).toMatch(/most patient/);
    expect(plan.files.get("targets/crm.yaml")).toContain("attempts: 10");
    expect(plan.files.get("routes/second.yaml")).toContain("target: crm");
  });
});

it("Terraform's state is read: `terraform show -json`, and the file itself", async () => {
  const of = (type: string, values: Fields) => ({ type, values, instances: [{ attributes: values }] });
  const resources = [
    of("hookdeck_gateway_source", { id: "src_1", name: "shop", type: "STRIPE", config: "{}" }),
    of("hookdeck_gateway_destination", {
      id: "des_1",
      name: "crm",
      type: "HTTP",
      config: JSON.stringify({ url: "https://crm.example/" }),
    }),
    of("hookdeck_gateway_transformation", { id: "trs_1", name: "double", code: "x" }),
    of("hookdeck_gateway_connection", {
      ...{ id: "web_1", name: "a", source_id: "src_1", destination_id: "des_1" },
      rules: [
        {
          filter_rule: { body: { json: '{"type":"invoice.paid"}', string: null }, headers: null },
          retry_rule: null,
        },
        {
          retry_rule: { count: 5, interval: 3_600_000, strategy: "exponential", response_status_codes: null },
          filter_rule: null,
        },
        { transform_rule: { transformation_id: "trs_1" } },
      ],
    }),
    of("aws_s3_bucket", { id: "b" }),
  ];
  for (const value of [
    {
      format_version: "1.0",
      values: {
        root_module: { resources: resources.slice(0, 2), child_modules: [{ resources: resources.slice(2) }] },
      },
    },
    { version: 4, resources },
  ]) {
    const plan = imported(value);
    expect((await checked(plan)).problems.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(plan.files.get("routes/a.yaml")).toContain(`when: '"invoice.paid" in type'`);
    expect(plan.files.get("targets/crm.yaml")).toContain("attempts: 6");
  }
});

describe("what was made to do harm", () => {
  it("names that are paths, the same but for case, of a terminal's codes, or none", async () => {
    const names = [
      "../../etc/passwd",
      "..",
      "A",
      "a",
      "\u001b[31mred",
      "",
      "signalbox",
      "con.yaml",
      "x".repeat(500),
      "*/ $eval(1) /*",
      "日本",
    ];
    const plan = imported(
      names.map((name, at) =>
        aConnection({
          ...{ id: `web_${at}`, name, full_name: `\n${name}\u0007`, description: `${name}\nurl: evil` },
          source: { id: `s${at}`, name, type: "GITHUB", description: `a\nprovider: none` },
          destination: { id: `d${at}`, name, type: "HTTP", config: { url: "https://x.example/" } },
          rules: [{ type: "transform", transformation: { name, code: "*/ $event /*" } }],
        }),
      ),
    );
    for (const path of plan.files.keys())
      expect(path).toMatch(
        /^(?:sources|routes|transforms|targets)\/[a-z0-9][a-z0-9-]{0,99}\.(?:yaml|jsonata)$/,
      );
    expect(new Set(plan.files.keys()).size).toBeGreaterThanOrEqual(names.length * 3);
    // eslint-disable-next-line no-control-regex
    expect(plan.rows.filter(({ what, reason }) => /[\u0000-\u001f]/.test(what + reason))).toEqual([]);
    const { problems } = await checked(plan);
    expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  it.each([[null], [7], ["text"], [[]], [{}], [{ models: [] }]])(
    "%j holds no connection, or none that is written",
    (value) => {
      expect(importHookdeck(value)?.files.size ?? 0).toBe(0);
    },
  );

  it("garbage in a connection's place is named, and the others are taken", () => {
    const plan = imported([
      7,
      null,
      { id: "x" },
      { source: 1, destination: [] },
      aConnection({ rules: [null, 7, { type: 3 }, {}] }),
      aConnection({ id: "w", name: "good" }),
    ]);
    expect(rowsOf(plan, "not").length).toBeGreaterThanOrEqual(4);
    expect([...plan.files.keys()]).toContain("routes/good.yaml");
  });

  it("ten thousand connections are read in seconds", { timeout: 60_000 }, () => {
    const many = Array.from({ length: 10_000 }, (_, at) =>
      aConnection({ id: `web_${at}`, name: `c${at}`, rules: [{ type: "filter", body: { a: at } }] }),
    );
    expect(imported(many).files.size).toBe(10_002);
  });
});
