/** A hold: a delivery that waits for people, bound to the hash of what would be sent; and who of them may decide. Pure. */
import { createHash } from "node:crypto";
import type { DeliveryId } from "./delivery.ts";
import type { EventId } from "./event.ts";
import { isLower, ROLES, type Caller, type Role } from "./role.ts";

/** `hld_` and 26 characters that sort by time. */
export type HoldId = `hld_${string}`;

/**
 * `waiting` for people; `approved`, `rejected`, `expired` are decisions; `superseded`: another request would be sent now, so
 * what was approved does not count; `cancelled`: the delivery was replayed, discarded or came to its end otherwise.
 */
export type HoldState = "waiting" | "approved" | "rejected" | "expired" | "superseded" | "cancelled";

/** A request as reviewers see it: without credentials, and without what differs at each attempt. */
export interface ShownRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Absent where it is none, is no text, or is longer than is kept. */
  readonly body?: string;
  readonly bytes: number;
  /** SHA-256 of the body's bytes, in hex. */
  readonly sha256: string;
}

/** What would be sent, and the hash that an approval is bound to: SHA-256, in hex. */
export interface Draft {
  readonly hash: string;
  readonly request: ShownRequest;
  /** What the rule made, as JSON; absent where it is longer than is kept: then it cannot be edited. */
  readonly result?: string;
}

/** What a gate asks for, as it was when the hold began. */
export interface Terms {
  readonly id: HoldId;
  readonly delivery: DeliveryId;
  readonly event: EventId;
  readonly route: string;
  readonly target: string;
  readonly source: string;
  readonly type: string;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly onTimeout: "approve" | "reject" | "keep";
  readonly reviewers?: readonly string[];
  readonly approvals: number;
  readonly selfApproval: boolean;
  /** Names of those who caused the delivery, as far as that is known. */
  readonly causedBy: readonly string[];
  /** Why it waits, as a sentence. */
  readonly why: string;
  /** The version of the route. */
  readonly rule?: string;
  /** What the gate's `show` made, or why it made nothing. */
  readonly show?: unknown;
  /** The hold before this one, whose approval does not count any more. */
  readonly replaces?: HoldId;
}

/** Who decided, when and how. */
export interface Vote {
  readonly id: string;
  readonly by: string;
  /** Epoch ms. */
  readonly at: number;
  /** api, page, command line: how it is known who it was. */
  readonly how: string;
  readonly reason?: string;
}

/** What somebody put in the place of what the rule had made. */
export interface Edit extends Vote {
  /** Hash of the request that was edited. */
  readonly of: string;
  readonly draft: Draft;
}

/** A hold as it stands. */
export interface Hold extends Terms {
  readonly state: HoldState;
  /** Of the request that is to be approved now. */
  readonly hash: string;
  readonly draft: Draft;
  readonly given: readonly Vote[];
  readonly edit?: Edit;
  /** The last word; of the gate's own where the time ran out. */
  readonly decided?: Vote;
  /** Why it is superseded or cancelled, and since when (epoch ms). */
  readonly ended?: { readonly why: string; readonly at: number };
  /** The hold in its place, where it is superseded. */
  readonly replacedBy?: HoldId;
  /** The time is up, and it goes on waiting. */
  readonly isOverdue?: boolean;
}

/** The hash of what would be sent: another method, URL, header or body makes another one; the order of headers does not. */
export function hashOfRequest({ method, url, headers, sha256 }: ShownRequest): string {
  const sorted = Object.entries(headers).sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([method, url, sorted, sha256]))
    .digest("hex");
}

/** How two requests differ, in words: "body and url". */
export function differenceOf(before: ShownRequest, now: ShownRequest): string {
  const parts = [
    ...(before.method === now.method ? [] : ["method"]),
    ...(before.url === now.url ? [] : ["URL"]),
    ...(JSON.stringify(sortedOf(before)) === JSON.stringify(sortedOf(now)) ? [] : ["headers"]),
    ...(before.sha256 === now.sha256 ? [] : ["body"]),
  ];
  return parts.join(" and ");
}

function sortedOf({ headers }: ShownRequest): [string, string][] {
  return Object.entries(headers).sort(([one], [other]) => (one < other ? -1 : 1));
}

/** Why a caller may not decide, as a sentence; undefined where he may. */
export function whyNot(
  { reviewers, selfApproval, causedBy }: Pick<Terms, "reviewers" | "selfApproval" | "causedBy">,
  caller: Pick<Caller, "name" | "role" | "scopes" | "impersonator">,
): string | undefined {
  if (caller.impersonator !== undefined) return "Who acts as somebody else decides nothing.";
  if (!caller.scopes.includes("operate"))
    return `Deciding needs the scope \`operate\`; ${caller.name} has not got it here.`;
  if (reviewers !== undefined && !reviewers.some((one) => isMeant(one, caller)))
    return `${caller.name} is none of its reviewers: ${reviewers.join(", ")}.`;
  if (!selfApproval && causedBy.some((name) => isSame(name, caller.name)))
    return `${caller.name} caused it, and its gate lets nobody decide on what he caused.`;
  return undefined;
}

/** A role means everybody who is that or more; anything else is a name. */
function isMeant(reviewer: string, { name, role }: Pick<Caller, "name" | "role">): boolean {
  const asked = ROLES.find((one) => one === reviewer);
  return isSame(reviewer, name) || (asked !== undefined && !isLower(role, asked satisfies Role));
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** True for text of the shape of a hold's id. */
export function isHoldId(text: string): text is HoldId {
  return /^hld_[0-9a-hjkmnp-tv-z]{26}$/.test(text);
}
