/** Did-you-mean: the known word that somebody who typed another one probably meant. */
import { distance } from "fastest-levenshtein";

/** The nearest candidate by edit distance, at most a third of the word away; undefined when none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const typed = word.toLowerCase();
  let best: string | undefined;
  let limit = Math.max(1, Math.floor(typed.length / 3)) + 1;
  for (const candidate of candidates) {
    const away = Math.min(distance(typed, candidate.toLowerCase()), swapped(typed, candidate.toLowerCase()));
    if (away < limit) {
      best = candidate;
      limit = away;
    }
  }
  return best ?? begun(typed, candidates);
}

/** 1 where two letters that follow one another have changed places: the commonest slip, and two edits. */
function swapped(typed: string, meant: string): number {
  const at = [...typed].findIndex((letter, index) => letter !== meant[index]);
  const is =
    at >= 0 && typed.slice(0, at) + (typed[at + 1] ?? "") + typed[at]! + typed.slice(at + 2) === meant;
  return is ? 1 : Infinity;
}

/** The first candidate that goes on after the word behind a hyphen or dot: `slack` of `slack-events`. */
function begun(typed: string, candidates: Iterable<string>): string | undefined {
  if (typed.length < 3) return undefined;
  for (const candidate of candidates)
    if (
      /^[-._]/.test(candidate.toLowerCase().replace(typed, "")) &&
      candidate.toLowerCase().startsWith(typed)
    )
      return candidate;
  return undefined;
}

/** " Did you mean `push`?" with a leading space, or "" when nothing is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const found = nearest(word, candidates);
  return found === undefined || found === word ? "" : ` Did you mean \`${found}\`?`;
}
