/** What a provider says of its own attempts. */
import { expect, it } from "vitest";
import { attemptHeaders } from "../../src/core/repetition.ts";

it("headers that count a provider's attempts are kept, and no others", () => {
  const counted = {
    "x-slack-retry-num": "2",
    "x-slack-retry-reason": "http_timeout",
    "aeg-delivery-count": "1",
    "x-attempt": "3",
    "x-webhook-attempts": "4",
    "webhook-retries": "1",
    "x-redelivery": "true",
  };
  const others = {
    "x-github-delivery": "d-1",
    "x-hub-signature-256": "sha256=00",
    "x-attempted-by": "me",
    "x-retryable": "yes",
    "user-agent": "retry/1",
  };
  expect(attemptHeaders({ ...others, ...counted })).toEqual(counted);
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`x-retry-${at}`, "v".repeat(900)]));
  const kept = Object.values(attemptHeaders(many));
  expect([kept.length, kept[0]?.length]).toEqual([8, 200]);
});
