/** How an explanation is shown: each route's verdict, then its rule line by line with the values beside it. */
import type { Explanation } from "../admin/shapes/explanations.ts";
import { out, paint, pretty } from "./print.ts";

type ExplainedRoute = Explanation["routes"][number];
type Expression = NonNullable<ExplainedRoute["rule"]>;

export function showExplanation({ event, source, type, receivedAt, routes }: Explanation): void {
  out(`${event}  ${source}  ${type}  ${receivedAt}`);
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
const TEXT = 36;

function listing({ source, parts, missing, fault }: Expression): void {
  const lines = source.trimEnd().split("\n");
  const width = String(lines.length).length + 1;
  const blank = " ".repeat(width);
  for (const [index, text] of lines.entries()) {
    const line = index + 1;
    out(`${String(line).padStart(width)} | ${text}`);
    for (const part of parts) {
      // What goes over several lines is told by its parts.
      if (part.line !== line || (part.endLine !== line && !part.text.includes(":="))) continue;
      const often = part.count > 1 ? `  (${part.count} times)` : "";
      const values = part.values.length === 0 ? "…" : part.values.join(", ");
      out(paint.dim(`${blank} |   ${cut(part.text).padEnd(TEXT)}  ${values}${often}`));
    }
    for (const gap of missing)
      if (gap.line === line) out(paint.yellow(`${blank} | ! ${cut(gap.text)}: ${gap.why}`));
  }
  if (fault !== undefined) out(paint.red(`${fault.code} ${fault.message}`));
}

const cut = (text: string): string => (text.length > TEXT ? `${text.slice(0, TEXT - 1)}…` : text);
