/** `${NAME}` and `${NAME:-default}` in the texts of sources and targets; `$${` stands for `${`. */
import { parse } from "dotenv";
import { isFields, pointerStep } from "../core/schema-walk.ts";

/** Variables by name; an empty one is set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A reference that cannot be filled in. `name` undefined: `${` that begins no reference. */
export interface Unfilled {
  /** JSON Pointer of the text. */
  readonly path: string;
  /** Offset in the text. */
  readonly offset: number;
  readonly name: string | undefined;
}

export interface Filled {
  /** A copy with variables filled in; a text with an unfilled one is left as it is. */
  readonly value: unknown;
  /** JSON Pointers of the texts that held a variable. */
  readonly paths: ReadonlySet<string>;
  readonly unfilled: readonly Unfilled[];
}

const REFERENCE = /\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^{}]*))?\})?/g;

/** Variables of a `.env` text; those that are set in the real environment win. */
export function withDotenv(text: string | undefined, environment: Environment): Environment {
  const set = Object.entries(environment).filter(([, value]) => value !== undefined);
  return { ...(text === undefined ? {} : parse(text)), ...Object.fromEntries(set) };
}

/** Names of the variables that texts refer to. */
export function referredNames(texts: readonly string[]): Set<string> {
  const found = texts.flatMap((text) => [...text.matchAll(REFERENCE)].map(([, name]) => name));
  return new Set(found.filter((name) => name !== undefined));
}

/** Fills in the variables of all texts of a value; keys are left alone. */
export function fillVariables(value: unknown, environment: Environment): Filled {
  const paths = new Set<string>();
  const unfilled: Unfilled[] = [];
  const fill = (part: unknown, path: string): unknown => {
    if (typeof part === "string") return fillText(part, path);
    if (Array.isArray(part)) return part.map((item, index) => fill(item, path + pointerStep(index)));
    if (!isFields(part)) return part;
    return Object.fromEntries(
      Object.entries(part).map(([key, item]) => [key, fill(item, path + pointerStep(key))]),
    );
  };
  const fillText = (text: string, path: string): string => {
    if (!text.includes("${")) return text;
    paths.add(path);
    const before = unfilled.length;
    const filled = text.replace(
      REFERENCE,
      (found, name: string | undefined, preset: string | undefined, offset: number) => {
        if (found === "$${") return "${";
        const known = name !== undefined && Object.hasOwn(environment, name) ? environment[name] : undefined;
        const set = known === "" && preset !== undefined ? preset : (known ?? preset);
        if (set === undefined) unfilled.push({ path, offset, name });
        return set ?? found;
      },
    );
    return unfilled.length > before ? text : filled;
  };
  return { value: fill(value, ""), paths, unfilled };
}

/** A variable's text as the number or boolean that it spells; undefined where it spells none. */
export function spelled(text: unknown): number | boolean | undefined {
  if (text === "true" || text === "false") return text === "true";
  return typeof text === "string" && /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined;
}

/** The text with each reference replaced by as many letters: what stands around it keeps its place. */
export function maskVariables(text: string): string {
  return text.replace(REFERENCE, (found) => "x".repeat(found.length));
}
