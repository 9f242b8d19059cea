/** Deciding on many holds with one word, each written down by itself: all that wait and fit, if they are as many as were seen. */
import type { HoldFilter } from "../../adapters/waiting/holds.ts";
import { SignalboxError } from "../../core/errors.ts";
import { decide, type Word } from "../deciding.ts";
import type { Call, Endpoint } from "../endpoint.ts";
import { narrowed } from "../endpoints/holds.ts";
import { reasonText } from "../operating.ts";
import { bulkDecided, type BulkDecided } from "../shapes/holds.ts";
import { oneOf, shape } from "../shapes/shape.ts";
import { by, callerOf, type PeopleParts } from "./parts.ts";

const narrowedShape = shape("Which ones; all that wait without it.", narrowed, [
  "route",
  "target",
  "source",
  "delivery",
]);
const expectedCount = {
  type: "integer",
  minimum: 1,
  maximum: 1000,
  description: "How many you saw; nothing is done where it is another number.",
} as const;
const many = shape(
  "One word for all holds that wait and fit.",
  { decision: oneOf("approve", "reject"), filter: narrowedShape, expectedCount, reason: reasonText },
  ["filter", "reason"],
);

/** POST /api/v1/holds/decide. */
export function manyHoldsEndpoints(parts: PeopleParts): readonly Endpoint[] {
  return [
    {
      method: "POST",
      path: "/api/v1/holds/decide",
      tag: "Holds",
      summary: "Approves or rejects all that wait and fit, if they are as many as was expected",
      scope: "operate",
      audit: "holds.decided",
      body: many,
      reply: bulkDecided,
      answer: (call) => decideMany(call, parts),
    },
  ];
}

async function decideMany(call: Call, { deciding, audit }: PeopleParts): Promise<BulkDecided> {
  const {
    decision,
    filter = {},
    expectedCount: expected,
    reason,
  } = call.body as {
    readonly decision: "approve" | "reject";
    readonly filter?: HoldFilter;
    readonly expectedCount: number;
    readonly reason?: string;
  };
  const caller = callerOf(call);
  const { items } = await deciding.holds.list({ ...filter, state: "waiting", limit: expected + 1 });
  if (items.length !== expected) {
    const found = items.length > expected ? `more than ${expected}` : String(items.length);
    const said = `${expected} holds were expected to wait, and ${found} do. Nothing was decided.`;
    throw new SignalboxError("ADMIN_CONFLICT", said);
  }
  const action = decision === "approve" ? "hold.approved" : "hold.rejected";
  const left: { id: string; code: string; why: string }[] = [];
  for (const { id, hash, ...hold } of items) {
    const word: Word = { what: decision, hash, ...(reason && { reason }) };
    try {
      await decide({ id, hash, ...hold }, word, caller, caller.kind, deciding);
      await audit.append({
        ...by(caller, call.raw),
        action,
        on: id,
        ...(reason && { detail: reason }),
        status: 200,
      });
    } catch (error) {
      if (!(error instanceof SignalboxError)) throw error;
      left.push({ id, code: error.code, why: error.detail });
    }
  }
  return { decided: items.length - left.length, left };
}
