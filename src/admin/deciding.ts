/** Deciding on a hold: who may, what an edit would send, and what came of it, told with who was faster and when. */
import type { Decided, HoldStore } from "../adapters/waiting/holds.ts";
import { SignalboxError } from "../core/errors.ts";
import { isHoldId, whyNot, type Edit, type Hold, type Vote } from "../core/hold.ts";
import type { Caller } from "../core/role.ts";
import { draftOf } from "../pipeline/draft.ts";
import type { Ports } from "../ports.ts";
import type { Workspace } from "../rules/workspace.ts";
import { isoOf } from "./shown.ts";

/** What deciding needs. */
export interface Deciding {
  readonly holds: HoldStore;
  readonly workspace: () => Workspace;
  readonly ports: Pick<Ports, "store" | "log" | "clock" | "happened">;
}

/** What somebody says: with `result`, that it goes out with that instead of what the rule made. */
export interface Word {
  readonly what: "approve" | "reject" | "edit";
  /** The hash that was looked at. */
  readonly hash?: string;
  readonly reason?: string;
  readonly result?: unknown;
}

/** The hold of an id. Throws ADMIN_HOLD_UNKNOWN. */
export async function holdFor(id: string | undefined, { holds }: Pick<Deciding, "holds">): Promise<Hold> {
  const hold = id !== undefined && isHoldId(id) ? await holds.read(id) : undefined;
  if (hold === undefined) throw new SignalboxError("ADMIN_HOLD_UNKNOWN", "There is no hold of this id.");
  return hold;
}

/**
 * Decides, as a caller; the hold as it stands afterwards. The same word again changes nothing. Throws ADMIN_REVIEWER_REFUSED,
 * ADMIN_HOLD_DECIDED with who was faster and when, ADMIN_HOLD_CHANGED, and for an edit ADMIN_BODY_INVALID.
 */
export async function decide(
  hold: Hold,
  word: Word,
  caller: Caller,
  how: string,
  deciding: Deciding,
): Promise<Hold> {
  const { holds, ports } = deciding;
  const refusal = whyNot(hold, caller);
  if (refusal !== undefined) throw new SignalboxError("ADMIN_REVIEWER_REFUSED", refusal);
  const { what, hash, reason } = word;
  const vote: Vote = {
    ...{ id: caller.id, by: caller.name, at: ports.clock.now(), how },
    ...(reason !== undefined && reason !== "" && { reason }),
  };
  const edit = what === "edit" ? await editOf(hold, word, vote, deciding) : undefined;
  // An edit is of what was looked at: whoever edits in the meantime makes it another one.
  const looked = hash ?? (edit === undefined ? undefined : hold.hash);
  const decided = await holds.decide(hold, {
    ...{ what, vote },
    ...(looked !== undefined && { hash: looked }),
    ...(edit && { edit }),
  });
  const now = await holdFor(hold.id, deciding);
  conclude(now, decided, word, edit);
  if (decided.kind === "approved" || decided.kind === "rejected" || decided.kind === "counted")
    tell(now, decided, vote, deciding);
  return now;
}

/** Throws unless what was said is what now holds. */
function conclude(hold: Hold, decided: Decided, { what, hash }: Word, edit: Edit | undefined): void {
  const { id, state } = hold;
  if (decided.kind === "late")
    throw new SignalboxError("ADMIN_HOLD_DECIDED", `The time of hold ${id} ran out at ${isoOf(decided.at)}.`);
  if (decided.kind === "changed") {
    const said = `Hold ${id} is bound to ${decided.hash.slice(0, 12)} now; you looked at ${(hash ?? edit?.of ?? "").slice(0, 12)}.`;
    throw new SignalboxError("ADMIN_HOLD_CHANGED", said);
  }
  if (decided.kind !== "over") return;
  const same =
    (what === "approve" && state === "approved" && (hash === undefined || hash === hold.hash)) ||
    (what === "reject" && state === "rejected") ||
    (what === "edit" && state === "approved" && hold.hash === edit?.draft.hash);
  if (!same) throw new SignalboxError("ADMIN_HOLD_DECIDED", endOf(hold));
}

/** How a hold came to its end, as a sentence with who and when. */
export function endOf({ id, state, decided, ended }: Hold): string {
  if (state === "approved" || state === "rejected" || state === "expired")
    return `Hold ${id} was ${state === "expired" ? "given up" : state} by ${decided?.by ?? "nobody"} at ${isoOf(decided?.at ?? 0)}.`;
  return `Hold ${id} was ${state} at ${isoOf(ended?.at ?? 0)}: ${ended?.why ?? ""}`;
}

function tell(hold: Hold, { kind }: Decided, vote: Vote, { ports }: Deciding): void {
  const { id, delivery, route, target, edit, event, source, type } = hold;
  ports.log.info(
    { hold: id, delivery, route, target, by: vote.by, how: vote.how, decision: kind },
    "hold.decided",
  );
  if (kind === "counted") return;
  const data = {
    ...{ hold: id, delivery, route, target, decision: kind, by: vote.by },
    event: { id: event, source, type },
    ...(vote.reason !== undefined && { reason: vote.reason }),
    ...(edit !== undefined && { edited: true }),
  };
  ports.happened({ type: "hold.decided", subject: id, data });
}

/** What would be sent with another result, on the route as it is now. It must still make what is held of the rule's own. */
async function editOf(
  hold: Hold,
  { result }: Word,
  vote: Vote,
  { ports, workspace }: Deciding,
): Promise<Edit> {
  const recorded = await ports.store.load(hold.delivery, false);
  const route = workspace().routes.get(hold.route);
  if (recorded === undefined || route === undefined || hold.draft.result === undefined)
    throw new SignalboxError(
      "ADMIN_HOLD_CHANGED",
      `What hold ${hold.id} holds cannot be edited: it is gone, or longer than 64 KB.`,
    );
  const target = workspace().targets.get(hold.target) ?? route.target;
  const before = await draftOf(recorded, target, JSON.parse(hold.draft.result));
  if (before.hash !== hold.draft.hash)
    throw new SignalboxError(
      "ADMIN_HOLD_CHANGED",
      `Route \`${hold.route}\` would send another request now than hold ${hold.id} shows.`,
    );
  const output = route.transform?.output;
  const misfit = output?.validate(result)[0];
  if (misfit !== undefined)
    throw new SignalboxError(
      "ADMIN_BODY_INVALID",
      `The result does not satisfy schema \`${output!.name}\`: ${misfit.message}.`,
    );
  const draft = await draftOf(recorded, target, result);
  if (draft.result === undefined)
    throw new SignalboxError("ADMIN_BODY_INVALID", "The result is longer than 64 KB.");
  return { ...vote, of: hold.draft.hash, draft };
}
