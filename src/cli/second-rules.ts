/** `signalbox shadow` and `signalbox canary`: what a route's second transforms have shown, and what a person decides on them. */
import type { Command } from "commander";
import type { ShownCanary, ShownShadow } from "../admin/shapes/second-rules.ts";
import { ask, asks, type Asking } from "./ask.ts";
import { out, outJson, table } from "./print.ts";

interface Deciding extends Asking {
  readonly reason?: string;
}

export function shadowCommand(program: Command): void {
  const command = program
    .command("shadow")
    .argument("<route>", "a route with `shadow`")
    .description("where a route's shadow would have made something else")
    .option("--forget", "begin anew");
  asks(command)
    .addHelpText("after", "\nExample:\n  $ signalbox shadow github-push-to-chat")
    .action((route: string, options: Asking & { readonly forget?: boolean }) => shadow(route, options));
}

export function canaryCommand(program: Command): void {
  const command = program
    .command("canary")
    .description("how a route's canary fares; `canary resume` and `canary rollback` decide");
  const below = (name: string, meaning: string): Command =>
    asks(command.command(`${name} <route>`).description(meaning));
  below("show", "how it fares beside the other transform").action((route: string, options: Asking) =>
    canary(route, options),
  );
  below("resume", "let a canary that was rolled back begin anew, with nothing counted").action(
    (route: string, options: Asking) => canary(route, options, { does: "resume" }),
  );
  below("rollback", "let the other transform make all deliveries again")
    .option("--reason <text>", "why; kept with it")
    .action((route: string, options: Deciding) => {
      const { reason } = options;
      return canary(route, options, { does: "rollback", ...(reason !== undefined && { reason }) });
    });
  command.addHelpText("after", "\nExample:\n  $ signalbox canary resume github-push-to-chat");
}

async function shadow(route: string, options: Asking & { readonly forget?: boolean }): Promise<void> {
  const path = `/api/v1/routes/${encodeURIComponent(route)}/shadow`;
  const shown = await ask<ShownShadow>(options, path, options.forget === true ? "DELETE" : "GET");
  if (shown === undefined) return;
  if (options.json) return outJson(shown);
  const { transform, beside, since, same, differs, failed, mended, skipped, beyond, found } = shown;
  out(`${transform} beside ${beside}${since === undefined ? "" : `, since ${since}`}`);
  out(`${same} the same, ${differs} differ, ${failed} failed, ${mended} mended, ${skipped} skipped`);
  if (found.length === 0) return;
  const rows = found.map(({ path, how, count, samples }) => [path, how, String(count), samples.join(" ")]);
  out(table([["path", "how", "count", "events"], ...rows]));
  if (beyond > 0) out(`${beyond} more differences at other places are not kept.`);
}

async function canary(
  route: string,
  options: Asking,
  decision?: { readonly does: "resume" | "rollback"; readonly reason?: string },
): Promise<void> {
  const path = `/api/v1/routes/${encodeURIComponent(route)}/canary`;
  const shown = await ask<ShownCanary>(options, path, decision === undefined ? "GET" : "POST", decision);
  if (shown === undefined) return;
  if (options.json) return outJson(shown);
  const { transform, instead, percent, state, own, other, rolledBack, samples } = shown;
  if (rolledBack === undefined) out(`${transform} makes ${percent} % of the deliveries: ${state}`);
  else {
    const by = rolledBack.by === undefined ? "" : ` by ${rolledBack.by}`;
    out(`${transform} was rolled back${by} at ${rolledBack.at}: ${rolledBack.why}`);
  }
  const row = (name: string, { deliveries, failures }: ShownCanary["own"]): string[] => [
    ...[name, String(deliveries), String(failures)],
  ];
  out(table([["transform", "deliveries", "failures"], row(transform, own), row(instead, other)]));
  if (samples.length > 0) out(`failed: ${samples.join(" ")}`);
}
