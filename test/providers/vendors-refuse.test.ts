/** Cross-checks by change: what the vendors' own libraries refuse we refuse, and where we are stricter it is said. */
import { createHash, generateKeyPairSync, randomUUID, sign as signBytes, X509Certificate } from "node:crypto";
import { validateSignature as validateLine } from "@line/bot-sdk";
import { sign as signGitHub, verify as verifyGitHub } from "@octokit/webhooks-methods";
import sendgrid from "@sendgrid/eventwebhook";
import * as atlassian from "atlassian-jwt";
import { verifyKey as verifyDiscord } from "discord-interactions";
import fc from "fast-check";
import SnsValidator from "sns-payload-validator";
import { Webhook as StandardWebhook } from "standardwebhooks";
import Stripe from "stripe";
import { Webhook as SvixWebhook } from "svix";
import { describe, expect, test } from "vitest";
import { atlassianRequest } from "../../src/providers/irregular/atlassian.ts";
import { sign } from "../../src/providers/sign.ts";
import { verify } from "../../src/providers/verify.ts";
import { verifyFetched } from "../../src/providers/verify-fetched.ts";
import { aCertificate } from "../helpers/certificate.ts";
import { aRequest, providerOf, schemeOf, secretFor } from "./request.ts";

// The libraries read the clock themselves.
const now = Date.now();
const seconds = Math.floor(now / 1000);
const BODY = '{"text":"grün & \\u00fc","n":1}';

type Headers = Readonly<Record<string, string>>;

interface Oracle {
  readonly id: string;
  readonly secret: string;
  readonly otherSecret: string;
  /** The header that holds the signature. */
  readonly header: string;
  sign(body: string, atSeconds: number): Headers | Promise<Headers>;
  verify(body: string, headers: Headers, secret: string): boolean | Promise<boolean>;
  /** Changes that the library lets through, and we do not. */
  readonly stricter?: readonly string[];
}

/** True where it does not throw. */
function passes(call: () => unknown): boolean {
  try {
    call();
    return true;
  } catch {
    return false;
  }
}

const ed = generateKeyPairSync("ed25519");
const otherEd = generateKeyPairSync("ed25519");
const ec = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const otherEc = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const rawHex = (key: typeof ed.publicKey) =>
  key.export({ type: "spki", format: "der" }).subarray(-32).toString("hex");
const derBase64 = (key: typeof ec.publicKey) =>
  key.export({ type: "spki", format: "der" }).toString("base64");

const oracles: Record<string, Oracle> = {
  "@octokit/webhooks-methods": {
    id: "github",
    secret: "s",
    otherSecret: "t",
    header: "x-hub-signature-256",
    sign: async (body) => ({ "x-hub-signature-256": await signGitHub("s", body) }),
    verify: async (body, headers, secret) =>
      verifyGitHub(secret, body, headers["x-hub-signature-256"] ?? "").catch(() => false),
  },
  stripe: {
    id: "stripe",
    secret: "whsec_s",
    otherSecret: "whsec_t",
    header: "stripe-signature",
    sign: (payload, timestamp) => ({
      "stripe-signature": Stripe.webhooks.generateTestHeaderString({ payload, secret: "whsec_s", timestamp }),
    }),
    verify: (body, headers, secret) =>
      passes(() => Stripe.webhooks.constructEvent(body, headers["stripe-signature"] ?? "", secret)),
    // It looks at the age alone.
    stricter: ["an hour ahead"],
  },
  standardwebhooks: {
    id: "standard-webhooks",
    secret: secretFor("standard-webhooks", "right"),
    otherSecret: secretFor("standard-webhooks", "wrong"),
    header: "webhook-signature",
    sign: (body, at) => ({
      "webhook-id": "msg_1",
      "webhook-timestamp": String(at),
      "webhook-signature": new StandardWebhook(secretFor("standard-webhooks", "right")).sign(
        "msg_1",
        new Date(at * 1000),
        body,
      ),
    }),
    verify: (body, headers, secret) => passes(() => new StandardWebhook(secret).verify(body, { ...headers })),
  },
  svix: {
    id: "svix",
    secret: secretFor("svix", "right"),
    otherSecret: secretFor("svix", "wrong"),
    header: "svix-signature",
    sign: (body, at) => ({
      "svix-id": "msg_1",
      "svix-timestamp": String(at),
      "svix-signature": new SvixWebhook(secretFor("svix", "right")).sign("msg_1", new Date(at * 1000), body),
    }),
    verify: (body, headers, secret) => passes(() => new SvixWebhook(secret).verify(body, { ...headers })),
  },
  "@line/bot-sdk": {
    id: "line",
    secret: "channel-secret",
    otherSecret: "another-secret",
    header: "x-line-signature",
    sign: (body) => ({
      ...sign(
        schemeOf("line", { secrets: ["channel-secret"] }),
        { method: "POST", url: "/", headers: {}, body: Buffer.from(body) },
        { secrets: ["channel-secret"] },
        now,
      ).headers,
    }),
    verify: (body, headers, secret) =>
      passes(() => {
        if (!validateLine(body, secret, headers["x-line-signature"] ?? "")) throw new Error("refused");
      }),
  },
  "discord-interactions": {
    id: "discord-interactions",
    secret: rawHex(ed.publicKey),
    otherSecret: rawHex(otherEd.publicKey),
    header: "x-signature-ed25519",
    sign: (body, at) => ({
      "x-signature-timestamp": String(at),
      "x-signature-ed25519": signBytes(null, Buffer.from(String(at) + body), ed.privateKey).toString("hex"),
    }),
    verify: (body, headers, secret) =>
      verifyDiscord(
        body,
        headers["x-signature-ed25519"] ?? "",
        headers["x-signature-timestamp"] ?? "",
        secret,
      ),
  },
  "@sendgrid/eventwebhook": {
    id: "sendgrid-events",
    secret: derBase64(ec.publicKey),
    otherSecret: derBase64(otherEc.publicKey),
    header: "x-twilio-email-event-webhook-signature",
    sign: (body, at) => ({
      "x-twilio-email-event-webhook-timestamp": String(at),
      "x-twilio-email-event-webhook-signature": signBytes(
        "sha256",
        Buffer.from(String(at) + body),
        ec.privateKey,
      ).toString("base64"),
    }),
    verify: (body, headers, secret) => {
      const library = new sendgrid.EventWebhook();
      try {
        return library.verifySignature(
          library.convertPublicKeyToECDSA(secret),
          body,
          headers["x-twilio-email-event-webhook-signature"] ?? "",
          headers["x-twilio-email-event-webhook-timestamp"] ?? "",
        );
      } catch {
        return false;
      }
    },
  },
};

/** What is changed of a signed request. */
const changes: Record<
  string,
  (given: { body: string; headers: Headers; header: string }) => { body: string; headers: Headers }
> = {
  nothing: ({ body, headers }) => ({ body, headers }),
  "a byte more": ({ body, headers }) => ({ body: `${body}\n`, headers }),
  "a byte less": ({ body, headers }) => ({ body: body.slice(0, -1), headers }),
  "the JSON written anew": ({ body, headers }) => ({
    body: JSON.stringify(JSON.parse(body), null, 1),
    headers,
  }),
  "no body": ({ headers }) => ({ body: "", headers }),
  "no signature": ({ body, headers, header }) => ({
    body,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name !== header)),
  }),
  "an empty signature": ({ body, headers, header }) => ({ body, headers: { ...headers, [header]: "" } }),
  "half a signature": ({ body, headers, header }) => ({
    body,
    headers: { ...headers, [header]: headers[header]!.slice(0, headers[header]!.length / 2) },
  }),
  "the signature reversed": ({ body, headers, header }) => ({
    body,
    headers: { ...headers, [header]: [...headers[header]!].reverse().join("") },
  }),
  "another version's name": ({ body, headers, header }) => ({
    body,
    headers: { ...headers, [header]: headers[header]!.replace(/v1|sha256/g, "v0") },
  }),
};

describe.each(Object.entries(oracles))("%s", (_, oracle) => {
  const ours = (body: string, headers: Headers, secret: string): boolean => {
    const credentials = { secrets: [secret] };
    return verify(schemeOf(oracle.id, credentials), aRequest(Object.entries(headers), body), credentials, now)
      .ok;
  };
  const judged = async (name: string, body: string, headers: Headers, secret = oracle.secret) => {
    const theirs = await oracle.verify(body, headers, secret);
    const own = ours(body, headers, secret);
    if (oracle.stricter?.includes(name) === true) expect([theirs, own], name).toEqual([true, false]);
    else expect(own, `${name}: theirs ${theirs}`).toBe(theirs);
    return own;
  };

  test("agrees on every change of a request", async () => {
    const headers = await oracle.sign(BODY, seconds);
    const verdicts: Record<string, boolean> = {};
    for (const [name, change] of Object.entries(changes)) {
      const changed = change({ body: BODY, headers, header: oracle.header });
      verdicts[name] = await judged(name, changed.body, changed.headers);
    }
    const { nothing, ...others } = verdicts;
    expect(nothing).toBe(true);
    // Without a version in the header nothing has changed of it.
    expect(Object.entries(others).filter(([name, ok]) => ok && name !== "another version's name")).toEqual(
      [],
    );
    expect(await judged("another secret", BODY, headers, oracle.otherSecret)).toBe(false);
  });

  test("agrees on times", async () => {
    await judged("an hour ago", BODY, await oracle.sign(BODY, seconds - 3600));
    await judged("an hour ahead", BODY, await oracle.sign(BODY, seconds + 3600));
    await judged("four minutes ago", BODY, await oracle.sign(BODY, seconds - 240));
  });

  test("agrees on bodies that nobody thought of", async () => {
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 3 }), async (body) => {
        expect(await judged("any body", body, await oracle.sign(body, seconds))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});

describe("atlassian-jwt", () => {
  const base = "https://app.example.com/jira";
  const character = fc.constantFrom(..."ab/&=+%? ,~*!'()ü:;[]");
  const word = fc.array(character, { minLength: 1, maxLength: 6 }).map((all) => all.join(""));

  test("writes a request as we do, whatever its query is", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(word, word), { maxLength: 5 }), (pairs) => {
        const query = pairs.map((pair) => pair.map(encodeURIComponent).join("=")).join("&");
        const url = `/jira/hook${query === "" ? "" : `?${query}`}`;
        const theirs = atlassian.createCanonicalRequest(atlassian.fromMethodAndUrl("POST", url), false, base);
        const request = { ...aRequest([], "{}", query), path: "/jira/hook" };
        expect(atlassianRequest(request, base, undefined), query).toBe(theirs);
      }),
    );
  });

  test("its tokens are accepted, for the one request", async () => {
    const request = { ...aRequest([], "{}", "a=b%20c"), path: "/jira/hook" };
    const qsh = atlassian.createQueryStringHash(
      atlassian.fromMethodAndUrl("POST", "/jira/hook?a=b%20c"),
      false,
      base,
    );
    const token = atlassian.encodeSymmetric({ iss: "ck", iat: seconds, exp: seconds + 180, qsh }, "shared");
    const headers = { authorization: `JWT ${token}` };
    const credentials = {
      secrets: ["shared"],
      config: { scheme: "connect", clientKey: "ck", baseUrl: base },
    };
    const check = (query: string) =>
      verifyFetched(
        schemeOf("jira-cloud", credentials),
        { ...request, headers, rawHeaders: Object.entries(headers).flat(), query },
        credentials,
        now,
        () => Promise.reject(new Error("fetched")),
      );
    expect(await check("a=b%20c")).toEqual({ ok: true, secret: 0 });
    expect(await check("a=b")).toMatchObject({ cause: "mismatch" });
  });
});

describe("sns-payload-validator", () => {
  const url = `https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-${createHash("md5").digest("hex")}.pem`;
  const leaf = aCertificate({ host: "sns.amazonaws.com", type: "rsa" });
  const config = { topicArn: "arn:aws:sns:eu-west-1:123456789012:t" };
  const library = new SnsValidator();
  (library as unknown as { certCache: Map<string, string> }).certCache.set(url, leaf.cert);

  const message = (changes: object): Record<string, unknown> => ({
    Type: "Notification",
    MessageId: randomUUID(),
    TopicArn: config.topicArn,
    Message: "grün\n& mehr",
    Timestamp: new Date(now).toISOString(),
    SigningCertURL: url,
    ...changes,
  });
  const confirmation = {
    Token: "t",
    SubscribeURL: "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription",
  };
  const theirs = (body: Buffer): Promise<boolean> =>
    library.validate(JSON.parse(body.toString()) as never).then(
      () => true,
      () => false,
    );

  test.each([
    ["v1", "a notification", {}],
    ["v2", "a notification", {}],
    ["v2", "one with a subject", { Subject: "s" }],
    ["v2", "a confirmation", { Type: "SubscriptionConfirmation", ...confirmation }],
    ["v2", "a farewell", { Type: "UnsubscribeConfirmation", ...confirmation }],
  ])("%s: %s is one to both, and none once anything has changed", async (version, _, kind) => {
    const { scheme } = providerOf("aws-sns").schemes.find(({ name }) => name === version)!;
    const draft = { method: "POST", url: "/", headers: {}, body: Buffer.from(JSON.stringify(message(kind))) };
    const signed = sign(scheme, draft, { secrets: [leaf.key], config }, now).body;
    const ours = async (body: Buffer) => {
      const credentials = {
        secrets: [
          new X509Certificate(leaf.cert).publicKey.export({ type: "spki", format: "pem" }).toString(),
        ],
        config,
      };
      return (
        await verifyFetched(scheme, aRequest([], body), credentials, now, () =>
          Promise.reject(new Error("fetched")),
        )
      ).ok;
    };
    expect([await theirs(signed), await ours(signed)]).toEqual([true, true]);
    const fields = JSON.parse(signed.toString()) as Record<string, string>;
    for (const name of Object.keys(fields).filter((each) => each !== "SigningCertURL")) {
      const changed = Buffer.from(JSON.stringify({ ...fields, [name]: `x${fields[name]}` }));
      expect([await theirs(changed), await ours(changed)], name).toEqual([false, false]);
    }
  });
});
