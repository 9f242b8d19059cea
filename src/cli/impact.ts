/** `signalbox impact`: what the workspace as it is would change, over events that have come. Nothing is stored or sent. */
import type { Command } from "commander";
import { createImpact } from "../rules/impact.ts";
import { IMPACT_CLASSES, type ImpactClass } from "../rules/impact-examples.ts";
import { asks, reach, type Asking } from "./ask.ts";
import { spanOf } from "./filters.ts";
import { eventsOfFile, eventsOfRouter, type Reach } from "./impact-events.ts";
import { sideOfFiles, sideOfRef, sideOfRouter } from "./impact-sides.ts";
import { CLASS_NAMES, impactMarkdown, showImpact } from "./impact-text.ts";
import { EXIT, end, note, out, outJson } from "./print.ts";
import { settingsOf } from "./options.ts";

interface Options extends Asking {
  readonly since?: string;
  readonly last?: string;
  readonly source?: string;
  readonly against?: string;
  readonly events?: string;
  readonly store?: boolean;
  readonly failOn?: string;
  readonly redact?: string[];
  readonly markdown?: boolean;
}

const LAST = 1_000;
const MOST = 1_000_000;
const ANY = "any";

export function impactCommand(program: Command): void {
  const command = program
    .command("impact")
    .description(
      "what the workspace as it is would change: over the events that a router keeps, against the rules that it runs",
    )
    .option("--last <count>", `the latest so many events; ${LAST} without --since`)
    .option("--since <time>", "the events since then: 24h, 7d, or a time as ISO 8601")
    .option("--source <name>", "only events of this source")
    .option("--against <ref>", "against the workspace as a git ref has it, instead of the rules that run")
    .option(
      "--events <file>",
      "these events, a line of JSON each as `events <id> --json` prints it; - is standard input",
    )
    .option("--store", "with --against: read the events from the store of REDIS_URL, without a router")
    .option(
      "--fail-on <classes>",
      `exit with 1 where there are any of these, with commas between them: ${failable().join(", ")}, or ${ANY}`,
    )
    .option("--redact <paths...>", "JSON Pointers of what else of results is to be taken out of examples")
    .option("--markdown", "print it for a pull request");
  asks(command, "print the report as JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  $ signalbox impact --since 24h\n  $ signalbox impact --against origin/main --last 5000 --fail-on now-failing --markdown",
    )
    .action((_options, command: Command) => impact(command.optsWithGlobals()));
}

async function impact(options: Options): Promise<void> {
  const wished = reachOf(options);
  const failing = failingOf(options.failOn);
  if (typeof wished === "string") return wrong(wished);
  if (typeof failing === "string") return wrong(failing);
  const pointer = (options.redact ?? []).find((path) => !path.startsWith("/"));
  if (pointer !== undefined)
    return wrong(`--redact takes JSON Pointers, which begin with a slash: /${pointer}`);
  const settings = settingsOf(options);
  const { redisUrl } = settings;
  if (options.store && (options.against === undefined || options.events !== undefined))
    return wrong(
      "--store gives the events alone: name a git ref to compare with by --against, and leave --events out.",
    );
  if (options.store && redisUrl === undefined) return wrong("--store needs REDIS_URL, which is not set.");
  const after = await sideOfFiles(settings, "the workspace as it is");
  if (after === undefined) return;
  const needsRouter = options.against === undefined || (options.events === undefined && !options.store);
  const reached = needsRouter ? await reach(options) : undefined;
  if (needsRouter && reached === undefined) return;
  const before =
    options.against === undefined ? await sideOfRouter(reached!) : await sideOfRef(settings, options.against);
  if (before === undefined) return;
  const collected = createImpact(before.judges, after.judges, options.redact);
  const events =
    reached !== undefined && options.events === undefined
      ? eventsOfRouter(reached, wished)
      : options.events !== undefined
        ? eventsOfFile(options.events, wished)
        : (await import("./impact-store.ts")).eventsOfStore(redisUrl!, wished);
  for await (const event of events) await collected.take(event);
  if (process.exitCode) return;
  const report = collected.report();
  const told = { before: before.called, after: after.called, report };
  if (options.json) outJson({ before: before.called, after: after.called, ...report });
  else if (options.markdown) out(impactMarkdown(told));
  else showImpact(told);
  const met = failing.filter((name) => report.counts[name] > 0);
  if (met.length === 0) return;
  note(`There are ${met.map((name) => `${report.counts[name]} ${CLASS_NAMES[name]}`).join(", ")}.`);
  end(EXIT.failed);
}

function wrong(why: string): void {
  note(why);
  end(EXIT.usage);
}

function failable(): string[] {
  return IMPACT_CLASSES.filter((name) => name !== "unchanged").map((name) => CLASS_NAMES[name]);
}

/** The classes that are named, or what is wrong with them. */
function failingOf(text: string | undefined): ImpactClass[] | string {
  const names = (text ?? "").split(",").flatMap((name) => name.trim() || []);
  if (names.includes(ANY)) return IMPACT_CLASSES.filter((name) => name !== "unchanged" && name !== "slower");
  const unknown = names.find((name) => !failable().includes(name));
  if (unknown !== undefined)
    return `--fail-on knows ${failable().join(", ")} and ${ANY}; got ${unknown.slice(0, 40)}.`;
  return IMPACT_CLASSES.filter((name) => names.includes(CLASS_NAMES[name]));
}

/** How far back, or what is wrong with it. */
function reachOf({ since, last, source }: Options): Reach | string {
  if (last !== undefined && !(/^\d{1,7}$/.test(last) && Number(last) >= 1 && Number(last) <= MOST))
    return `--last must be a number from 1 to ${MOST}; got ${last.slice(0, 40)}.`;
  const from = since === undefined ? undefined : sinceOf(since);
  if (since !== undefined && from === undefined)
    return `--since must be a stretch such as 24h, or a time as ISO 8601; got ${since.slice(0, 40)}.`;
  return {
    last: last === undefined ? (since === undefined ? LAST : MOST) : Number(last),
    ...(from !== undefined && { from }),
    ...(source !== undefined && { source }),
  };
}

function sinceOf(text: string): string | undefined {
  const span = spanOf(text);
  const ms = span === undefined ? Date.parse(text) : Date.now() - span;
  return Number.isFinite(ms) ? new Date(ms).toISOString() : undefined;
}
