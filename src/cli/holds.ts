/** `signalbox holds`: what waits for people; with an id, what would be sent and who may decide. */
import type { Command } from "commander";
import type { HoldDetail, ListedHold } from "../admin/shapes/holds.ts";
import { ask, asks, type Asking } from "./ask.ts";
import { filters, queryOf, type Given } from "./filters.ts";
import { more, type Listed } from "./listing.ts";
import { out, outJson, paint, pretty, table } from "./print.ts";

interface Options extends Asking, Given {
  readonly all?: boolean;
  readonly link?: boolean;
}

export function holdsCommand(program: Command): void {
  const command = program
    .command("holds [id]")
    .description("deliveries that wait for people; with an id, what would be sent and who may decide");
  asks(filters(command, ["route", "target", "source", "state", "cursor", "limit"]))
    .option("--all", "those that were decided as well")
    .option("--link", "with an id: a link by which you decide once, without logging in")
    .addHelpText("after", "\nExamples:\n  $ signalbox holds --route refunds\n  $ signalbox holds hld_06fn2k…")
    .action((id: string | undefined, _options, command: Command) => holds(id, command.optsWithGlobals()));
}

async function holds(id: string | undefined, options: Options): Promise<void> {
  if (id !== undefined) return options.link === true ? link(id, options) : showHold(id, options);
  const state = options.state ?? (options.all === true ? undefined : "waiting");
  const page = await ask<Listed<ListedHold>>(options, `/api/v1/holds${queryOf(options, { state })}`);
  if (page === undefined) return;
  if (options.json) return outJson(page);
  if (page.items.length === 0) return out(state === "waiting" ? "Nothing waits for anybody." : "No holds.");
  const rows = page.items.map((hold) => [
    ...[hold.id, `${hold.route} → ${hold.target}`, hold.state, `${hold.approvals.length}/${hold.needed}`],
    ...[hold.createdAt, hold.expiresAt ?? "", endOf(hold)],
  ]);
  out(table([["id", "route → target", "state", "approvals", "since", "until", ""], ...rows]));
  more(page);
}

/** How it came to its end, or who may decide. */
function endOf({ state, decided, ended, reviewers, replacedBy }: ListedHold): string {
  if (decided !== undefined) return `by ${decided.by} ${decided.at}`;
  if (ended !== undefined) return `${ended.why}${replacedBy === undefined ? "" : ` See ${replacedBy}.`}`;
  return state === "waiting" ? (reviewers ?? ["any operator"]).join(", ") : "";
}

async function showHold(id: string, options: Options): Promise<void> {
  const hold = await ask<HoldDetail>(options, `/api/v1/holds/${encodeURIComponent(id)}`);
  if (hold === undefined) return;
  if (options.json) return outJson(hold);
  printHold(hold);
}

/** A hold, for whoever is to decide. */
export function printHold(hold: HoldDetail): void {
  const { delivery, event, route, target, state, why, show, request, result, approvals, needed } = hold;
  out(`${paint.bold(hold.id)}  ${route} → ${target}  ${state}  ${endOf(hold)}`.trimEnd());
  out(`  ${why}`);
  out(
    `  ${delivery} of ${event}, since ${hold.createdAt}${hold.expiresAt === undefined ? "" : `, until ${hold.expiresAt}, then ${hold.onTimeout}`}`,
  );
  if (hold.causedBy.length > 0) out(`  caused by ${hold.causedBy.join(", ")}`);
  out(
    `  approvals ${approvals.length} of ${needed}${approvals.map(({ by, at }) => `, ${by} ${at}`).join("")}`,
  );
  if (hold.edited !== undefined) out(`  edited by ${hold.edited.by} ${hold.edited.at}`);
  if (hold.refusal !== undefined) out(`  ${hold.refusal}`);
  if (show !== undefined) out(`shown:\n${pretty(show)}`);
  out(`${request.method} ${request.url}  ${request.bytes} bytes  ${hold.hash.slice(0, 12)}`);
  for (const [name, value] of Object.entries(request.headers)) out(`  ${name}: ${value}`);
  if (request.body !== undefined) out(result === undefined ? request.body : pretty(result));
}

async function link(id: string, options: Options): Promise<void> {
  const path = `/api/v1/holds/${encodeURIComponent(id)}/link`;
  const made = await ask<{ readonly url: string; readonly expiresAt: string }>(options, path, "POST", {});
  if (made === undefined) return;
  if (options.json) return outJson(made);
  out(`${made.url}\n  It decides once, as you, until ${made.expiresAt}: give it to nobody.`);
}
