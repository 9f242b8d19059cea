/** Cross-checks: what the vendors' own libraries sign we accept, and what we sign they accept. */
import { generateKeyPairSync, sign as signBytes } from "node:crypto";
import { sign as signGitHub, verify as verifyGitHub } from "@octokit/webhooks-methods";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { validateSignature as validateLine } from "@line/bot-sdk";
import sendgrid from "@sendgrid/eventwebhook";
import { verifyKey as verifyDiscord } from "discord-interactions";
import Stripe from "stripe";
import { Webhook as SvixWebhook } from "svix";
import twilio from "twilio";
import { describe, expect, test } from "vitest";
import { sign } from "../../src/providers/sign.ts";
import type { Draft } from "../../src/providers/sign.ts";
import { verify } from "../../src/providers/verify.ts";
import { aRequest, schemeOf, secretFor, signedSample } from "./request.ts";

// The libraries read the clock themselves.
const now = Date.now();
const BODY = '{"text":"grün & \\u00fc","n":1}';
const draft: Draft = {
  method: "POST",
  url: "/",
  headers: { "webhook-id": "msg_1", "svix-id": "msg_1" },
  body: Buffer.from(BODY),
};

function accepts(id: string, headers: Record<string, string>, secret: string): boolean {
  return verify(
    schemeOf(id, { secrets: [secret] }),
    aRequest(Object.entries(headers), BODY),
    { secrets: [secret] },
    now,
  ).ok;
}

function signed(id: string, secret: string): Draft {
  return sign(schemeOf(id, { secrets: [secret] }), draft, { secrets: [secret] }, now);
}

describe("vendors' libraries", () => {
  test("@octokit/webhooks-methods", async () => {
    expect(accepts("github", { "x-hub-signature-256": await signGitHub("s", BODY) }, "s")).toBe(true);
    expect(await verifyGitHub("s", BODY, signed("github", "s").headers["x-hub-signature-256"]!)).toBe(true);
  });

  test("stripe", () => {
    const header = Stripe.webhooks.generateTestHeaderString({ payload: BODY, secret: "whsec_s" });
    expect(accepts("stripe", { "stripe-signature": header }, "whsec_s")).toBe(true);
    expect(accepts("stripe", { "stripe-signature": header }, "whsec_t")).toBe(false);
    const event = Stripe.webhooks.constructEvent(
      BODY,
      signed("stripe", "whsec_s").headers["stripe-signature"]!,
      "whsec_s",
    );
    expect(event).toMatchObject({ n: 1 });
  });

  test("standardwebhooks", () => {
    const secret = secretFor("standard-webhooks", "right");
    const library = new StandardWebhook(secret);
    const at = new Date(now);
    const headers = {
      "webhook-id": "msg_1",
      "webhook-timestamp": String(Math.floor(now / 1000)),
      "webhook-signature": library.sign("msg_1", at, BODY),
    };
    for (const id of ["standard-webhooks", "svix", "gitlab"])
      expect(accepts(id, headers, secret), id).toBe(true);
    expect(library.verify(BODY, { ...signed("standard-webhooks", secret).headers })).toMatchObject({ n: 1 });
  });

  test("svix", () => {
    const secret = secretFor("svix", "right");
    const library = new SvixWebhook(secret);
    const headers = {
      "svix-id": "msg_1",
      "svix-timestamp": String(Math.floor(now / 1000)),
      "svix-signature": library.sign("msg_1", new Date(now), BODY),
    };
    expect(accepts("svix", headers, secret)).toBe(true);
    expect(library.verify(BODY, { ...signed("svix", secret).headers })).toMatchObject({ n: 1 });
  });

  test("a signed sample of Stripe is one to Stripe's own library", () => {
    const sample = signedSample("stripe", { secrets: ["whsec_s"] }, "invoice.payment_failed", now);
    const event = Stripe.webhooks.constructEvent(sample.body, sample.headers["stripe-signature"]!, "whsec_s");
    expect(event.type).toBe("invoice.payment_failed");
  });

  test("twilio, whose own samples' parameters are sorted and joined", () => {
    const url = "https://hooks.example.com/hooks/sms?a=1";
    const credentials = { secrets: ["auth-token"], url };
    const scheme = schemeOf("twilio", credentials);
    const form = { To: "+4930901820", From: "+4915112345678", Body: "grün & ü", Empty: "" };
    const body = Buffer.from(new URLSearchParams(form).toString());
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const ours = sign(scheme, { method: "POST", url, headers, body }, credentials, now);
    const signature = ours.headers["x-twilio-signature"]!;
    expect(signature).toBe(twilio.getExpectedTwilioSignature("auth-token", url, form));
    expect(twilio.validateRequest("auth-token", signature, url, form)).toBe(true);
    expect(twilio.validateRequest("auth-token", signature, `${url}2`, form)).toBe(false);
    const request = { ...aRequest(Object.entries(ours.headers), body, "a=1") };
    expect(verify(scheme, request, credentials, now).ok).toBe(true);
    const changed = { ...aRequest(Object.entries(ours.headers), `${body.toString()}2`, "a=1") };
    expect(verify(scheme, changed, credentials, now).ok).toBe(false);
  });

  test("@line/bot-sdk", () => {
    const signature = signed("line", "channel-secret").headers["x-line-signature"]!;
    expect(validateLine(BODY, "channel-secret", signature)).toBe(true);
    expect(validateLine(`${BODY} `, "channel-secret", signature)).toBe(false);
    expect(accepts("line", { "x-line-signature": signature }, "channel-secret")).toBe(true);
  });

  test("discord-interactions", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const hex = publicKey.export({ type: "spki", format: "der" }).subarray(-32).toString("hex");
    const time = String(Math.floor(now / 1000));
    const signature = signBytes(null, Buffer.from(time + BODY), privateKey).toString("hex");
    const headers = { "x-signature-ed25519": signature, "x-signature-timestamp": time };
    expect(await verifyDiscord(BODY, signature, time, hex)).toBe(true);
    expect(accepts("discord-interactions", headers, hex)).toBe(true);
    expect(await verifyDiscord(`${BODY} `, signature, time, hex)).toBe(false);
    expect(accepts("discord-interactions", { ...headers, "x-signature-timestamp": "1" }, hex)).toBe(false);
  });

  test("@sendgrid/eventwebhook", () => {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    const key = publicKey.export({ type: "spki", format: "der" }).toString("base64");
    const time = String(Math.floor(now / 1000));
    const signature = signBytes("sha256", Buffer.from(time + BODY), privateKey).toString("base64");
    const library = new sendgrid.EventWebhook();
    const theirs = (body: string) =>
      library.verifySignature(library.convertPublicKeyToECDSA(key), body, signature, time);
    const headers = {
      "x-twilio-email-event-webhook-signature": signature,
      "x-twilio-email-event-webhook-timestamp": time,
    };
    expect([theirs(BODY), theirs(`${BODY}\r\n`)]).toEqual([true, false]);
    expect(accepts("sendgrid-events", headers, key)).toBe(true);
    expect(
      accepts("sendgrid-events", { ...headers, "x-twilio-email-event-webhook-timestamp": "1" }, key),
    ).toBe(false);
  });

  test("Slack's documented example", () => {
    // docs.slack.dev/authentication/verifying-requests-from-slack
    const body =
      "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    const headers = [
      ["x-slack-request-timestamp", "1531420618"],
      ["x-slack-signature", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"],
    ] as const;
    const credentials = { secrets: ["8f742231b10e8888abcd99yyyzzz85a5"] };
    const check = (text: string) =>
      verify(schemeOf("slack-commands", credentials), aRequest(headers, text), credentials, 1531420618000);
    expect(check(body)).toEqual({ ok: true, secret: 0 });
    expect(check(`${body}x`)).toMatchObject({ cause: "mismatch" });
  });
});
