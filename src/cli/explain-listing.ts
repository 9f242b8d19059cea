/** How an explanation is shown: each route's verdict, then its rule line by line with the values beside it. */
import type { Explanation } from "../admin/shapes/explanations.ts";
import { out, paint, pretty, plain } from "./print.ts";

type ExplainedRoute = Explanation["routes"][number];
type Expression = NonNullable<ExplainedRoute["rule"]>;

export function showExplanation({ event, source, type, receivedAt, routes }: Explanation): void {
  out(`${event}  ${source}  ${plain(type)}  ${receivedAt}`);
  if (routes.length === 0) out(`No route takes events of source \`${source}\`.`);
  for (const route of routes) {
    const verdict = route.matched ? paint.green("takes it") : paint.yellow("does not take it");
    out(`\n${paint.bold(`${route.route} → ${route.target}`)}  ${verdict}  ${route.decidedBy}`);
    details(route);
  }
}

function details(route: ExplainedRoute): void {
  const { when, input, rule, output, result, request, fault, requestFault } = route;
  if (when !== undefined) {
    out("\nwhen");
    listing(when);
  }
  if (input !== undefined) out(`\n${verdictOf("input", input)}`);
  if (rule !== undefined) {
    out(`\nrule  transforms/${route.transform ?? ""}.jsonata`);
    listing(rule);
  }
  if (output !== undefined) out(`\n${verdictOf("output", output)}`);
  if (result !== undefined) out(`\nresult\n${pretty(result)}`);
  for (const wrong of [fault, requestFault]) if (wrong) out(paint.red(`${wrong.code} ${wrong.message}`));
  if (request === undefined) return;
  out(`\nwould be sent: ${request.method} ${request.url}  (${request.bytes} bytes)`);
  for (const [name, value] of Object.entries(request.headers)) out(`  ${name}: ${value}`);
  if (request.added.length > 0) out(paint.dim(`  and, when it is sent: ${request.added.join(", ")}`));
}

function verdictOf(side: string, { schema, problems }: NonNullable<ExplainedRoute["input"]>): string {
  if (problems.length === 0) return `${side}  ${paint.green(`fits ${schema}`)}`;
  return [`${side}  ${paint.red(`does not fit ${schema}`)}`, ...problems.map((one) => `  ${one}`)].join("\n");
}

/** Units of a part's text, and of its values. */
const TEXT = 40;
const VALUES = 100;

function listing({ source, parts, missing, fault }: Expression): void {
  const lines = source.trimEnd().split("\n");
  const width = String(lines.length).length + 1;
  const blank = " ".repeat(width);
  for (const [index, text] of lines.entries()) {
    const line = index + 1;
    out(`${String(line).padStart(width)} | ${text}`);
    for (const told of new Set(parts.filter((part) => part.line === line).flatMap(partLine)))
      out(paint.dim(`${blank} |   ${told}`));
    for (const gap of missing)
      if (gap.line === line) out(paint.yellow(`${blank} | ! ${cut(gap.text, TEXT)}: ${gap.why}`));
  }
  if (fault !== undefined) out(paint.red(`${fault.code} ${fault.message}`));
}

/** A part and its values; none for what the text says already, and for what goes over several lines and is told by its parts. */
function partLine({ line, endLine, text, count, values }: Expression["parts"][number]): string[] {
  const [, name] = /^(\$\w+) := /.exec(text) ?? [];
  if (values.every((value) => value === "a function") && values.length > 0) return [];
  if (line !== endLine && name === undefined) return [];
  const often = count > 1 ? `  (${count} times)` : "";
  const shown =
    values.length === 0 ? "…" : values.map((value) => cut(value, VALUES / values.length)).join(", ");
  return [`${(name === undefined ? cut(text, TEXT) : name).padEnd(TEXT)}  ${shown}${often}`];
}

/** Beginning and end: parts of one line often begin alike. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const half = Math.floor((most - 1) / 2);
  return `${text.slice(0, half)}…${text.slice(-half)}`;
}
