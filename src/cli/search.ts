/** `signalbox search`: looks for a value at a path of bodies or results, newest first, and prints finds as they come. */
import type { Command } from "commander";
import type { SearchHit } from "../admin/shapes/changes.ts";
import { asks, call, reach, type Asking } from "./ask.ts";
import { DELIVERY_FILTERS, filters, queryOf, type Given } from "./filters.ts";
import { EXIT, end, note, out } from "./print.ts";
import { eventsOf } from "./stream.ts";

type Options = Asking & Given & { readonly in: string };

export function searchCommand(program: Command): void {
  const command = program
    .command("search <path> <value>")
    .description("events in whose body, or deliveries in whose result, a value stands at a path")
    .option("--in <where>", "body or result", "body");
  asks(filters(command, [...DELIVERY_FILTERS, "from", "to", "cursor", "limit"]), "print a JSON line each")
    .addHelpText("after", "\nExample:\n  $ signalbox search commits[0].author.name Ada --source github")
    .action((path: string, value: string, _options, command: Command) =>
      search(path, value, command.optsWithGlobals<Options>()),
    );
}

async function search(path: string, value: string, options: Options): Promise<void> {
  const query = queryOf(options, { in: options.in, path, value });
  const reached = await reach(options);
  const response = reached && (await call(reached, `/api/v1/search${query}`));
  if (response === undefined) return;
  let ended = false;
  for await (const { event, data } of eventsOf(response)) {
    if (event === "hit") {
      const { event: id, delivery = "", source, type, receivedAt } = JSON.parse(data) as SearchHit;
      out(options.json ? data : `${delivery || id}  ${receivedAt}  ${source}  ${type}`);
    } else if (event === "done") {
      ended = true;
      const { scanned, next } = JSON.parse(data) as { scanned: number; next?: string };
      const on = next === undefined ? "" : ` More: the same command with --cursor ${next}`;
      note(`${scanned} looked at.${on}`);
    } else if (event === "failed") {
      const { code, detail } = JSON.parse(data) as { code: string; detail: string };
      note(`${code} ${detail}`);
      return end(EXIT.failed);
    }
  }
  if (ended) return;
  note("The router ended before the search did.");
  end(EXIT.failed);
}
