/** Cross-checks: what the vendors' own libraries sign we accept, and what we sign they accept. */
import { sign as signGitHub, verify as verifyGitHub } from "@octokit/webhooks-methods";
import { Webhook as StandardWebhook } from "standardwebhooks";
import Stripe from "stripe";
import { Webhook as SvixWebhook } from "svix";
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
});
