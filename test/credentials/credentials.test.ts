import { createHmac, generateKeyPairSync, verify as verifySignature } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { verify as verifyGithub } from "@octokit/webhooks-methods";
import { decodeProtectedHeader, jwtVerify } from "jose";
import { Webhook } from "standardwebhooks";
import Stripe from "stripe";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { awsSigV4 } from "../../src/credentials/aws4.ts";
import type { Forwarded } from "../../src/pipeline/forward.ts";
import { attemptOn, loadTargetYaml, loopbackHttp } from "../helpers/attempt.ts";
import { aTarget, status, type Arrival, type TargetServer } from "../helpers/target.ts";
import { verifiedSigV4 } from "../helpers/sigv4.ts";

const http = loopbackHttp();
let target: TargetServer;

beforeAll(async () => {
  target = await aTarget();
});
beforeEach(() => {
  target.arrivals.length = 0;
  target.answer = status(200);
});
afterAll(async () => {
  await http.close();
  await target.close();
});

/** What arrives at a target whose YAML goes on like this. */
async function arrival(
  yaml: string,
  environment: Readonly<Record<string, string>> = {},
  body: unknown = { n: 1 },
): Promise<{ arrived: Arrival; forwarded: Forwarded }> {
  const { workspace, problems } = await loadTargetYaml(`url: ${target.url}/in\n${yaml}\n`, environment);
  expect(problems).toEqual([]);
  const forwarded = await attemptOn(workspace, body, http);
  expect(forwarded.attempt.error).toBeUndefined();
  return { arrived: target.arrivals.at(-1)!, forwarded };
}

describe("a constant credential arrives", () => {
  it.each([
    ["bearer", "auth: { type: bearer, token: '${KEY}' }", { authorization: "Bearer s3cr3t-key" }],
    [
      "basic",
      "auth: { type: basic, user: ada, password: '${KEY}' }",
      { authorization: `Basic ${Buffer.from("ada:s3cr3t-key").toString("base64")}` },
    ],
    ["header", "auth: { type: header, name: X-Api-Key, value: '${KEY}' }", { "x-api-key": "s3cr3t-key" }],
    [
      "gitlab",
      "auth: { type: gitlab, token: '${KEY}', sudo: ada }",
      { "private-token": "s3cr3t-key", sudo: "ada" },
    ],
  ])("as %s", async (_, yaml, headers) => {
    const { arrived } = await arrival(yaml, { KEY: "s3cr3t-key" });
    expect(arrived.headers).toMatchObject(headers);
  });

  it("as a field of the query, which the history does not have", async () => {
    const { arrived, forwarded } = await arrival("auth: { type: query, name: api key, value: '${KEY}' }", {
      KEY: "s3&cr3t",
    });
    expect(arrived.path).toBe("/in?api%20key=s3%26cr3t");
    expect(forwarded.attempt.request?.url).toBe(`${target.url}/in`);
  });
});

describe("a signature", () => {
  it("as GitHub's is taken by GitHub's own library", async () => {
    const yaml = "auth: { type: signature, provider: github, secrets: ['${KEY}'] }";
    const { arrived } = await arrival(yaml, { KEY: "a secret" }, { text: "größer" });
    expect(await verifyGithub("a secret", arrived.body, arrived.headers["x-hub-signature-256"]!)).toBe(true);
  });

  it("as Stripe's is made by each secret while they are rotated, and both are taken by Stripe's library", async () => {
    const yaml = "auth: { type: signature, provider: stripe, secrets: ['${OLD}', '${NEW}'] }";
    const { arrived } = await arrival(
      yaml,
      { OLD: "whsec_old", NEW: "whsec_new" },
      { id: "evt_1", object: "event" },
    );
    const header = arrived.headers["stripe-signature"]!;
    expect(header.match(/v1=/g)).toHaveLength(2);
    const { webhooks } = new Stripe("sk_test_1");
    for (const secret of ["whsec_old", "whsec_new"])
      expect(webhooks.constructEvent(arrived.body, header, secret)).toMatchObject({ id: "evt_1" });
    expect(() => webhooks.constructEvent(arrived.body, header, "whsec_other")).toThrow();
  });

  it("by a scheme of one's own is what the scheme says", async () => {
    const yaml =
      "auth:\n  type: signature\n  secrets: ['${KEY}']\n  scheme: { kind: hmac, from: 'header:x-sig', prefix: 'v2:', encoding: base64, content: '{method}:{body}' }";
    const { arrived } = await arrival(yaml, { KEY: "k" });
    const expected = createHmac("sha256", "k").update(`POST:${arrived.body}`).digest("base64");
    expect(arrived.headers["x-sig"]).toBe(`v2:${expected}`);
  });

  it("that stands in the body is not kept with what the rule made", async () => {
    const yaml = `url: ${target.url}\nauth:\n  type: signature\n  secrets: ['\${KEY}']\n  scheme: { kind: hmac, from: 'json:sig', content: '{json:n}' }\n`;
    const { workspace } = await loadTargetYaml(yaml, { KEY: "k" }, { rule: "{ 'n': n }" });
    const { transformed } = await attemptOn(workspace, { n: 1 }, http);
    const sig = createHmac("sha256", "k").update("1").digest("hex");
    expect(target.arrivals.at(-1)!.json).toEqual({ n: 1, sig });
    expect(transformed?.made?.text).toBe('{"n":1}');
  });

  it("that lacks what is signed is a dead letter that names it, and nothing is sent", async () => {
    const yaml = `url: ${target.url}\nauth:\n  type: signature\n  secrets: ['\${KEY}']\n  scheme: { kind: hmac, from: 'header:x-sig', content: '{json:must.be}' }\n`;
    const { workspace } = await loadTargetYaml(yaml, { KEY: "k" });
    const { attempt, result } = await attemptOn(workspace, { other: 1 }, http);
    expect(result).toBe("dead");
    expect(attempt.error).toMatchObject({ code: "FORWARD_CREDENTIAL_UNUSABLE" });
    expect(attempt.error?.detail).toContain("{json:must.be}");
    expect(target.arrivals).toHaveLength(0);
  });
});

/** A receiver written from the specification's text alone: true where a signature of that version is right. */
function specVerifies(
  { headers, body }: Arrival,
  version: "v1" | "v1a",
  key: Buffer | KeyObject,
  nowSeconds = Date.now() / 1000,
): boolean {
  const timestamp = headers["webhook-timestamp"]!;
  if (!/^\d+$/.test(timestamp) || Math.abs(nowSeconds - Number(timestamp)) > 300) return false;
  const signed = `${headers["webhook-id"]}.${timestamp}.${body}`;
  return headers["webhook-signature"]!.split(" ").some((one) => {
    const [name, signature = ""] = one.split(",");
    if (name !== version) return false;
    if (Buffer.isBuffer(key))
      return createHmac("sha256", key).update(signed).digest().equals(Buffer.from(signature, "base64"));
    return verifySignature(null, Buffer.from(signed), key, Buffer.from(signature, "base64"));
  });
}

describe("Standard Webhooks", () => {
  const secretOf = (fill: number): string => `whsec_${Buffer.alloc(32, fill).toString("base64")}`;

  it("are taken by the library, and by a receiver that was written from the specification", async () => {
    const { arrived } = await arrival("auth: { type: standard-webhooks, secrets: ['${A}'] }", {
      A: secretOf(1),
    });
    expect(new Webhook(secretOf(1)).verify(arrived.body, arrived.headers)).toEqual({ n: 1 });
    expect(specVerifies(arrived, "v1", Buffer.alloc(32, 1))).toBe(true);
    expect(specVerifies(arrived, "v1", Buffer.alloc(32, 2))).toBe(false);
    expect(specVerifies(arrived, "v1", Buffer.alloc(32, 1), Date.now() / 1000 + 301)).toBe(false);
  });

  it("are signed by old and new secret, and by a private key beside them", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const seed = privateKey.export({ format: "der", type: "pkcs8" }).subarray(-32);
    const { arrived } = await arrival(
      "auth: { type: standard-webhooks, secrets: ['${A}', '${B}', '${C}'] }",
      {
        A: secretOf(1),
        B: secretOf(2),
        C: `whsk_${seed.toString("base64")}`,
      },
    );
    const versions = arrived.headers["webhook-signature"]!.split(" ").map((one) => one.split(",")[0]);
    expect(versions).toEqual(["v1", "v1", "v1a"]);
    for (const fill of [1, 2]) {
      expect(new Webhook(secretOf(fill)).verify(arrived.body, arrived.headers)).toEqual({ n: 1 });
      expect(specVerifies(arrived, "v1", Buffer.alloc(32, fill))).toBe(true);
    }
    expect(specVerifies(arrived, "v1a", publicKey)).toBe(true);
    expect(specVerifies(arrived, "v1a", generateKeyPairSync("ed25519").publicKey)).toBe(false);
  });
});

describe("a JWT of our own", () => {
  it.each(["RS256", "ES256"])("by %s is taken by whoever knows the public key", async (algorithm) => {
    const pair =
      algorithm === "RS256"
        ? generateKeyPairSync("rsa", { modulusLength: 2048 })
        : generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = pair.privateKey.export({ format: "pem", type: "pkcs8" }).toString();
    const yaml = `auth: { type: jwt, algorithm: ${algorithm}, key: '\${KEY}', keyId: k1, issuer: us, subject: sub, audience: them, claims: { scope: write } }`;
    const { arrived } = await arrival(yaml, { KEY: pem.replaceAll("\n", "\\n") });
    const token = arrived.headers["authorization"]!.replace(/^Bearer /, "");
    const { payload } = await jwtVerify(token, pair.publicKey, { algorithms: [algorithm], audience: "them" });
    expect(payload).toMatchObject({ iss: "us", sub: "sub", scope: "write" });
    expect(payload.exp! - payload.iat!).toBe(300);
    expect(decodeProtectedHeader(token)).toMatchObject({ kid: "k1", typ: "JWT" });
  });

  it("is used for half of its life, then another one is made", async () => {
    const yaml = `url: ${target.url}\nauth: { type: jwt, algorithm: HS256, key: '\${KEY}', lifetimeSeconds: 60 }\n`;
    const { workspace } = await loadTargetYaml(yaml, { KEY: "a key that is long enough to sign by" });
    const start = Date.now();
    for (const later of [0, 20_000, 40_000]) await attemptOn(workspace, {}, http, () => start + later);
    const tokens = target.arrivals.map(({ headers }) => headers["authorization"]);
    expect(tokens[1]).toBe(tokens[0]);
    expect(tokens[2]).not.toBe(tokens[0]);
  });
});

describe("AWS Signature Version 4", () => {
  const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
  const yaml =
    "auth: { type: aws-sigv4, accessKeyId: '${ID}', secretAccessKey: '${KEY}', sessionToken: '${TOKEN}', region: eu-central-1, service: execute-api }";
  const environment = { ID: keys.accessKeyId, KEY: keys.secretAccessKey, TOKEN: "a session token" };

  it.each([
    ["a JSON body", "", { text: "größer" }],
    ["a query that needs sorting and escaping", "query: { b: 'x y', a: '1/2', B: '{{ $event.type }}' }", {}],
    ["a compressed body", "compress: gzip", { n: 1 }],
    ["no body", "method: GET", {}],
  ])("of %s is taken by a server that checks it by the published steps", async (_, more, body) => {
    const checked: string[] = [];
    target.answer = (one, response) => {
      checked.push(verifiedSigV4(one, keys.secretAccessKey));
      response.writeHead(200).end();
    };
    const { arrived } = await arrival(`${yaml}\n${more}`, environment, body);
    expect(checked).toEqual(["right"]);
    expect(arrived.headers["x-amz-security-token"]).toBe("a session token");
  });

  // The aws-sig-v4-test-suite that AWS publishes, and the IAM example of its documentation.
  it.each([
    ["get-vanilla", "GET", "/", {}, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
    ["post-vanilla", "POST", "/", {}, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"],
    [
      "get-vanilla-query-order-key-case",
      "GET",
      "/?Param2=value2&Param1=value1",
      {},
      "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ],
    [
      "get-unreserved",
      "GET",
      "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
      {},
      "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
    ],
    [
      "post-header-key-sort",
      "POST",
      "/",
      { "my-header1": "value1" },
      "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
    ],
  ])("signs the published vector %s", async (_, method, path, headers, signature) => {
    const auth = { type: "aws-sigv4", ...keys, region: "us-east-1", service: "service" } as const;
    const request = {
      method,
      url: `https://example.amazonaws.com${path}`,
      headers,
      body: undefined,
      timeoutMs: 1,
    };
    const signed = await awsSigV4(auth).sign!(request, Date.UTC(2015, 7, 30, 12, 36));
    expect(signed.headers["authorization"]).toMatch(new RegExp(`Signature=${signature}$`));
  });

  it("by another key is not taken by it", async () => {
    const { arrived } = await arrival(yaml, environment);
    expect(verifiedSigV4(arrived, "another key")).toBe("another signature");
  });
});
