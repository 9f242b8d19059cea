/** `signalbox events`: what was accepted, newest first; with an id, one event whole. */
import type { Command } from "commander";
import type { EventDetail, ListedEvent } from "../admin/shapes/deliveries.ts";
import { ask, asks, type Asking } from "./ask.ts";
import { EVENT_FILTERS, PAGING, filters, queryOf, type Given } from "./filters.ts";
import { attemptLine, more, type Listed } from "./listing.ts";
import { out, outJson, plain, pretty, table } from "./print.ts";

type Options = Asking & Given;

export function eventsCommand(program: Command): void {
  const command = program
    .command("events [id]")
    .description("the accepted events, newest first; with an id, one of them with body, routes and attempts");
  asks(filters(command, [...EVENT_FILTERS, ...PAGING]))
    .addHelpText("after", "\nExample:\n  $ signalbox events --source github --tag order:1234 --from 2h")
    .action((id: string | undefined, _options, command: Command) => events(id, command.optsWithGlobals()));
}

async function events(id: string | undefined, options: Options): Promise<void> {
  if (id !== undefined) return showEvent(id, options);
  const page = await ask<Listed<ListedEvent>>(options, `/api/v1/events${queryOf(options)}`);
  if (page === undefined) return;
  if (options.json) return outJson(page);
  if (page.items.length === 0) out("No events.");
  else {
    const rows = page.items.map(({ id: of, receivedAt, source, type, state, deliveries }) => [
      ...[of, receivedAt, source, type, state],
      deliveries.map(({ route, state: at }) => `${route}: ${at}`).join(", "),
    ]);
    out(table([["id", "received", "source", "type", "state", "deliveries"], ...rows]));
  }
  more(page);
}

async function showEvent(id: string, options: Options): Promise<void> {
  const event = await ask<EventDetail>(options, `/api/v1/events/${encodeURIComponent(id)}`);
  if (event === undefined) return;
  if (options.json) return outJson(event);
  out(`${event.id}  ${event.source}  ${plain(event.type)}  ${event.receivedAt}  ${event.state}`);
  out(event.body === undefined ? "(the body has left the history)" : pretty(event.body));
  const { duplicates, duplicateList } = event;
  if (duplicates > 0)
    out(`sent again ${duplicates} ${duplicates === 1 ? "time" : "times"}, the latest first`);
  for (const { at, headers, revived } of duplicateList) out(repetitionLine(at, headers, revived));
  for (const { route, target, matched, why } of event.routes)
    if (!matched) out(`not ${route} → ${target}: ${why}`);
  for (const { id: of, route, target, state, code = "", attemptList } of event.deliveries) {
    out(`${of}  ${route} → ${target}  ${state}  ${code}`.trimEnd());
    for (const attempt of attemptList) out(attemptLine(attempt));
  }
}

function repetitionLine(
  at: string,
  headers: Readonly<Record<string, string>>,
  revived: readonly string[],
): string {
  const said = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const again = revived.length > 0 ? [`ran again: ${revived.join(", ")}`] : [];
  return `  ${[at, ...said, ...again].join("  ")}`;
}
