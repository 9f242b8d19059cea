/** Conditions in JSONata, put together so that each yields true or false whatever the event holds, and never fails. */

/** What cannot be said in JSONata, or not surely: the sentence's end, after the thing's name. */
export class Unmapped extends Error {}

/** A condition; `needsValue`: it is true only where what it looks at is there. */
export interface Condition {
  readonly text: string;
  readonly joint?: "and" | "or";
  readonly needsValue: boolean;
}

/** A condition of one comparison or call. */
export function atom(text: string, needsValue = true): Condition {
  return { text, needsValue };
}

/** All of them; none is true of everything. */
export function all(conditions: readonly Condition[]): Condition {
  return joined(conditions, "and", { text: "true", needsValue: false });
}

/** Any of them; none is true of nothing. */
export function any(conditions: readonly Condition[]): Condition {
  return joined(conditions, "or", { text: "false", needsValue: true });
}

function joined(conditions: readonly Condition[], joint: "and" | "or", empty: Condition): Condition {
  const [first, ...rest] = conditions;
  if (first === undefined) return empty;
  if (rest.length === 0) return first;
  const needs = (one: Condition): boolean => one.needsValue;
  return {
    text: conditions.map((one) => inside(one, joint)).join(` ${joint} `),
    joint,
    needsValue: joint === "and" ? conditions.some(needs) : conditions.every(needs),
  };
}

const inside = ({ text, joint }: Condition, around: "and" | "or"): string =>
  joint === undefined || joint === around ? text : `(${text})`;

/** The contrary. */
export function not({ text }: Condition): Condition {
  return { text: `$not(${text})`, needsValue: false };
}

/** A JSON value as JSONata writes it. */
export function written(value: unknown): string {
  return JSON.stringify(value);
}

/** One name as a step of a path; undefined where no quotes can hold it. */
export function step(name: string): string | undefined {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !/^(?:and|or|in|true|false|null|function)$/.test(name))
    return name;
  return /[`\p{Cc}]/u.test(name) || name === "" ? undefined : `\`${name}\``;
}

/** A field of what a path leads to; of the context without one. */
export function field(path: string, name: string): string {
  const own = step(name);
  if (own === undefined) return `$lookup(${path === "" ? "$" : path}, ${written(name)})`;
  return path === "" ? own : `${path}.${own}`;
}
