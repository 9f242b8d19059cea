/** `signalbox replay`: runs a delivery or an event again, its counters at zero. */
import type { Command } from "commander";
import { ask, asks, type Asking } from "./ask.ts";
import { EXIT, end, note, out, outJson } from "./print.ts";

export function replayCommand(program: Command): void {
  const command = program
    .command("replay <id>")
    .description("run a delivery (dlv_…), or an event (evt_…) on today's routes, again");
  asks(command)
    .addHelpText("after", "\nExample:\n  $ signalbox replay dlv_06fn2k…")
    .action((id: string, _options, command: Command) => replay(id, command.optsWithGlobals()));
}

async function replay(id: string, options: Asking): Promise<void> {
  const kind = id.startsWith("dlv_") ? "deliveries" : id.startsWith("evt_") ? "events" : undefined;
  if (kind === undefined) {
    note("An id begins with dlv_ (a delivery) or evt_ (an event).");
    return end(EXIT.usage);
  }
  const path = `/api/v1/${kind}/${encodeURIComponent(id)}/replay`;
  const answer = await ask<{ deliveries?: string[]; busy?: string[] }>(options, path, "POST");
  if (answer === undefined) return;
  if (options.json) return outJson(answer);
  for (const delivery of answer.deliveries ?? [id]) out(`${delivery} runs again`);
  for (const delivery of answer.busy ?? [])
    note(`${delivery} is being attempted at this moment and was left alone`);
}
