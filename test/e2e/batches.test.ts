/** Batches end to end: one event an item, all acknowledged or none; items that are known, unroutable or wrong; their digits. */
import { createHmac, generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findProvider } from "../../src/providers/catalogue.ts";
import { chooseScheme } from "../../src/providers/provider.ts";
import { sign } from "../../src/providers/sign.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { run } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";

const ADYEN_KEY = "44".repeat(32);
const DRAIN_SECRET = "drain-secret-1";
/** Beyond what JavaScript's numbers hold: rounded, the last digits would be zeros. */
const LONG = "12345678901234567891";

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const PUBLIC = publicKey.export({ format: "der", type: "spki" }).toString("base64");
const PRIVATE = privateKey.export({ format: "der", type: "pkcs8" }).toString("base64");

const FILES = {
  "sources/mail.yaml": `provider: sendgrid-events\nsecrets: ["${PUBLIC}"]\nsplit: true\n`,
  "routes/mail.yaml": "source: mail\non: [bounce, open]\ntarget: api\n",
  "sources/pay.yaml": `provider: adyen\nsecrets: ["${ADYEN_KEY}"]\nsplit: true\n`,
  "routes/pay.yaml": "source: pay\ntarget: api\n",
  "routes/pay-rule.yaml": "source: pay\ntransform: pay\ntarget: api\n",
  "transforms/pay.jsonata":
    '{ "rule": pspReference, "id": additionalData.id, "type": $type(additionalData.id) }\n',
  "sources/graph.yaml": 'provider: microsoft-graph\nsecrets: ["client-state-1"]\nsplit: true\n',
  "routes/graph.yaml": "source: graph\ntarget: api\n",
  "sources/drain.yaml": `provider: vercel-log-drains\nsecrets: ["${DRAIN_SECRET}"]\nsplit: true\n`,
  "routes/drain.yaml": "source: drain\ntarget: api\n",
  "sources/lines.yaml":
    "provider: none\nid: header:x-batch\ntype: json:kind\nsplit: true\nschemas: { checked: named }\n",
  "routes/lines.yaml": "source: lines\ntarget: api\n",
  "sources/round.yaml": "provider: none\nsplit: true\nbigIntegers: rounded\n",
  "routes/round.yaml": "source: round\ntarget: api\n",
  "sources/kept.yaml":
    "provider: none\nid: json:id\nsplit: true\nschemas: { '*': named }\nonInvalid: quarantine\n",
  "routes/kept.yaml": "source: kept\ntarget: api\n",
  "schemas/named.json": '{"type":"object","required":["name"]}',
};

interface Answered {
  readonly id?: string;
  readonly events?: string[];
  readonly deliveries?: string[];
  readonly duplicate?: boolean;
  readonly code?: string;
}

let redis: TestRedis;
let scene: Scene;

const post = async (
  source: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; json: Answered }> => {
  const response = await fetch(`${scene.router.hooks}/hooks/${source}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
  const text = await response.text();
  return { status: response.status, json: text.startsWith("{") ? (JSON.parse(text) as Answered) : {} };
};

/** Signed as the provider signs. */
const sent = (source: string, provider: string, secret: string, text: string) => {
  const found = findProvider(provider)!;
  const url = `${scene.router.hooks}/hooks/${source}`;
  const credentials = { secrets: [secret], url };
  const scheme = chooseScheme(found, { ...credentials, secrets: [secret === PRIVATE ? PUBLIC : secret] })!;
  const draft = { method: "POST", url, headers: {}, body: Buffer.from(text) };
  const { headers, body } = sign(scheme, draft, credentials, Date.now());
  return post(source, body.toString(), headers);
};

const events = async (source: string): Promise<number> => {
  const response = await scene.router.ask(`/api/v1/events?source=${source}&limit=100`);
  return ((await response.json()) as { items: unknown[] }).items.length;
};
const got = (part: string) =>
  until(`the target got ${part}`, () => scene.target.arrivals.find(({ body }) => body.includes(part)));

describeWithRedis("a batch", () => {
  beforeAll(async () => {
    redis = await aRedis();
    scene = await aScene({ files: FILES, redisUrl: redis.url });
  }, 60_000);
  afterAll(async () => {
    await scene?.close();
    await redis?.close();
  }, 90_000);

  it("of SendGrid's: an item that is known is not delivered again, one that no route takes is kept, the others go out", async () => {
    const item = (id: string, event: string) => ({
      email: "a@b.example",
      event,
      sg_event_id: id,
      timestamp: 1,
    });
    const mail = (...items: object[]) => sent("mail", "sendgrid-events", PRIVATE, JSON.stringify(items));
    const first = await mail(item("sg-1", "bounce"));
    expect(first).toMatchObject({ status: 202 });
    const batch = [item("sg-1", "bounce"), item("sg-2", "processed"), item("sg-3", "open")];
    const second = await mail(...batch);
    expect(second.status).toBe(202);
    expect(second.json.duplicate).toBeUndefined();
    expect(second.json.events!.length).toBe(3);
    expect(second.json.events![0]).toBe(first.json.id);
    expect(second.json.deliveries!.length).toBe(2);
    await got("sg-3");
    expect(scene.target.arrivals.filter(({ body }) => body.includes("sg-1")).length).toBe(1);
    const unrouted = (await (await scene.router.ask(`/api/v1/events/${second.json.events![1]}`)).json()) as {
      state: string;
    };
    expect(unrouted.state).toBe("unrouted");
    const third = await mail(...batch);
    expect(third).toMatchObject({ status: 200, json: { duplicate: true, events: second.json.events } });
    expect(await events("mail")).toBe(3);
  }, 90_000);

  it("of Adyen's: the digits of a long number go on as they were sent, and to rules as text; one forged item refuses all", async () => {
    const item = (reference: string) =>
      `{"NotificationRequestItem":{"additionalData":{"id":${LONG}},"amount":{"currency":"EUR","value":100},"eventCode":"AUTHORISATION","merchantAccountCode":"m","merchantReference":"r","originalReference":"","pspReference":"${reference}","success":"true"}}`;
    const url = `${scene.router.hooks}/hooks/pay`;
    const scheme = findProvider("adyen")!.schemes[0]!.scheme;
    const unsigned = `{"live":"false","notificationItems":[${item("psp-1")},${item("psp-2")}]}`;
    const draft = { method: "POST", url, headers: {}, body: Buffer.from(unsigned) };
    const signed = sign(scheme, draft, { secrets: [ADYEN_KEY], url }, Date.now()).body.toString();
    // What signs the sample here writes the body anew; the id is not among what Adyen signs.
    const text = signed.replaceAll(/"id":\d+/g, `"id":${LONG}`);
    const { status } = await post("pay", text);
    expect(status).toBe(200);
    const plain = await until("it arrives as it was sent", () =>
      scene.target.arrivals.find(({ body }) => body.includes('"pspReference":"psp-2"')),
    );
    expect(plain.body).toContain(`"id":${LONG}`);
    const ruled = await got('"rule":"psp-2"');
    expect(ruled.json).toEqual({ rule: "psp-2", id: LONG, type: "string" });
    const before = await events("pay");
    const forged = text.replaceAll("psp-1", "psp-8").replaceAll("psp-2", "psp-9");
    const half = forged.replace("psp-8", "psp-1");
    for (const wrong of [forged, half]) expect((await post("pay", wrong)).status).toBe(401);
    expect(await events("pay")).toBe(before);
  }, 90_000);

  it("of Graph's, whose items have no id, is known when it comes again as it was", async () => {
    const body = JSON.stringify({
      value: [1, 2, 2].map((n) => ({
        clientState: "client-state-1",
        changeType: "updated",
        resource: `r${n}`,
      })),
    });
    const first = await post("graph", body);
    expect(first.json.events!.length).toBe(3);
    expect((await post("graph", body)).json).toMatchObject({ duplicate: true, events: first.json.events });
    // The same change once more, in another batch: better twice than never.
    const other = await post("graph", JSON.stringify({ value: [JSON.parse(body).value[0]] }));
    expect(other.json.duplicate).toBeUndefined();
  }, 90_000);

  it("of lines, as Vercel drains its logs, is one event a line", async () => {
    const lines = [1, 2, 3].map((n) =>
      JSON.stringify({ id: `log-${n}`, source: "lambda", message: `m${n}` }),
    );
    const body = `${lines.join("\n")}\n`;
    const signature = createHmac("sha1", DRAIN_SECRET).update(body).digest("hex");
    const headers = { "content-type": "application/x-ndjson", "x-vercel-signature": signature };
    const { status, json } = await post("drain", body, headers);
    expect([status, json.events?.length]).toEqual([202, 3]);
    expect((await got("log-3")).body).toBe(lines[2]);
    const forged = await post("drain", `${body}{"id":"log-4"}\n`, headers);
    expect(forged.status).toBe(401);
    expect(await events("drain")).toBe(3);
  }, 90_000);

  it("of anybody's is a list or lines; an id that stands beside them does not make them one", async () => {
    const lines = `{"kind":"a","n":${LONG}}\n{"kind":"b","n":1}\n`;
    const headers = { "content-type": "application/x-ndjson", "x-batch": "batch-1" };
    const first = await post("lines", lines, headers);
    expect([first.status, first.json.events?.length]).toEqual([202, 2]);
    expect((await got('"kind":"a"')).body).toBe(`{"kind":"a","n":${LONG}}`);
    expect((await post("lines", lines, headers)).json.duplicate).toBe(true);
    const list = await post("lines", `[{"kind":"c"}, {"kind":"d", "n": ${LONG}}]`, { "x-batch": "batch-2" });
    expect(list.json.events?.length).toBe(2);
    expect((await got('"kind":"d"')).body).toBe(`{"kind":"d", "n": ${LONG}}`);
    const one = await post("lines", '{"kind":"e"}', { "x-batch": "batch-3" });
    expect([one.status, one.json.events]).toEqual([202, undefined]);
  }, 90_000);

  it("with an item that the schema refuses is refused whole, or keeps that item where the source says so", async () => {
    const before = await events("lines");
    const refused = await post("lines", '[{"kind":"x"},{"kind":"checked"}]', { "x-batch": "batch-4" });
    expect(refused).toMatchObject({ status: 422, json: { code: "ACCEPT_SCHEMA_INVALID" } });
    expect(await events("lines")).toBe(before);
    const kept = await post("kept", '[{"id":1,"name":"fine"},{"id":2}]');
    expect([kept.status, kept.json.events?.length, kept.json.deliveries?.length]).toEqual([202, 2, 1]);
  }, 90_000);

  it("is refused when it holds more than a thousand events, or lines that are no JSON", async () => {
    const many = await post("round", JSON.stringify(Array.from({ length: 1_001 }, (_, n) => n)));
    expect(many).toMatchObject({ status: 413, json: { code: "ACCEPT_BODY_TOO_LARGE" } });
    const broken = await post("round", '{"n":1}\n{"n":\n', { "content-type": "application/x-ndjson" });
    expect(broken).toMatchObject({ status: 400, json: { code: "ACCEPT_BODY_INVALID" } });
    expect(await events("round")).toBe(0);
    const most = await post("round", JSON.stringify(Array.from({ length: 1_000 }, (_, n) => ({ n }))));
    expect([most.status, most.json.events?.length]).toEqual([202, 1_000]);
    const rounded = await post("round", `[{"rounded":${LONG}}]`);
    expect(rounded.status).toBe(202);
    await until("it arrives", () =>
      scene.target.arrivals.some(({ json }) => (json as { rounded?: number }).rounded === Number(LONG)),
    );
  }, 90_000);

  it("names its repetitions on the command line, each with the first event", async () => {
    const environment = {
      ...{ SIGNALBOX_DIR: scene.dir, SIGNALBOX_DATA_DIR: scene.dataDir },
      ...{ SIGNALBOX_URL: scene.router.admin, SIGNALBOX_TOKEN: scene.router.token },
    };
    const headers = { "x-batch": "again-1", "x-slack-retry-num": "2" };
    const first = await post("lines", '{"kind":"once"}', headers);
    await post("lines", '{"kind":"once"}', headers);
    await until("it is noted", async () => {
      const listed = await run(["requests", "--duplicates", "--source", "lines"], environment);
      return listed.stdout.includes(`of ${first.json.id}  x-slack-retry-num: 2`);
    });
    const { stdout } = await run(["events", first.json.id!], environment);
    expect(stdout).toMatch(/sent again 1 time, the latest first\n {2}20\S+ {2}x-slack-retry-num: 2\n/);
    const both = await run(["requests", "--duplicates", "--refused"], environment);
    expect([both.code, both.stderr]).toEqual([2, expect.stringContaining("exclude each other")]);
  }, 90_000);
});
