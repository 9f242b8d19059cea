/** Tokens of Microsoft, Atlassian and Fireblocks, and eBay's key: with real keys from a local server, hostile ones too. */
import { createHash, createHmac, generateKeyPairSync, sign as signBytes, type KeyObject } from "node:crypto";
import { CompactSign, exportJWK, SignJWT } from "jose";
import { afterEach, describe, expect, test } from "vitest";
import { chooseScheme } from "../../src/providers/provider.ts";
import type { Credentials, Verdict } from "../../src/providers/verdict.ts";
import { verifyFetched } from "../../src/providers/verify-fetched.ts";
import { startKeyHost, type KeyHost } from "../helpers/key-host.ts";
import { aRequest, NOW, providerOf } from "./request.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const other = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const SECONDS = NOW / 1000;

let host: KeyHost | undefined;
afterEach(async () => {
  await host?.close();
  host = undefined;
});

async function jwks(...keys: [string, KeyObject][]): Promise<string> {
  return JSON.stringify({
    keys: await Promise.all(keys.map(async ([kid, key]) => ({ ...(await exportJWK(key)), kid }))),
  });
}

async function check(
  id: string,
  request: ReturnType<typeof aRequest>,
  credentials: Credentials,
  fetchText = host!.fetchText,
): Promise<Verdict> {
  return verifyFetched(chooseScheme(providerOf(id), credentials)!, request, credentials, NOW, fetchText);
}

describe("Microsoft Graph's notifications with resource data", () => {
  const config = { appId: "app-1", tenantId: "t-1", clientState: "state" };
  const credentials: Credentials = { secrets: [], config };
  const GRAPH = "0bf30f3b-4a52-48df-9a82-234910c4a086";
  const token = (changes: Record<string, unknown> = {}, key = rsa.privateKey) =>
    new SignJWT({
      iss: "https://sts.windows.net/t-1/",
      aud: "app-1",
      appid: GRAPH,
      exp: SECONDS + 600,
      iat: SECONDS,
      ...changes,
    })
      .setProtectedHeader({ alg: "RS256", kid: "k1" })
      .sign(key);
  const body = (tokens: unknown, states: unknown[] = ["state", "state"]) =>
    aRequest(
      [],
      JSON.stringify({ value: states.map((clientState) => ({ clientState })), validationTokens: tokens }),
    );
  const start = async () => {
    const list = await jwks(["k1", rsa.publicKey]);
    host = await startKeyHost((_, response) => response.end(list));
  };

  test("are verified token by token, with Microsoft's keys, whichever version the tokens are", async () => {
    await start();
    const second = await token({
      iss: "https://login.microsoftonline.com/t-1/v2.0",
      azp: GRAPH,
      appid: undefined,
    });
    expect(await check("microsoft-graph", body([await token(), second]), credentials)).toEqual({
      ok: true,
      secret: -1,
    });
    expect(host!.asked.map(({ url }) => url)).toEqual([
      "https://login.microsoftonline.com/common/discovery/v2.0/keys",
    ]);
  });

  test.each([
    ["another app's audience", { aud: "app-2" }, "mismatch"],
    ["another tenant", { iss: "https://sts.windows.net/t-2/" }, "mismatch"],
    ["a token that another app of the tenant had made", { appid: "evil" }, "mismatch"],
    ["an expiry long ago", { exp: SECONDS - 600 }, "stale"],
    ["no expiry", { exp: undefined }, "missing"],
  ])("with %s among them are refused", async (_, changes, cause) => {
    await start();
    const tokens = [await token(), await token(changes)];
    expect(await check("microsoft-graph", body(tokens), credentials)).toMatchObject({ ok: false, cause });
  });

  test("without tokens, with none, too many, or what is none, are refused", async () => {
    await start();
    const good = await token();
    for (const tokens of [undefined, [], "x", [good, 7], [good, null], [good, ""], [good, "a.b.c"]])
      expect((await check("microsoft-graph", body(tokens), credentials)).ok, String(tokens)).toBe(false);
    const many = await check("microsoft-graph", body(new Array(65).fill(good)), credentials);
    expect(many).toMatchObject({ cause: "malformed" });
  });

  test("with an item of another clientState, or of none, are refused before any token is looked at", async () => {
    await start();
    for (const states of [["state", "x"], ["state", undefined], [], [""]])
      expect((await check("microsoft-graph", body([await token()], states), credentials)).ok).toBe(false);
    expect(host!.asked).toEqual([]);
  });
});

describe("Event Grid with Entra ID", () => {
  const credentials: Credentials = {
    secrets: [],
    config: { scheme: "entra", audience: "api://a", tenantId: "t-1" },
  };
  const token = (changes: Record<string, unknown> = {}) =>
    new SignJWT({
      iss: "https://login.microsoftonline.com/t-1/v2.0",
      aud: "api://a",
      azp: "4962773b-9cdb-44cf-a8bf-237846a00ab7",
      exp: SECONDS + 600,
      ...changes,
    })
      .setProtectedHeader({ alg: "RS256", kid: "k1" })
      .sign(rsa.privateKey);

  test.each([
    [{}, true],
    [{ azp: "somebody-else" }, false],
    [{ aud: "api://b" }, false],
    [{ iss: "https://login.microsoftonline.com/t-2/v2.0" }, false],
  ])("a token with %j", async (changes, ok) => {
    const list = await jwks(["k1", rsa.publicKey]);
    host = await startKeyHost((_, response) => response.end(list));
    const request = aRequest([["authorization", `Bearer ${await token(changes)}`]], "[]");
    for (const id of ["azure-event-grid", "azure-event-grid-cloudevents"])
      expect((await check(id, request, credentials)).ok, id).toBe(ok);
  });
});

describe("hosts of keys that do not behave", () => {
  const credentials: Credentials = { secrets: [], config: { audience: "a", serviceAccountEmail: "e" } };
  const claims = {
    iss: "https://accounts.google.com",
    aud: "a",
    email: "e",
    email_verified: true,
    iat: SECONDS,
    exp: SECONDS + 600,
  };
  const good = () => new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "k1" }).sign(rsa.privateKey);
  const asked = async (jwt: string) =>
    check("google-pubsub", aRequest([["authorization", `Bearer ${jwt}`]], "{}"), credentials);
  const unfetched = {
    ok: false,
    cause: "unconfigured",
    detail: "the key could not be fetched from www.googleapis.com",
  };

  test("a redirect to another host is not followed", async () => {
    const list = await jwks(["k1", rsa.publicKey]);
    const elsewhere = await startKeyHost((_, response) => response.end(list));
    host = await startKeyHost((_, response) =>
      response.writeHead(302, { location: "http://127.0.0.2/keys" }).end(list),
    );
    expect(await asked(await good())).toEqual(unfetched);
    expect(elsewhere.asked).toEqual([]);
    await elsewhere.close();
  });

  test("a list as large as Microsoft's is read whole; one of megabytes is refused", async () => {
    const filler = Array.from({ length: 40 }, (_, at) => ({
      kid: `f${at}`,
      kty: "RSA",
      x5c: ["A".repeat(2000)],
    }));
    const { keys } = JSON.parse(await jwks(["k1", rsa.publicKey])) as { keys: object[] };
    const large = JSON.stringify({ keys: [...filler, ...keys] });
    expect(large.length).toBeGreaterThan(65_536);
    host = await startKeyHost((_, response) => response.end(large));
    expect(await asked(await good())).toEqual({ ok: true, secret: -1 });
    await host.close();
    const huge = JSON.stringify({ keys: [...keys, { kid: "z", x: "A".repeat(4_000_000) }] });
    host = await startKeyHost((_, response) => response.end(huge));
    expect(await asked(await good())).toEqual(unfetched);
  });

  test("a list that never comes to its end is given up within seconds", async () => {
    host = await startKeyHost((_, response) => {
      response.write('{"keys":[');
    });
    const start = performance.now();
    expect(await asked(await good())).toEqual(unfetched);
    expect(performance.now() - start).toBeLessThan(6_000);
  });

  test("unsigned, signed with the public key as a secret, or by a stranger under a known name: refused", async () => {
    const list = await jwks(["k1", rsa.publicKey]);
    host = await startKeyHost((_, response) => response.end(list));
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const none = `${part({ alg: "none", kid: "k1" })}.${part(claims)}.`;
    const input = `${part({ alg: "HS256", kid: "k1" })}.${part(claims)}`;
    const pem = rsa.publicKey.export({ type: "spki", format: "pem" });
    const confused = `${input}.${createHmac("sha256", pem).update(input).digest("base64url")}`;
    const stranger = await new SignJWT(claims)
      .setProtectedHeader({ alg: "RS256", kid: "k1" })
      .sign(other.privateKey);
    const own = await new SignJWT(claims)
      .setProtectedHeader({ alg: "RS256", jwk: await exportJWK(other.publicKey), kid: "k1" })
      .sign(other.privateKey);
    const elsewhere = await new SignJWT(claims)
      .setProtectedHeader({ alg: "RS256", kid: "k1", jku: "https://evil.example/jwks" })
      .sign(other.privateKey);
    for (const jwt of [none, confused, stranger, own, elsewhere]) expect((await asked(jwt)).ok).toBe(false);
    expect(await asked(await good())).toMatchObject({ ok: true });
    expect(host.asked.length).toBe(1);
  });
});

describe("Fireblocks", () => {
  const BODY = '{"id":"1","eventType":"transaction.created"}';
  const detached = async (body: string, alg = "RS512", key: KeyObject = rsa.privateKey) => {
    const whole = await new CompactSign(Buffer.from(body)).setProtectedHeader({ alg, kid: "k1" }).sign(key);
    return whole.replace(/\.[^.]*\./, "..");
  };
  const asked = async (jws: string, config: Record<string, string> = {}) =>
    check("fireblocks", aRequest([["fireblocks-webhook-signature", jws]], BODY), { secrets: [], config });

  test("signs the body alone, in a token that leaves it out", async () => {
    const list = await jwks(["k1", rsa.publicKey]);
    host = await startKeyHost((_, response) => response.end(list));
    expect(await asked(await detached(BODY))).toEqual({ ok: true, secret: -1 });
    expect(host.asked[0]!.url).toBe("https://keys.fireblocks.io/.well-known/jwks.json");
    expect(await asked(await detached(`${BODY} `))).toMatchObject({ cause: "mismatch" });
    expect(await asked(await detached(BODY, "RS256"))).toMatchObject({ cause: "malformed" });
    expect(await asked(await detached(BODY, "RS512", other.privateKey))).toMatchObject({ cause: "mismatch" });
    const whole = await new CompactSign(Buffer.from("{}"))
      .setProtectedHeader({ alg: "RS512", kid: "k1" })
      .sign(rsa.privateKey);
    expect(await asked(whole)).toMatchObject({ cause: "malformed" });
    for (const junk of ["", "..", "a..b", "a.b", "a..b.c"]) expect((await asked(junk)).ok).toBe(false);
  });

  test("is asked for its keys on its own hosts alone", async () => {
    host = await startKeyHost((_, response) => response.end("{}"));
    const verdict = await asked(await detached(BODY), { keysHost: "keys.fireblocks.io.evil.example" });
    expect(verdict).toMatchObject({ cause: "malformed" });
    expect(host.asked).toEqual([]);
  });
});

describe("Atlassian Connect", () => {
  const config = { scheme: "connect", clientKey: "ck", baseUrl: "https://app.example.com/jira" };
  const credentials: Credentials = { secrets: ["shared"], config, url: "https://app.example.com/jira/hook" };
  const token = (canonical: string, changes: object = {}) =>
    new SignJWT({
      iss: "ck",
      iat: SECONDS,
      exp: SECONDS + 180,
      qsh: createHash("sha256").update(canonical).digest("hex"),
      ...changes,
    })
      .setProtectedHeader({ alg: "HS256" })
      .sign(Buffer.from("shared"));
  const asked = (jwt: string, query = "") =>
    check("jira-cloud", aRequest([["authorization", `JWT ${jwt}`]], "{}", query), credentials, () =>
      Promise.reject(new Error("nothing is fetched")),
    );

  test("the token holds for the one request whose hash it carries", async () => {
    expect(await asked(await token("POST&/hook&"))).toEqual({ ok: true, secret: 0 });
    const query = "user_id=a%20b&issue=X-1&issue=A%2C1&jwt=whatever";
    expect(await asked(await token("POST&/hook&issue=A%2C1,X-1&user_id=a%20b"), query)).toMatchObject({
      ok: true,
    });
    expect(await asked(await token("POST&/hook&"), "user_id=admin")).toMatchObject({ cause: "mismatch" });
    expect(await asked(await token("GET&/hook&"))).toMatchObject({ cause: "mismatch" });
  });

  test("a context token, another installation's, one of no expiry and an expired one are refused", async () => {
    expect(await asked(await token("", { qsh: "context-qsh" }))).toMatchObject({ cause: "mismatch" });
    expect(await asked(await token("POST&/hook&", { iss: "other" }))).toMatchObject({ cause: "mismatch" });
    expect(await asked(await token("POST&/hook&", { exp: undefined }))).toMatchObject({ cause: "missing" });
    expect(await asked(await token("POST&/hook&", { exp: SECONDS - 600 }))).toMatchObject({ cause: "stale" });
  });
});

describe("eBay", () => {
  const KID = "9936261a-7d7b-4621-a0f1-96ccb428af49";
  const KEY_URL = `https://api.ebay.com/commerce/notification/v1/public_key/${KID}`;
  const TOKEN_URL = "https://api.ebay.com/identity/v1/oauth2/token";
  const config = { clientId: "id", clientSecret: "s", verificationToken: "vt" };
  const BODY = '{"metadata":{"topic":"MARKETPLACE_ACCOUNT_DELETION"}}';
  const request = (kid = KID, body = BODY) => {
    const signature = signBytes("sha1", Buffer.from(BODY), ec.privateKey).toString("base64");
    const header = Buffer.from(JSON.stringify({ alg: "ecdsa", kid, signature, digest: "SHA1" }));
    return aRequest([["x-ebay-signature", header.toString("base64")]], body);
  };
  const pem = ec.publicKey.export({ type: "spki", format: "pem" }).toString().replaceAll("\n", "");
  let valid = "t1";
  const start = async () => {
    valid = "t1";
    host = await startKeyHost((url, response, { authorization }) => {
      if (url === TOKEN_URL) response.end(JSON.stringify({ access_token: valid, expires_in: 7200 }));
      else if (authorization !== `Bearer ${valid}`) response.writeHead(401).end();
      else response.end(JSON.stringify({ algorithm: "ECDSA", digest: "SHA1", key: pem }));
    });
  };
  const asked = (given = request(), changes: Record<string, string> = {}) =>
    check("ebay", given, { secrets: [], config: { ...config, ...changes } });

  test("is asked for a token with the app's keys, and with that for the key that the request names", async () => {
    await start();
    expect(await asked()).toEqual({ ok: true, secret: -1 });
    expect(host!.asked).toEqual([
      {
        url: TOKEN_URL,
        method: "POST",
        authorization: `Basic ${Buffer.from("id:s").toString("base64")}`,
        body: "grant_type=client_credentials&scope=https%3A%2F%2Fapi.ebay.com%2Foauth%2Fapi_scope",
      },
      { url: KEY_URL, method: "GET", authorization: "Bearer t1", body: "" },
    ]);
    expect(await asked(request(KID, `${BODY} `))).toMatchObject({ cause: "mismatch" });
    expect(host!.asked.length).toBe(2);
  });

  test("a token that was withdrawn is asked for anew", async () => {
    await start();
    host!.later(0);
    await host!.fetchText({ url: "https://api.ebay.com/warm" }).catch(() => undefined);
    expect(await asked(request("another-key"))).toBeDefined();
    valid = "t2";
    host!.later(61_000);
    expect(await asked()).toEqual({ ok: true, secret: -1 });
  });

  test("neither the key's name nor the configured host leads elsewhere, and no secret is told", async () => {
    await start();
    for (const kid of ["../../../identity", "a?b", "a/b", "", "x".repeat(65)])
      expect((await asked(request(kid))).ok, kid).toBe(false);
    expect(await asked(request(), { host: "api.ebay.com.evil.example" })).toMatchObject({
      cause: "malformed",
    });
    expect(host!.asked).toEqual([]);
    await host!.close();
    host = await startKeyHost((_, response) => response.writeHead(500).end("s id"));
    const verdict = await asked();
    expect(verdict).toEqual({
      ok: false,
      cause: "unconfigured",
      detail: "the key could not be fetched from api.ebay.com",
    });
  });
});
