/** gate: what a route would send waits for people, unless they have approved this very request, or its gate lets it pass. */
import { SignalboxError, detailOf } from "../core/errors.ts";
import { differenceOf, type Draft, type Hold, type HoldId, type Terms } from "../core/hold.ts";
import { timeOrdered } from "../core/ids.ts";
import type { Ports, Recorded } from "../ports.ts";
import type { Expression } from "../language/expression.ts";
import type { Gate, Route, Target } from "../rules/workspace.ts";
import { draftOf } from "./draft.ts";

/** What `show` makes is a summary: of more than so many characters nobody sees anything. */
const MAX_SHOWN = 16_384;

/** Why an attempt is not made: a hold that is to begin. */
export interface Stop {
  readonly terms: Terms;
  readonly draft: Draft;
  /** Why the former hold does not count any more. */
  readonly why?: string;
  /** A target is to be told of it. */
  readonly notify?: boolean;
}

/** Goes on, with what people have put in the result's place or the result itself; or stops. */
export type Passed = { readonly result: unknown; readonly stop?: never } | { readonly stop: Stop };

/** What the gate of a route says to a result. Throws GATE_FAILED, and what making the request throws. */
export async function passGate(
  recorded: Recorded,
  route: Route & { readonly gate: Gate },
  result: unknown,
  ports: Pick<Ports, "holds" | "clock" | "random">,
): Promise<Passed> {
  const { gate, name, target } = route;
  const former = recorded.hold === undefined ? undefined : await ports.holds.read(recorded.hold);
  const approved = former && (await approvedIn(former, recorded, target, result));
  if (approved !== undefined) return approved;
  const said = gate.when === undefined || (await evaluated(gate.when, "when", name, recorded, result));
  if (said === false) return { result };
  const draft = await draftOf(recorded, target, result);
  const terms = await termsOf(recorded, route, result, former?.id, ports);
  const notify = gate.notify !== undefined && { notify: true };
  return { stop: { terms, draft, ...(former && { why: whyOf(former, draft) }), ...notify } };
}

/** What goes out on an approval; undefined where it is none of what would be sent now. */
async function approvedIn(
  { state, hash, edit }: Hold,
  recorded: Recorded,
  target: Target,
  result: unknown,
): Promise<{ result: unknown } | undefined> {
  if (state !== "approved") return undefined;
  const draft = await draftOf(recorded, target, result);
  if (edit === undefined) return hash === draft.hash ? { result } : undefined;
  if (edit.of !== draft.hash || edit.draft.result === undefined) return undefined;
  const edited: unknown = JSON.parse(edit.draft.result);
  return (await draftOf(recorded, target, edited)).hash === hash ? { result: edited } : undefined;
}

async function termsOf(
  recorded: Recorded,
  { name, version, file, target, transform, gate }: Route & { readonly gate: Gate },
  result: unknown,
  replaces: HoldId | undefined,
  { clock, random }: Pick<Ports, "clock" | "random">,
): Promise<Terms> {
  const { delivery, context, by, editedBy } = recorded;
  const { reviewers, approvals, selfApproval, onTimeout, when } = gate.file;
  const caused = gate.causedBy && (await evaluated(gate.causedBy, "causedBy", name, recorded, result));
  const causedBy = [...namesIn(by), ...namesIn(editedBy), ...textsOf(caused)];
  const show = gate.show && (await shown(gate.show, recorded, result));
  const now = clock.now();
  return {
    id: `hld_${timeOrdered(now, random.bytes(10))}`,
    delivery: delivery.id,
    event: delivery.event,
    route: name,
    target: target.name,
    source: file.source,
    type: context.type,
    createdAt: now,
    ...(gate.timeoutMs !== undefined && { expiresAt: now + gate.timeoutMs }),
    onTimeout,
    ...(reviewers !== undefined && { reviewers }),
    approvals,
    selfApproval,
    causedBy: [...new Set(causedBy)],
    why:
      when === undefined
        ? `Route \`${name}\` sends nothing unapproved.`
        : `The gate of route \`${name}\` holds it: ${when}`,
    ...(transform !== undefined && { rule: version }),
    ...(show !== undefined && { show }),
    ...(replaces !== undefined && { replaces }),
  };
}

/** What is told of a new hold: no body, no header, since whoever is told may be anybody. */
export function newsOf(hold: Terms & { readonly hash: string }): object {
  const { id, delivery, event, route, target, source, type, hash, approvals, createdAt } = hold;
  const { expiresAt, reviewers, show } = hold;
  return {
    ...{ hold: id, delivery, route, target, hash, approvals, event: { id: event, source, type } },
    createdAt: new Date(createdAt).toISOString(),
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
    ...(reviewers !== undefined && { reviewers }),
    ...(show !== undefined && { show }),
  };
}

/** "root as ann" are two who caused it. */
function namesIn(author: string | undefined): string[] {
  return author === undefined ? [] : author.split(" as ");
}

function textsOf(value: unknown): string[] {
  const all: unknown[] = Array.isArray(value) ? value : [value];
  return all.filter((one): one is string => typeof one === "string" && one !== "").slice(0, 20);
}

/** What cannot be shown keeps nobody from deciding: the request itself is there. */
async function shown(show: Expression, { payload, context }: Recorded, result: unknown): Promise<unknown> {
  try {
    const made = await show.evaluate(payload, context, { result });
    const isLong = made !== undefined && JSON.stringify(made).length > MAX_SHOWN;
    return isLong ? { error: `it is longer than ${MAX_SHOWN} characters` } : made;
  } catch (error) {
    return { error: detailOf(error) };
  }
}

async function evaluated(
  expression: Expression,
  key: "when" | "causedBy",
  route: string,
  { payload, context }: Recorded,
  result: unknown,
): Promise<unknown> {
  try {
    return await expression.evaluate(payload, context, { result });
  } catch (cause) {
    throw new SignalboxError(
      "GATE_FAILED",
      `The \`${key}\` of the gate of route \`${route}\` failed: ${detailOf(cause)}`,
      {
        cause,
      },
    );
  }
}

function whyOf({ state, draft, edit }: Hold, now: Draft): string {
  const of = edit?.of === now.hash ? edit.draft : draft;
  const differs = differenceOf(of.request, now.request);
  if (state !== "approved") return `It is ${state}, and the delivery is tried again.`;
  return `What would be sent is another request now: ${differs === "" ? "its target" : differs}. The approval was of ${of.hash.slice(0, 12)}.`;
}
