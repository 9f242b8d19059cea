/** Handshakes: answered with what was asked for, as plain text, and nothing else is. */
import { describe, expect, test } from "vitest";
import { compileFormat } from "../../src/core/schema.ts";
import { handshakeSchema } from "../../src/providers/handshake.ts";
import type { Handshake } from "../../src/providers/handshake.ts";
import { matchHandshake, type Matched } from "../../src/providers/match-handshake.ts";
import { aRequest, providerOf } from "./request.ts";

/** What is answered, not what is refused. */
function answered(...given: Parameters<typeof matchHandshake>): Matched | undefined {
  const matched = matchHandshake(...given);
  return matched === undefined || "refused" in matched ? undefined : matched;
}

const slack = providerOf("slack-events");
const ask = (body: unknown) =>
  answered(slack, aRequest([["content-type", "application/json"]], JSON.stringify(body)));

describe("Slack's url_verification", () => {
  test("is answered with the challenge, once it is verified", () => {
    expect(ask({ type: "url_verification", challenge: "3eZbrw1aBm2r", token: "x" })).toEqual({
      auth: "signature",
      reply: {
        status: 200,
        contentType: "text/plain; charset=utf-8",
        body: "3eZbrw1aBm2r",
        headers: { "x-content-type-options": "nosniff" },
      },
    });
  });

  test.each(["<script>", "a b", "", "line\nbreak", "x".repeat(513), 1e300, null, { a: 1 }])(
    "is not answered with %j",
    (challenge) => {
      const answer = ask({ type: "url_verification", challenge });
      expect(answer === undefined || /^[A-Za-z0-9.+e]+$/.test(answer.reply.body)).toBe(true);
      if (typeof challenge !== "number") expect(answer).toBeUndefined();
    },
  );

  test("is told from events, other methods and what is no JSON", () => {
    expect(ask({ type: "event_callback", challenge: "abc" })).toBeUndefined();
    const sent = aRequest([], '{"type":"url_verification","challenge":"abc"}');
    expect(matchHandshake(slack, { ...sent, method: "GET" })).toBeUndefined();
    expect(matchHandshake(slack, aRequest([], "type=url_verification"))).toBeUndefined();
    expect(matchHandshake(providerOf("github"), sent)).toBeUndefined();
  });
});

describe("the general shape", () => {
  const echo = (handshake: Handshake, request: ReturnType<typeof aRequest>) =>
    answered({ handshake: [handshake] }, request)?.reply;

  test("a query value, as Microsoft Graph and Dropbox ask", () => {
    const graph: Handshake = {
      method: "POST",
      match: [{ at: "query:validationToken", pattern: "^[^<>&]{1,400}$" }],
      auth: "none",
      reply: { status: 200, body: "{query:validationToken}" },
    };
    expect(echo(graph, aRequest([], "", "validationToken=a%20b%3A+c"))).toMatchObject({ body: "a b: c" });
    expect(echo(graph, aRequest([], "", "validationToken=%3Cb%3E"))).toBeUndefined();
  });

  test("JSON and headers, as monday.com and Asana ask; quotes cannot break out", () => {
    const reply = {
      status: 200,
      contentType: "application/json",
      body: '{"challenge":"{json:challenge}"}',
      headers: { "X-Hook-Secret": "{header:x-hook-secret}" },
    } as const;
    const both: Handshake = {
      method: "POST",
      match: [{ at: "json:challenge", pattern: "^.{1,99}$" }, { at: "header:x-hook-secret" }],
      auth: "none",
      reply,
    };
    const answer = echo(both, aRequest([["X-Hook-Secret", "abc"]], JSON.stringify({ challenge: '","x":"' })));
    expect(JSON.parse(answer!.body)).toEqual({ challenge: '","x":"' });
    expect(answer!.headers).toEqual({ "x-content-type-options": "nosniff", "x-hook-secret": "abc" });
  });

  test("a header that must be absent, and a place that nothing has looked at", () => {
    const one: Handshake = {
      method: "POST",
      match: [{ at: "header:x-signature", absent: true }],
      auth: "none",
      reply: { status: 200, body: "[{query:a}]" },
    };
    expect(echo(one, aRequest([], "", "a=1"))).toMatchObject({ body: "[]" });
    expect(echo(one, aRequest([["X-Signature", "x"]]))).toBeUndefined();
  });

  test("HTML cannot be written down", () => {
    const validate = compileFormat(handshakeSchema);
    const html = { method: "GET", match: [], auth: "none", reply: { status: 200, contentType: "text/html" } };
    expect(validate(structuredClone(html))).not.toEqual([]);
    expect(validate(structuredClone({ ...html, reply: { status: 200 } }))).toEqual([]);
  });
});
