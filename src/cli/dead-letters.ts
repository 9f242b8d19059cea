/** `signalbox dead-letters`: what deliveries died of, with what to do; with a cause's id, its deliveries. */
import type { Command } from "commander";
import type { DeadCause, ListedDelivery } from "../admin/shapes/deliveries.ts";
import { ask, asks, type Asking } from "./ask.ts";
import { printDeliveries } from "./deliveries.ts";
import { filters, queryOf, type Given } from "./filters.ts";
import { more, shortened, type Listed } from "./listing.ts";
import { out, outJson, paint } from "./print.ts";

type Options = Asking & Given;

export function deadLettersCommand(program: Command): void {
  const command = program
    .command("dead-letters [cause]")
    .description("what deliveries died of, and what is usually done about it; with a cause, its deliveries");
  asks(filters(command, ["cursor", "limit"]))
    .addHelpText("after", "\nExample:\n  $ signalbox dead-letters")
    .action((cause: string | undefined, _options, command: Command) =>
      deadLetters(cause, command.optsWithGlobals()),
    );
}

async function deadLetters(cause: string | undefined, options: Options): Promise<void> {
  if (cause !== undefined) {
    const path = `/api/v1/dead-letters/${encodeURIComponent(cause)}${queryOf(options)}`;
    const page = await ask<Listed<ListedDelivery>>(options, path);
    if (page === undefined) return;
    if (options.json) return outJson(page);
    printDeliveries(page.items);
    return more(page);
  }
  const found = await ask<{ items: readonly DeadCause[] }>(options, "/api/v1/dead-letters");
  if (found === undefined) return;
  if (options.json) return outJson(found);
  if (found.items.length === 0) return out("No dead letters.");
  for (const one of found.items) {
    const { id, count, route, target, status, code, answer, schema, firstAt, lastAt, sample, action } = one;
    out(`${paint.bold(id)}  ${count} × ${route} → ${target}  ${[status, code].filter(Boolean).join(" ")}`);
    out(`  from ${firstAt} to ${lastAt}, such as ${sample}`);
    if (answer !== undefined) out(`  answered: ${shortened(answer)}`);
    if (schema !== undefined) out(`  schema: ${schema}`);
    out(`  ${action}`);
  }
}
