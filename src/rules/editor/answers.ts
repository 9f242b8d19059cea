/** What an editor is answered: types alone. Offsets are UTF-16 units of the text that was asked about. */
import type { Place } from "../problem.ts";

/** Something that can be written at a place. */
export interface Completion {
  readonly label: string;
  readonly kind: "field" | "function" | "variable" | "key" | "value" | "reference";
  /** A type or a signature. */
  readonly detail?: string;
  readonly documentation?: string;
  /** Takes the place of what is between the offsets. */
  readonly insert: string;
  readonly start: number;
  readonly end: number;
  /** Lower ones first. */
  readonly rank: number;
}

/** Words about the part between two offsets, in Markdown. */
export interface Hover {
  readonly markdown: string;
  readonly start: number;
  readonly end: number;
}

/** Where something is said: a file of the workspace. */
export interface Definition {
  readonly path: string;
  readonly place: Place;
}

/** A change of a text that mends a problem. */
export interface Fix {
  readonly title: string;
  readonly start: number;
  readonly end: number;
  readonly insert: string;
}
