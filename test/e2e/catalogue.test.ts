/** Providers end to end: secrets handed over, batches, formats, digits, quarantine, and the reasons of refusals. */
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findProvider } from "../../src/providers/catalogue.ts";
import { makeTrialKey, publicSecret } from "../../src/providers/trial-key.ts";
import { run } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { until } from "../helpers/until.ts";

let redis: TestRedis;
let scene: Scene;

const SECRET = "right-secret-1";
const FILES = {
  "sources/tasks.yaml": "provider: asana\nsplit: true\n",
  "sources/graph.yaml": 'provider: microsoft-graph\nsecrets: ["client-state-1"]\nsplit: true\n',
  "sources/shop.yaml": `provider: github\nsecrets: ["${SECRET}\\n"]\nonInvalid: quarantine\n`,
  "sources/open.yaml": "provider: zapier-generic\nallowUnsigned: true\n",
  "sources/zoom.yaml": 'provider: zoom\nsecrets: ["zoom-secret"]\n',
  "sources/meta.yaml": 'provider: meta\nsecrets: ["s"]\nconfig: { verifyToken: vt }\n',
  "sources/ce.yaml":
    'provider: cloudevents-http-webhook\nsecrets: ["ce-token-1"]\nsplit: true\nconfig: { allowedOrigins: "a.example" }\n',
  "sources/notion.yaml": "provider: notion\n",
  "sources/drains.yaml": "provider: vercel-log-drains\nconfig: { verifyToken: vv }\n",
  "sources/discord.yaml": 'provider: discord-webhook-events\nsecrets: ["${DISCORD_KEY}"]\n',
  "sources/paypal.yaml": 'provider: paypal\nsecrets: ["${PAYPAL_KEY}"]\nconfig: { webhookId: W-1 }\n',
  "sources/sns.yaml":
    'provider: aws-sns\nsecrets: ["${PAYPAL_KEY}"]\nconfig: { topicArn: "arn:aws:sns:eu-west-1:1:orders", scheme: v2 }\n',
  "sources/mail.yaml": 'provider: sendgrid-events\nsecrets: ["${MAIL_KEY}"]\nsplit: true\n',
  "routes/ce.yaml": "source: ce\non: [order.made]\ntarget: api\n",
  "routes/tasks.yaml": "source: tasks\ntarget: api\n",
  "routes/graph.yaml": "source: graph\ntarget: api\n",
  "routes/shop.yaml": "source: shop\ntarget: api\n",
  "routes/open.yaml": "source: open\ntarget: api\n",
};

/** Keys of providers that sign with a private one: files for `send --key`, and what their sources verify with. */
const keys = mkdtempSync(join(tmpdir(), "signalbox-keys-"));
const keyOf = (provider: string): string => {
  const { scheme } = findProvider(provider)!.schemes[0]!;
  const pem = makeTrialKey(scheme);
  writeFileSync(join(keys, `${provider}.pem`), pem);
  return publicSecret(scheme, pem);
};
const KEYS = {
  DISCORD_KEY: keyOf("discord-webhook-events"),
  PAYPAL_KEY: keyOf("paypal"),
  MAIL_KEY: keyOf("sendgrid-events"),
};

const hmac = (key: string, body: string) => createHmac("sha256", key).update(body).digest("hex");
const post = async (
  source: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
  query = "",
) => {
  const response = await fetch(`${scene.router.hooks}/hooks/${source}${query}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text };
};
const asked = (path: string) =>
  fetch(`${scene.router.admin}/api/v1/${path}`, {
    headers: { authorization: `Bearer ${scene.router.token}` },
  });
const got = (part: string) =>
  until(`the target got ${part}`, () => scene.target.arrivals.find(({ body }) => body.includes(part)));

describeWithRedis("the catalogue, end to end", () => {
  let environment: Record<string, string>;
  beforeAll(async () => {
    redis = await aRedis();
    scene = await aScene({ files: FILES, redisUrl: redis.url, environment: KEYS });
    environment = {
      SIGNALBOX_DIR: scene.dir,
      SIGNALBOX_DATA_DIR: scene.dataDir,
      SECRET: "x",
      TARGET: scene.target.url,
      ...KEYS,
    };
  });
  afterAll(async () => {
    await scene?.close();
    await redis?.close();
    rmSync(keys, { recursive: true });
  });

  it("takes the secret that Asana hands over, once, verifies by it, and splits its batches", async () => {
    const early = await post("tasks", '{"events":[]}', { "x-hook-signature": hmac("x", '{"events":[]}') });
    expect(early.status).toBe(401);
    const secret = "b537207f20cbfa02357cf448134da559";
    const first = await post("tasks", "{}", { "x-hook-secret": secret });
    expect([first.status, first.headers.get("x-hook-secret"), first.text]).toEqual([200, secret, ""]);
    const second = await post("tasks", "{}", { "x-hook-secret": "another-secret-of-a-stranger" });
    expect(second.status).toBe(401);
    const items = [1, 2].map((at) => ({
      action: "changed",
      resource: { resource_type: "task", gid: `gid-${at}` },
    }));
    const body = JSON.stringify({ events: items });
    const sent = await post("tasks", body, { "x-hook-signature": hmac(secret, body) });
    expect(sent.status).toBe(202);
    const answer = JSON.parse(sent.text) as { events: string[]; deliveries: string[] };
    expect([answer.events.length, answer.deliveries.length]).toEqual([2, 2]);
    for (const item of items) expect(JSON.parse((await got(item.resource.gid)).body)).toEqual(item);
    const again = JSON.parse(
      (await post("tasks", body, { "x-hook-signature": hmac(secret, body) })).text,
    ) as object;
    expect(again).toMatchObject({ duplicate: true, events: answer.events });
    const heartbeat = '{"events":[]}';
    const beat = await post("tasks", heartbeat, { "x-hook-signature": hmac(secret, heartbeat) });
    expect([beat.status, JSON.parse(beat.text)]).toEqual([200, { events: [], deliveries: [] }]);
    expect(JSON.stringify(scene.router.log)).not.toContain(secret);
  });

  it("another process knows the secret that was handed over to this one", async () => {
    const other = await scene.start();
    const body = '{"events":[{"action":"added","resource":{"resource_type":"story","gid":"gid-3"}}]}';
    const response = await fetch(`${other.hooks}/hooks/tasks`, {
      method: "POST",
      headers: { "x-hook-signature": hmac("b537207f20cbfa02357cf448134da559", body) },
      body,
    });
    expect(response.status).toBe(202);
    await got("gid-3");
    await other.end();
  });

  it("answers questions and refuses those it should", async () => {
    const get = async (path: string) => {
      const response = await fetch(`${scene.router.hooks}/hooks/${path}`);
      return [response.status, await response.text(), response.headers.get("x-content-type-options")];
    };
    expect(await get("meta?hub.mode=subscribe&hub.challenge=77&hub.verify_token=vt")).toEqual([
      200,
      "77",
      "nosniff",
    ]);
    expect((await get("meta?hub.mode=subscribe&hub.challenge=77&hub.verify_token=no"))[0]).toBe(401);
    expect((await get("meta"))[0]).toBe(405);
    const asked = await post("graph", "", {}, "?validationToken=a%20b");
    expect([asked.status, asked.text]).toEqual([200, "a b"]);
  });

  it("every item of Graph's must carry the client state, which is not passed on", async () => {
    const body = (state: string) =>
      JSON.stringify({
        value: [
          { clientState: "client-state-1", id: "n1" },
          { clientState: state, id: "n2" },
        ],
      });
    expect((await post("graph", body("other"))).status).toBe(401);
    expect((await post("graph", body("client-state-1"))).status).toBe(202);
    expect((await got('"n2"')).body).toBe('{"clientState":"[removed]","id":"n2"}');
  });

  it("reads XML, forms in parts and lines, and passes on long numbers digit for digit", async () => {
    await post("open", "<a x='1'><b>one</b><b>two</b></a>", { "content-type": "text/xml" });
    expect((await got('"two"')).body).toBe('{"a":{"@x":"1","b":["one","two"]}}');
    const form = new FormData();
    form.set("field", "in-parts");
    const response = await fetch(`${scene.router.hooks}/hooks/open`, { method: "POST", body: form });
    expect(response.status).toBe(202);
    expect((await got("in-parts")).body).toBe('{"field":"in-parts"}');
    await post("open", '{"n":1}\n{"n":"line-2"}\n', { "content-type": "application/x-ndjson" });
    expect((await got("line-2")).body).toBe('[{"n":1},{"n":"line-2"}]');
    const digits = '{"id": 12345678901234567890, "name": "digits", "f": 1.10}';
    await post("open", digits);
    expect((await got("digits")).body).toBe(digits);
    const latin1 = Buffer.from('{"name":"ümlaut"}', "latin1");
    await post("open", new Uint8Array(latin1), { "content-type": "application/json; charset=iso-8859-1" });
    expect((await got("ümlaut")).body).toBe('{"name":"ümlaut"}');
  });

  it("holds what is refused, says why to the operator alone, and lets it in after the fix", async () => {
    const body = '{"zen":"held-1"}';
    const headers = {
      "x-hub-signature-256": `sha256=${hmac(SECRET, body)}`,
      "x-github-delivery": "d-1",
      "x-github-event": "ping",
    };
    const refused = await post("shop", body, headers);
    expect(refused.status).toBe(401);
    expect(refused.text).not.toMatch(/white space|mismatch|req_/);
    const line = await until("it is logged", () =>
      scene.router.log.find((one) => one["step"] === "event.refused" && one["source"] === "shop"),
    );
    expect(line["cause"]).toMatch(/^mismatch: .*; the secret has white space or a line break at its end/);
    const forged = await post("shop", '{"zen":"forged"}', headers);
    expect(forged.status).toBe(401);
    const list = async () =>
      (
        (await (await asked("quarantine")).json()) as {
          items: { id: string; cause: string }[];
        }
      ).items;
    const held = await until("both are held", async () => {
      const items = await list();
      return items.length === 2 && items;
    });
    expect(JSON.stringify(held)).not.toContain("held-1");
    expect(redis.cli("GET", `{sb}:held:${held[1]!.id}`)).not.toContain("held-1");

    const { items: listed } = (await (await asked("requests?verdict=refused&source=shop")).json()) as {
      items: { id: string }[];
    };
    expect(listed.map(({ id }) => id).sort()).toEqual(held.map(({ id }) => id).sort());

    // The fix: a router with the right secret, on the same store and data folder.
    const { writeFile } = await import("node:fs/promises");
    await writeFile(
      `${scene.dir}/sources/shop.yaml`,
      `provider: github\nsecrets: ["${SECRET}"]\nonInvalid: quarantine\n`,
    );
    await scene.router.end();
    scene.router = await scene.start();
    const ids = (await list()).map(({ id }) => id);
    const admitted = await run(["requests", "admit", ...ids, "--json"], {
      SIGNALBOX_DIR: scene.dir,
      SIGNALBOX_DATA_DIR: scene.dataDir,
      SIGNALBOX_URL: scene.router.admin,
      SIGNALBOX_TOKEN: scene.router.token,
    });
    const outcomes = JSON.parse(admitted.stdout) as { admitted: boolean; cause?: string }[];
    expect(outcomes.filter((one) => one.admitted).length).toBe(1);
    expect(admitted.code).toBe(1);
    expect((await got("held-1")).body).toBe(body);
    expect(scene.target.arrivals.some(({ body: sent }) => sent.includes("forged"))).toBe(false);
    expect((await list()).length).toBe(1);
  });

  it("runs again what had died, when the provider sends the event again", async () => {
    const sent = () => post("open", '{"n":"dies-first"}', { "webhook-id": "again-1" });
    scene.target.answer = (_arrival, response) => void response.writeHead(400).end();
    const first = JSON.parse((await sent()).text) as { deliveries: string[] };
    const id = first.deliveries[0]!;
    await until("it is dead", async () => {
      const response = await asked(`deliveries/${id}`);
      return ((await response.json()) as { state?: string }).state === "dead";
    });
    scene.target.answer = (_arrival, response) => void response.writeHead(200).end();
    const again = JSON.parse((await sent()).text) as object;
    expect(again).toMatchObject({ duplicate: true, deliveries: [id], revived: [id] });
    await until("it is delivered", async () => {
      const response = await asked(`deliveries/${id}`);
      return ((await response.json()) as { state?: string }).state === "delivered";
    });
    const third = JSON.parse((await sent()).text) as object;
    expect(third).toMatchObject({ duplicate: true });
    expect(third).not.toHaveProperty("revived");
  });

  it("takes CloudEvents in all three modes and knows a repetition in any of them", async () => {
    const event = (id: string) => ({
      specversion: "1.0",
      id,
      source: "/shop",
      type: "order.made",
      data: { n: id },
    });
    const headers = { authorization: "Bearer ce-token-1" };
    const structured = await post("ce", JSON.stringify(event("c1")), {
      ...headers,
      "content-type": "application/cloudevents+json",
    });
    expect(structured.status).toBe(202);
    const binary = { "ce-specversion": "1.0", "ce-id": "c1", "ce-source": "/shop", "ce-type": "order.made" };
    const repeated = await post("ce", '{"n":"c1"}', { ...headers, ...binary });
    expect(JSON.parse(repeated.text)).toMatchObject({ duplicate: true });
    const batch = await post("ce", JSON.stringify([event("c1"), event("c2")]), {
      ...headers,
      "content-type": "application/cloudevents-batch+json",
    });
    const answer = JSON.parse(batch.text) as { id: string; events: string[]; deliveries: string[] };
    expect([batch.status, answer.events.length]).toEqual([202, 2]);
    await got('"id":"c2"');
    expect(scene.target.arrivals.filter(({ body }) => body.includes('"id":"c1"')).length).toBe(1);
    expect((await got('"id":"c2"')).headers["authorization"]).toBeUndefined();
  });

  it("`signalbox handshake` rehearses the question on the router that runs", async () => {
    const of = async (source: string) => {
      const { stdout, code } = await run(["handshake", source, "--hooks", scene.router.hooks], environment);
      return { stdout, code };
    };
    const zoom = await of("zoom");
    expect(zoom.stdout).toMatch(/endpoint\.url_validation[^]*answered: 200 \{"plainToken":"rehearsal-/);
    expect(zoom.code).toBe(0);
    expect((await of("meta")).stdout).toMatch(/answered: 200 rehearsal-/);
    expect((await of("tasks")).stdout).toMatch(/would be answered: 200, and the secret in it kept; not sent/);
    expect((await of("shop")).stdout).toMatch(/asks nothing/);
  });

  it("takes Notion's token, shows it to who must type it in, and forgets it when told to", async () => {
    const token = "secret_notion-verification-1";
    const asked = JSON.stringify({ verification_token: token });
    const of = async (...args: string[]) => run(["handshake", "notion", ...args], environment);
    expect((await of("--reveal")).stderr).toMatch(/No secret has been handed over/);
    expect((await post("notion", asked)).status).toBe(200);
    expect((await of("--reveal")).stdout).toBe(`${token}\n`);
    const body = '{"id":"n-1","type":"page.created"}';
    const signed = { "x-notion-signature": `sha256=${hmac(token, body)}` };
    expect((await post("notion", body, signed)).status).toBe(202);
    expect((await of("--forget")).stdout).toMatch(/Forgotten/);
    expect((await of("--forget")).stdout).toMatch(/No secret has been handed over/);
    const other = '{"id":"n-2","type":"page.created"}';
    const again = { "x-notion-signature": `sha256=${hmac(token, other)}` };
    expect((await post("notion", other, again)).status).toBe(401);
    expect(JSON.stringify(scene.router.log)).not.toContain(token);
    const { stdout } = await run(["audit", "--json"], environment);
    expect(stdout).toContain("secret.revealed");
    expect(stdout).not.toContain(token);
  });

  it("Vercel's drain is answered before there is a secret", async () => {
    const asked = await post("drains", "[]");
    expect([asked.status, asked.headers.get("x-vercel-verify")]).toEqual([200, "vv"]);
  });

  it("`signalbox send --key` signs what only the provider could sign", async () => {
    const send = async (source: string, type: string, provider?: string) => {
      const key = provider === undefined ? [] : ["--key", join(keys, `${provider}.pem`)];
      return run(["send", source, type, "--url", scene.router.hooks, ...key], environment);
    };
    expect((await send("discord", "ENTITLEMENT_CREATE")).stderr).toMatch(
      /Only Discord webhook events has the key/,
    );
    for (const [source, type, provider] of [
      ["paypal", "PAYMENT.CAPTURE.COMPLETED", "paypal"],
      ["sns", "Notification", "paypal"],
      ["mail", "bounce", "sendgrid-events"],
    ] as const) {
      const { code, stdout, stderr } = await send(source, type, provider);
      expect([code, stderr], source).toEqual([0, ""]);
      expect(stdout).toMatch(/^202 /);
    }
    // Discord wants 204 and nothing else.
    expect((await send("discord", "ENTITLEMENT_CREATE", "discord-webhook-events")).stdout).toMatch(/^204 /);
    const made = await send("paypal", "PAYMENT.CAPTURE.COMPLETED", "new");
    expect(made.code).toBe(1);
    expect(made.stderr).toMatch(/A key was made in .*new\.pem\. Source `paypal` does not verify with it yet/);
    expect(made.stderr).toContain("BEGIN PUBLIC KEY");
    expect(made.stderr).not.toContain("PRIVATE");
  });

  it("CloudEvents that are none are refused, and told why", async () => {
    const headers = { authorization: "Bearer ce-token-1" };
    const batch = { ...headers, "content-type": "application/cloudevents-batch+json" };
    const statusOf = async (body: string, given: Record<string, string>) =>
      (await post("ce", body, given)).status;
    expect(await statusOf("[", batch)).toBe(400);
    expect(await statusOf("[]", batch)).toBe(200);
    expect(await statusOf(`[${"{},".repeat(1_000)}{}]`, batch)).toBe(413);
    expect(await statusOf("", headers)).toBe(400);
    expect(await statusOf("{}", { ...headers, "content-type": "application/cloudevents+avro" })).toBe(415);
    expect(await statusOf("{}", { "content-type": "application/cloudevents+json" })).toBe(401);
    const twice = { ...headers, "content-type": "application/cloudevents+json; charset=utf-99" };
    expect(await statusOf("{}", twice)).toBe(415);
  });
});
