/** The error of an evaluation: a sentence that may be logged, and apart from it the value that was wrong, which may not. */
import { SignalboxError } from "../core/errors.ts";
import type { ErrorCode } from "../core/errors.ts";
import { excerpt } from "./excerpt.ts";
import type { Place } from "./tokens.ts";

/** What was wrong: part of the event, for `try`, cases and the playground only. */
export interface Evidence {
  readonly value: unknown;
  /** The path or variable that it was read from; undefined where it was calculated. */
  readonly origin: string | undefined;
}

/** A rule's failure at a place of its text. Neither JSON nor a log line of it holds the evidence. */
export class RuleFailure extends SignalboxError {
  readonly place: Place;
  /** How the usual mistake behind it is mended; undefined where none is known. */
  readonly hint: string | undefined;
  readonly #evidence: Evidence | undefined;

  constructor(code: ErrorCode, detail: string, place: Place, hint?: string, evidence?: Evidence) {
    super(code, detail);
    this.place = place;
    this.hint = hint;
    this.#evidence = evidence;
  }

  /** The value that was wrong. It is payload: never for a log line. */
  evidence(): Evidence | undefined {
    return this.#evidence;
  }
}

/** UTF-16 units of a value that are shown. */
const SHOWN = 80;

/**
 * A failure for the one who wrote the rule: place, code and sentence, the line with a caret, the value and where it came
 * from, and a hint. Holds payload: for terminals and the playground.
 */
export function explain(failure: RuleFailure, source: string, file: string): string {
  const { place, code, detail, hint } = failure;
  const sentence = detail.replace(/^line \d+, column \d+: /, "");
  const evidence = failure.evidence();
  const from = evidence?.origin === undefined ? "" : ` from \`${evidence.origin}\``;
  return [
    `${file}:${place.line}:${place.column} ${code} ${sentence}`,
    ...excerpt(source, place),
    ...(evidence === undefined ? [] : [`  The value was ${shown(evidence.value)}${from}.`]),
    ...(hint === undefined ? [] : [`  ${hint}`]),
  ].join("\n");
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "function") return "a function";
  const kind = typeof value === "string" ? "the text " : typeof value === "number" ? "the number " : "";
  const text = typeof value === "number" ? String(value) : JSON.stringify(value);
  return kind + (text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
}
