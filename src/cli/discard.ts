/** `signalbox discard`: gives a delivery, or all dead letters of a cause, up for good. */
import type { Command } from "commander";
import { ask, asks, type Asking } from "./ask.ts";
import { out, outJson } from "./print.ts";

interface Options extends Asking {
  readonly reason: string;
}

export function discardCommand(program: Command): void {
  const command = program
    .command("discard <id>")
    .description("give a delivery (dlv_…), or the dead letters of a cause, up for good")
    .requiredOption("--reason <text>", "why, for the record");
  asks(command)
    .addHelpText("after", '\nExample:\n  $ signalbox discard dlv_06fn2k… --reason "the order was cancelled"')
    .action((id: string, _options, command: Command) => discard(id, command.optsWithGlobals<Options>()));
}

async function discard(id: string, options: Options): Promise<void> {
  const list = id.startsWith("dlv_") ? "deliveries" : "dead-letters";
  const path = `/api/v1/${list}/${encodeURIComponent(id)}/discard`;
  const answer = await ask<{ readonly discarded?: number }>(options, path, "POST", {
    reason: options.reason,
  });
  if (answer === undefined) return;
  if (options.json) return outJson(answer);
  out(answer.discarded === undefined ? `${id} is given up.` : `${answer.discarded} of ${id} are given up.`);
}
