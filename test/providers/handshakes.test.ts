/** Handshakes of the catalogue: answered as each provider asks, closed to everybody who wants something signed. */
import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { listProviders } from "../../src/providers/catalogue.ts";
import { matchHandshake, type Matched } from "../../src/providers/match-handshake.ts";
import { rehearse } from "../../src/providers/rehearsal.ts";
import { asRequest } from "../../src/providers/sign.ts";
import type { Credentials } from "../../src/providers/verdict.ts";
import { aRequest, providerOf } from "./request.ts";

type Sent = Partial<ReturnType<typeof aRequest>>;

function ask(
  id: string,
  sent: Sent,
  credentials: Partial<Credentials> = {},
): ReturnType<typeof matchHandshake> {
  return matchHandshake(providerOf(id), { ...aRequest([]), ...sent }, { secrets: ["s"], ...credentials });
}

function answerOf(matched: ReturnType<typeof matchHandshake>): Matched {
  if (matched === undefined || "refused" in matched) throw new Error(JSON.stringify(matched));
  return matched;
}

const get = (query: string): Sent => ({ method: "GET", query, body: Buffer.alloc(0) });
const post = (body: unknown, headers: Record<string, string> = {}): Sent => ({
  ...aRequest(Object.entries(headers), typeof body === "string" ? body : JSON.stringify(body)),
});
const hex = (key: string, text: string) => createHmac("sha256", key).update(text).digest("hex");

describe("what each pattern answers", () => {
  const uuid = "0b6d0a2e-6a5b-4a44-8d52-9a1f9f5a7c11";
  const cases: [string, string, Sent, Partial<Credentials>, Partial<Matched["reply"]> & { auth?: string }][] =
    [
      ["a query value as text", "dropbox", get("challenge=abc"), {}, { body: "abc", auth: "none" }],
      ["the same for Nylas", "nylas", get("challenge=a-b"), {}, { body: "a-b" }],
      ["the same for Onfleet", "onfleet", get("check=1f"), {}, { body: "1f" }],
      ["a challenge in JSON", "monday", post({ challenge: "c1" }), {}, { body: '{"challenge":"c1"}' }],
      [
        "a verify token and hub.challenge",
        "threads",
        get("hub.mode=subscribe&hub.challenge=77&hub.verify_token=vt"),
        { config: { verifyToken: "vt" } },
        { body: "77" },
      ],
      [
        "a topic that was subscribed to",
        "websub",
        get(`hub.mode=unsubscribe&hub.challenge=9&hub.topic=${encodeURIComponent("https://e.com/t?a=1")}`),
        { config: { topic: "https://e.com/t?a=1" } },
        { body: "9" },
      ],
      [
        "Oura's token",
        "oura",
        get("verification_token=vt&challenge=q"),
        { config: { verifyToken: "vt" } },
        { body: '{"challenge":"q"}' },
      ],
      [
        "LinkedIn's computed answer",
        "linkedin",
        get(`challengeCode=${uuid}`),
        {},
        { body: JSON.stringify({ challengeCode: uuid, challengeResponse: hex("s", uuid) }) },
      ],
      [
        "Smartcar's",
        "smartcar",
        post({ eventType: "VERIFY", data: { challenge: "c" } }),
        {},
        { body: JSON.stringify({ challenge: hex("s", "c") }) },
      ],
      [
        "eBay's, without the secret",
        "ebay",
        get("challenge_code=cc"),
        { url: "https://e.com/h", config: { verificationToken: "vt" } },
        {
          body: JSON.stringify({
            challengeResponse: createHash("sha256").update("ccvthttps://e.com/h").digest("hex"),
          }),
        },
      ],
      [
        "Zoom's, once it is verified",
        "zoom",
        post({ event: "endpoint.url_validation", payload: { plainToken: "pt" } }),
        {},
        { body: JSON.stringify({ plainToken: "pt", encryptedToken: hex("s", "pt") }), auth: "signature" },
      ],
      ["Discord's ping", "discord-interactions", post({ type: 1 }), {}, { body: '{"type":1}' }],
      ["Discord's other ping", "discord-webhook-events", post({ type: 0 }), {}, { status: 204 }],
      [
        "Twitch's challenge",
        "twitch-eventsub",
        post({ challenge: "t1" }, { "twitch-eventsub-message-type": "webhook_callback_verification" }),
        {},
        { body: "t1" },
      ],
      [
        "Event Grid's code",
        "azure-event-grid",
        post([{ data: { validationCode: "v" } }], { "aeg-event-type": "SubscriptionValidation" }),
        {},
        { body: '{"validationResponse":"v"}' },
      ],
      ["Front's header", "front", post({}, { "x-front-challenge": "f" }), {}, { body: "f" }],
      [
        "RingCentral's header",
        "ringcentral",
        post("", { "validation-token": "r" }),
        {},
        { headers: { "x-content-type-options": "nosniff", "validation-token": "r" } },
      ],
      [
        "Vercel's fixed header",
        "vercel-log-drains",
        post([]),
        { secrets: [], config: { verifyToken: "vv" } },
        { headers: { "x-content-type-options": "nosniff", "x-vercel-verify": "vv" }, auth: "pending" },
      ],
      ["HEAD for Trello", "trello", { method: "HEAD", body: Buffer.alloc(0) }, {}, { status: 200, body: "" }],
      ["GET for Mailchimp", "mailchimp", get("token=s"), {}, { status: 200, auth: "signature" }],
      ["an empty POST for Exact Online", "exact-online", post(""), {}, { status: 200 }],
      ["WooCommerce's ping", "woocommerce", post("webhook_id=7"), {}, { status: 200 }],
      [
        "Event Grid's OPTIONS",
        "azure-event-grid-cloudevents",
        { ...post("", { "webhook-request-origin": "eventgrid.azure.net" }), method: "OPTIONS" },
        {},
        {
          headers: {
            "x-content-type-options": "nosniff",
            "webhook-allowed-origin": "eventgrid.azure.net",
            "webhook-allowed-rate": "*",
            allow: "POST",
          },
        },
      ],
    ];
  test.each(cases)("%s: %s", (_, id, sent, credentials, expected) => {
    const { reply, auth } = answerOf(ask(id, sent, credentials));
    const { auth: expectedAuth = auth, ...rest } = expected;
    expect(reply).toMatchObject(rest);
    expect(auth).toBe(expectedAuth);
  });
});

describe("what is not answered", () => {
  test("a wrong verify token, and none configured, are refused and say so to the operator", () => {
    const asked = get("hub.mode=subscribe&hub.challenge=77&hub.verify_token=wrong");
    const wrong = ask("meta", asked, { config: { verifyToken: "vt" } });
    expect(wrong).toEqual({
      refused: "query:hub.verify_token is not what `verifyToken` of the source's `config` says",
    });
    expect(ask("meta", asked)).toHaveProperty("refused", expect.stringContaining("lacks `verifyToken`"));
  });

  test("an origin that is not on the list", () => {
    const asked = { ...post("", { "webhook-request-origin": "evil.example" }), method: "OPTIONS" };
    const answer = ask("cloudevents-http-webhook", asked, {
      config: { allowedOrigins: "a.example, b.example" },
    });
    expect(answer).toHaveProperty("refused");
  });

  test("a computed answer without a secret", () => {
    expect(ask("x-twitter", get("crc_token=abc"), { secrets: [] })).toHaveProperty("refused");
  });

  test.each([
    ["aws-sns", "https://sns.us-east-1.amazonaws.com.evil.example/?Action=ConfirmSubscription&Token=1"],
    ["aws-sns", "http://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&Token=1"],
    ["aws-sns", "https://sns.us-east-1.amazonaws.com@169.254.169.254/?Action=ConfirmSubscription&Token=1"],
    ["aws-sns", "https://sns.us-east-1.amazonaws.com/?Action=DeleteTopic&Token=1"],
  ])("%s is not made to call %s", (id, url) => {
    const asked = post({ Type: "SubscriptionConfirmation", SubscribeURL: url });
    expect(ask(id, asked)).toEqual({ refused: "json:SubscribeURL is not of the hosts that may be called" });
  });

  test("SNS's own URL is called after the answer", () => {
    const url = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=a&Token=b";
    const matched = ask("aws-sns", post({ Type: "SubscriptionConfirmation", SubscribeURL: url }));
    expect(matched).toMatchObject({ auth: "signature", confirm: { url } });
  });

  test("an event with items is no test of the URL: Xero, LINE", () => {
    expect(ask("xero", post({ events: [{ eventType: "UPDATE" }], entropy: "e" }))).toBeUndefined();
    expect(ask("line", post({ destination: "U1", events: [{ type: "message" }] }))).toBeUndefined();
    expect(ask("line", post({ destination: "U1", events: [] }))).toBeDefined();
  });
});

describe("nobody can have an event signed", () => {
  const computing = listProviders().filter(({ handshake = [] }) =>
    handshake.some(({ compute }) => compute !== undefined && compute.keyed !== false),
  );

  test("five providers' answers are made with the secret", () => {
    expect(computing.map(({ id }) => id)).toEqual(["braintree", "linkedin", "smartcar", "x-twitter", "zoom"]);
  });

  test.each(computing.map(({ id, handshake }) => [id, handshake!] as const))(
    "%s signs nothing that could be a body or a template's text",
    (_, handshakes) => {
      for (const { compute, match } of handshakes) {
        if (compute === undefined) continue;
        const places = [...compute.of.matchAll(/\{([^{}]+)\}/g)].map((found) => found[1]);
        for (const place of places) {
          const pattern = match.find(({ at }) => at === place)?.pattern;
          expect(pattern, place).toBeDefined();
          for (const text of [
            "{}",
            "[]",
            '{"id":1}',
            "v0:1:{}",
            "hmacsha256={}",
            "a b",
            "1.{}",
            "<xml/>",
            '"x"',
          ])
            expect(new RegExp(pattern!).test(text), `${pattern} and ${text}`).toBe(false);
        }
      }
    },
  );
});

describe("what could be an event of theirs is no challenge", () => {
  const forged = (body: string): [string, Sent][] => [
    ["x-twitter", get(`crc_token=${encodeURIComponent(body)}`)],
    ["linkedin", get(`challengeCode=${encodeURIComponent(`hmacsha256=${body}`)}`)],
    ["linkedin", get(`challengeCode=${encodeURIComponent(body)}`)],
    ["smartcar", post({ eventType: "VERIFY", data: { challenge: body } })],
    ["zoom", post({ event: "endpoint.url_validation", payload: { plainToken: `v0:1772445660:${body}` } })],
    ["zoom", post({ event: "endpoint.url_validation", payload: { plainToken: body } })],
    ["braintree", get(`bt_challenge=${encodeURIComponent(body)}`)],
  ];

  test("whatever the body is", () => {
    const json = fc
      .oneof(fc.object(), fc.array(fc.jsonValue()), fc.string())
      .map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(json, (body) => {
        for (const [id, sent] of forged(body)) {
          const matched = ask(id, sent);
          expect(matched === undefined || "refused" in matched, `${id} ${body}`).toBe(true);
        }
      }),
    );
  });

  test("Zoom's is answered to nobody who cannot sign", () => {
    const asked = post({ event: "endpoint.url_validation", payload: { plainToken: "abc" } });
    expect(answerOf(ask("zoom", asked)).auth).toBe("signature");
  });
});

describe("`signalbox handshake` can rehearse every question of the catalogue", () => {
  const all = listProviders().flatMap((provider) =>
    (provider.handshake ?? []).map((handshake, at) => [`${provider.id} ${at}`, provider, handshake] as const),
  );

  test("which are more than fifty", () => {
    expect(all.length).toBeGreaterThan(50);
  });

  test.each(all)("%s", (_, provider, handshake) => {
    const names = JSON.stringify(provider).matchAll(/\{config:([^{}|"]+)|"config":"([^"]+)"/g);
    const config = Object.fromEntries([...names].map(([, token, plain]) => [(token ?? plain)!, "value-1"]));
    const url = "https://hooks.example.com/hooks/x";
    const credentials = { secrets: ["s"], config, url };
    const made = rehearse(handshake, url, credentials);
    if ("missing" in made) throw new Error(made.missing);
    const { reply } = answerOf(matchHandshake(provider, asRequest(made.draft), credentials));
    expect(reply.status).toBe(handshake.reply.status);
    expect(reply.body).not.toMatch(/[{](?:json|query|header|config|computed)/);
  });
});

test("a secret is captured for Asana, Clio and Notion, while the source is pending", () => {
  const secret = "b537207f20cbfa02357cf448134da559";
  for (const id of ["asana", "clio"]) {
    const matched = ask(id, post({}, { "x-hook-secret": secret }), { secrets: [] });
    expect(matched).toMatchObject({
      auth: "pending",
      capture: secret,
      reply: { headers: { "x-hook-secret": secret } },
    });
  }
  expect(ask("notion", post({ verification_token: secret }))).toMatchObject({
    auth: "pending",
    capture: secret,
  });
});
