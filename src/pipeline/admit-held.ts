/** admit-held: a request that was refused and held is verified again, as of the time it came, and let in when it passes. */
import { createHash } from "node:crypto";
import { SignalboxError } from "../core/errors.ts";
import type { EventId } from "../core/event.ts";
import type { Held, Ports } from "../ports.ts";
import type { Workspace } from "../rules/workspace.ts";
import { accept } from "./accept.ts";
import { dispatch } from "./dispatch.ts";
import { traceAccepted } from "./trace.ts";

/** What became of it. */
export type AdmittedHeld =
  | {
      readonly id: string;
      readonly admitted: true;
      readonly events: readonly EventId[];
      /** All of them were known before: the sender had sent them again, and they had passed. */
      readonly duplicate?: true;
    }
  | { readonly id: string; readonly admitted: false; readonly code: string; readonly cause: string };

/**
 * Verifies with today's rules and secrets; only the clock is that of the day. A duplicate is admitted too, and not delivered
 * again. The events' ids follow from the request's: two who admit it at once, or one who does so again after a crash, make
 * the same events.
 */
export async function admitHeld(
  { id, source: name, at, request }: Held,
  workspace: Workspace,
  ports: Pick<
    Ports,
    "store" | "reopen" | "repetitions" | "log" | "limits" | "fetchText" | "captured" | "former" | "tracing"
  >,
): Promise<AdmittedHeld> {
  const source = workspace.sources.get(name);
  if (source === undefined)
    return {
      id,
      admitted: false,
      code: "ACCEPT_SOURCE_UNKNOWN",
      cause: `there is no source \`${name}\` any more`,
    };
  try {
    const asOfThen = { ...ports, clock: { now: () => at }, random: drawnFrom(id) };
    const accepted = await accept(request, source, workspace.sources.values(), asOfThen);
    if (accepted.kind === "reply")
      return {
        id,
        admitted: false,
        code: "ACCEPT_SIGNATURE_INVALID",
        cause: "it is a handshake, which is over",
      };
    const dispatched = await dispatch(accepted.events, workspace, ports);
    const { method, path, body } = request;
    traceAccepted({ method, path, body }, accepted.events, dispatched, asOfThen);
    const isKnown = dispatched.length > 0 && dispatched.every(({ duplicate }) => duplicate);
    const events = dispatched.map((each) => each.id);
    return { id, admitted: true, events, ...(isKnown && { duplicate: true }) };
  } catch (error) {
    if (!(error instanceof SignalboxError)) throw error;
    const cause = typeof error.cause === "string" ? error.cause : error.detail;
    return { id, admitted: false, code: error.code, cause };
  }
}

/** The same bytes in the same order, whoever asks. */
function drawnFrom(id: string): Ports["random"] {
  let turn = 0;
  return { bytes: (count) => createHash("sha512").update(`${id} ${turn++}`).digest().subarray(0, count) };
}
