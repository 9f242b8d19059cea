/** Comparing what was sent with what was expected. */
import { timingSafeEqual } from "node:crypto";

/** True for equal bytes, in a time that depends on their length alone. */
export function equal(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
