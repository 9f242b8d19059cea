/** `signalbox approve` and `signalbox reject`: a hold by its id, or all that wait and fit, if they are as many as was seen. */
import type { Command } from "commander";
import type { BulkDecided, HoldDetail, ListedHold } from "../admin/shapes/holds.ts";
import { ask, asks, type Asking } from "./ask.ts";
import { filterOf, filters, queryOf, type Given } from "./filters.ts";
import { printHold } from "./holds.ts";
import { readJson } from "./json-file.ts";
import type { Listed } from "./listing.ts";
import { EXIT, end, note, out, outJson } from "./print.ts";

interface Options extends Asking, Given {
  readonly reason?: string;
  readonly hash?: string;
  readonly result?: string;
  readonly expect?: string;
}

export function approveCommand(program: Command): void {
  const command = decides(
    program
      .command("approve [id]")
      .description("let a hold (hld_…) pass, or all that wait and fit the filters, as many as --expect says"),
  );
  command
    .option("--result <file>", "send this JSON in place of what the rule made; - is standard input")
    .addHelpText(
      "after",
      '\nExamples:\n  $ signalbox approve hld_06fn2k… --reason "checked with the customer"\n' +
        "  $ signalbox approve --route refunds --expect 3",
    )
    .action((id: string | undefined, _options, command: Command) =>
      decide("approve", id, command.optsWithGlobals()),
    );
}

export function rejectCommand(program: Command): void {
  decides(
    program
      .command("reject [id]")
      .description("give up what a hold (hld_…) holds, or all that wait and fit the filters"),
  )
    .addHelpText("after", '\nExample:\n  $ signalbox reject hld_06fn2k… --reason "a duplicate order"')
    .action((id: string | undefined, _options, command: Command) =>
      decide("reject", id, command.optsWithGlobals()),
    );
}

function decides(command: Command): Command {
  return asks(filters(command, ["route", "target", "source"]))
    .option("--reason <text>", "why, for the record")
    .option("--hash <hash>", "only if this is still the request; without it, the one that is shown now")
    .option("--expect <count>", "without an id: do it if exactly so many wait");
}

async function decide(what: "approve" | "reject", id: string | undefined, options: Options): Promise<void> {
  if (id === undefined) return decideMany(what, options);
  const path = `/api/v1/holds/${encodeURIComponent(id)}`;
  const edited = options.result === undefined ? undefined : await readJson(options.result);
  if (options.result !== undefined && edited === undefined) return end(EXIT.usage);
  const hash = options.hash ?? (await ask<HoldDetail>(options, path))?.hash;
  if (hash === undefined) return;
  const reason = options.reason === undefined ? {} : { reason: options.reason };
  const body = { hash, ...reason, ...(edited && { result: edited.value }) };
  const hold = await ask<HoldDetail>(
    options,
    `${path}/${edited === undefined ? what : "edit"}`,
    "POST",
    body,
  );
  if (hold === undefined) return;
  if (options.json) return outJson(hold);
  printHold(hold);
}

async function decideMany(what: "approve" | "reject", options: Options): Promise<void> {
  const filter = filterOf(options) ?? {};
  const expected = Number(options.expect);
  if (!Number.isInteger(expected) || expected < 1) {
    const query = queryOf({ ...options, limit: "200" }, { state: "waiting" });
    const page = await ask<Listed<ListedHold>>(options, `/api/v1/holds${query}`);
    if (page === undefined) return;
    const count = `${page.items.length}${page.next === undefined ? "" : " or more"}`;
    note(
      `${count} wait. Nothing was decided: name an id, or how many you expect by --expect ${page.items.length}.`,
    );
    return end(EXIT.usage);
  }
  const reason = options.reason === undefined ? {} : { reason: options.reason };
  const body = { decision: what, filter, expectedCount: expected, ...reason };
  const done = await ask<BulkDecided>(options, "/api/v1/holds/decide", "POST", body);
  if (done === undefined) return;
  if (done.left.length > 0) end(EXIT.failed);
  if (options.json) return outJson(done);
  out(`${done.decided} of ${expected} are decided.`);
  for (const { id, code, why } of done.left) out(`  ${id} was left: ${code} ${why}`);
}
