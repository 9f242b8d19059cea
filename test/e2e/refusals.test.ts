/** What is refused, with which status; and that nothing a sender does takes the process down. */
import { createHmac } from "node:crypto";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { headersOf, post, SECRET } from "../helpers/github.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";

let scene: Scene;

beforeAll(async () => {
  scene = await aScene({
    files: {
      "sources/slack.yaml": "provider: slack-events\nsecrets: ['${SECRET}']\n",
      "sources/stripe.yaml": "provider: stripe\nsecrets: ['${SECRET}']\n",
      "sources/small.yaml": "provider: github\nsecrets: ['${SECRET}']\nmaxBodyBytes: 100\n",
      "sources/rare.yaml": "provider: github\nsecrets: ['${SECRET}']\nlimit: { count: 2, perSeconds: 60 }\n",
      "sources/far.yaml": "provider: github\nsecrets: ['${SECRET}']\nallowFrom: [192.0.2.0/24]\n",
      "sources/open.yaml": "provider: none\n",
      "sources/strict.yaml": "provider: github\nsecrets: ['${SECRET}']\nschemas: { push: named }\n",
      "sources/kept.yaml":
        "provider: github\nsecrets: ['${SECRET}']\nschemas: { push: named }\nonInvalid: quarantine\n",
      "sources/knocking.yaml": "provider: basic\nsecrets: ['ada:lovelace-1815']\n",
      "sources/typed.yaml":
        "provider: none\nrespond: { status: 200, body: { a: 1 }, contentType: application/vnd.acme+json }\n",
      "sources/polite.yaml":
        "provider: github\nsecrets: ['${SECRET}']\nrespond: { status: 200, body: thanks }\n",
      "routes/kept.yaml": "source: kept\ntarget: api\n",
      "schemas/named.json": '{"type":"object","required":["name"]}',
    },
  });
}, 60_000);

afterAll(() => scene.close());

const body = JSON.stringify({ ref: "refs/heads/main" });

describe("a source with a name and password", () => {
  const knock = (headers: Record<string, string>): Promise<Response> =>
    fetch(`${scene.router.hooks}/hooks/knocking`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: "{}",
    });

  it.each([
    ["none at all", {}],
    ["a wrong one", { authorization: `Basic ${Buffer.from("ada:wrong").toString("base64")}` }],
    ["another kind", { authorization: "Bearer ada" }],
  ])("asks for it where there is %s", async (_, headers) => {
    const response = await knock(headers);
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe('Basic realm="knocking", charset="UTF-8"');
  });

  it("takes the right one; other sources ask for none", async () => {
    const right = Buffer.from("ada:lovelace-1815").toString("base64");
    expect((await knock({ authorization: `Basic ${right}` })).status).toBe(202);
    const unsigned = await fetch(`${scene.router.hooks}/hooks/github`, { method: "POST", body });
    expect(unsigned.status).toBe(401);
    expect(unsigned.headers.has("www-authenticate")).toBe(false);
  });
});

describe("what a source answers", () => {
  it("has the content type that it is said to have, also where it is an object", async () => {
    const response = await fetch(`${scene.router.hooks}/hooks/typed`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/vnd.acme+json");
    expect(await response.json()).toEqual({ a: 1 });
  });
});

describe("bodies in other writings", () => {
  const sent = (type: string, text: string | Uint8Array<ArrayBuffer>): Promise<Response> =>
    fetch(`${scene.router.hooks}/hooks/open`, {
      method: "POST",
      headers: { "content-type": type },
      body: text,
    });

  it("XML in the encoding that it names, and JSON behind a byte order mark, are taken", async () => {
    const xml = Buffer.from('<?xml version="1.0" encoding="iso-8859-1"?><a>gr\u00fcn</a>', "latin1");
    expect((await sent("application/xml", new Uint8Array(xml))).status).toBe(202);
    expect((await sent("application/json", '\ufeff{"a":1}')).status).toBe(202);
  });
});

describe("signatures", () => {
  const right = headersOf({ body })["x-hub-signature-256"]!;
  const cases: [string, Record<string, string>][] = [
    ["wrong", { "x-hub-signature-256": `sha256=${"0".repeat(64)}` }],
    ["truncated", { "x-hub-signature-256": right.slice(0, -2) }],
    ["of another body", { "x-hub-signature-256": headersOf({ body: "{}" })["x-hub-signature-256"]! }],
    ["with junk behind it", { "x-hub-signature-256": `${right} ` + "zz" }],
    ["empty", { "x-hub-signature-256": "" }],
    [
      "of another algorithm",
      { "x-hub-signature-256": `sha1=${createHmac("sha1", SECRET).update(body).digest("hex")}` },
    ],
  ];
  it.each(cases)("refuses one that is %s", async (_what, headers) => {
    const { status, json, headers: answered } = await post(scene.router.hooks, { body, headers });
    expect(status).toBe(401);
    expect(json.code).toBe("ACCEPT_SIGNATURE_INVALID");
    expect(answered.get("content-type")).toBe("application/problem+json");
  });

  it("refuses one that is missing, or stands in the legacy header alone", async () => {
    const sha1 = `sha1=${createHmac("sha1", SECRET).update(body).digest("hex")}`;
    for (const headers of [{}, { "x-hub-signature": sha1 }] as Record<string, string>[]) {
      const response = await fetch(`${scene.router.hooks}/hooks/github`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-github-event": "push", ...headers },
        body,
      });
      expect(response.status).toBe(401);
    }
  });

  it("refuses one that is stale or from the future, and takes it in time", async () => {
    const sendAt = async (seconds: number): Promise<number> => {
      const text = JSON.stringify({ id: `evt_${seconds}`, type: "x" });
      const v1 = createHmac("sha256", SECRET).update(`${seconds}.${text}`).digest("hex");
      const headers = { "content-type": "application/json", "stripe-signature": `t=${seconds},v1=${v1}` };
      return (await fetch(`${scene.router.hooks}/hooks/stripe`, { method: "POST", headers, body: text }))
        .status;
    };
    const now = Math.floor(Date.now() / 1000);
    expect(await sendAt(now - 301)).toBe(401);
    expect(await sendAt(now + 330)).toBe(401);
    expect(await sendAt(now)).toBe(202);
  });

  it("answers Slack's handshake when it is signed, and only then", async () => {
    const text = JSON.stringify({ type: "url_verification", challenge: "3eZbrw1aBm2rZgRNFdxV", token: "t" });
    const t = Math.floor(Date.now() / 1000);
    const signature = `v0=${createHmac("sha256", SECRET).update(`v0:${t}:${text}`).digest("hex")}`;
    const sendSigned = (value: string): Promise<Response> =>
      fetch(`${scene.router.hooks}/hooks/slack`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "x-slack-request-timestamp": String(t),
          "x-slack-signature": value,
        },
        body: text,
      });
    const answered = await sendSigned(signature);
    expect(answered.status).toBe(200);
    expect(await answered.text()).toBe("3eZbrw1aBm2rZgRNFdxV");
    expect(answered.headers.get("x-content-type-options")).toBe("nosniff");
    expect((await sendSigned(`v0=${"0".repeat(64)}`)).status).toBe(401);
  });
});

describe("bodies", () => {
  const deep = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
  const cases: [string, string | Buffer, number, string?][] = [
    ["empty", "", 400, "ACCEPT_BODY_INVALID"],
    ["not JSON", "{not json", 400, "ACCEPT_BODY_INVALID"],
    ["100,000 levels deep", deep(100_000), 400, "ACCEPT_BODY_INVALID"],
    ["101 levels deep", deep(101), 400, "ACCEPT_BODY_INVALID"],
    ["invalid UTF-8", Buffer.from([0x22, 0xc3, 0x28, 0x22]), 400, "ACCEPT_BODY_INVALID"],
    ["cut off in a UTF-8 sequence", Buffer.from([0x22, 0xe2, 0x82, 0x22]), 400, "ACCEPT_BODY_INVALID"],
    ["one byte over the limit", `"${"x".repeat(1_048_576 - 1)}"`, 413, "ACCEPT_BODY_TOO_LARGE"],
    ["exactly at the limit", `"${"x".repeat(1_048_576 - 2)}"`, 202],
    ["100 levels deep", deep(100), 202],
    ["with __proto__", '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}', 202],
    ["just a number", "1", 202],
  ];
  it.each(cases)("answers one that is %s with the contract's status", async (_what, sent, expected, code) => {
    const { status, json } = await post(scene.router.hooks, { body: sent });
    expect(status).toBe(expected);
    if (code !== undefined) expect(json.code).toBe(code);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(scene.router.process.exitCode).toBeNull();
  });

  it("refuses content types and encodings that are not read", async () => {
    for (const headers of [{ "content-type": "image/png" }, { "content-encoding": "br" }] as Record<
      string,
      string
    >[]) {
      const { status, json } = await post(scene.router.hooks, { body, headers });
      expect(status).toBe(415);
      expect(json.code).toBe("ACCEPT_TYPE_UNSUPPORTED");
    }
  });

  it("takes GitHub's form, whose field holds the JSON, and delivers the JSON", async () => {
    const form = new URLSearchParams({ payload: '{"from":"a form"}' }).toString();
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const { status, json } = await post(scene.router.hooks, { body: form, headers });
    expect(status).toBe(202);
    const arrival = await until("it arrives", () =>
      scene.target.arrivals.find((one) => one.headers["webhook-id"] === json.deliveries![0]),
    );
    expect(arrival.json).toEqual({ from: "a form" });
  });

  it("answers a body that never ends within 5 s, and lets the next one in", async () => {
    const { hostname, port } = new URL(scene.router.hooks);
    const began = Date.now();
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), hostname);
      socket.write(
        "POST /hooks/github HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{",
      );
      socket.once("data", (chunk) => resolve(chunk.toString()));
      socket.on("error", () => undefined);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(Date.now() - began).toBeLessThan(5_000);
    expect((await post(scene.router.hooks, { body })).status).toBe(202);
  });
});

describe("sources", () => {
  it("answers an unknown one 404, one byte too many for a small one 413", async () => {
    expect(await post(scene.router.hooks, { body }, "nobody")).toMatchObject({
      status: 404,
      json: { code: "ACCEPT_SOURCE_UNKNOWN" },
    });
    expect((await post(scene.router.hooks, { body: `"${"x".repeat(99)}"` }, "small")).status).toBe(413);
    expect((await post(scene.router.hooks, { body: `"${"x".repeat(98)}"` }, "small")).status).toBe(202);
  });

  it("answers other methods 405 with `allow`", async () => {
    for (const method of ["GET", "PUT", "DELETE"]) {
      const response = await fetch(`${scene.router.hooks}/hooks/github`, { method });
      expect(response.status).toBe(405);
      expect(response.headers.get("allow")).toBe("POST");
    }
  });

  it("keeps a rate limit with 429 and Retry-After", async () => {
    const statuses: number[] = [];
    for (let nth = 0; nth < 3; nth++) {
      const { status, headers } = await post(scene.router.hooks, { body }, "rare");
      statuses.push(status);
      if (status === 429) expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    }
    expect(statuses).toEqual([202, 202, 429]);
  });

  it("refuses addresses outside `allowFrom`, and takes an unsigned source's loopback callers", async () => {
    expect(await post(scene.router.hooks, { body }, "far")).toMatchObject({
      status: 403,
      json: { code: "ACCEPT_ADDRESS_REFUSED" },
    });
    expect((await post(scene.router.hooks, { body }, "open")).status).toBe(202);
  });

  it("holds a body against the source's schema: 422, or kept and not delivered until it is replayed", async () => {
    expect(await post(scene.router.hooks, { body }, "strict")).toMatchObject({
      status: 422,
      json: { code: "ACCEPT_SCHEMA_INVALID" },
    });
    const { status, json } = await post(scene.router.hooks, { body: '{"kept":1}' }, "kept");
    expect({ status, deliveries: json.deliveries }).toEqual({ status: 202, deliveries: [] });
    const event = (await (await scene.router.ask(`/api/v1/events/${json.id}`)).json()) as {
      state: string;
    };
    expect(event.state).toBe("quarantined");
    const replayed = await scene.router.ask(`/api/v1/events/${json.id}/replay`, { method: "POST" });
    expect(replayed.status).toBe(202);
    await until("it is delivered", () => scene.target.arrivals.some((one) => one.body === '{"kept":1}'));
  });

  it("answers as the source wishes", async () => {
    const response = await fetch(`${scene.router.hooks}/hooks/polite`, {
      method: "POST",
      headers: headersOf({ body }),
      body,
    });
    expect({ status: response.status, text: await response.text() }).toEqual({ status: 200, text: "thanks" });
  });
});

describe("problems", () => {
  it("lead to the page of their code, which both ports serve", async () => {
    const { json } = await post(scene.router.hooks, { body }, "nobody");
    const page = await fetch(json.type!);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain("ACCEPT_SOURCE_UNKNOWN");
    expect((await fetch(`${scene.router.admin}${new URL(json.type!).pathname}`)).status).toBe(200);
  });

  it("keep the operator's side off the senders' port, and odd paths from failing", async () => {
    for (const path of [
      "/",
      "/api/v1/events",
      "/metrics",
      "/readyz",
      "/healthz",
      "/docs",
      "/queues",
      "/hooks",
      "/hooks/%ff",
      "/%00",
    ]) {
      const response = await fetch(`${scene.router.hooks}${path}`);
      expect({ path, status: response.status }).toEqual({ path, status: 404 });
    }
  });

  it("are counted by cause with the latest kept, and hold neither secret nor payload, nor does the log", async () => {
    const canary = "canary-4711";
    await post(scene.router.hooks, { body: JSON.stringify({ canary }), secret: canary });
    const refusals = await until("the refusal is kept", async () => {
      const path = "/api/v1/requests?verdict=refused";
      const { items } = (await (await scene.router.ask(path)).json()) as {
        items: { code: string; cause: string }[];
      };
      return items[0]?.code === "ACCEPT_SIGNATURE_INVALID" && items;
    });
    expect(refusals[0]!.cause).toContain("mismatch");
    const { hours } = (await (await scene.router.ask("/api/v1/balance?hours=2")).json()) as {
      hours: { source: string; refused: Record<string, number> }[];
    };
    const counts = hours
      .filter(({ source }) => source === "github")
      .map(({ refused }) => refused["ACCEPT_SIGNATURE_INVALID"] ?? 0);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(5);
    const everything = JSON.stringify([refusals, scene.router.log, scene.router.stderr()]);
    expect(everything).not.toContain(canary);
    expect(everything).not.toContain(SECRET);
  });
});
