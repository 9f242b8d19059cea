/** Node-RED's flows as a workspace: what a route makes is what the flow made, and a node that cannot be taken is named. */
import { describe, expect, it } from "vitest";
import type { EventContext } from "../../../src/core/event.ts";
import { importNodeRed } from "../../../src/rules/imports/node-red.ts";
import type { Plan } from "../../../src/rules/imports/plan.ts";
import { loadWorkspace } from "../../../src/rules/load.ts";
import { aWorkspace } from "../../helpers/workspace.ts";

type Fields = Record<string, unknown>;

const httpIn = (wires: string[], over: Fields = {}): Fields => ({
  ...{ id: "in", type: "http in", z: "tab", name: "", url: "/orders", method: "post", upload: false },
  ...{ wires: [wires], ...over },
});
const request = (over: Fields = {}): Fields => ({
  ...{
    id: "out",
    type: "http request",
    z: "tab",
    name: "crm",
    method: "POST",
    ret: "txt",
    paytoqs: "ignore",
  },
  ...{ url: "https://crm.example/orders", wires: [[]], ...over },
});
const change = (id: string, rules: Fields[], to: string): Fields => ({
  id,
  type: "change",
  z: "tab",
  name: "",
  rules,
  wires: [[to]],
});

const imported = (nodes: unknown): Plan => importNodeRed(nodes)!;
const rowsOf = ({ rows }: Plan, became: string) => rows.filter((row) => row.became === became);
const routesOf = ({ files }: Plan) => [...files.keys()].filter((path) => path.startsWith("routes/"));

async function checked({ files, variables }: Plan) {
  const environment = Object.fromEntries(
    variables.map(({ name }) => [name, /URL$/.test(name) ? "https://stands.example/in" : "stands-in"]),
  );
  return loadWorkspace(aWorkspace(Object.fromEntries(files)), environment, {}, { types: true });
}

const context: EventContext = {
  ...{
    id: "evt_01jnb5x2c4f6h8k0m2n4p6q8rs",
    source: "orders",
    type: "",
    receivedAt: "2026-01-01T00:00:00.000Z",
  },
  ...{ headers: { "x-topic": "paid" }, query: { page: "2" }, method: "POST", path: "/hooks/orders" },
};

/** What the only route makes of a body: undefined where it is filtered. */
async function made(plan: Plan, body: unknown): Promise<unknown> {
  const { workspace, problems } = await checked(plan);
  expect(problems).toEqual([]);
  expect(routesOf(plan)).toHaveLength(1);
  const [route] = [...workspace!.routes.values()];
  if (route!.when !== undefined && (await route!.when.evaluate(body, context)) !== true) return undefined;
  const transform = route!.file.transform;
  return transform === undefined ? body : workspace!.transforms.get(transform)!.rule.evaluate(body, context);
}

const ofRules = (...rules: Fields[]) => imported([httpIn(["c"]), change("c", rules, "out"), request()]);

describe("change nodes", () => {
  const body = {
    id: 7,
    customer: { name: "Ada", mail: "a@b.c" },
    items: [{ sku: "x" }, { sku: "y" }],
    note: "a-b-c",
  };
  it.each<[string, Fields[], unknown]>([
    [
      "set text",
      [{ t: "set", p: "payload.kind", pt: "msg", to: "order", tot: "str" }],
      { ...body, kind: "order" },
    ],
    ["set a number", [{ t: "set", p: "payload.id", pt: "msg", to: "8", tot: "num" }], { ...body, id: 8 }],
    ["set true", [{ t: "set", p: "payload.ok", to: "true", tot: "bool" }], { ...body, ok: true }],
    [
      "set JSON",
      [{ t: "set", p: "payload", to: '{"a":[1,{"b":null}]}', tot: "json" }],
      { a: [1, { b: null }] },
    ],
    ["set the time", [{ t: "set", p: "payload", to: "", tot: "date" }], 1_767_225_600_000],
    [
      "set the time as text",
      [{ t: "set", p: "payload", to: "iso", tot: "date" }],
      "2026-01-01T00:00:00.000Z",
    ],
    [
      "set from the message",
      [{ t: "set", p: "payload.who", to: "payload.customer.name", tot: "msg" }],
      { ...body, who: "Ada" },
    ],
    ["set from a header", [{ t: "set", p: "payload", to: 'req.headers["x-topic"]', tot: "msg" }], "paid"],
    ["set an element", [{ t: "set", p: "payload", to: "payload.items[1].sku", tot: "msg" }], "y"],
    [
      "set where nothing is",
      [{ t: "set", p: "payload.a.b.c", to: "1", tot: "num" }],
      { ...body, a: { b: { c: 1 } } },
    ],
    [
      "set by JSONata",
      [
        {
          t: "set",
          p: "payload",
          to: '{"n": payload.customer.name & "!", "q": req.query.page}',
          tot: "jsonata",
        },
      ],
      { n: "Ada!", q: "2" },
    ],
    ["delete", [{ t: "delete", p: "payload.customer.mail" }], { ...body, customer: { name: "Ada" } }],
    ["delete what is not there", [{ t: "delete", p: "payload.none" }], body],
    [
      "move",
      [{ t: "move", p: "payload.customer", to: "payload.buyer", tot: "msg" }],
      { id: 7, items: body.items, note: body.note, buyer: body.customer },
    ],
    [
      "replace text",
      [{ t: "change", p: "payload.note", from: "-", fromt: "str", to: "+", tot: "str" }],
      { ...body, note: "a+b+c" },
    ],
    [
      "replace by a pattern",
      [{ t: "change", p: "payload.note", from: "[a-b]-", fromt: "re", to: "", tot: "str" }],
      { ...body, note: "c" },
    ],
    [
      "replace in what is no text",
      [{ t: "change", p: "payload.id", from: "7", fromt: "str", to: "8", tot: "str" }],
      body,
    ],
    [
      "one after another, over a field of the message",
      [
        { t: "set", p: "topic", to: "payload.customer", tot: "msg" },
        { t: "set", p: "payload", to: "{}", tot: "json" },
        { t: "set", p: "payload.name", to: "topic.name", tot: "msg" },
        { t: "set", p: "payload.both", to: 'topic.name & "/" & payload.name', tot: "jsonata" },
      ],
      { name: "Ada", both: "Ada/Ada" },
    ],
  ])("%s", async (_name, rules, wanted) => {
    const plan = ofRules(...rules);
    expect(await made(plan, body)).toEqual(wanted);
    expect(rowsOf(plan, "not")).toEqual([]);
  });

  it("of the time before rules are read", async () => {
    const old = {
      id: "c",
      type: "change",
      action: "replace",
      property: "payload",
      from: "",
      to: "msg.payload.id",
      reg: false,
      wires: [["out"]],
    };
    expect(rowsOf(imported([httpIn(["c"]), old, request()]), "not")).toEqual([]);
  });

  it.each<[string, Fields]>([
    ["flow", { t: "set", p: "payload", to: "x", tot: "flow" }],
    ["global", { t: "set", p: "x", pt: "global", to: "1", tot: "num" }],
    ["env", { t: "set", p: "payload", to: "HOME", tot: "env" }],
    ["$flowContext", { t: "set", p: "payload", to: '{\n  "a": $flowContext("x")\n}', tot: "jsonata" }],
    ["line 2", { t: "set", p: "payload", to: '{\n  "a": $moment()\n}', tot: "jsonata" }],
    ["`$$`", { t: "set", p: "payload", to: "$$.payload", tot: "jsonata" }],
    ["req.params", { t: "set", p: "payload", to: "req.params.id", tot: "jsonata" }],
    ["no plain path", { t: "set", p: "payload[msg.topic]", to: "1", tot: "num" }],
    ["JSON that cannot be read", { t: "set", p: "payload", to: "{", tot: "json" }],
    ["regular expression", { t: "change", p: "payload.a", from: "(?<=a)b", fromt: "re", to: "", tot: "str" }],
    ["element of a list", { t: "set", p: "payload.items[0]", to: "1", tot: "num" }],
  ])("%s is named with its node, and no route is made", (why, rule) => {
    const plan = ofRules(rule);
    expect(routesOf(plan)).toEqual([]);
    expect(rowsOf(plan, "not")[0]).toMatchObject({ what: "change (c)" });
    expect(rowsOf(plan, "not")[0]!.reason).toContain(why);
  });
});

describe("switch nodes", () => {
  const ofSwitch = (rule: Fields, over: Fields = {}) =>
    imported([
      httpIn(["s"]),
      {
        id: "s",
        type: "switch",
        property: "payload.a",
        rules: [rule],
        checkall: "true",
        wires: [["out"]],
        ...over,
      },
      request(),
    ]);
  it.each<[Fields, unknown[], unknown[]]>([
    [{ t: "eq", v: "x", vt: "str" }, ["x"], ["y", 1, null, undefined]],
    [{ t: "eq", v: "5", vt: "num" }, [5, "5"], [6, "x"]],
    [{ t: "eq", v: "5", vt: "str" }, ["5", 5], ["55", undefined]],
    [{ t: "neq", v: "x", vt: "str" }, ["y", 1, null, undefined], ["x"]],
    [{ t: "lt", v: "5", vt: "num" }, [4, -1], [5, "x", null, undefined]],
    [{ t: "gte", v: "5", vt: "num" }, [5, 6], [4, {}, undefined]],
    [{ t: "btwn", v: "9", vt: "num", v2: "3", v2t: "num" }, [3, 5, 9], [2, 10, undefined]],
    [{ t: "cont", v: "bc", vt: "str" }, ["abcd", ["bc"]], ["b", undefined]],
    [{ t: "regex", v: "^a/+b$", vt: "str", case: true }, ["A/b", "a//b"], ["ab", undefined]],
    [{ t: "true" }, [true], ["true", 1, undefined]],
    [{ t: "null" }, [null, undefined], [0, ""]],
    [{ t: "nnull" }, [0, "", false], [null, undefined]],
    [{ t: "empty" }, ["", [], {}], [0, "x", [1], { b: 1 }, null, undefined]],
    [{ t: "nempty" }, ["x", [1], { b: 1 }], ["", [], {}, 0, null, undefined]],
    [{ t: "istype", v: "array", vt: "array" }, [[]], [{}, "x"]],
    [{ t: "istype", v: "undefined", vt: "undefined" }, [undefined], [null, 1]],
    [{ t: "hask", v: "b", vt: "str" }, [{ b: 1 }], [{ c: 1 }, "b", undefined]],
    [{ t: "jsonata_exp", v: "payload.a > 3", vt: "jsonata" }, [4], [3, undefined]],
    [{ t: "eq", v: "payload.b", vt: "msg" }, ["same"], ["other"]],
  ])("%j", async (rule, passing, filtered) => {
    const plan = ofSwitch(rule);
    for (const a of passing) expect([a, await made(plan, { a, b: "same" })]).toEqual([a, { a, b: "same" }]);
    for (const a of filtered) expect([a, await made(plan, { a, b: "same" })]).toEqual([a, undefined]);
  });

  it("outputs go their own ways: the first that fits, and otherwise", async () => {
    const rules = [{ t: "eq", v: "a", vt: "str" }, { t: "cont", v: "a", vt: "str" }, { t: "else" }];
    const outs = ["one", "two", "three"].map((id) =>
      request({ id, name: id, url: `https://${id}.example/` }),
    );
    const plan = imported([
      httpIn(["s"]),
      {
        id: "s",
        type: "switch",
        property: "payload.k",
        rules,
        checkall: "false",
        wires: [["one"], ["two"], ["three"]],
      },
      ...outs,
    ]);
    const { workspace, problems } = await checked(plan);
    expect(problems).toEqual([]);
    const takers = async (k: string) => {
      const found: string[] = [];
      for (const route of workspace!.routes.values())
        if ((await route.when!.evaluate({ k }, context)) === true) found.push(route.file.target);
      return found;
    };
    expect(await takers("a")).toEqual(["one"]);
    expect(await takers("bar")).toEqual(["two"]);
    expect(await takers("x")).toEqual(["three"]);
  });

  it("what asks of sequences, or of a context, is named", () => {
    for (const [rule, over] of [
      [{ t: "head", v: "1" }, {}],
      [{ t: "eq", v: "x", vt: "prev" }, {}],
      [{ t: "true" }, { propertyType: "flow" }],
    ] as const)
      expect([routesOf(ofSwitch(rule, over)), rowsOf(ofSwitch(rule, over), "not")[0]!.what]).toEqual([
        [],
        "switch (s)",
      ]);
  });
});

describe("the other nodes", () => {
  it("a template is text with fields in it, sent as text", async () => {
    const template = {
      id: "t",
      type: "template",
      field: "payload",
      fieldType: "msg",
      syntax: "mustache",
      output: "str",
      template: 'Order {{{payload.id}}} of "{{payload.name}}"\n{{! no }}{{payload.none}}',
      wires: [["out"]],
    };
    const plan = imported([httpIn(["t"]), template, request()]);
    expect(await made(plan, { id: 7, name: "Ada" })).toBe('Order 7 of "Ada"\n');
    expect(plan.files.get("targets/crm.yaml")).toContain("type: text");
    expect(rowsOf(plan, "nearly").some(({ what }) => what === "template (t)")).toBe(true);
    const sections = imported([
      httpIn(["t"]),
      { ...template, template: "{{#payload}}x{{/payload}}" },
      request(),
    ]);
    expect(routesOf(sections)).toEqual([]);
  });

  it("a request has its method, headers and credentials, by name", async () => {
    const plan = imported([
      httpIn(["c"]),
      change(
        "c",
        [{ t: "set", p: "headers", to: '{"x-api-key":"s3cr3t","x-team":"core"}', tot: "json" }],
        "out",
      ),
      request({
        method: "PUT",
        authType: "bearer",
        url: "https://crm.example/orders/{{{payload.id}}}",
        headers: [{ keyType: "Accept", keyValue: "", valueType: "application/json", valueValue: "" }],
      }),
    ]);
    const { workspace, problems } = await checked(plan);
    expect(problems).toEqual([]);
    const { file } = workspace!.targets.get("crm")!;
    expect(file).toMatchObject({
      method: "PUT",
      url: "https://crm.example/orders/{{ id }}",
      auth: { type: "bearer" },
    });
    expect(file.headers).toMatchObject({ "x-team": "core", accept: "application/json" });
    expect([...plan.files.values()].join()).not.toContain("s3cr3t");
  });

  it("delay, links and several requests of one flow", async () => {
    const plan = imported([
      httpIn(["d", "lo"]),
      { id: "d", type: "delay", pauseType: "delay", timeout: "2", timeoutUnits: "minutes", wires: [["out"]] },
      { id: "lo", type: "link out", mode: "link", links: ["li"], wires: [] },
      { id: "li", type: "link in", links: ["lo"], wires: [["two"]] },
      request(),
      request({ id: "two", name: "", url: "https://two.example/" }),
    ]);
    const { workspace, problems } = await checked(plan);
    expect(problems).toEqual([]);
    expect([...workspace!.routes.values()].map(({ file }) => [file.target, file.delay])).toEqual([
      ["crm", 120],
      ["two-example", undefined],
    ]);
  });

  it("a response is what the sender is answered: fixed, or made", async () => {
    const fixed = imported([
      httpIn(["out", "c"]),
      request(),
      change("c", [{ t: "set", p: "payload", to: '{"ok":true}', tot: "json" }], "r"),
      { id: "r", type: "http response", statusCode: "201", wires: [] },
    ]);
    expect((await checked(fixed)).workspace!.sources.get("orders")!.file.respond).toMatchObject({
      status: 201,
      body: { ok: true },
    });
    const madeOne = imported([
      httpIn(["out", "c"]),
      request(),
      change("c", [{ t: "set", p: "payload", to: '{"got": payload.id}', tot: "jsonata" }], "r"),
      { id: "r", type: "http response", statusCode: "", wires: [] },
    ]);
    const { workspace, problems } = await checked(madeOne);
    expect(problems).toEqual([]);
    expect(workspace!.sources.get("orders")!.file.respond).toMatchObject({
      status: 200,
      transform: "orders-answer",
    });
    expect(await workspace!.transforms.get("orders-answer")!.rule.evaluate({ id: 3 }, context)).toEqual({
      got: 3,
    });
  });

  it("functions, unknown kinds, circles, what is off and what follows a call are named by kind and id", () => {
    const plan = imported([
      { id: "tab", type: "tab", label: "Flow" },
      httpIn(["f", "m", "loop", "off", "out"]),
      { id: "f", type: "function", name: "price", func: "return msg;", wires: [["out"]] },
      { id: "m", type: "mqtt out", wires: [] },
      { id: "loop", type: "junction", wires: [["loop"]] },
      { id: "off", type: "change", d: true, rules: [], wires: [["out"]] },
      request({ wires: [["g", "dbg"]] }),
      { id: "g", type: "function", func: "", wires: [[]] },
      { id: "dbg", type: "debug", wires: [] },
      { id: "alone", type: "mqtt in", wires: [["f"]] },
    ]);
    expect(routesOf(plan)).toHaveLength(1);
    expect(
      rowsOf(plan, "not")
        .map(({ what }) => what)
        .sort(),
    ).toEqual(
      ['function "price" (f)', "function (g)", "junction (loop)", "mqtt in (alone)", "mqtt out (m)"].sort(),
    );
    expect(rowsOf(plan, "nearly").map(({ what }) => what)).toContain("change (off)");
  });

  it.each([[[]], [{}], [null], ["x"], [[1, null, { id: 3, type: "tab" }]], [{ flows: "x" }]])(
    "%j holds no nodes",
    (value) => {
      expect(importNodeRed(value)).toBeUndefined();
    },
  );

  it(
    "names that are paths, and flows that branch without an end, do no harm",
    { timeout: 60_000 },
    async () => {
      const layers = Array.from({ length: 60 }, (_, at) => ({
        id: `j${at}`,
        type: "junction",
        wires: [[`j${at + 1}`, `j${at + 1}`]],
      }));
      const plan = imported([
        httpIn(["j0", "out"], { url: "/../../etc/passwd" }),
        ...layers,
        { id: "j60", type: "debug" },
        request({ name: "../../x\n\u001b[1m" }),
      ]);
      for (const path of plan.files.keys())
        expect(path).toMatch(/^(?:sources|routes|targets)\/[a-z0-9-]+\.yaml$/);
      expect((await checked(plan)).problems).toEqual([]);
      expect(rowsOf(plan, "not").some(({ reason }) => reason.includes("ways"))).toBe(true);
    },
  );
});
