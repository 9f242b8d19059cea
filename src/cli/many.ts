/** Doing something to all that a filter finds: what that would be first, then only with --yes or the count that was seen. */
import type { Command } from "commander";
import type { Replay, ReplayPreview } from "../admin/shapes/replays.ts";
import { ask, asks, type Asking } from "./ask.ts";
import { printDeliveries } from "./deliveries.ts";
import { DELIVERY_FILTERS, filterOf, filters, type FilterName, type Given } from "./filters.ts";
import { EXIT, end, note, out, outJson, table } from "./print.ts";

/** Options of the commands that can take many. */
export interface Many extends Asking, Given {
  readonly rate?: string;
  readonly reason?: string;
  readonly yes?: boolean;
  readonly expect?: string;
  readonly preview?: boolean;
  readonly watch?: boolean;
}

/** What is done to them. */
export interface Deed {
  /** "replay", "discard". */
  readonly verb: string;
  readonly path: string;
  /** So many a second, where that can be chosen. */
  readonly rate?: number;
  /** A state that is meant whatever is asked for. */
  readonly state?: string;
  /** By which rule, where that can be chosen. */
  readonly rule?: "then" | "now";
}

const RATE = 20;

/** Adds the filters and what is agreed to. */
export function takesMany(command: Command, but: readonly FilterName[] = []): Command {
  const names = [...DELIVERY_FILTERS, "from", "to"] as const;
  return asks(
    filters(
      command,
      names.filter((name) => !but.includes(name)),
    )
      .option("--reason <text>", "why, for the record")
      .option("--preview", "only say what would be done")
      .option("--expect <count>", "do it if there are still about so many, as the preview counted")
      .option("--yes", "do it, however many there are")
      .option("--watch", "stay until it is done"),
  );
}

/** The options for a number: the number, or undefined with the reason told. */
export function rateOf({ rate }: Many): number | undefined {
  return rate === undefined ? RATE : numberOf("--rate", rate);
}

function numberOf(option: string, text: string): number | undefined {
  if (/^\d{1,9}(\.\d{1,3})?$/.test(text)) return Number(text);
  note(`${option} must be a number, such as 20; got ${text.slice(0, 40)}.`);
  end(EXIT.usage);
  return undefined;
}

/** Shows what would be done, and does it where that was agreed to. */
export async function doToMany(deed: Deed, options: Many): Promise<void> {
  const asked = filterOf(options);
  if (asked === undefined) {
    note(`Name an id, or say by --target, --cause, --state … which deliveries to ${deed.verb}.`);
    return end(EXIT.usage);
  }
  const filter = { ...asked, ...(deed.state !== undefined && { state: deed.state }) };
  const expected = options.expect === undefined ? undefined : numberOf("--expect", options.expect);
  if (options.expect !== undefined && expected === undefined) return;
  const agreed = options.preview !== true && (options.yes === true || expected !== undefined);
  if (agreed && options.reason === undefined) {
    note("Say why by --reason, for the record.");
    return end(EXIT.usage);
  }
  if (!agreed) return preview(deed, filter, options);
  const begun = await ask<Replay>(options, deed.path, "POST", {
    filter,
    reason: options.reason,
    ...(deed.rate !== undefined && { ratePerSecond: deed.rate }),
    ...(deed.rule !== undefined && { rule: deed.rule }),
    ...(expected !== undefined && { expectedCount: expected }),
  });
  if (begun === undefined) return;
  if (options.watch === true) return watch(begun.id, options);
  if (options.json) return outJson(begun);
  printReplays([begun]);
  note(`Begun. To follow it: signalbox replays ${begun.id} --watch`);
}

async function preview({ verb, rate, state, rule }: Deed, filter: object, options: Many): Promise<void> {
  const found = await ask<ReplayPreview>(options, "/api/v1/replays/preview", "POST", {
    filter,
    ...(rate !== undefined && { ratePerSecond: rate }),
    ...(rule !== undefined && { rule }),
  });
  if (found === undefined) return;
  const { count, complete, duplicates, seconds, sample, notKept = 0 } = found;
  if (options.json) outJson(found);
  else {
    const many = `${complete ? "" : "at least "}${count} ${count === 1 ? "delivery" : "deliveries"}`;
    const time = rate === undefined ? "" : `, at ${rate} a second in about ${seconds} s`;
    out(`${many} to ${verb}${time}.`);
    if (duplicates > 0 && state === undefined)
      out(`${duplicates} of them the target has, or may have, taken already.`);
    if (notKept > 0) out(`Of ${notKept} of them the version is not kept: they would be skipped.`);
    if (sample.length > 0) printDeliveries(sample);
  }
  if (options.preview === true || count === 0) return;
  note(`Nothing was done. The same with --expect ${count} or --yes, and a --reason, does it.`);
  end(EXIT.usage);
}

const WATCH_MS = 1_000;

/** Follows a replay to its end; fails where that was not the end that was meant. */
export async function watch(id: string, options: Asking): Promise<void> {
  let said = "";
  for (;;) {
    const now = await ask<Replay>(options, `/api/v1/replays/${encodeURIComponent(id)}`);
    if (now === undefined) return;
    const { state, replayed, skipped, total, secondsLeft, error } = now;
    const line = `${state}  ${replayed + skipped} of ${total}${secondsLeft === undefined ? "" : `, about ${secondsLeft} s left`}`;
    if (line !== said) note(line);
    said = line;
    if (state === "running" || state === "paused") {
      await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
      continue;
    }
    if (options.json) outJson(now);
    else printReplays([now]);
    if (error !== undefined) note(error);
    if (state !== "done") end(EXIT.failed);
    return;
  }
}

/** Replays as a table. */
export function printReplays(items: readonly Replay[]): void {
  const rows = items.map(
    ({ id, does, state, replayed, total, skipped, ratePerSecond, by, createdAt, reason }) => [
      ...[id, does, state, `${replayed + skipped}/${total}`, `${ratePerSecond}/s`, by, createdAt, reason],
    ],
  );
  out(table([["id", "does", "state", "done", "rate", "by", "since", "reason"], ...rows]));
}
