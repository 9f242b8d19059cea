/** `signalbox replays`: replays of many deliveries and how far they are; with an id, one of them, to be followed, paused, resumed or cancelled. */
import type { Command } from "commander";
import type { Replay } from "../admin/shapes/replays.ts";
import { ask, asks, type Asking } from "./ask.ts";
import { printReplays, watch } from "./many.ts";
import { EXIT, end, note, out, outJson } from "./print.ts";

interface Options extends Asking {
  readonly pause?: boolean;
  readonly resume?: boolean;
  readonly cancel?: boolean;
  readonly watch?: boolean;
}

export function replaysCommand(program: Command): void {
  const command = program
    .command("replays [id]")
    .description("replays of many deliveries and how far they are")
    .option("--pause", "pause this one")
    .option("--resume", "let it go on")
    .option("--cancel", "end it where it is")
    .option("--watch", "stay until it is done");
  asks(command)
    .addHelpText("after", "\nExample:\n  $ signalbox replays rpl_06fn2k… --pause")
    .action((id: string | undefined, _options, command: Command) =>
      replays(id, command.optsWithGlobals<Options>()),
    );
}

async function replays(id: string | undefined, options: Options): Promise<void> {
  const wishes = (["pause", "resume", "cancel"] as const).filter((wish) => options[wish] === true);
  const [wish] = wishes;
  const watches = options.watch === true;
  if (wishes.length > 1 || ((wish !== undefined || watches) && id === undefined)) {
    note("Give the id of one replay, and one of --pause, --resume and --cancel.");
    return end(EXIT.usage);
  }
  const one = id === undefined ? "" : `/${encodeURIComponent(id)}`;
  const path = `/api/v1/replays${one}${wish === undefined ? "" : `/${wish}`}`;
  const answer = await ask<{ items: readonly Replay[] } | Replay>(
    options,
    path,
    wish === undefined ? "GET" : "POST",
  );
  if (answer === undefined) return;
  if (watches && id !== undefined) return watch(id, options);
  if (options.json) return outJson(answer);
  const items = "items" in answer ? answer.items : "id" in answer ? [answer] : [];
  if (items.length === 0) return out(wish === undefined ? "No replays." : `Done: ${wish}.`);
  printReplays(items);
}
