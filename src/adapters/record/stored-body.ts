/**
 * Bodies as hot events hold them: deflated where that pays. No mark is needed: the meta has the body's length, and what is
 * shorter than that is deflated. Records without a length are from before bodies were deflated, and hold them as they are.
 */
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";

/** Below so many bytes a body is kept as it is: there is little to be saved. */
const LEAST_BYTES = 512;
/** The fastest level that there is; a window and tables no larger than usual bodies, since they are set up for each. */
const HOW = { level: constants.Z_BEST_SPEED, memLevel: 6, windowBits: 13 } as const;

/** What is kept of a body: never longer than it, and shorter only where it is deflated. */
export function storedBody(body: Buffer): Buffer {
  if (body.length < LEAST_BYTES) return body;
  const deflated = deflateRawSync(body, { ...HOW, chunkSize: body.length });
  return deflated.length < body.length ? deflated : body;
}

/** The body that was kept, by its length as the meta has it. Throws where the bytes are not what was kept. */
export function bodyIn(stored: Buffer, length: number | undefined): Buffer {
  if (length === undefined || stored.length >= length) return stored;
  return inflateRawSync(stored, { chunkSize: Math.max(64, length), maxOutputLength: length });
}
