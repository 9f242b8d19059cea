/** Certificates of PayPal and Amazon SNS, from a local server: only those that lead to a trusted root are keys. */
import { X509Certificate } from "node:crypto";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { sign } from "../../src/providers/sign.ts";
import type { Verdict } from "../../src/providers/verdict.ts";
import { verifyFetched } from "../../src/providers/verify-fetched.ts";
import { aCertificate, type Certified, type Wanted } from "../helpers/certificate.ts";
import { startKeyHost, type KeyHost } from "../helpers/key-host.ts";
import { aRequest, NOW, providerOf } from "./request.ts";

const DAY_MS = 86_400_000;
const notBefore = NOW - DAY_MS;
const CERT_URL = "https://api.paypal.com/v1/notifications/certs/CERT-1";
const ISSUER_URL = "http://cacerts.digicert.com/Middle.crt";
const NAME = "messageverificationcerts.paypal.com";

let root: Certified;
let middle: Certified;
let host: KeyHost | undefined;

beforeAll(() => {
  root = aCertificate({ host: "Root", ca: true, notBefore });
  middle = aCertificate({ host: "Middle", ca: true, notBefore, issuer: root });
});
afterEach(async () => {
  await host?.close();
  host = undefined;
});

function aLeaf(wanted: Wanted = {}): Certified {
  return aCertificate({ host: NAME, type: "rsa", ca: false, notBefore, issuer: middle, ...wanted });
}

/** PayPal's request, signed with the leaf's key; `pem` is what stands at its URL, `issuer` at the issuer's. */
async function verdictOf(
  leaf: Certified,
  pem: string,
  {
    issuer,
    nowMs = NOW,
    roots = [root.cert],
  }: { issuer?: Buffer | string; nowMs?: number; roots?: string[] } = {},
): Promise<Verdict> {
  host = await startKeyHost((url, response) => {
    if (url === CERT_URL) response.end(pem);
    else if (url === ISSUER_URL && issuer !== undefined) response.end(issuer);
    else response.writeHead(404).end();
  });
  const { scheme } = providerOf("paypal").schemes[0]!;
  const body = Buffer.from('{"id":"WH-1"}');
  const headers = { "paypal-transmission-id": "t", "paypal-cert-url": CERT_URL };
  const config = { webhookId: "w" };
  const draft = { method: "POST", url: "/", headers, body };
  const signed = sign(scheme, draft, { secrets: [leaf.key], config }, NOW);
  const request = aRequest(Object.entries(signed.headers), body);
  return verifyFetched(scheme, request, { secrets: [], config }, nowMs, host.fetchText, roots);
}

describe("a chain to a trusted root", () => {
  test("that was sent along is taken, and the certificate is fetched once", async () => {
    const leaf = aLeaf();
    expect(await verdictOf(leaf, leaf.cert + middle.cert)).toEqual({ ok: true, secret: -1 });
    expect(host!.asked.map(({ url }) => url)).toEqual([CERT_URL]);
  });

  test.each(["DER", "PEM"])(
    "whose middle is fetched from where the certificate says, in %s",
    async (form) => {
      const leaf = aLeaf({ issuerUrl: ISSUER_URL });
      const issuer = form === "PEM" ? middle.cert : new X509Certificate(middle.cert).raw;
      expect(await verdictOf(leaf, leaf.cert, { issuer })).toEqual({ ok: true, secret: -1 });
      expect(host!.asked.map(({ url }) => url)).toEqual([CERT_URL, ISSUER_URL]);
    },
  );

  test("of a leaf that a root signed itself", async () => {
    const leaf = aLeaf({ issuer: root });
    expect(await verdictOf(leaf, leaf.cert)).toEqual({ ok: true, secret: -1 });
  });
});

describe("what leads to no trusted root is no key", () => {
  const untrusted = {
    ok: false,
    cause: "malformed",
    detail: "the certificate's chain does not lead to a trusted root",
  };

  test("one that signed itself under PayPal's name", async () => {
    const leaf = aCertificate({ host: NAME, type: "ec", notBefore });
    const { scheme } = providerOf("paypal").schemes[0]!;
    host = await startKeyHost((_, response) => response.end(leaf.cert));
    const request = aRequest(
      Object.entries({
        "paypal-transmission-id": "t",
        "paypal-transmission-time": "2026-03-02T10:01:00Z",
        "paypal-cert-url": CERT_URL,
        "paypal-transmission-sig": "AAAA",
      }),
      "{}",
    );
    const given = { secrets: [], config: { webhookId: "w" } };
    expect(await verifyFetched(scheme, request, given, NOW, host.fetchText)).toEqual(untrusted);
  });

  test("a chain to another root, with Node's own roots too", async () => {
    const leaf = aLeaf();
    const other = aCertificate({ host: "Root", ca: true, notBefore });
    expect(await verdictOf(leaf, leaf.cert + middle.cert, { roots: [other.cert] })).toEqual(untrusted);
    await host!.close();
    const { rootCertificates } = await import("node:tls");
    const all = [...rootCertificates];
    expect(await verdictOf(leaf, leaf.cert + middle.cert + root.cert, { roots: all })).toEqual(untrusted);
  });

  test("one that an ordinary certificate issued", async () => {
    const ordinary = aCertificate({ host: "Middle", ca: false, notBefore, issuer: root });
    const leaf = aLeaf({ issuer: ordinary });
    expect(await verdictOf(leaf, leaf.cert + ordinary.cert)).toEqual(untrusted);
  });

  test("one whose issuer has only the name of the one that was sent along", async () => {
    const namesake = aCertificate({ host: "Middle", ca: true, notBefore });
    const leaf = aLeaf({ issuer: namesake });
    expect(await verdictOf(leaf, leaf.cert + middle.cert)).toEqual(untrusted);
  });

  test("a ring of certificates, without going round for ever", async () => {
    const [a, b] = [
      aCertificate({ host: "A", ca: true, notBefore }),
      aCertificate({ host: "B", ca: true, notBefore }),
    ];
    const byB = aCertificate({ host: "A", ca: true, notBefore, issuer: b });
    const byA = aCertificate({ host: "B", ca: true, notBefore, issuer: a });
    const leaf = aLeaf({ issuer: a });
    expect(await verdictOf(leaf, leaf.cert + a.cert + byB.cert + byA.cert)).toEqual(untrusted);
  });

  test("one whose middle has run out, or is not valid yet", async () => {
    const old = aCertificate({ host: "Middle", ca: true, notBefore: NOW - 3 * DAY_MS, issuer: root });
    const leaf = aLeaf({ issuer: old });
    expect(await verdictOf(leaf, leaf.cert + old.cert)).toMatchObject({ cause: "stale" });
    await host!.close();
    const young = aCertificate({ host: "Middle", ca: true, notBefore: NOW + DAY_MS, issuer: root });
    const early = aLeaf({ issuer: young });
    expect(await verdictOf(early, early.cert + young.cert)).toMatchObject({ cause: "stale" });
  });

  test("one that is another's by its DNS names, whatever its common name says", async () => {
    const leaf = aLeaf({ host: "www.evil.example", name: NAME });
    expect(await verdictOf(leaf, leaf.cert + middle.cert)).toMatchObject({
      detail: "the certificate is another's",
    });
  });

  test("one without its middle, where that may not be asked for or is something else", async () => {
    for (const issuerUrl of [
      "http://169.254.169.254/latest/meta-data",
      "http://cacerts.digicert.com.evil.example/Middle.crt",
      "http://cacerts.digicert.com/../x?Middle.crt",
      "ldap://cacerts.digicert.com/Middle.crt",
    ]) {
      const leaf = aLeaf({ issuerUrl });
      expect(await verdictOf(leaf, leaf.cert), issuerUrl).toEqual(untrusted);
      expect(host!.asked.length, issuerUrl).toBe(1);
      await host!.close();
    }
    const leaf = aLeaf({ issuerUrl: ISSUER_URL });
    for (const issuer of ["<html>", aCertificate({ host: "Middle", ca: true, notBefore }).cert]) {
      expect(await verdictOf(leaf, leaf.cert, { issuer })).toEqual(untrusted);
      await host!.close();
    }
    expect(await verdictOf(leaf, leaf.cert)).toMatchObject({ cause: "unconfigured" });
  });
});

test("Amazon SNS: the same, with Amazon's hosts", async () => {
  const url = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem";
  const issuerUrl = "http://crt.r2m01.amazontrust.com/r2m01.cer";
  const leaf = aLeaf({ host: "sns.amazonaws.com", issuerUrl });
  const stranger = aLeaf({
    host: "sns.amazonaws.com",
    issuer: aCertificate({ host: "Middle", ca: true, notBefore }),
    issuerUrl,
  });
  const { scheme } = providerOf("aws-sns").schemes.find(({ name }) => name === "v2")!;
  const config = { topicArn: "arn:aws:sns:eu-west-1:123456789012:t" };
  for (const [one, ok] of [
    [leaf, true],
    [stranger, false],
  ] as const) {
    host = await startKeyHost((asked, response) =>
      response.end(asked === url ? one.cert : new X509Certificate(middle.cert).raw),
    );
    const body = Buffer.from(
      JSON.stringify({
        Type: "Notification",
        MessageId: "1",
        TopicArn: config.topicArn,
        Message: "m",
        SignatureVersion: "2",
        SigningCertURL: url,
      }),
    );
    const signed = sign(
      scheme,
      { method: "POST", url: "/", headers: {}, body },
      { secrets: [one.key], config },
      NOW,
    );
    const given = { secrets: [], config };
    const verdict = await verifyFetched(scheme, aRequest([], signed.body), given, NOW, host.fetchText, [
      root.cert,
    ]);
    expect(verdict.ok).toBe(ok);
    expect(host.asked.map((each) => each.url)).toEqual([url, issuerUrl]);
    await host.close();
  }
  host = undefined;
});
