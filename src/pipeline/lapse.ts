/** lapse: holds whose time is up are decided as their gates say, and of which nobody was told yet are told. */
import type { Hold } from "../core/hold.ts";
import type { Ports } from "../ports.ts";
import type { Workspace } from "../rules/workspace.ts";
import { notice } from "./notice.ts";

/** What ran out, and what came of it; see adapters/waiting/holds.ts. */
export interface Lapsing {
  sweep(
    keptMs: number,
  ): Promise<readonly { readonly hold: Hold; readonly decided: { readonly kind: string } }[]>;
  untold(): Promise<readonly Hold[]>;
}

/** One pass, by any number of processes: each hold is decided once. Those that ended `keptMs` ago are forgotten. */
export async function lapse(
  holds: Lapsing,
  keptMs: number,
  workspace: Workspace,
  ports: Pick<Ports, "log" | "happened" | "store" | "holds">,
): Promise<void> {
  const { log, happened } = ports;
  for (const hold of await holds.untold()) await notice(hold, workspace, ports);
  for (const { hold, decided } of await holds.sweep(keptMs)) {
    const { id, delivery, event, source, type, route, target } = hold;
    const { kind } = decided;
    // Another process, or a person, was faster.
    if (kind !== "approved" && kind !== "expired" && kind !== "kept") continue;
    const line = { hold: id, delivery, route, target, decision: kind };
    log.info(line, "hold.lapsed");
    const data = { ...line, event: { id: event, source, type }, by: `the gate of ${route}` };
    happened({ type: kind === "kept" ? "hold.overdue" : "hold.decided", subject: id, data });
  }
}
