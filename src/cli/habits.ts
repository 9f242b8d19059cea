/** `signalbox habits`: when a source calls usually, how its bodies look, and what has changed in them. */
import type { Command } from "commander";
import type { Habits } from "../admin/shapes/habits.ts";
import { ask, asks, type Asking } from "./ask.ts";
import { out, outJson, table } from "./print.ts";

export function habitsCommand(program: Command): void {
  const command = program
    .command("habits")
    .argument("<source>", "a source of the workspace")
    .description(
      "what is usual of a source: when it calls, how its bodies look, and what has changed in them",
    )
    .option("--forget", "learn anew how its bodies look");
  asks(command)
    .addHelpText("after", "\nExample:\n  $ signalbox habits github")
    .action((source: string, options: Asking & { readonly forget?: boolean }) => habits(source, options));
}

async function habits(source: string, options: Asking & { readonly forget?: boolean }): Promise<void> {
  const path = `/api/v1/sources/${encodeURIComponent(source)}/habits`;
  const shown = await ask<Habits>(options, path, options.forget === true ? "DELETE" : "GET");
  if (shown === undefined) return;
  if (options.json) return outJson(shown);
  const { learning, knownHours, lastAt = "never", missing, limit, silentSince } = shown.cadence;
  const is = silentSince === undefined ? "" : `, silent since ${silentSince}`;
  out(`${source}: called last ${lastAt}${is}`);
  out(
    learning
      ? `Its usual hours are being learned: ${knownHours} of 168 are known.`
      : `${missing.toFixed(1)} events were to be expected since; ${limit.toFixed(1)} make a silence unusual.`,
  );
  const drifts = shown.types.flatMap(({ type, drifts }) =>
    drifts.map(({ at, path, what, from, to, event, rules }) => [
      ...[at, type, what, path, `${from} → ${to}`, rules.join(" "), event],
    ]),
  );
  if (drifts.length === 0) return out("Its bodies look as they always did.");
  out(table([["at", "type", "what", "path", "change", "read by", "event"], ...drifts]));
}
