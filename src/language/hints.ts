/** How the usual mistakes of a rule are mended, by what they look like when they fail. */
import type { SchemaProblem } from "../core/schema.ts";
import type { Fault } from "./fault.ts";

/** A sentence for the author; undefined where nothing usual is behind it. */
export function hintFor(fault: Fault): string | undefined {
  const { code, value, token, origin } = fault;
  const what = origin === undefined ? "it" : `\`${origin}\``;
  const convert = `Convert it: \`$number(${origin ?? "…"})\`.`;
  switch (code) {
    case "T2001":
    case "T2002":
      if (typeof value === "string" && token === "+") return `${convert} Texts are joined with \`&\`.`;
      if (typeof value === "string" && token === "-")
        return `${convert} If a name has a hyphen, put it into backquotes: \`first-name\`.`;
      if (Array.isArray(value))
        return `${capital(what)} has several values: \`$sum(…)\` adds them up, \`[0]\` takes one.`;
      return typeof value === "string" ? convert : undefined;
    case "T2009":
    case "T2007":
      return "Nothing is converted by itself: use `$number(…)` or `$string(…)` on one side.";
    case "T2010":
      return Array.isArray(value) ? `${capital(what)} has several values: \`[0]\` takes one.` : undefined;
    case "T1003":
      return `Write \`$string(${origin ?? "…"})\` for the key.`;
    case "T0410":
    case "T0412":
      if (Array.isArray(value))
        return "Several values are an array, one is not: call the function for each with `.`, or take one with `[0]`.";
      return typeof value === "number" || typeof value === "boolean"
        ? `Convert it: \`$string(${origin ?? "…"})\`.`
        : undefined;
    case "T1006":
      return "Is the function bound before this line, and its name written as there?";
    case "D3030":
      return 'An empty text is no number either: `$exists(x) and x != "" ? $number(x)`.';
    default:
      return undefined;
  }
}

/** What is behind a result that does not satisfy its schema, where that is the usual mistake. */
export function hintForResult({ keyword, message }: SchemaProblem): string | undefined {
  if (keyword !== "type" || !/ must be (?:a list|[^,]* or a list)/.test(message)) return undefined;
  return "Of one item JSONata makes that item: put `[…]` around the expression, or `[]` behind its path.";
}

const capital = (text: string): string => (text === "it" ? "It" : text);
