/** `signalbox requests`: calls to the sources, accepted and refused, newest first; with an id, one of them. */
import type { Command } from "commander";
import type { ListedRequest } from "../admin/shapes/requests.ts";
import { ask, asks, type Asking } from "./ask.ts";
import { filters, queryOf, type Given } from "./filters.ts";
import { heldCommands } from "./held.ts";
import { more, type Listed } from "./listing.ts";
import { out, outJson, table } from "./print.ts";

type Options = Asking & Given & { readonly refused?: boolean };

export function requestsCommand(program: Command): void {
  const command = program
    .command("requests [id]")
    .description("requests to the sources; why the refused ones were, as the sender was not told")
    .option("--refused", "only refused ones");
  asks(filters(command, ["source", "type", "code", "from", "to", "cursor", "limit"]))
    .addHelpText("after", "\nExample:\n  $ signalbox requests --refused --source stripe")
    .action((id: string | undefined, _options, command: Command) => requests(id, command.optsWithGlobals()));
  heldCommands(command);
}

async function requests(id: string | undefined, options: Options): Promise<void> {
  const verdict = options.refused === true ? "refused" : undefined;
  const path = `/api/v1/requests${id === undefined ? queryOf(options, { verdict }) : `/${encodeURIComponent(id)}`}`;
  const answer = await ask<Listed<ListedRequest> | ListedRequest>(options, path);
  if (answer === undefined) return;
  if (options.json) return outJson(answer);
  const items = "items" in answer ? answer.items : [answer];
  if (items.length === 0) out("No requests.");
  else {
    const rows = items.map(
      ({ id: of, at, source, verdict: said, type = "", address = "", code, cause = "" }) => [
        ...[of, at, source, said, type, address],
        code === undefined ? "" : `${code} ${cause}`,
      ],
    );
    out(table([["id", "at", "source", "verdict", "type", "from", ""], ...rows]));
  }
  if ("items" in answer) more(answer);
}
