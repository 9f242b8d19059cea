/** admit-held: a request that was refused and held is verified again, as of the time it came, and let in when it passes. */
import { SignalboxError } from "../core/errors.ts";
import type { EventId } from "../core/event.ts";
import type { Held, Ports } from "../ports.ts";
import type { Workspace } from "../rules/workspace.ts";
import { accept } from "./accept.ts";
import { dispatchAll } from "./receive.ts";

/** What became of it. */
export type AdmittedHeld =
  | { readonly id: string; readonly admitted: true; readonly events: readonly EventId[] }
  | { readonly id: string; readonly admitted: false; readonly code: string; readonly cause: string };

/** Verifies with today's rules and secrets; only the clock is that of the day. A duplicate is admitted too, and not delivered again. */
export async function admitHeld(
  { id, source: name, at, request }: Held,
  workspace: Workspace,
  ports: Pick<Ports, "store" | "reopen" | "log" | "clock" | "random" | "limits" | "fetchText" | "captured">,
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
    const asOfThen = { ...ports, clock: { now: () => at } };
    const accepted = await accept(request, source, workspace.sources.values(), asOfThen);
    if (accepted.kind === "reply")
      return {
        id,
        admitted: false,
        code: "ACCEPT_SIGNATURE_INVALID",
        cause: "it is a handshake, which is over",
      };
    const dispatched = await dispatchAll(accepted.events, workspace, ports);
    return { id, admitted: true, events: dispatched.map((each) => each.id) };
  } catch (error) {
    if (!(error instanceof SignalboxError)) throw error;
    const cause = typeof error.cause === "string" ? error.cause : error.detail;
    return { id, admitted: false, code: error.code, cause };
  }
}
