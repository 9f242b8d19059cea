/** What a request of the chaos run carries: the sender sends it, the checker knows it. */

/** @param {number} n */
export function bodyOf(n) {
  return JSON.stringify({ n, text: `event ${n} `.repeat(20) });
}
