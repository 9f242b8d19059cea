/** `signalbox lines`: ordered lines that a dead letter stops; and `lines release`, which lets one go on. */
import type { Command } from "commander";
import type { Released, StoppedLines } from "../admin/shapes/lines.ts";
import { ask, asks, type Asking } from "./ask.ts";
import { filters, queryOf, type Given } from "./filters.ts";
import { EXIT, end, note, out, outJson, table } from "./print.ts";

interface Releasing extends Asking {
  readonly retry?: boolean;
  readonly skip?: boolean;
}

/** Below `lines`. */
const RELEASE = "release <delivery>";

export function linesCommand(program: Command): void {
  const command = program
    .command("lines")
    .description(
      "ordered lines that are stopped by a dead letter: since when, why, and how many wait behind it",
    );
  asks(filters(command, ["limit"]))
    .addHelpText("after", "\nExample:\n  $ signalbox lines")
    .action((_options, command: Command) => lines(command.optsWithGlobals<Asking & Given>()));
  const release = command
    .command(RELEASE)
    .description("let the line that a delivery stops go on")
    .option("--retry", "try the delivery again; the line goes on once it came through")
    .option("--skip", "leave it a dead letter; the next one goes");
  asks(release)
    .addHelpText("after", "\nExample:\n  $ signalbox lines release dlv_06fn2k… --skip")
    .action((id: string, _options, command: Command) => letGo(id, command.optsWithGlobals<Releasing>()));
}

async function lines(options: Asking & Given): Promise<void> {
  const found = await ask<StoppedLines>(options, `/api/v1/lines${queryOf(options)}`);
  if (found === undefined) return;
  if (options.json) return outJson(found);
  const { items, count } = found;
  if (count === 0) return out("No line is stopped.");
  const rows = items.map(({ id, route = "", key, how, since, code, waiting }) => [
    ...[route, key, how, since, String(waiting), code, id],
  ]);
  out(table([["route", "key", "how", "since", "waiting", "why", "delivery"], ...rows]));
  if (count > items.length) out(`${count} lines are stopped; more of them with --limit.`);
}

async function letGo(id: string, options: Releasing): Promise<void> {
  if ((options.retry === true) === (options.skip === true)) {
    note("Say what becomes of the delivery: --retry or --skip.");
    return end(EXIT.usage);
  }
  const does = options.skip === true ? "skip" : "retry";
  const path = `/api/v1/lines/${encodeURIComponent(id)}/release`;
  const answer = await ask<Released>(options, path, "POST", { does });
  if (answer === undefined) return;
  if (options.json) return outJson(answer);
  out(does === "skip" ? `${id} is skipped; its line goes on.` : `${id} is tried again.`);
}
