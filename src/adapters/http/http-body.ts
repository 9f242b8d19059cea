/** Reads the body of an HTTP request: whole, within a size and a time, or refused with the reason. */
import type { IncomingMessage } from "node:http";
import { SignalboxError } from "../../core/errors.ts";

/** A sender's body has to be here within this time; with the store's second it makes less than 5 s to the answer. */
const BODY_MS = 3_500;
/** So much beyond the limit is read and thrown away, so that the sender gets to read our 413. */
const SPILL_BYTES = 1_048_576;

/** Reads a body of at most `max` bytes. Throws ACCEPT_BODY_TOO_LARGE, ACCEPT_BODY_SLOW, ACCEPT_BODY_INVALID. */
export function readBody(request: IncomingMessage, max: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const tooLarge = (): SignalboxError =>
      new SignalboxError("ACCEPT_BODY_TOO_LARGE", `The body is larger than ${max} bytes.`);
    const announced = Number(request.headers["content-length"] ?? 0);
    if (announced > max + SPILL_BYTES) return reject(tooLarge());
    const chunks: Buffer[] = [];
    let length = 0;
    const timer = setTimeout(() => {
      done();
      reject(new SignalboxError("ACCEPT_BODY_SLOW", `The body did not arrive within ${BODY_MS / 1000} s.`));
    }, BODY_MS);
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length <= max) chunks.push(chunk);
      else if (length > max + SPILL_BYTES) {
        done();
        reject(tooLarge());
      }
    };
    // Most end like this: what listens ends with the request.
    const onEnd = (): void => {
      clearTimeout(timer);
      if (length > max) reject(tooLarge());
      else resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length));
    };
    const onBreak = (): void => {
      done();
      reject(new SignalboxError("ACCEPT_BODY_INVALID", "The sender broke off in mid-body."));
    };
    const done = (): void => {
      clearTimeout(timer);
      request.off("data", onData).off("end", onEnd).off("error", onBreak).off("aborted", onBreak);
      request.resume();
    };
    request.on("data", onData).on("end", onEnd).on("error", onBreak).on("aborted", onBreak);
  });
}
