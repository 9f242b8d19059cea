/** `signalbox tail`: follows what happens until it is interrupted. */
import type { Command } from "commander";
import { asks, call, reach, type Asking } from "./ask.ts";
import { filters, queryOf, type Given } from "./filters.ts";
import { EXIT, end, note, out, paint, plain } from "./print.ts";
import { eventsOf } from "./stream.ts";

type Options = Asking & Given;

export function tailCommand(program: Command): void {
  const command = program
    .command("tail")
    .description("follow accepted events and attempts as they happen; with a filter, coalesced");
  asks(filters(command, ["source", "route", "target", "state"]), "print a JSON line each")
    .addHelpText("after", "\nExample:\n  $ signalbox tail --target team-chat --state dead")
    .action((_options, command: Command) => tail(command.optsWithGlobals()));
}

async function tail(options: Options): Promise<void> {
  const { source, route, target, state } = options;
  const query = queryOf({}, { source, route, target, state });
  const reached = await reach(options);
  const response =
    reached && (await call(reached, query === "" ? "/api/v1/tail" : `/api/v1/changes${query}`));
  if (response === undefined) return;
  note(paint.dim(`following ${reached!.base}; end with Ctrl-C`));
  for await (const { event, data } of eventsOf(response)) show(event, data, options.json === true);
  note("The router has ended.");
  end(EXIT.failed);
}

function show(kind: string, data: string, json: boolean): void {
  if (json) return out(data);
  const told = JSON.parse(data) as Record<string, string>;
  const { delivery, event, source, type, route, target, state, attempt, status, deliveries, code } = told;
  const time = paint.dim(new Date().toISOString().slice(11, 19));
  const word = paint.cyan(kind.padEnd(8));
  if (kind === "event")
    return out(`${time} ${word}  ${event}  ${source} ${plain(String(type))}  ${deliveries} deliveries`);
  if (kind === "refused") return out(`${time} ${word}  ${source}  ${code}`);
  if (kind === "skipped") return out(`${time} ${word}  ${told["count"]} more`);
  if (kind !== "delivery") return out(`${time} ${word}  ${data.slice(0, 200)}`);
  const coloured =
    state === "delivered"
      ? paint.green(state)
      : state === "dead" || state === "deviated"
        ? paint.red(state)
        : paint.yellow(String(state));
  out(`${time} ${word}  ${delivery}  ${route} → ${target}  attempt ${attempt} ${status ?? ""}  ${coloured}`);
}
