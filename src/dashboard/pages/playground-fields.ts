/** The names of a body's fields, for completion in a rule. */

/** So many names are offered, and so many values are looked at for them. */
const MOST_NAMES = 300;
const MOST_VALUES = 5_000;

/** Each name once, in the order in which they stand, the outer ones first. */
export function fieldsOf(body: unknown): readonly string[] {
  const names = new Set<string>();
  let level: unknown[] = [body];
  let looked = 0;
  while (level.length > 0 && names.size < MOST_NAMES && looked < MOST_VALUES) {
    const below: unknown[] = [];
    for (const value of level) {
      if (typeof value !== "object" || value === null || looked++ > MOST_VALUES) continue;
      if (!Array.isArray(value)) for (const name of Object.keys(value)) names.add(name);
      for (const member of Object.values(value)) below.push(member);
    }
    level = below;
  }
  return [...names].slice(0, MOST_NAMES);
}
