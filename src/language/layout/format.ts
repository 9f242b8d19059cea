/**
 * A rule in the one way that rules are laid out: lines of at most 120 columns, two blanks a level, comments kept. Only blanks and
 * line breaks change; what comes out is parsed and compared with what went in, so that a rule means what it meant.
 */
import { parseJsonata } from "../jsonata.ts";
import { readExpression } from "../problems.ts";
import type { Mistake } from "../syntax.ts";
import { printed } from "./doc.ts";
import { elementsDoc } from "./layout.ts";
import { bracketsOf } from "./parts.ts";
import { sameTree } from "./same-tree.ts";
import { wordsOf } from "./words.ts";

/** Columns of a line, where it can be broken. */
export const WIDTH = 120;

/** The rule as it is laid out, or why it cannot be read. */
export type Formatted =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly mistakes: readonly Mistake[] };

/** A line that is broken for the first time may fit otherwise than one that was broken before. */
const ROUNDS = 4;

/** Formats a rule that parses; formatting it again changes nothing. */
export function formatJsonata(source: string): Formatted {
  const tree = treeOf(source);
  if (tree === undefined) {
    const { mistakes } = readExpression(source);
    return { ok: false, mistakes };
  }
  let text = source;
  for (let round = 0; round < ROUNDS; round++) {
    const next = laidOut(text);
    if (next === text) return { ok: true, text };
    // What reads words otherwise than the parser would change the rule: it is left as it is.
    if (next === undefined || !sameTree(tree, treeOf(next))) return { ok: true, text: source };
    text = next;
  }
  return { ok: true, text: laidOut(text) === text ? text : source };
}

function treeOf(source: string): ReturnType<typeof parseJsonata> | undefined {
  try {
    return parseJsonata(source);
  } catch {
    return undefined;
  }
}

function laidOut(source: string): string | undefined {
  const whole = bracketsOf(wordsOf(source));
  if (whole === undefined) return undefined;
  return `${printed(elementsDoc(whole, source), WIDTH).trimEnd()}\n`;
}
