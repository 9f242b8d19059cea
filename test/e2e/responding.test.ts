/** Answers to the caller, end to end: made by a rule at once, or by a route's target in time; the event is stored whatever comes. */
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import type { RunningRouter } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { status, type Answering } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

const SLACK_SECRET = "8f742231b10e8888abcd99yyyzzz85a5";
const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const DISCORD_KEY = publicKey.export({ format: "der", type: "spki" }).subarray(-32).toString("hex");

const WAIT =
  "respond: { route: ask, waitSeconds: 3, transform: said, fallback: { status: 200, body: { text: later } } }\n";
const FILES = {
  "routes/everything.yaml": "source: github\ntarget: api\n",
  "sources/slash.yaml": `provider: slack-commands\nsecrets: ["${SLACK_SECRET}"]\nrespond: { transform: slash }\n`,
  "routes/slash.yaml": "source: slash\ntarget: api\n",
  "transforms/slash.jsonata":
    '{ "response_type": "in_channel", "text": "You wrote " & $uppercase(text), "ref": $event.id, "lucky": $random() }\n',
  "sources/discord.yaml": `provider: discord-interactions\nsecrets: ["${DISCORD_KEY}"]\nrespond: { transform: interaction }\n`,
  "routes/discord.yaml": "source: discord\ntarget: api\n",
  "transforms/interaction.jsonata": '{ "type": 4, "data": { "content": "Hello " & member.user.username } }\n',
  "sources/text.yaml":
    "provider: none\nid: header:x-id\nrespond: { transform: text, status: 201, fallback: { status: 202, body: sorry, contentType: text/markdown } }\n",
  "routes/text.yaml": "source: text\ntarget: api\n",
  "transforms/text.jsonata": '"Dear " & (name = "Ada" ? name : name + 1)\n',
  "sources/bot.yaml": `provider: none\nid: header:x-id\n${WAIT}`,
  "routes/ask.yaml": "source: bot\ntarget: model\n",
  "routes/also.yaml": "source: bot\ntarget: api\n",
  "targets/model.yaml":
    "url: ${TARGET}/model\nretry: { attempts: 3, firstDelaySeconds: 0.1, maxDelaySeconds: 0.2 }\n",
  "transforms/said.jsonata": '{ "text": $trim(answer) & " to " & $event.id }\n',
  "sources/plain.yaml":
    "provider: none\nid: header:x-id\nrespond: { route: plain, waitSeconds: 2, fallback: { status: 503, body: try again } }\n",
  "routes/plain.yaml": "source: plain\non: ['*']\ntarget: model\n",
  "sources/some.yaml":
    "provider: none\ntype: json:kind\nrespond: { route: some, waitSeconds: 4, fallback: { body: none of mine } }\n",
  "routes/some.yaml": "source: some\non: [wanted]\ntarget: model\nwhen: wanted\n",
};

let redis: TestRedis;
let scene: Scene;
let worker: RunningRouter;

beforeAll(async () => {
  redis = await aRedis();
  scene = await aScene({ redisUrl: redis.url, files: FILES, environment: { SIGNALBOX_ROLE: "ingest" } });
  worker = await scene.start({ SIGNALBOX_ROLE: "worker" });
});
afterAll(async () => {
  await scene.close();
  await redis.close();
});
beforeEach(() => {
  scene.target.answer = status(200);
  scene.target.arrivals.length = 0;
});

interface Got {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly ms: number;
}

async function sent(source: string, body: string, headers: Record<string, string> = {}): Promise<Got> {
  const before = performance.now();
  const response = await fetch(`${scene.router.hooks}/hooks/${source}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, ms: performance.now() - before };
}

/** Signed as Slack's documentation says: `v0:<time>:<body>`. */
function slash(text: string, triggerId: string): Promise<Got> {
  const body = new URLSearchParams({
    command: "/say",
    text,
    trigger_id: triggerId,
    user_name: "ada",
  }).toString();
  const time = String(Math.floor(Date.now() / 1000));
  const signature = createHmac("sha256", SLACK_SECRET).update(`v0:${time}:${body}`).digest("hex");
  return sent("slash", body, {
    "content-type": "application/x-www-form-urlencoded",
    "x-slack-request-timestamp": time,
    "x-slack-signature": `v0=${signature}`,
  });
}

function interaction(value: object): Promise<Got> {
  const body = JSON.stringify(value);
  const time = String(Math.floor(Date.now() / 1000));
  const signature = sign(null, Buffer.from(time + body), privateKey).toString("hex");
  return sent("discord", body, { "x-signature-ed25519": signature, "x-signature-timestamp": time });
}

/** The model's answer after so many ms. */
const saying =
  (answer: string, ms = 0): Answering =>
  ({ path }, response) => {
    const said = (): unknown =>
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ answer }));
    if (path === "/model") setTimeout(said, ms);
    else response.writeHead(200).end();
  };

const toModel = (): number => scene.target.arrivals.filter(({ path }) => path === "/model").length;

describeWithRedis("an answer made by a rule at once", () => {
  it("is what a Slack slash command gets, signed, with the event stored and delivered; a repetition gets the same", async () => {
    const first = await slash("hello", "trigger-1");
    const made = JSON.parse(first.text) as Record<string, unknown>;
    expect(first.status).toBe(200);
    expect(first.headers.get("content-type")).toBe("application/json");
    expect(made).toMatchObject({ response_type: "in_channel", text: "You wrote HELLO" });
    expect(made["ref"]).toBe(first.headers.get("signalbox-event"));
    await until("it is delivered as well", () => scene.target.arrivals.length === 1);
    const again = await slash("hello", "trigger-1");
    expect(JSON.parse(again.text)).toEqual(made);
    expect(again.headers.get("signalbox-event")).toBe(made["ref"]);
  });

  it("is what a Discord interaction gets, while its ping is a handshake as ever", async () => {
    const ping = await interaction({ id: "1", type: 1 });
    expect([ping.status, ping.text]).toEqual([200, '{"type":1}']);
    const command = await interaction({ id: "2", type: 2, member: { user: { username: "Ada" } } });
    expect([command.status, command.headers.get("content-type")]).toEqual([200, "application/json"]);
    expect(JSON.parse(command.text)).toEqual({ type: 4, data: { content: "Hello Ada" } });
    const forged = await sent("discord", "{}", {
      "x-signature-ed25519": "00".repeat(64),
      "x-signature-timestamp": "1",
    });
    expect(forged.status).toBe(401);
  });

  it("is text where the rule makes text, and the stated fallback where the rule fails; the event is kept either way", async () => {
    const right = await sent("text", '{"name":"Ada"}', { "x-id": "t1" });
    expect([right.status, right.headers.get("content-type"), right.text]).toEqual([
      ...[201, "text/plain; charset=utf-8", "Dear Ada"],
    ]);
    const wrong = await sent("text", '{"name":"Bob"}', { "x-id": "t2" });
    expect([wrong.status, wrong.headers.get("content-type"), wrong.text]).toEqual([
      202,
      "text/markdown",
      "sorry",
    ]);
    expect(wrong.headers.get("signalbox-event")).toMatch(/^evt_/);
    await until("both are delivered", () => scene.target.arrivals.length === 2);
    const line = scene.router.log.find(({ step }) => step === "event.unanswered");
    expect(line).toMatchObject({ transform: "text", code: "TRANSFORM_TYPE" });
    expect(JSON.stringify(line)).not.toContain("Bob");
  });

  it("is the provider's usual one where the rule fails and no fallback is stated", async () => {
    const failed = await interaction({ id: "3", type: 2, member: { user: { username: { not: "text" } } } });
    expect(failed.status).toBe(200);
  });
});

describeWithRedis("an answer that waits for a route's target, over two processes", () => {
  it("is the target's, rewritten, when it comes in time", async () => {
    scene.target.answer = saying("42", 300);
    const got = await sent("bot", '{"q":1}', { "x-id": "b1" });
    expect(got.status).toBe(200);
    expect(JSON.parse(got.text)).toEqual({ text: `42 to ${got.headers.get("signalbox-event")}` });
    expect(got.ms).toBeGreaterThan(290);
    expect(got.ms).toBeLessThan(2_900);
    const event = got.headers.get("signalbox-event");
    const arrived = (): number =>
      scene.target.arrivals.filter(({ headers }) => headers["signalbox-event"] === event).length;
    await until("the other route is delivered as well", () => arrived() === 2);
  });

  it("is the stated fallback when the time is up, and the delivery goes on", async () => {
    scene.target.answer = saying("too late", 4_000);
    const got = await sent("bot", '{"q":2}', { "x-id": "b2" });
    expect([got.status, got.text]).toEqual([200, '{"text":"later"}']);
    expect(got.ms).toBeGreaterThan(2_900);
    expect(got.ms).toBeLessThan(5_000);
    const line = (): unknown =>
      worker.log.find(
        (fields) =>
          fields["step"] === "delivery.settled" &&
          fields["event"] === got.headers.get("signalbox-event") &&
          fields["route"] === "ask",
      );
    await until("it is delivered", () => line() !== undefined);
    expect(line()).toMatchObject({ state: "delivered" });
    // The recorded answer, since by now there is one.
    const again = await sent("bot", '{"q":2}', { "x-id": "b2" });
    expect(JSON.parse(again.text)).toEqual({ text: `too late to ${got.headers.get("signalbox-event")}` });
    expect(toModel()).toBe(1);
  });

  it("is the target's when it fails at first and is tried again within the time", async () => {
    scene.target.answer = (arrival, response, nth) =>
      arrival.path === "/model" && nth < 2
        ? void response.writeHead(503).end()
        : saying("at last")(arrival, response, nth);
    const got = await sent("bot", '{"q":3}', { "x-id": "b3" });
    expect(got.text).toContain("at last to evt_");
    expect(toModel()).toBe(2);
  });

  it("is the fallback at once when the target refuses", async () => {
    scene.target.answer = status(422);
    const got = await sent("bot", '{"q":4}', { "x-id": "b4" });
    expect(got.text).toBe('{"text":"later"}');
    expect(got.ms).toBeLessThan(2_900);
  });

  it("is the fallback when what the target said does not suit the rule", async () => {
    scene.target.answer = (_arrival, response) => void response.writeHead(200).end('{"answer":{"a":1}}');
    const got = await sent("bot", '{"q":5}', { "x-id": "b5" });
    expect([got.status, got.text]).toEqual([200, '{"text":"later"}']);
  });

  it("is the target's as it came without a rule, with its status and content type alone", async () => {
    scene.target.answer = (_arrival, response) =>
      void response
        .writeHead(201, { "content-type": "text/csv; charset=utf-8", "set-cookie": "a=b", "x-secret": "1" })
        .end("a;b\n");
    const got = await sent("plain", "{}", { "x-id": "p1" });
    expect([got.status, got.text, got.headers.get("content-type")]).toEqual([
      201,
      "a;b\n",
      "text/csv; charset=utf-8",
    ]);
    expect(got.headers.get("set-cookie")).toBeNull();
    expect(got.headers.get("x-secret")).toBeNull();
  });

  it("waits with a repetition for the one attempt that there is", async () => {
    scene.target.answer = saying("once", 700);
    const both = await Promise.all([
      sent("plain", "{}", { "x-id": "p2" }),
      sent("plain", "{}", { "x-id": "p2" }),
    ]);
    expect(both.map(({ text }) => text)).toEqual(['{"answer":"once"}', '{"answer":"once"}']);
    expect(toModel()).toBe(1);
  });

  it("may be a refusal by the fallback, after which the sender's next try gets the answer", async () => {
    scene.target.answer = saying("slow", 2_600);
    const first = await sent("plain", "{}", { "x-id": "p3" });
    expect([first.status, first.text]).toEqual([503, "try again"]);
    const second = await sent("plain", "{}", { "x-id": "p3" });
    expect([second.status, second.text]).toEqual([200, '{"answer":"slow"}']);
    expect(toModel()).toBe(1);
  });

  it("is the fallback at once for an event that the route does not take, or filters", async () => {
    for (const body of ['{"kind":"other"}', '{"kind":"wanted","wanted":false}']) {
      const got = await sent("some", body);
      expect([got.status, got.text]).toEqual([200, "none of mine"]);
      expect(got.ms).toBeLessThan(2_500);
    }
  });

  it("comes within five seconds however slowly the body arrived, and what nobody waits for any more costs nothing", async () => {
    scene.target.answer = saying("never", 10_000);
    const { hostname, port } = new URL(scene.router.hooks);
    const { request } = await import("node:http");
    const before = performance.now();
    const ms = await new Promise<number>((resolve, reject) => {
      const headers = { "content-type": "application/json", "content-length": 31 };
      const out = request({ hostname, port, path: "/hooks/some", method: "POST", headers }, (response) => {
        response.resume().on("end", () => resolve(performance.now() - before));
      });
      out.on("error", reject);
      out.write('{"kind":"wanted",');
      setTimeout(() => out.end('"wanted":true}').on("error", reject), 2_000);
    }).catch(() => performance.now() - before);
    expect(ms).toBeLessThan(5_000);
  });
});
