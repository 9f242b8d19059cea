/** `signalbox deliveries`: what goes to the targets, newest event first; with an id, one delivery with its attempts. */
import type { Command } from "commander";
import type { DeliveryDetail, ListedDelivery } from "../admin/shapes/deliveries.ts";
import { ask, asks, type Asking } from "./ask.ts";
import { DELIVERY_FILTERS, PAGING, filters, queryOf, type Given } from "./filters.ts";
import { attemptLine, more, shortened, type Listed } from "./listing.ts";
import { out, outJson, pretty, table } from "./print.ts";

type Options = Asking & Given;

export function deliveriesCommand(program: Command): void {
  const command = program
    .command("deliveries [id]")
    .description("deliveries and where they stand; with an id, one of them with its attempts");
  asks(filters(command, [...DELIVERY_FILTERS, ...PAGING]))
    .addHelpText("after", "\nExample:\n  $ signalbox deliveries --state dead --target team-chat --from 1d")
    .action((id: string | undefined, _options, command: Command) =>
      deliveries(id, command.optsWithGlobals()),
    );
}

async function deliveries(id: string | undefined, options: Options): Promise<void> {
  if (id !== undefined) return showDelivery(id, options);
  const page = await ask<Listed<ListedDelivery>>(options, `/api/v1/deliveries${queryOf(options)}`);
  if (page === undefined) return;
  if (options.json) return outJson(page);
  printDeliveries(page.items);
  more(page);
}

/** Deliveries as a table. */
export function printDeliveries(items: readonly ListedDelivery[]): void {
  if (items.length === 0) return out("No deliveries.");
  const rows = items.map(({ id, route, target, state, attempts, changedAt, dueAt, code, status }) => [
    ...[id, `${route} → ${target}`, state, String(attempts), changedAt],
    [status, code ?? (dueAt === undefined ? "" : `due ${dueAt}`)].filter(Boolean).join(" "),
  ]);
  out(table([["id", "route → target", "state", "attempts", "changed", ""], ...rows]));
}

async function showDelivery(id: string, options: Options): Promise<void> {
  const found = await ask<DeliveryDetail>(options, `/api/v1/deliveries/${encodeURIComponent(id)}`);
  if (found === undefined) return;
  if (options.json) return outJson(found);
  const { event, route, target, state, code = "", attemptList, result, discarded, dueAt, waitsFor } = found;
  const { line, batch, supersededBy } = found;
  out(`${found.id}  of ${event}  ${route} → ${target}  ${state}  ${code}`.trimEnd());
  if (discarded !== undefined) out(`  discarded by ${discarded.by} ${discarded.at}: ${discarded.reason}`);
  if (waitsFor !== undefined) out(`  waits until ${dueAt ?? ""} for ${waitsFor}`);
  if (found.rule !== undefined) out(`  version ${found.rule} of its route`);
  if (line !== undefined) out(`  stands in line (${line.rule}) with those of key ${line.key}`);
  if (batch !== undefined) out(`  went in a batch with ${batch}`);
  if (supersededBy !== undefined) out(`  superseded by ${supersededBy}`);
  for (const attempt of attemptList) {
    out(attemptLine(attempt));
    if (attempt.answer) out(`    answered: ${shortened(attempt.answer)}`);
  }
  if (result !== undefined) out(`made of it:\n${pretty(result)}`);
}
