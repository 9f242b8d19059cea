/** The seam to targets: the same is expected of everything that fills it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createDemoTarget,
  startDemoTarget,
  type DemoTarget,
  type Taken,
} from "../../../src/adapters/http/demo-target.ts";
import { createHttp } from "../../../src/adapters/http/undici.ts";
import { parseRange } from "../../../src/core/address.ts";
import { SignalboxError } from "../../../src/core/errors.ts";
import type { Fetched, Http, OutboundRequest } from "../../../src/ports.ts";

const taken: Taken[] = [];
const took = (one: Taken): void => void taken.push(one);
let server: DemoTarget;
const http = createHttp({ allowPrivate: [parseRange("127.0.0.0/8")!] });

beforeAll(async () => {
  server = await startDemoTarget(0, took);
});
afterAll(async () => {
  await http.close();
  await server.close();
});

const kinds: [kind: string, send: () => Http][] = [
  ["over HTTP", () => http],
  ["in this process", () => createDemoTarget(took)],
];

function aRequest(more: Partial<OutboundRequest> = {}): OutboundRequest {
  return {
    method: "POST",
    url: `${server.url}/in?a=%20b`,
    headers: { "content-type": "text/plain", "x-team": "core" },
    body: Buffer.from("größer"),
    timeoutMs: 5_000,
    ...more,
  };
}

describe.each(kinds)("a target %s", (_, filled) => {
  it("takes the request as it is, and answers", async () => {
    const answer = await filled().send(aRequest());
    expect([answer.status, answer.body, answer.headers["content-type"]]).toEqual([
      200,
      '{"ok":true}',
      "application/json",
    ]);
    expect(answer.headMs).toBeGreaterThanOrEqual(0);
    expect(answer.bodyMs).toBeGreaterThanOrEqual(answer.headMs);
    expect(taken.at(-1)).toMatchObject({
      method: "POST",
      path: "/in?a=%20b",
      headers: { "content-type": "text/plain", "x-team": "core" },
      body: "größer",
    });
  });

  it.each<[string, Partial<OutboundRequest>]>([
    ["FORWARD_URL_INVALID", { url: "/in" }],
    ["FORWARD_URL_INVALID", { url: "ftp://127.0.0.1/in" }],
    ["FORWARD_URL_INVALID", { url: "http://a:b@127.0.0.1/in" }],
    ["FORWARD_REQUEST_INVALID", { headers: { host: "a.example" } }],
    ["FORWARD_REQUEST_INVALID", { headers: { "x-a": "a\r\nb: c" } }],
    ["FORWARD_CREDENTIAL_UNUSABLE", { credential: {} as Fetched }],
  ])("refuses with %s what cannot be sent: %j", async (code, more) => {
    const before = taken.length;
    const error: unknown = await filled()
      .send(aRequest(more))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SignalboxError);
    expect((error as SignalboxError).code).toBe(code);
    expect(taken).toHaveLength(before);
  });
});
