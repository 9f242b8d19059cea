/** The replacement text of `$replace`: `$0` is the match, `$1` a group, `$$` a dollar. */
import type { Match } from "../regex.ts";

/** Yields what stands in place of a match, with jsonata's reading of `$12` where there is no twelfth group. */
export function substitution(replacement: string): (match: Match) => string {
  if (!replacement.includes("$")) return () => replacement;
  return (match) => substituted(replacement, match);
}

function substituted(replacement: string, { match, groups }: Match): string {
  let result = "";
  let position = 0;
  let at = replacement.indexOf("$");
  while (at !== -1 && position < replacement.length) {
    result += replacement.substring(position, at);
    position = at + 1;
    const next = replacement.charAt(position);
    if (next === "$" || next === "0") {
      result += next === "$" ? "$" : match;
      position++;
    } else {
      const index = groupIndex(replacement, position, groups.length);
      if (Number.isNaN(index)) result += "$";
      else {
        const group = groups[index - 1];
        if (groups.length > 0 && group !== undefined) result += String(group);
        position += index.toString().length;
      }
    }
    at = replacement.indexOf("$", position);
  }
  return result + replacement.substring(position);
}

/** As many digits as the number of groups has, one less where that names no group; NaN where there is none. */
function groupIndex(replacement: string, position: number, count: number): number {
  const digits = count === 0 ? 1 : Math.floor(Math.log(count) * Math.LOG10E) + 1;
  const index = Number.parseInt(replacement.substring(position, position + digits), 10);
  if (digits === 1 || !(index > count)) return index;
  return Number.parseInt(replacement.substring(position, position + digits - 1), 10);
}
