/** Coverage for people and for tools: a summary, the text with a margin, lcov. */
import type { CoveredArm, CoveredPart } from "../language/coverage.ts";
import { shareOf } from "./coverage.ts";
import type { Coverage, CoveredRule } from "./coverage.ts";

/** Rows of a table: rule, percent, parts, arms. */
export function summaryOf({ rules }: Coverage): string[][] {
  const row = (name: string, of: readonly CoveredRule[]): string[] => {
    const { percent, parts, partsRan, arms, armsRan } = shareOf(of);
    return [name, `${percent} %`, `${partsRan}/${parts}`, `${armsRan}/${arms}`];
  };
  return [
    ["rule", "covered", "parts", "arms"],
    ...rules.map((rule) => row(labelOf(rule), [rule])),
    row("all", rules),
  ];
}

/** `transforms/x.jsonata`, or `routes/x.yaml when`. */
export const labelOf = ({ kind, file }: CoveredRule): string => (kind === "when" ? `${file} when` : file);

/** A part or an arm that never ran, in words. */
export function gapsOf(
  rule: CoveredRule,
): { readonly line: number; readonly column: number; readonly what: string }[] {
  const parts = outermost(rule.parts.filter(({ count }) => count === 0));
  const arms = rule.arms.filter((arm) => arm.count === 0 && !parts.some((part) => holds(part, arm)));
  return [
    ...parts.map((part) => ({ ...at(part), what: `never ran: ${textOf(rule.source, part)}` })),
    ...arms.map((arm) => ({ ...at(arm), what: WORDS[arm.arm] })),
  ].sort((a, b) => a.line - b.line || a.column - b.column);
}

const WORDS: Readonly<Record<CoveredArm["arm"], string>> = {
  true: "this condition was never true",
  false: "this condition was never false",
  value: "its value was never there: the default was always taken",
  default: "this default was never needed",
};

const at = ({ line, column }: CoveredPart | CoveredArm): { line: number; column: number } => ({
  line,
  column,
});

function outermost(parts: readonly CoveredPart[]): CoveredPart[] {
  const kept: CoveredPart[] = [];
  for (const part of parts) if (!kept.some((other) => holds(other, part))) kept.push(part);
  return kept;
}

const holds = (outer: CoveredPart, inner: CoveredPart | CoveredArm): boolean =>
  outer.start <= inner.start && inner.end <= outer.end;

function textOf(source: string, { start, end }: CoveredPart): string {
  const text = source.slice(start, end).replaceAll(/\s+/g, " ");
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** The rule's text; in the margin how often a line ran, `!` where a part of it never did, and below it which. */
export function listingOf(rule: CoveredRule): string[] {
  const counts = countsByLine(rule);
  const gaps = gapsOf(rule);
  const width = Math.max(4, ...[...counts.values()].map((count) => String(count).length + 1));
  return rule.source
    .trimEnd()
    .split("\n")
    .flatMap((text, index) => {
      const line = index + 1;
      const count = counts.get(line);
      const own = gaps.filter((gap) => gap.line === line);
      const margin = count === undefined ? "" : `${count}${own.length > 0 ? "!" : " "}`;
      return [
        `${margin.padStart(width)}| ${text}`.trimEnd(),
        ...own.map(({ column, what }) => `${"".padStart(width)}| ${" ".repeat(column - 1)}^ ${what}`),
      ];
    });
}

/** How often the first part that begins on a line ran. */
function countsByLine({ parts }: CoveredRule): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { line, count } of parts) if (!counts.has(line)) counts.set(line, count);
  return counts;
}

/** The tracefile of lcov (geninfo(1)), of the transforms: a `when` is part of a file of another kind. */
export function lcovOf({ rules }: Coverage): string {
  return rules
    .filter(({ kind }) => kind === "transform")
    .map(recordOf)
    .join("");
}

function recordOf(rule: CoveredRule): string {
  const counts = countsByLine(rule);
  const { arms, armsRan } = shareOf([rule]);
  const lines = [...counts].sort(([a], [b]) => a - b);
  return [
    "TN:",
    `SF:${rule.file}`,
    ...lines.map(([line, count]) => `DA:${line},${count}`),
    `LF:${lines.length}`,
    `LH:${lines.filter(([, count]) => count > 0).length}`,
    ...rule.arms.map(
      ({ line, condition, count }, index) => `BRDA:${line},${condition},${index % 2},${count}`,
    ),
    `BRF:${arms}`,
    `BRH:${armsRan}`,
    "end_of_record\n",
  ].join("\n");
}
