/** `signalbox targets`: how the targets are; with a name, one of them. */
import type { Command } from "commander";
import type { TargetState } from "../admin/shapes/state.ts";
import { ask, asks, type Asking } from "./ask.ts";
import { out, outJson, paint, table } from "./print.ts";

export function targetsCommand(program: Command): void {
  const command = program
    .command("targets [name]")
    .description("the targets: verdict with the reason, what waits, what died");
  asks(command)
    .addHelpText("after", "\nExample:\n  $ signalbox targets team-chat")
    .action((name: string | undefined, _options, command: Command) =>
      targets(name, command.optsWithGlobals()),
    );
}

async function targets(name: string | undefined, options: Asking): Promise<void> {
  const path = name === undefined ? "/api/v1/targets" : `/api/v1/targets/${encodeURIComponent(name)}`;
  const answer = await ask<{ items: readonly TargetState[] } | TargetState>(options, path);
  if (answer === undefined) return;
  if (options.json) return outJson(answer);
  const items = "items" in answer ? answer.items : [answer];
  if (items.length === 0) return out("No targets.");
  const rows = items.map((target) => [
    ...[target.name, coloured(target.verdict), String(target.waiting), String(target.retrying ?? "")],
    ...[String(target.active), String(target.dead ?? ""), target.oldestAt ?? "", target.reason ?? ""],
  ]);
  out(table([["name", "verdict", "waiting", "retrying", "active", "dead", "oldest", ""], ...rows]));
}

function coloured(verdict: string | undefined): string {
  if (verdict === undefined) return "";
  if (verdict === "fine" || verdict === "idle") return paint.green(verdict);
  return ["failing", "breaker-open", "no-workers"].includes(verdict)
    ? paint.red(verdict)
    : paint.yellow(verdict);
}
