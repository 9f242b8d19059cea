/** `signalbox deliveries`: what goes to the targets, newest event first; with an id, one delivery with its attempts. */
import type { Command } from "commander";
import type { ListedDelivery, Page } from "../adapters/history.ts";
import type { Attempt } from "../core/delivery.ts";
import { ADMIN_OPTION, ask, queryOf, type Asking } from "./ask.ts";
import { EXIT, end, out, outJson, table } from "./print.ts";

interface Options extends Asking {
  readonly source?: string;
  readonly type?: string;
  readonly route?: string;
  readonly target?: string;
  readonly state?: string;
  readonly cursor?: string;
  readonly limit?: string;
}

export function deliveriesCommand(program: Command): void {
  program
    .command("deliveries [id]")
    .description("deliveries and where they stand; with an id, one of them with its attempts")
    .option("--state <state>", "only pending, retrying, delivered, filtered or dead ones")
    .option("--route <name>", "only of this route")
    .option("--target <name>", "only to this target")
    .option("--source <name>", "only of this source")
    .option("--type <type>", "only of events of this type")
    .option("--cursor <next>", "go on where a page ended")
    .option("--limit <count>", "at most so many", "20")
    .option(...ADMIN_OPTION)
    .option("--json", "print the API's answer")
    .addHelpText("after", "\nExample:\n  $ signalbox deliveries --state dead --target team-chat")
    .action((id: string | undefined, _options, command: Command) =>
      deliveries(id, command.optsWithGlobals()),
    );
}

async function deliveries(id: string | undefined, options: Options): Promise<void> {
  if (id !== undefined) return showDelivery(id, options);
  const { source, type, route, target, state, cursor, limit } = options;
  const query = queryOf({ source, type, route, target, state, cursor, limit });
  const page = await ask<Page<ListedDelivery>>(options, `/api/v1/deliveries${query}`);
  if (page === undefined) return end(EXIT.failed);
  if (options.json) return outJson(page);
  if (page.items.length === 0) return out("No deliveries.");
  const rows = page.items.map(
    ({ id: of, route: on, target: to, state: at, attempts, changedAt, dueAt, code }) => [
      of,
      `${on} → ${to}`,
      at,
      String(attempts),
      changedAt,
      code ?? (dueAt === undefined ? "" : `due ${dueAt}`),
    ],
  );
  out(table([["id", "route → target", "state", "attempts", "changed", ""], ...rows]));
  if (page.next !== undefined) out(`More: signalbox deliveries --cursor ${page.next}`);
}

async function showDelivery(id: string, options: Options): Promise<void> {
  const path = `/api/v1/deliveries/${encodeURIComponent(id)}`;
  const found = await ask<ListedDelivery & { attemptList: readonly Attempt[] }>(options, path);
  if (found === undefined) return end(EXIT.failed);
  if (options.json) return outJson(found);
  out(
    `${found.id}  of ${found.event}  ${found.route} → ${found.target}  ${found.state}${found.code ? `  ${found.code}` : ""}`,
  );
  for (const { number, trigger, startedAt, durationMs, status, error, answer } of found.attemptList) {
    const said = [status, error && `${error.code} ${error.detail}`].filter(Boolean).join("  ");
    out(
      `  attempt ${number} (${trigger})  ${new Date(startedAt).toISOString()}  ${Math.round(durationMs)} ms  ${said}`,
    );
    if (answer) out(`    answered: ${answer.slice(0, 300).replaceAll("\n", " ")}`);
  }
}
