/** What follows from a handshake: the provider's URL is called, with what it wants, and nothing of it is told. */
import { afterEach, expect, test } from "vitest";
import { greet } from "../../src/pipeline/greet.ts";
import { matchHandshake } from "../../src/providers/match-handshake.ts";
import type { Source } from "../../src/rules/workspace.ts";
import { startKeyHost, type KeyHost } from "../helpers/key-host.ts";
import { until } from "../helpers/until.ts";
import { aRequest, providerOf } from "../providers/request.ts";

let host: KeyHost;
afterEach(() => host.close());

/** Greets a handshake of the provider's; what was logged. */
async function greeted(
  id: string,
  body: unknown,
  config: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<{ status: number; log: string[] }> {
  const request = aRequest(Object.entries(headers), JSON.stringify(body));
  const matched = matchHandshake(providerOf(id), request, { secrets: [], config });
  if (matched === undefined || "refused" in matched) throw new Error(JSON.stringify(matched));
  const log: string[] = [];
  const note = (level: string) => (fields: object, name: string) =>
    void log.push(`${level} ${name} ${JSON.stringify(fields)}`);
  const ports = {
    captured: { of: () => Promise.resolve([]), keep: () => Promise.resolve(true) },
    http: host.http,
    fetchText: host.fetchText,
    log: { info: note("info"), warn: note("warn"), error: note("error"), debug: note("debug") },
  };
  const reply = await greet(
    { kind: "reply", ...matched },
    { name: "shop" } as Source,
    ports as unknown as Parameters<typeof greet>[2],
  );
  return { status: reply.status, log };
}

const topic = {
  Type: "SubscriptionConfirmation",
  SubscribeURL: "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=a&Token=tok",
};

test("Amazon SNS's subscription is confirmed after the answer, and its token is in no log", async () => {
  host = await startKeyHost((_, response) => response.end("<ok/>"));
  const { status, log } = await greeted("aws-sns", topic);
  expect(status).toBe(200);
  await until("something is logged", () => log.length > 0);
  expect(host.asked).toEqual([{ url: topic.SubscribeURL, method: "GET", authorization: "", body: "" }]);
  expect(log).toEqual(['info handshake.confirmed {"source":"shop","status":200}']);
});

test("a redirect is not followed, and is no confirmation", async () => {
  host = await startKeyHost((_, response) =>
    response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
  );
  const { log } = await greeted("aws-sns", topic);
  await until("something is logged", () => log.length > 0);
  expect(log).toEqual(['warn handshake.unconfirmed {"source":"shop","status":302}']);
  expect(host.asked.length).toBe(1);
});

test("Marketing Cloud's callback is confirmed with the source's own client, and no secret is told", async () => {
  host = await startKeyHost((url, response) =>
    url.endsWith("/v2/token") ? response.end('{"access_token":"at-1"}') : response.end("{}"),
  );
  const config = { subdomain: "mc-1", clientId: "ci", clientSecret: 'c"s' };
  const { log } = await greeted(
    "salesforce-marketing-cloud",
    { callbackId: "cb-1", verificationKey: "vk-1" },
    config,
  );
  await until("something is logged", () => log.length > 0);
  expect(host.asked).toEqual([
    {
      url: "https://mc-1.auth.marketingcloudapis.com/v2/token",
      method: "POST",
      authorization: "",
      body: '{"grant_type":"client_credentials","client_id":"ci","client_secret":"c\\"s"}',
    },
    {
      url: "https://mc-1.rest.marketingcloudapis.com/platform/v1/ens-verify",
      method: "POST",
      authorization: "Bearer at-1",
      body: '{"callbackId":"cb-1","verificationKey":"vk-1"}',
    },
  ]);
  expect(log.join()).toMatch(/confirmed/);
  expect(log.join()).not.toMatch(/vk-1|at-1|c.?.s"/);
});

test("Marketing Cloud's subdomain cannot lead elsewhere, and odd keys are no handshake", () => {
  host = { close: () => Promise.resolve() } as KeyHost;
  const asked = (body: unknown, subdomain: string) =>
    matchHandshake(providerOf("salesforce-marketing-cloud"), aRequest([], JSON.stringify(body)), {
      secrets: [],
      config: { subdomain, clientId: "ci", clientSecret: "cs" },
    });
  const good = { callbackId: "cb-1", verificationKey: "vk-1" };
  for (const subdomain of ["evil.example/#", "a@evil.example/", "a.b", ""])
    expect(asked(good, subdomain), subdomain).toHaveProperty("refused");
  expect(asked({ callbackId: "../x", verificationKey: "v" }, "mc-1")).toBeUndefined();
  expect(asked({ callbackId: "a", verificationKey: { $gt: "" } }, "mc-1")).toBeUndefined();
});

test("Event Grid's other way is gone too, on its own hosts alone, and its failing is no warning", async () => {
  host = await startKeyHost((_, response) => response.writeHead(400).end());
  const question = (validationUrl?: string) => [
    {
      eventType: "Microsoft.EventGrid.SubscriptionValidationEvent",
      data: { validationCode: "v", validationUrl },
    },
  ];
  const headers = { "aeg-event-type": "SubscriptionValidation" };
  const url =
    "https://rp-eastus2.eventgrid.azure.net:553/eventsubscriptions/s/validate?id=1&t=2&apiVersion=3";
  const { log } = await greeted("azure-event-grid", question(url), {}, headers);
  await until("something is logged", () => log.length > 0);
  expect(host.asked.map((each) => each.url)).toEqual([url]);
  expect(log).toEqual(['info handshake.unconfirmed {"source":"shop","status":400}']);
  for (const other of [
    undefined,
    "https://rp-x.eventgrid.azure.net.evil.example/eventsubscriptions/s",
    "http://10.0.0.1/",
  ]) {
    expect((await greeted("azure-event-grid", question(other), {}, headers)).status).toBe(200);
  }
  expect(host.asked.length).toBe(1);
});
