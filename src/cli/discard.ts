/** `signalbox discard`: gives a delivery, all dead letters of a cause, or those that a filter finds, up for good. */
import type { Command } from "commander";
import { ask } from "./ask.ts";
import { doToMany, takesMany, watch, type Many } from "./many.ts";
import { EXIT, end, note, out, outJson } from "./print.ts";

export function discardCommand(program: Command): void {
  const command = program
    .command("discard [id]")
    .description(
      "give a delivery (dlv_…), or the dead letters of a cause, up for good; without an id the dead letters that the filters find",
    );
  takesMany(command, ["state"])
    .addHelpText(
      "after",
      '\nExamples:\n  $ signalbox discard dlv_06fn2k… --reason "the order was cancelled"\n' +
        '  $ signalbox discard --target tracker --to 7d --expect 40 --reason "nobody wants these any more"',
    )
    .action((id: string | undefined, _options, command: Command) =>
      discard(id, command.optsWithGlobals<Many>()),
    );
}

async function discard(id: string | undefined, options: Many): Promise<void> {
  if (id === undefined)
    return doToMany({ verb: "discard", path: "/api/v1/dead-letters/discard", state: "dead" }, options);
  if (options.reason === undefined) {
    note("Say why by --reason, for the record.");
    return end(EXIT.usage);
  }
  const list = id.startsWith("dlv_") ? "deliveries" : "dead-letters";
  const path = `/api/v1/${list}/${encodeURIComponent(id)}/discard`;
  const answer = await ask<{ readonly discarded?: number; readonly task?: string }>(options, path, "POST", {
    reason: options.reason,
  });
  if (answer === undefined) return;
  if (answer.task !== undefined && options.watch === true) return watch(answer.task, options);
  if (options.json) return outJson(answer);
  if (answer.task !== undefined)
    return out(`They are many: to follow it: signalbox replays ${answer.task} --watch`);
  out(answer.discarded === undefined ? `${id} is given up.` : `${answer.discarded} of ${id} are given up.`);
}
