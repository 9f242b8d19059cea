import { createPublicKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { compactDecrypt, compactVerify } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { kindOfContentType, readBody } from "../../src/core/body.ts";
import type { Forwarded } from "../../src/pipeline/forward.ts";
import { attemptOn, loadTargetYaml, loopbackHttp } from "../helpers/attempt.ts";
import { aTarget, type Arrival, type TargetServer } from "../helpers/target.ts";

const http = loopbackHttp();
let target: TargetServer;

beforeAll(async () => {
  target = await aTarget();
});
beforeEach(() => {
  target.arrivals.length = 0;
});
afterAll(async () => {
  await http.close();
  await target.close();
});

async function attempt(yaml: string, body: unknown, environment = {}, rule = "$"): Promise<Forwarded> {
  const { workspace, problems } = await loadTargetYaml(`url: ${target.url}/in\n${yaml}\n`, environment, {
    rule,
  });
  expect(problems).toEqual([]);
  return attemptOn(workspace, body, http);
}

async function arrival(yaml: string, body: unknown, environment = {}, rule = "$"): Promise<Arrival> {
  const { attempt: made } = await attempt(yaml, body, environment, rule);
  expect(made.error).toBeUndefined();
  return target.arrivals.at(-1)!;
}

/** What our own ingest reads of what was sent. */
function readAgain({ headers, bytes }: Arrival): unknown {
  return readBody(bytes, kindOfContentType(headers["content-type"])!);
}

describe("a result", () => {
  it.each<[string, string, unknown, string]>([
    ["json", '"text"', "x", "application/json"],
    ["text", "7.5", 7.5, "text/plain; charset=utf-8"],
    [
      "form",
      "a=1&a=2&b%5Bc%5D=x+%26+y&d%5B0%5D%5Be%5D=%C3%A9",
      { a: [1, 2], b: { c: "x & y" }, n: null, d: [{ e: "é" }] },
      "application/x-www-form-urlencoded",
    ],
    ["ndjson", '{"a":1}\n"b\\nc"\n', [{ a: 1 }, "b\nc"], "application/x-ndjson"],
    ["xml", '<?xml version="1.0" encoding="UTF-8"?>\n<a><b>1</b></a>', { a: { b: 1 } }, "application/xml"],
  ])("is sent as %s", async (type, body, result, contentType) => {
    const sent = await arrival(
      `format: { type: ${type} }`,
      result === "x" ? { text: "x" } : { text: result },
      {},
      type === "json" ? "'text'" : "text",
    );
    expect([sent.body, sent.headers["content-type"]]).toEqual([body, contentType]);
  });

  it("as a form, multipart, NDJSON and XML is read again by the router's own ingest", async () => {
    const fields = { a: ["1", "2"], b: 'x & "y"\r\nz' };
    expect(readAgain(await arrival("format: { type: form }", fields))).toEqual(fields);
    expect(readAgain(await arrival("format: { type: multipart }", fields))).toEqual(fields);
    const { body } = await arrival("format: { type: ndjson }", [1, { a: "b" }]);
    expect(readBody(Buffer.from(body), "ndjson")).toEqual([1, { a: "b" }]);
    const xml = await arrival("format: { type: xml, root: order }", { "@id": "1", item: ["a", "b"] });
    expect(readAgain(xml)).toEqual({ order: { "@id": "1", item: ["a", "b"] } });
  });

  it("as multipart holds files, the same bytes at each attempt, and is read by another parser", async () => {
    const result = {
      note: "größer",
      'na"me': "x",
      log: { filename: 'a".txt', contentType: "text/plain", text: "line\r\n" },
      raw: { filename: "b.bin", base64: Buffer.from([0, 255, 13, 10]).toString("base64") },
    };
    const sent = await arrival("format: { type: multipart }", result);
    const { bytes } = await arrival("format: { type: multipart }", result);
    expect(bytes.equals(sent.bytes)).toBe(true);
    const type = sent.headers["content-type"]!;
    const form = await new Response(new Uint8Array(sent.bytes), {
      headers: { "content-type": type },
    }).formData();
    expect(form.get("note")).toBe("größer");
    const raw = form.get("raw") as File;
    expect([raw.name, raw.type]).toEqual(["b.bin", "application/octet-stream"]);
    expect([...new Uint8Array(await raw.arrayBuffer())]).toEqual([0, 255, 13, 10]);
    expect(await (form.get("log") as File).text()).toBe("line\r\n");
  });

  it("is compressed", async () => {
    const sent = await arrival("compress: gzip", { text: "a".repeat(10_000) });
    expect(sent.headers["content-encoding"]).toBe("gzip");
    expect(sent.bytes.length).toBeLessThan(200);
    expect(JSON.parse(gunzipSync(sent.bytes).toString())).toEqual({ text: "a".repeat(10_000) });
  });

  it("is kept with the delivery as what the rule made, however it was sent", async () => {
    const { transformed, attempt: made } = await attempt("format: { type: form }\ncompress: gzip", {
      a: "é",
    });
    expect(transformed?.made).toEqual({ bytes: 10, text: '{"a":"é"}' });
    expect(made.request?.bytes).toBe(target.arrivals[0]!.bytes.length);
  });
});

describe("CloudEvents", () => {
  it("in binary mode has its attributes in headers, escaped as the binding says, and the result as body", async () => {
    const yaml =
      'format: { type: cloudevents, attributes: { subject: "{{ name }} 100%", source: /router, traceid: x } }';
    const sent = await arrival(yaml, { name: 'größer "x"' });
    expect(sent.json).toEqual({ name: 'größer "x"' });
    expect(sent.headers).toMatchObject({
      "content-type": "application/json",
      "ce-specversion": "1.0",
      "ce-id": sent.headers["webhook-id"],
      "ce-source": "/router",
      "ce-type": "push",
      "ce-subject": "gr%C3%B6%C3%9Fer%20%22x%22%20100%25",
      "ce-traceid": "x",
    });
    expect(new Date(sent.headers["ce-time"]!).getTime()).toBeGreaterThan(0);
  });

  it("in structured mode is one JSON", async () => {
    const sent = await arrival("format: { type: cloudevents, mode: structured }", { n: 1 });
    expect(sent.headers["content-type"]).toBe("application/cloudevents+json; charset=utf-8");
    expect(sent.json).toEqual({
      specversion: "1.0",
      id: sent.headers["webhook-id"],
      source: "/sources/github",
      type: "push",
      time: expect.any(String) as string,
      datacontenttype: "application/json",
      data: { n: 1 },
    });
  });
});

describe("a body", () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = (key: typeof rsa.privateKey): string => key.export({ format: "pem", type: "pkcs8" }).toString();

  it.each([
    ["RS256", rsa],
    ["ES256", ec],
  ])("is signed by %s as a JWS that whoever has the public key can check", async (algorithm, pair) => {
    const yaml = `jws: { algorithm: ${algorithm}, key: "\${KEY}", keyId: k1 }`;
    const sent = await arrival(yaml, { n: 1 }, { KEY: pem(pair.privateKey) });
    expect(sent.headers["content-type"]).toBe("application/jose");
    const { payload, protectedHeader } = await compactVerify(sent.body, pair.publicKey);
    expect(JSON.parse(Buffer.from(payload).toString())).toEqual({ n: 1 });
    expect(protectedHeader).toEqual({ alg: algorithm, kid: "k1", cty: "json" });
  });

  it.each([
    ["RSA-OAEP-256", rsa],
    ["ECDH-ES+A256KW", ec],
  ])("is signed, then encrypted by %s as a JWE that only the private key opens", async (algorithm, pair) => {
    const publicPem = createPublicKey(pair.privateKey).export({ format: "pem", type: "spki" }).toString();
    const yaml = `format: { type: xml }\njws: { algorithm: HS256, key: "\${SIGN}" }\njwe: { algorithm: ${algorithm}, key: "\${FOR}" }`;
    const shared = "a shared text that is long enough";
    const sent = await arrival(yaml, { a: "confidential" }, { SIGN: shared, FOR: publicPem });
    expect(sent.body).not.toContain("confidential");
    const opened = await compactDecrypt(sent.body, pair.privateKey);
    expect(opened.protectedHeader).toMatchObject({ alg: algorithm, enc: "A256GCM", cty: "jose" });
    const { payload } = await compactVerify(Buffer.from(opened.plaintext).toString(), Buffer.from(shared));
    expect(Buffer.from(payload).toString()).toContain("<a>confidential</a>");
    await expect(
      compactDecrypt(sent.body, generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey),
    ).rejects.toThrow();
  });

  it("is encrypted by a shared key", async () => {
    const key = randomBytes(32);
    const sent = await arrival(
      'jwe: { algorithm: dir, key: "${KEY}" }',
      { n: 1 },
      { KEY: key.toString("base64") },
    );
    expect(Buffer.from((await compactDecrypt(sent.body, key)).plaintext).toString()).toBe('{"n":1}');
  });
});

describe("what a format cannot hold is a dead letter that says why, and nothing is sent", () => {
  it.each<[string, unknown, string]>([
    ["form", [1], "a form needs an object"],
    ["text", { a: 1 }, "the result must be text"],
    ["ndjson", { a: 1 }, "the result must be a list"],
    ["xml", { a: 1, b: 2 }, "XML needs one root element"],
    ["multipart", { a: { b: 1 } }, "neither text nor a file"],
    [
      "multipart",
      { a: { filename: "x", contentType: "a\r\nb: c", text: "" } },
      "a `contentType` that is none",
    ],
  ])("%s of %j", async (type, body, sentence) => {
    const { attempt: made, result } = await attempt(`format: { type: ${type} }`, body);
    expect([made.error?.code, result]).toEqual(["FORWARD_BODY_INVALID", "dead"]);
    expect(made.error?.detail).toContain(sentence);
    expect(target.arrivals).toHaveLength(0);
  });
});

describe("parts of templates", () => {
  it("are escaped for where they stand: path, query, header", async () => {
    const yaml = "headers: { x-who: 'by {{ who }}', x-plain: a }\nquery: { q: '{{ who }}&', 'a b': '1 2' }";
    const sent = await arrival(yaml, { who: "größer & <x>" });
    expect(sent.path).toBe("/in?q=gr%C3%B6%C3%9Fer%20%26%20%3Cx%3E%26&a%20b=1%202");
    expect(Buffer.from(sent.headers["x-who"]!, "latin1").toString()).toBe("by größer & <x>");
    expect(sent.headers["x-plain"]).toBe("a");
  });

  it.each([
    [
      "headers: { x-who: '{{ who }}' }",
      { who: "a\r\nx-admin: 1" },
      "FORWARD_REQUEST_INVALID",
      '"x-who" holds characters',
    ],
    [
      "headers: { x-who: '{{ who }}' }",
      { who: { a: 1 } },
      "FORWARD_REQUEST_INVALID",
      "the part of header `x-who` must yield text, got an object",
    ],
    [
      "query: { q: '{{ who }}' }",
      {},
      "FORWARD_REQUEST_INVALID",
      "the part of query field `q` must yield text, got nothing",
    ],
  ])("that yield what cannot be sent end in a dead letter: %s on %j", async (yaml, body, code, sentence) => {
    const { attempt: made, result } = await attempt(yaml, body);
    expect([made.error?.code, result]).toEqual([code, "dead"]);
    expect(made.error?.detail).toContain(sentence);
    expect(target.arrivals).toHaveLength(0);
  });

  it("in a URL that yield none end in a dead letter that names the target and the place", async () => {
    const { workspace } = await loadTargetYaml(`url: ${target.url}/{{ who }}\n`);
    const { attempt: made, result } = await attemptOn(workspace, { who: ["a"] }, http);
    expect([made.error?.code, result]).toEqual(["FORWARD_URL_INVALID", "dead"]);
    expect(made.error?.detail).toMatch(
      /^Target `api`, line 1, column \d+: the part of the URL must yield text, got an array\.$/,
    );
    const climbing = await attemptOn(workspace, { who: ".." }, http);
    expect(climbing.attempt.error?.detail).toContain('a part of the URL yields "." or ".."');
    expect(target.arrivals).toHaveLength(0);
  });

  it("are none in what a variable holds", async () => {
    const sent = await arrival("headers: { x-key: '${KEY}' }", {}, { KEY: "{{ 1 + 1 }}" });
    expect(sent.headers["x-key"]).toBe("{{ 1 + 1 }}");
  });
});
