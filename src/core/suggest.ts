/** Did-you-mean: the known word that somebody who typed another one probably meant. */
import { distance } from "fastest-levenshtein";

/** The nearest candidate by edit distance, at most a third of the word away; undefined when none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const typed = word.toLowerCase();
  let best: string | undefined;
  let limit = Math.max(1, Math.floor(typed.length / 3)) + 1;
  for (const candidate of candidates) {
    const away = distance(typed, candidate.toLowerCase());
    if (away < limit) {
      best = candidate;
      limit = away;
    }
  }
  return best;
}

/** " Did you mean `push`?" with a leading space, or "" when nothing is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const found = nearest(word, candidates);
  return found === undefined || found === word ? "" : ` Did you mean \`${found}\`?`;
}
