/** `signalbox replay`: runs a delivery or an event again, its counters at zero; an event with an edited body; or all that a filter finds. */
import type { Command } from "commander";
import type { Difference, Replayed } from "../admin/shapes/replays.ts";
import { ask } from "./ask.ts";
import { readJson } from "./json-file.ts";
import { replayTo } from "./replay-to.ts";
import { shortened } from "./listing.ts";
import { doToMany, rateOf, takesMany, type Many } from "./many.ts";
import { EXIT, end, note, out, outJson } from "./print.ts";

interface Options extends Many {
  readonly body?: string;
  readonly rule?: string;
}

export function replayCommand(program: Command): void {
  const command = program
    .command("replay [id]")
    .description(
      "run a delivery (dlv_…), or an event (evt_…) on today's routes, again; without an id all that the filters find",
    )
    .option(
      "--body <file>",
      "of an event: with this JSON instead of its body, as a new event; - is standard input",
    )
    .option(
      "--rule <when>",
      "then: by the version of its route that each was made by; now: by the rules in force, which is the default. Of one, the difference is shown first",
    )
    .option("--rate <perSecond>", "of many: so many a second, behind the live ones; 20 by default");
  takesMany(command)
    .addHelpText(
      "after",
      "\nExamples:\n  $ signalbox replay dlv_06fn2k…\n" +
        "  $ signalbox replay dlv_06fn2k… --rule then --preview\n" +
        "  $ signalbox replay evt_06fn2k… --to http://localhost:3000/hooks\n" +
        '  $ signalbox replay evt_06fn2k… --body mended.json --reason "the amount was missing"\n' +
        "  $ signalbox replay --target tracker --state dead --from 2h\n" +
        '  $ signalbox replay --target tracker --state dead --from 2h --expect 812 --reason "tracker is back" --watch',
    )
    .action((id: string | undefined, _options, command: Command) =>
      replay(id, command.optsWithGlobals<Options>()),
    );
}

async function replay(id: string | undefined, options: Options): Promise<void> {
  const { rule } = options;
  if (rule !== undefined && rule !== "then" && rule !== "now")
    return wrong(`--rule is then or now; got ${rule.slice(0, 40)}.`);
  if (id === undefined) {
    if (options.body !== undefined) return wrong("--body is for one event: name its id.");
    const rate = rateOf(options);
    if (rate === undefined) return;
    return doToMany({ verb: "replay", path: "/api/v1/replays", rate, ...(rule && { rule }) }, options);
  }
  if (options.to !== undefined) return replayTo(id, options.to, options);
  const kind = id.startsWith("dlv_") ? "deliveries" : id.startsWith("evt_") ? "events" : undefined;
  if (kind === undefined) return wrong("An id begins with dlv_ (a delivery) or evt_ (an event).");
  const edits = options.body !== undefined;
  if (kind === "deliveries" && edits) return wrong("A delivery runs again as it is: --body is for an event.");
  if (edits && rule === "then") return wrong("An edited body runs by the rules in force: leave --rule out.");
  const path = `/api/v1/${kind}/${encodeURIComponent(id)}`;
  const body = options.body === undefined ? undefined : await readJson(options.body);
  if (edits && body === undefined) return end(EXIT.usage);
  const asked = { ...(body && { body: body.value }), ...(rule && { rule }) };
  if (options.preview === true) return preview(path, asked, options);
  if (rule !== undefined && options.json !== true) {
    await preview(path, asked, options);
    if (process.exitCode) return;
  }
  const said = {
    ...asked,
    ...(options.reason !== undefined && kind === "events" && { reason: options.reason }),
  };
  const sent = Object.keys(said).length === 0 ? undefined : said;
  const answer = await ask<Partial<Replayed>>(options, `${path}/replay`, "POST", sent);
  if (answer === undefined) return;
  if (options.json) return outJson(answer);
  if (answer.event !== undefined) out(`${answer.event} was made of it`);
  for (const delivery of answer.deliveries ?? [id])
    out(`${delivery} ${answer.event === undefined ? "runs again" : "runs"}`);
  for (const delivery of answer.busy ?? [])
    note(`${delivery} is being attempted at this moment and was left alone`);
}

function versionsOf({ ruleBefore, ruleNow }: Pick<Difference, "ruleBefore" | "ruleNow">): string {
  if (ruleBefore === undefined || ruleNow === undefined) return "";
  return ruleBefore === ruleNow ? `  (version ${ruleNow})` : `  (version ${ruleBefore} → ${ruleNow})`;
}

function wrong(said: string): void {
  note(said);
  end(EXIT.usage);
}

/** What would be sent, a route each; nothing is sent. */
async function preview(path: string, asked: object | undefined, options: Options): Promise<void> {
  const found = await ask<{ items: readonly Difference[] }>(options, `${path}/preview`, "POST", asked ?? {});
  if (found === undefined) return;
  if (options.json) return outJson(found);
  for (const { route, target, filtered, before, after, error, mayRepeat, ...by } of found.items) {
    const same = JSON.stringify(before) === JSON.stringify(after);
    const what =
      error !== undefined
        ? `${error.code} ${error.detail}`
        : filtered
          ? "filtered: its `when` is not true"
          : same
            ? "the same as last time"
            : "differs from last time";
    out(
      `${route} → ${target}  ${what}${versionsOf(by)}${mayRepeat ? "  (the target has, or may have, taken it already)" : ""}`,
    );
    if (before !== undefined && !same) out(`  - ${shortened(JSON.stringify(before))}`);
    if (after !== undefined && !same) out(`  + ${shortened(JSON.stringify(after))}`);
  }
}
