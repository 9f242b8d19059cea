/** Holds as the API shows them: what would be sent, why it waits, who may decide, who did. */
import type { FromSchema } from "json-schema-to-ts";
import { anything, count, flag, list, map, oneOf, page, shape, text, time } from "./shape.ts";

export const holdState = oneOf("waiting", "approved", "rejected", "expired", "superseded", "cancelled");

export const vote = shape(
  "Who decided, when, and how it is known who it was.",
  { by: text, at: time, how: text, reason: text },
  ["reason"],
);

const hash = { type: "string", description: "SHA-256 of method, URL, headers and body, in hex." } as const;

const MAY_LACK = [
  "expiresAt",
  "reviewers",
  "decided",
  "ended",
  "overdue",
  "edited",
  "replaces",
  "replacedBy",
  "show",
] as const;

export const listedHold = shape(
  "A delivery that waits, or waited, for people.",
  {
    id: text,
    delivery: text,
    event: text,
    source: text,
    type: text,
    route: text,
    target: text,
    state: holdState,
    why: { type: "string", description: "Why it waits." },
    show: { description: "What the gate's `show` made." },
    hash,
    createdAt: time,
    expiresAt: time,
    onTimeout: oneOf("approve", "reject", "keep"),
    overdue: { type: "boolean", description: "Its time is up, and it goes on waiting." },
    reviewers: { ...list(text), description: "Names, and roles; without it any operator." },
    needed: { type: "integer", minimum: 1, description: "How many people must approve." },
    approvals: list(vote),
    selfApproval: flag,
    causedBy: { ...list(text), description: "Who caused the delivery, as far as that is known." },
    edited: vote,
    decided: vote,
    ended: shape("Why it is superseded or cancelled.", { why: text, at: time }),
    replaces: { type: "string", description: "The hold before it, whose approval does not count any more." },
    replacedBy: text,
  },
  MAY_LACK,
);
export type ListedHold = FromSchema<typeof listedHold>;

export const shownRequest = shape(
  "What would be sent, without credentials and without what differs at each attempt.",
  {
    method: text,
    url: text,
    headers: map(text),
    body: { type: "string", description: "Absent where it is none, is no text, or is longer than 64 KB." },
    bytes: count,
    sha256: { type: "string", description: "Of the body's bytes, in hex." },
  },
  ["body"],
);

const draft = shape(
  "A request and what the rule made for it.",
  { hash, request: shownRequest, result: anything },
  ["result"],
);

export const holdDetail = shape(
  "A hold with the request that it is bound to.",
  {
    ...listedHold.properties,
    request: shownRequest,
    result: {
      description: "What is sent, as the target's format takes it; this can be edited. Absent beyond 64 KB.",
    },
    before: { ...draft, description: "What the rule had made, where somebody edited it." },
    refusal: { type: "string", description: "Why you may not decide; absent where you may." },
  },
  [...MAY_LACK, "result", "before", "refusal"],
);
export type HoldDetail = FromSchema<typeof holdDetail>;

export const holdPage = page(listedHold);

export const bulkDecided = shape("What became of them.", {
  decided: { ...count, description: "Decided now, or counted as one of several approvals." },
  left: {
    ...list(shape("One that was left as it is.", { id: text, code: text, why: text })),
    description: "Those that somebody else was faster with, or that you may not decide.",
  },
});
export type BulkDecided = FromSchema<typeof bulkDecided>;

export const holdLink = shape("A link that decides once, as you.", { url: text, expiresAt: time });
