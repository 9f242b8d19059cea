/** `signalbox events`: what was accepted, newest first; with an id, one event whole. */
import type { Command } from "commander";
import type { EventDetail, ListedEvent, Page } from "../adapters/history.ts";
import { ADMIN_OPTION, ask, queryOf, type Asking } from "./ask.ts";
import { EXIT, end, out, outJson, pretty, table } from "./print.ts";

interface Options extends Asking {
  readonly source?: string;
  readonly type?: string;
  readonly state?: string;
  readonly cursor?: string;
  readonly limit?: string;
}

export function eventsCommand(program: Command): void {
  program
    .command("events [id]")
    .description("the accepted events, newest first; with an id, one of them with body and attempts")
    .option("--source <name>", "only of this source")
    .option("--type <type>", "only of this type")
    .option("--state <state>", "only open, settled, unrouted or quarantined ones")
    .option("--cursor <next>", "go on where a page ended")
    .option("--limit <count>", "at most so many", "20")
    .option(...ADMIN_OPTION)
    .option("--json", "print the API's answer")
    .addHelpText("after", "\nExample:\n  $ signalbox events --source github --type push")
    .action((id: string | undefined, _options, command: Command) => events(id, command.optsWithGlobals()));
}

async function events(id: string | undefined, options: Options): Promise<void> {
  if (id !== undefined) return showEvent(id, options);
  const { source, type, state, cursor, limit } = options;
  const page = await ask<Page<ListedEvent>>(
    options,
    `/api/v1/events${queryOf({ source, type, state, cursor, limit })}`,
  );
  if (page === undefined) return end(EXIT.failed);
  if (options.json) return outJson(page);
  if (page.items.length === 0) return out("No events.");
  const rows = page.items.map((event) => [
    event.id,
    event.receivedAt,
    event.source,
    event.type,
    event.state,
    event.deliveries.map(({ route, state }) => `${route}: ${state}`).join(", "),
  ]);
  out(table([["id", "received", "source", "type", "state", "deliveries"], ...rows]));
  if (page.next !== undefined) out(`More: signalbox events --cursor ${page.next}`);
}

async function showEvent(id: string, options: Options): Promise<void> {
  const event = await ask<EventDetail>(options, `/api/v1/events/${encodeURIComponent(id)}`);
  if (event === undefined) return end(EXIT.failed);
  if (options.json) return outJson(event);
  out(`${event.id}  ${event.source}  ${event.type}  ${event.receivedAt}  ${event.state}`);
  out(pretty(event.body));
  for (const delivery of event.deliveries) {
    out(
      `${delivery.id}  ${delivery.route} → ${delivery.target}  ${delivery.state}${delivery.code ? `  ${delivery.code}` : ""}`,
    );
    for (const attempt of delivery.attemptList) {
      const said = attempt.error
        ? `${attempt.error.code} ${attempt.error.detail}`
        : String(attempt.status ?? "");
      out(`  attempt ${attempt.number} (${attempt.trigger})  ${Math.round(attempt.durationMs)} ms  ${said}`);
    }
  }
}
