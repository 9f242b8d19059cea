/** What `signalbox impact` tells: for a terminal, and as Markdown for a pull request. */
import { IMPACT_CLASSES, type ImpactClass, type ImpactExample } from "../rules/impact-examples.ts";
import type { ImpactReport, ImpactRoute } from "../rules/impact.ts";
import { shortened } from "./listing.ts";
import { out, paint, table } from "./print.ts";

/** The classes as options and tables have them. */
export const CLASS_NAMES: Readonly<Record<ImpactClass, string>> = {
  unchanged: "unchanged",
  changed: "changed",
  newlyMatched: "newly-matched",
  noLongerMatched: "no-longer-matched",
  nowFailing: "now-failing",
  mended: "mended",
  slower: "slower",
};

const SAID: Readonly<Record<Exclude<ImpactClass, "unchanged">, string>> = {
  changed: "made something else",
  newlyMatched: "were not sent on the route, and would be",
  noLongerMatched: "were sent on the route, and would not be",
  nowFailing: "would fail",
  mended: "failed, and would not",
  slower: "would take much longer",
};

const VALUE = 120;

/** A report and what its sides are called. */
export interface Told {
  readonly before: string;
  readonly after: string;
  readonly report: ImpactReport;
}

export function showImpact(told: Told): void {
  const { report } = told;
  out(headline(told));
  out();
  const rows = report.routes.map((route) => [route.route, stateOf(route), ...countsOf(route), timeOf(route)]);
  if (rows.length > 0) out(table([["route", "", ...columns(), "ms"], ...rows]));
  for (const example of report.examples) {
    out();
    out(`${paint.bold(CLASS_NAMES[example.kind])}  ${lineOf(example)}`);
    for (const line of linesOf(example)) out(line.startsWith("-") ? paint.red(line) : paint.green(line));
  }
  if (report.unjudged > 0) out(`\n${unjudged(report)}`);
}

/** For a comment: a table, and the examples folded away. */
export function impactMarkdown(told: Told): string {
  const { report } = told;
  const row = (cells: readonly string[]): string => `| ${cells.map(inCell).join(" | ")} |`;
  const head = ["route", "", ...columns(), "ms"];
  const rows = report.routes.map((route) =>
    row([`\`${route.route}\``, stateOf(route), ...countsOf(route), timeOf(route)]),
  );
  const examples = report.examples.map((example) =>
    [
      `<details><summary><b>${CLASS_NAMES[example.kind]}</b> ${escaped(lineOf(example))}</summary>`,
      "",
      // Four backticks: a value may hold three.
      "````diff",
      ...linesOf(example).map((line) => line.replaceAll("````", "`` ``")),
      "````",
      "</details>",
    ].join("\n"),
  );
  return [
    "### What these rules would change",
    "",
    headline(told),
    "",
    ...(rows.length > 0 ? [row(head), row(head.map(() => "---")), ...rows, ""] : []),
    ...examples.flatMap((text) => [text, ""]),
    ...(report.unjudged > 0 ? [unjudged(report), ""] : []),
  ].join("\n");
}

function headline({ before, after, report: { events, from, to, counts } }: Told): string {
  if (events === 0) return `No events to look at. (${before} against ${after})`;
  const hit = IMPACT_CLASSES.filter((name) => name !== "unchanged" && counts[name] > 0);
  const said = hit.map((name) => `${counts[name]} ${CLASS_NAMES[name]}`);
  const what =
    said.length === 0 ? "Nothing would change." : `${said.join(", ")}; ${counts.unchanged} unchanged.`;
  return `${what}\n${events} events of ${from ?? ""} to ${to ?? ""}: ${before} against ${after}.`;
}

const columns = (): string[] => IMPACT_CLASSES.map((name) => CLASS_NAMES[name]);

const countsOf = ({ counts }: ImpactRoute): string[] =>
  IMPACT_CLASSES.map((name) => (counts[name] === 0 ? "·" : String(counts[name])));

function stateOf({ before, after }: ImpactRoute): string {
  if (before === undefined) return "new";
  if (after === undefined) return "gone";
  return before === after ? "same version" : "other version";
}

function timeOf({ milliseconds }: ImpactRoute): string {
  return milliseconds === undefined ? "" : `${milliseconds.before} → ${milliseconds.after}`;
}

function lineOf({ kind, route, event, type, alike }: ImpactExample): string {
  return `${alike} of ${route} ${SAID[kind]}, such as ${event} (${type})`;
}

/** A line a side of each difference, as diffs have them. */
function linesOf({ differences, faultBefore, faultAfter, milliseconds }: ImpactExample): string[] {
  const side = (mark: string, path: string, value: unknown): string[] =>
    value === undefined
      ? []
      : [`${mark} ${path === "" ? "" : `${path}: `}${shortened(JSON.stringify(value), VALUE)}`];
  const fault = (mark: string, one: ImpactExample["faultAfter"]): string[] =>
    one === undefined
      ? []
      : [
          `${mark} ${one.code} ${one.detail}${one.schema ? ` (${one.schema.name}#${one.schema.pointer})` : ""}`,
        ];
  return [
    ...differences.flatMap(({ path, before, after }) => [
      ...side("-", path, before),
      ...side("+", path, after),
    ]),
    ...fault("-", faultBefore),
    ...fault("+", faultAfter),
    ...(milliseconds ? [`- ${ms(milliseconds.before)}`, `+ ${ms(milliseconds.after)}`] : []),
  ];
}

const ms = (value: number): string => `${value.toFixed(2)} ms`;

function unjudged({ unjudged: count }: ImpactReport): string {
  return `${count} were not looked at: their routes look things up before their rules run.`;
}

function inCell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
