/** Holds: listed, shown with what would be sent, approved, rejected, edited. */
import type { HoldFilter } from "../../adapters/waiting/holds.ts";
import { whyNot, type Draft, type Hold, type HoldState, type Vote } from "../../core/hold.ts";
import type { Caller } from "../../core/role.ts";
import { decide, holdFor, type Deciding, type Word } from "../deciding.ts";
import type { Call, Endpoint } from "../endpoint.ts";
import { pageQuery, pagingOf } from "../filter.ts";
import { reasonText } from "../operating.ts";
import { holdDetail, holdPage, holdState, type HoldDetail, type ListedHold } from "../shapes/holds.ts";
import { anything, shape } from "../shapes/shape.ts";
import { isoOf } from "../shown.ts";

const hash = {
  type: "string",
  pattern: "^[0-9a-f]{64}$",
  description: "The hash of the request that you looked at: it is refused where it is another one by now.",
} as const;
const word = shape("On what, and why.", { hash, reason: reasonText }, ["hash", "reason"]);
const editing = shape(
  "What is to be sent instead. It makes another hash, voids earlier approvals, and counts as yours.",
  { result: anything, hash, reason: reasonText },
  ["hash", "reason"],
);

const name = { type: "string", minLength: 1, maxLength: 200 } as const;
/** What lists of holds, and decisions on many, are narrowed by. */
export const narrowed = { route: name, target: name, source: name, delivery: name } as const;
/** GET /holds, /holds/:id, POST …/approve, …/reject, …/edit. */
export function holdEndpoints(deciding: Deciding): readonly Endpoint[] {
  const { holds } = deciding;
  const deciders = (what: "approve" | "reject", done: string): Endpoint => ({
    method: "POST",
    path: `/api/v1/holds/:id/${what}`,
    tag: "Holds",
    summary:
      what === "approve"
        ? "Approves what would be sent: with enough approvals it goes out"
        : "Rejects what would be sent: the delivery is discarded",
    scope: "operate",
    audit: `hold.${done}`,
    body: word,
    reply: holdDetail,
    answer: async (call) => {
      const { hash, reason } = call.body as Pick<Word, "hash" | "reason">;
      return said(call, { what, ...(hash && { hash }), ...(reason && { reason }) });
    },
  });
  const said = async (call: Call, spoken: Word): Promise<HoldDetail> => {
    const hold = await holdFor(call.parameters["id"], deciding);
    return shownHold(await decide(hold, spoken, call.caller!, call.caller!.kind, deciding), call.caller!);
  };
  return [
    {
      method: "GET",
      path: "/api/v1/holds",
      tag: "Holds",
      summary: "Deliveries that wait, or waited, for people; newest first",
      scope: "read",
      query: { state: holdState, ...narrowed, ...pageQuery },
      reply: holdPage,
      answer: async (call) => {
        const { limit, cursor } = pagingOf(call);
        const { items, next } = await holds.list({ ...filterIn(call), limit, ...(cursor && { cursor }) });
        return { items: items.map(listedHoldOf), ...(next !== undefined && { next }) };
      },
    },
    {
      method: "GET",
      path: "/api/v1/holds/:id",
      tag: "Holds",
      summary: "One hold: what would be sent, why it waits, who may decide",
      scope: "read",
      reply: holdDetail,
      answer: async (call) => shownHold(await holdFor(call.parameters["id"], deciding), call.caller!),
    },
    deciders("approve", "approved"),
    deciders("reject", "rejected"),
    {
      method: "POST",
      path: "/api/v1/holds/:id/edit",
      tag: "Holds",
      summary: "Edits what would be sent, and approves that",
      scope: "operate",
      audit: "hold.edited",
      body: editing,
      reply: holdDetail,
      answer: async (call) => {
        const { hash, reason, result } = call.body as Omit<Word, "what">;
        return said(call, { what: "edit", result, ...(hash && { hash }), ...(reason && { reason }) });
      },
    },
  ];
}

function filterIn({ query }: Call): HoldFilter {
  const wanted: Record<string, string> = {};
  for (const key of ["state", "route", "target", "source", "delivery"])
    if (query[key] !== undefined) wanted[key] = String(query[key]);
  return wanted as HoldFilter & { state?: HoldState };
}

/** A hold in a list. */
function listedHoldOf(hold: Hold): ListedHold {
  const { id, delivery, event, source, type, route, target, state, why, hash, createdAt } = hold;
  const { expiresAt, onTimeout, reviewers, approvals, given, selfApproval, causedBy } = hold;
  const { show, isOverdue, edit, decided, ended, replaces, replacedBy } = hold;
  return {
    ...{ id, delivery, event, source, type, route, target, state, why, hash },
    ...{ createdAt: isoOf(createdAt), onTimeout, needed: approvals, approvals: given.map(shownVote) },
    ...{ selfApproval, causedBy: [...causedBy] },
    ...(show !== undefined && { show }),
    ...(expiresAt !== undefined && { expiresAt: isoOf(expiresAt) }),
    ...(reviewers !== undefined && { reviewers: [...reviewers] }),
    ...(isOverdue === true && { overdue: true }),
    ...(edit !== undefined && { edited: shownVote(edit) }),
    ...(decided !== undefined && { decided: shownVote(decided) }),
    ...(ended !== undefined && { ended: { why: ended.why, at: isoOf(ended.at) } }),
    ...(replaces !== undefined && { replaces }),
    ...(replacedBy !== undefined && { replacedBy }),
  };
}

function shownHold(hold: Hold, caller: Caller): HoldDetail {
  const { draft, edit } = hold;
  const refusal = whyNot(hold, caller);
  const { request, result } = shownDraft(edit?.draft ?? draft);
  return {
    ...listedHoldOf(hold),
    request,
    ...(result !== undefined && { result }),
    ...(edit !== undefined && { before: shownDraft(draft) }),
    ...(refusal !== undefined && { refusal }),
  };
}

function shownDraft({ hash, request, result }: Draft): NonNullable<HoldDetail["before"]> {
  const { headers, ...rest } = request;
  const made = result === undefined ? undefined : (JSON.parse(result) as unknown);
  return { hash, request: { ...rest, headers: { ...headers } }, ...(made !== undefined && { result: made }) };
}

function shownVote({ by, at, how, reason }: Vote): NonNullable<ListedHold["decided"]> {
  return { by, at: isoOf(at), how, ...(reason !== undefined && { reason }) };
}
