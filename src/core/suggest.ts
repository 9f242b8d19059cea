/** Did-you-mean: the known word that somebody who typed another one probably meant. */
import { distance } from "fastest-levenshtein";

/** The nearest candidate by edit distance, at most a third of the word away, else the first that goes on behind the word; undefined when none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const all = [...candidates];
  return closest(word.toLowerCase(), all) ?? begun(word, all)[0];
}

function closest(typed: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let limit = Math.max(1, Math.floor(typed.length / 3)) + 1;
  for (const candidate of candidates) {
    const away = Math.min(distance(typed, candidate.toLowerCase()), swapped(typed, candidate.toLowerCase()));
    if (away < limit) {
      best = candidate;
      limit = away;
    }
  }
  return best;
}

/** 1 where two letters that follow one another have changed places: the commonest slip, and two edits. */
function swapped(typed: string, meant: string): number {
  const at = [...typed].findIndex((letter, index) => letter !== meant[index]);
  const is =
    at >= 0 && typed.slice(0, at) + (typed[at + 1] ?? "") + typed[at]! + typed.slice(at + 2) === meant;
  return is ? 1 : Infinity;
}

/** Candidates that begin with the whole word and go on behind a sign that parts words: `slack-events` of `slack`. */
function begun(word: string, candidates: readonly string[]): string[] {
  const typed = word.toLowerCase();
  if (typed.length < 3) return [];
  return candidates.filter((candidate) => {
    const behind = candidate[typed.length];
    return candidate.toLowerCase().startsWith(typed) && behind !== undefined && "-._".includes(behind);
  });
}

/** So many names are asked about at most. */
const MOST_NAMES = 4;

/** " Did you mean `push`?" with a leading space, or "" when nothing is near; of a word that several go on with, all of these. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const all = [...candidates];
  const near = closest(word.toLowerCase(), all);
  const found = near === undefined ? begun(word, all).slice(0, MOST_NAMES) : [near];
  if (found.length === 0 || near === word) return "";
  const names = found.map((name) => `\`${name}\``);
  return ` Did you mean ${[names.slice(0, -1).join(", "), names.at(-1)].filter(Boolean).join(" or ")}?`;
}
