/** Tokens and fetched keys: the right host is asked for the right key, nobody else is, and every doubt is a no. */
import { createHash, generateKeyPairSync, sign as signBytes, type KeyObject } from "node:crypto";
import { exportJWK, SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import type { FetchText } from "../../src/core/fetch-text.ts";
import { sign } from "../../src/providers/sign.ts";
import type { Scheme } from "../../src/providers/scheme.ts";
import type { Credentials, Verdict } from "../../src/providers/verdict.ts";
import { credentialProblem } from "../../src/providers/verify.ts";
import { verifyFetched } from "../../src/providers/verify-fetched.ts";
import { aCertificate } from "../helpers/certificate.ts";
import { aRequest, NOW, providerOf } from "./request.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const ed = generateKeyPairSync("ed25519");
const BODY = '{"a":1}';
const none: Credentials = { secrets: [] };

function schemeNamed(id: string, name?: string): Scheme {
  const { schemes } = providerOf(id);
  return (name === undefined ? schemes[0]! : schemes.find((one) => one.name === name)!).scheme;
}

/** A host that answers, and what it was asked. */
function hosts(answers: Record<string, string>): { fetchText: FetchText; asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    fetchText: ({ url, post, anew }) => {
      asked.push(`${anew === true ? "anew " : ""}${url}${post === undefined ? "" : ` ${post}`}`);
      const text = answers[url];
      return text === undefined ? Promise.reject(new Error("no such host")) : Promise.resolve(text);
    },
  };
}

async function jwks(...keys: [string, KeyObject][]): Promise<string> {
  return JSON.stringify({
    keys: await Promise.all(keys.map(async ([kid, key]) => ({ ...(await exportJWK(key)), kid }))),
  });
}

describe("Google Pub/Sub's tokens", () => {
  const scheme = schemeNamed("google-pubsub");
  const credentials: Credentials = {
    secrets: [],
    config: { audience: "https://e.com/h", serviceAccountEmail: "a@b.iam" },
  };
  const CERTS = "https://www.googleapis.com/oauth2/v3/certs";
  const claims = { email: "a@b.iam", email_verified: true };
  const token = (changes: { claims?: object; iss?: string; aud?: string; exp?: number; kid?: string } = {}) =>
    new SignJWT({ ...claims, ...changes.claims })
      .setProtectedHeader({ alg: "RS256", kid: changes.kid ?? "k1" })
      .setIssuer(changes.iss ?? "https://accounts.google.com")
      .setAudience(changes.aud ?? "https://e.com/h")
      .setIssuedAt(NOW / 1000)
      .setExpirationTime(changes.exp ?? NOW / 1000 + 3600)
      .sign(rsa.privateKey);
  const check = async (
    jwt: string,
    keys: [string, KeyObject][] = [["k1", rsa.publicKey]],
  ): Promise<Verdict> => {
    const { fetchText } = hosts({ [CERTS]: await jwks(...keys) });
    return verifyFetched(
      scheme,
      aRequest([["authorization", `Bearer ${jwt}`]], BODY),
      credentials,
      NOW,
      fetchText,
    );
  };

  test("are verified with the key that they name", async () => {
    expect(await check(await token())).toEqual({ ok: true, secret: -1 });
  });

  test.each([
    ["another audience", { aud: "https://other" }, "mismatch"],
    ["another issuer", { iss: "https://evil.example" }, "mismatch"],
    ["another service account", { claims: { email: "x@y" } }, "mismatch"],
    ["an address that is not verified", { claims: { email_verified: false } }, "mismatch"],
    ["no address", { claims: { email: undefined } }, "missing"],
    ["an expiry long ago", { exp: NOW / 1000 - 3600 }, "stale"],
    ["an unknown key", { kid: "k9" }, "mismatch"],
  ])("with %s are refused", async (_, changes, cause) => {
    expect(await check(await token(changes))).toMatchObject({ ok: false, cause });
  });

  test("by another key of that name, of no algorithm, or of another are refused", async () => {
    const other = generateKeyPairSync("rsa", { modulusLength: 2048 });
    expect(await check(await token(), [["k1", other.publicKey]])).toMatchObject({ cause: "mismatch" });
    const [, payload] = (await token()).split(".");
    const unsigned = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${payload}.`;
    expect((await check(unsigned)).ok).toBe(false);
    const head = Buffer.from('{"alg":"HS256","kid":"k1"}').toString("base64url");
    const pem = rsa.publicKey.export({ type: "spki", format: "pem" });
    const forged = createHash("sha256").update(pem).digest("base64url");
    expect(await check(`${head}.${payload}.${forged}`)).toMatchObject({ ok: false, cause: "malformed" });
    for (const text of ["", "a.b.c", "Bearer", "....", "e30.e30.e30"])
      expect((await check(text)).ok, text).toBe(false);
  });

  test("of a key that the known list lacks make the list be asked for anew, once", async () => {
    const lists = [await jwks(["old", rsa.publicKey]), await jwks(["k1", rsa.publicKey])];
    const asked: boolean[] = [];
    const fetchText: FetchText = ({ anew = false }) => {
      asked.push(anew);
      return Promise.resolve(lists[asked.length - 1]!);
    };
    const request = aRequest([["authorization", `Bearer ${await token()}`]], BODY);
    expect(await verifyFetched(scheme, request, credentials, NOW, fetchText)).toEqual({
      ok: true,
      secret: -1,
    });
    expect(asked).toEqual([false, true]);
  });

  test("need the audience and the account in `config`", () => {
    expect(credentialProblem(scheme, none)).toBe("`config` lacks `audience`");
    expect(credentialProblem(scheme, credentials)).toBeUndefined();
  });

  test("when the keys cannot be had, are refused with the host's name alone", async () => {
    const { fetchText } = hosts({});
    const request = aRequest([["authorization", `Bearer ${await token()}`]], BODY);
    expect(await verifyFetched(scheme, request, credentials, NOW, fetchText)).toEqual({
      ok: false,
      cause: "unconfigured",
      detail: "the key could not be fetched from www.googleapis.com",
    });
  });
});

describe("Plaid", () => {
  const scheme = schemeNamed("plaid");
  const credentials: Credentials = {
    secrets: [],
    config: { clientId: "c", clientSecret: 'se"cret', environment: "sandbox" },
  };
  const URL = "https://sandbox.plaid.com/webhook_verification_key/get";
  const token = (body: string, at = NOW / 1000) =>
    new SignJWT({ request_body_sha256: createHash("sha256").update(body).digest("hex") })
      .setProtectedHeader({ alg: "ES256", kid: "kid-1" })
      .setIssuedAt(at)
      .sign(ec.privateKey);
  const check = async (jwt: string, key: object) => {
    const host = hosts({ [URL]: JSON.stringify({ key }) });
    const request = aRequest([["plaid-verification", jwt]], BODY);
    return {
      verdict: await verifyFetched(scheme, request, credentials, NOW, host.fetchText),
      asked: host.asked,
    };
  };

  test("is asked for the key by name with the account's own credentials; the token binds the body", async () => {
    const key = { ...(await exportJWK(ec.publicKey)), kid: "kid-1", expired_at: null };
    const { verdict, asked } = await check(await token(BODY), key);
    expect(verdict).toEqual({ ok: true, secret: -1 });
    expect(asked).toEqual([`${URL} {"client_id":"c","secret":"se\\"cret","key_id":"kid-1"}`]);
    expect((await check(await token("{}"), key)).verdict).toMatchObject({ cause: "mismatch" });
    expect((await check(await token(BODY, NOW / 1000 - 301), key)).verdict).toMatchObject({ cause: "stale" });
  });

  test("a key that has been withdrawn is none", async () => {
    const key = { ...(await exportJWK(ec.publicKey)), kid: "kid-1", expired_at: 1 };
    expect((await check(await token(BODY), key)).verdict.ok).toBe(false);
  });

  test("the environment cannot lead to another host", async () => {
    const given = { secrets: [], config: { ...credentials.config, environment: "evil.example/#" } };
    const { fetchText, asked } = hosts({});
    const request = aRequest([["plaid-verification", await token(BODY)]], BODY);
    expect(await verifyFetched(scheme, request, given, NOW, fetchText)).toMatchObject({ cause: "malformed" });
    expect(asked).toEqual([]);
  });
});

describe("keys at a URL that the request names", () => {
  const { key, cert } = aCertificate({ host: "messageverificationcerts.paypal.com", notBefore: NOW - 1000 });
  const own = schemeNamed("paypal");
  // The certificates made here hold EC keys: the scheme's own rules for the URL and the name stay.
  const scheme: Scheme = { ...own, kind: "ecdsa" };
  const at = (url: string, nowMs = NOW, body = cert): Promise<{ verdict: Verdict; asked: string[] }> => {
    const headers = { "paypal-transmission-id": "t", "paypal-cert-url": url, "paypal-transmission-time": "" };
    const draft = { method: "POST", url: "/", headers, body: Buffer.from(BODY) };
    const signed = sign(scheme, draft, { secrets: [key], config: { webhookId: "w" } }, NOW);
    const host = hosts({ [url]: body });
    const request = aRequest(Object.entries(signed.headers), BODY);
    return verifyFetched(
      scheme,
      request,
      { secrets: [], config: { webhookId: "w" } },
      nowMs,
      host.fetchText,
      [body.startsWith("-----BEGIN") ? body : cert],
    ).then((verdict) => ({ verdict, asked: host.asked }));
  };
  const URL = "https://api.paypal.com/v1/notifications/certs/CERT-1";

  test("PayPal's own are taken", async () => {
    expect((await at(URL)).verdict).toEqual({ ok: true, secret: -1 });
  });

  test.each([
    "https://api.paypal.com.evil.example/v1/notifications/certs/CERT-1",
    "http://api.paypal.com/v1/notifications/certs/CERT-1",
    "https://user@api.paypal.com/v1/notifications/certs/CERT-1",
    "https://api.paypal.com@evil.example/v1/notifications/certs/CERT-1",
    "https://api.paypal.com/v1/notifications/certs/../../evil",
    "https://api.paypal.com:8443/v1/notifications/certs/CERT-1",
    "https://evil.example/?https://api.paypal.com/v1/notifications/certs/CERT-1",
    "file:///etc/passwd",
    "no url",
    "",
  ])("%j is not even asked", async (url) => {
    const { verdict, asked } = await at(url);
    expect(verdict.ok).toBe(false);
    expect(asked).toEqual([]);
  });

  test("a certificate that has run out, is another's, or is none", async () => {
    expect((await at(URL, NOW + 3 * 86_400_000)).verdict).toMatchObject({ cause: "stale" });
    const other = aCertificate({ host: "www.paypal.com", notBefore: NOW - 1000 }).cert;
    expect((await at(URL, NOW, other)).verdict).toMatchObject({ cause: "malformed" });
    expect((await at(URL, NOW, "<html>")).verdict).toMatchObject({ cause: "malformed" });
  });
});

describe("other keys", () => {
  test("ShipEngine's, by name in a list; fal.ai's, any of a list", async () => {
    const sent = sign(
      schemeNamed("shipengine"),
      {
        method: "POST",
        url: "/",
        headers: { "x-shipengine-rsa-sha256-key-id": "b" },
        body: Buffer.from(BODY),
      },
      { secrets: [rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString()] },
      NOW,
    );
    const other = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const list = await jwks(["a", other.publicKey], ["b", rsa.publicKey]);
    const { fetchText } = hosts({ "https://api.shipengine.com/jwks": list });
    const check = (headers: Record<string, string>) =>
      verifyFetched(schemeNamed("shipengine"), aRequest(Object.entries(headers), BODY), none, NOW, fetchText);
    expect(await check(sent.headers)).toEqual({ ok: true, secret: -1 });
    expect(await check({ ...sent.headers, "x-shipengine-rsa-sha256-key-id": "a" })).toMatchObject({
      cause: "mismatch",
    });
    expect(await check({ ...sent.headers, "x-shipengine-rsa-sha256-key-id": "c" })).toMatchObject({
      cause: "mismatch",
    });

    const seconds = String(NOW / 1000);
    const text = `r\nu\n${seconds}\n${createHash("sha256").update(BODY).digest("hex")}`;
    const fal = hosts({
      "https://rest.alpha.fal.ai/.well-known/jwks.json": await jwks(
        ["x", generateKeyPairSync("ed25519").publicKey],
        ["y", ed.publicKey],
      ),
    });
    const request = aRequest(
      Object.entries({
        "x-fal-webhook-request-id": "r",
        "x-fal-webhook-user-id": "u",
        "x-fal-webhook-timestamp": seconds,
        "x-fal-webhook-signature": signBytes(null, Buffer.from(text), ed.privateKey).toString("hex"),
      }),
      BODY,
    );
    expect(await verifyFetched(schemeNamed("fal-ai"), request, none, NOW, fal.fetchText)).toEqual({
      ok: true,
      secret: -1,
    });
  });

  test("Circle's, in base64 of DER, fetched with the API key; Travis CI's, in its configuration", async () => {
    const id = "879dc113-5ca4-4ff7-a6b7-54652083fcf8";
    const url = `https://api.circle.com/v2/cpn/notifications/publicKey/${id}`;
    const publicKey = ec.publicKey.export({ type: "spki", format: "der" }).toString("base64");
    const headers: string[] = [];
    const fetchText: FetchText = (request) => {
      headers.push(`${request.url} ${request.headers?.["authorization"]}`);
      return Promise.resolve(JSON.stringify({ data: { id, algorithm: "ECDSA_SHA_256", publicKey } }));
    };
    const signature = signBytes("sha256", Buffer.from(BODY), ec.privateKey).toString("base64");
    const request = aRequest(
      [
        ["x-circle-key-id", id],
        ["x-circle-signature", signature],
      ],
      BODY,
    );
    const given = { secrets: [], config: { apiKey: "key" } };
    expect(await verifyFetched(schemeNamed("circle"), request, given, NOW, fetchText)).toEqual({
      ok: true,
      secret: -1,
    });
    expect(headers).toEqual([`${url} Bearer key`]);
    const path = aRequest(
      [
        ["x-circle-key-id", "../../x"],
        ["x-circle-signature", signature],
      ],
      BODY,
    );
    expect(await verifyFetched(schemeNamed("circle"), path, given, NOW, fetchText)).toMatchObject({
      cause: "malformed",
    });

    const pem = rsa.publicKey.export({ type: "spki", format: "pem" }).toString();
    const travis = hosts({
      "https://api.travis-ci.com/config": JSON.stringify({
        config: { notifications: { webhook: { public_key: pem } } },
      }),
    });
    const form = `payload=${encodeURIComponent(BODY)}`;
    const signed = aRequest(
      [["signature", signBytes("sha1", Buffer.from(BODY), rsa.privateKey).toString("base64")]],
      form,
    );
    expect(await verifyFetched(schemeNamed("travis-ci"), signed, none, NOW, travis.fetchText)).toEqual({
      ok: true,
      secret: -1,
    });
  });
});
