/** `signalbox pause` and `signalbox resume`: a target stops being called, and what is for it is held, until it is resumed. */
import type { Command } from "commander";
import type { TargetState } from "../admin/shapes/state.ts";
import { ask, asks, type Asking } from "./ask.ts";
import { out, outJson } from "./print.ts";

interface Options extends Asking {
  readonly reason?: string;
}

export function pauseCommand(program: Command): void {
  const command = program
    .command("pause <target>")
    .description("stop calling a target; what is for it is held, and nothing fails")
    .requiredOption("--reason <text>", "why, for whoever finds it paused");
  asks(command)
    .addHelpText("after", '\nExample:\n  $ signalbox pause team-chat --reason "they deploy until 15:00"')
    .action((target: string, _options, command: Command) =>
      turn(target, "pause", command.optsWithGlobals<Options>()),
    );
}

export function resumeCommand(program: Command): void {
  const command = program
    .command("resume <target>")
    .description("call a target again: end its pause, close its breaker, end a wait that it asked for");
  asks(command)
    .addHelpText("after", "\nExample:\n  $ signalbox resume team-chat")
    .action((target: string, _options, command: Command) =>
      turn(target, "resume", command.optsWithGlobals<Options>()),
    );
}

async function turn(target: string, how: "pause" | "resume", options: Options): Promise<void> {
  const path = `/api/v1/targets/${encodeURIComponent(target)}/${how}`;
  const body = how === "pause" ? { reason: options.reason } : undefined;
  const answer = await ask<Partial<TargetState>>(options, path, "POST", body);
  if (answer === undefined) return;
  if (options.json) return outJson(answer);
  out(how === "pause" ? `${target} is paused; what is for it is held.` : `${target} is called again.`);
}
