/** `signalbox audit`: who did what, newest first. */
import type { Command } from "commander";
import type { AuditEntry } from "../admin/shapes/people.ts";
import { ask, asks, type Asking } from "./ask.ts";
import { filters, queryOf, type Given } from "./filters.ts";
import { more, type Listed } from "./listing.ts";
import { out, outJson, table } from "./print.ts";

type Options = Asking & Given & { readonly author?: string; readonly action?: string; readonly on?: string };

export function auditCommand(program: Command): void {
  const command = program
    .command("audit")
    .description("who did what, newest first")
    .option("--author <name>", "only what this one did")
    .option("--action <action>", "only such acts: target.paused, token.created …")
    .option("--on <what>", "only what was done to this");
  asks(filters(command, ["cursor", "limit"]))
    .addHelpText("after", "\nExample:\n  $ signalbox audit --action target.paused")
    .action((_options, command: Command) => audit(command.optsWithGlobals<Options>()));
}

async function audit(options: Options): Promise<void> {
  const { author, action, on } = options;
  const page = await ask<Listed<AuditEntry>>(
    options,
    `/api/v1/audit${queryOf(options, { author, action, on })}`,
  );
  if (page === undefined) return;
  if (options.json) return outJson(page);
  if (page.items.length === 0) out("Nothing.");
  else {
    const rows = page.items.map(({ at, author: by, impersonator, action: did, on: to = "", detail = "" }) => [
      ...[at, impersonator === undefined ? by : `${by} (by ${impersonator})`, did, to, detail],
    ]);
    out(table([["at", "who", "did", "to", ""], ...rows]));
  }
  more(page);
}
