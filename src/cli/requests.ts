/** `signalbox requests`: calls to the sources, accepted and refused, newest first; with an id, one of them. */
import type { Command } from "commander";
import type { ListedRequest } from "../admin/shapes/requests.ts";
import { ask, asks, type Asking } from "./ask.ts";
import { filters, queryOf, type Given } from "./filters.ts";
import { heldCommands } from "./held.ts";
import { more, type Listed } from "./listing.ts";
import { EXIT, end, note, out, outJson, table } from "./print.ts";

type Options = Asking & Given & { readonly refused?: boolean; readonly duplicates?: boolean };

export function requestsCommand(program: Command): void {
  const command = program
    .command("requests [id]")
    .description(
      "requests to the sources; why the refused ones were, as the sender was not told; which were repetitions",
    )
    .option("--refused", "only refused ones")
    .option("--duplicates", "only those that brought an event again, each with the first one");
  asks(filters(command, ["source", "type", "code", "from", "to", "cursor", "limit"]))
    .addHelpText("after", "\nExample:\n  $ signalbox requests --refused --source stripe")
    .action((id: string | undefined, _options, command: Command) => requests(id, command.optsWithGlobals()));
  heldCommands(command);
}

async function requests(id: string | undefined, options: Options): Promise<void> {
  if (options.refused === true && options.duplicates === true) {
    note("--refused and --duplicates exclude each other: a repetition is not refused.");
    return end(EXIT.usage);
  }
  const verdict =
    options.refused === true ? "refused" : options.duplicates === true ? "duplicate" : undefined;
  const path = `/api/v1/requests${id === undefined ? queryOf(options, { verdict }) : `/${encodeURIComponent(id)}`}`;
  const answer = await ask<Listed<ListedRequest> | ListedRequest>(options, path);
  if (answer === undefined) return;
  if (options.json) return outJson(answer);
  const items = "items" in answer ? answer.items : [answer];
  if (items.length === 0) out("No requests.");
  else {
    const rows = items.map((request) => {
      const { id: of, at, source, verdict: said, type = "", address = "" } = request;
      return [of, at, source, said, type, address, told(request)];
    });
    out(table([["id", "at", "source", "verdict", "type", "from", ""], ...rows]));
  }
  if ("items" in answer) more(answer);
}

/** Why it was refused and whether it is held, or what it repeated. */
function told({
  code,
  cause = "",
  heldUntil,
  admitted,
  event,
  headers = {},
  revived = [],
}: ListedRequest): string {
  const parts = [
    code !== undefined && `${code} ${cause}`,
    heldUntil !== undefined && `(held until ${heldUntil})`,
    admitted !== undefined && `(admitted: ${admitted.events.join(", ")})`,
    event !== undefined && `of ${event}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    revived.length > 0 && `ran again: ${revived.join(", ")}`,
  ];
  return parts.filter(Boolean).join("  ").trim();
}
