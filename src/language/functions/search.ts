/** Where a part stands in a text, in time linear in both: the engine's own `indexOf` multiplies their lengths where a long part almost fits. */
import { ITEM_BYTES, spendBytes, spendSteps } from "../run.ts";
import type { Run } from "../run.ts";

/** UTF-16 units up to which the engine's own search cannot take long. */
const SHORT = 32;

/** Finds the part at or after a place, -1 where it is not; prepared once for a part (Knuth, Morris, Pratt 1977). */
export function finder(run: Run, part: string): (text: string, from?: number) => number {
  const { length } = part;
  if (length <= SHORT) return (text, from) => text.indexOf(part, from);
  spendBytes(run, ITEM_BYTES * length);
  spendSteps(run, length >> 5);
  const back = new Int32Array(length);
  for (let at = 1, fits = 0; at < length; at++) {
    while (fits > 0 && part.charCodeAt(at) !== part.charCodeAt(fits)) fits = back[fits - 1]!;
    if (part.charCodeAt(at) === part.charCodeAt(fits)) fits++;
    back[at] = fits;
  }
  return (text, from = 0) => {
    for (let at = from, fits = 0; at < text.length; at++) {
      while (fits > 0 && text.charCodeAt(at) !== part.charCodeAt(fits)) fits = back[fits - 1]!;
      if (text.charCodeAt(at) === part.charCodeAt(fits)) fits++;
      if (fits === length) return at - length + 1;
    }
    return -1;
  };
}
