/** Random bytes for ids, from the system's source. Fills the port `Random`. */
import { randomBytes } from "node:crypto";
import type { Random } from "../ports.ts";

/** Random bytes by the page: asking the kernel for each id's ten costs more than the rest of the id. */
export function pooledRandom(): Random {
  let pool = randomBytes(4096);
  let used = 0;
  return {
    bytes(count) {
      if (used + count > pool.length) {
        pool = randomBytes(4096);
        used = 0;
      }
      used += count;
      return pool.subarray(used - count, used);
    },
  };
}
