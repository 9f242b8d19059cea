/** Chance that repeats itself: xoshiro128** (Blackman and Vigna, 2018), seeded from the SHA-256 of a text. */
import { createHash } from "node:crypto";

/** A sequence of draws; the same seed gives the same sequence. */
export interface Seeded {
  /** From 0 up to, not including, 1; 53 bits. */
  number(): number;
  /** A version 4 UUID in lower case (RFC 9562 § 5.4). */
  uuid(): string;
}

/** Begins the sequence of a seed. Good for spreading, not for secrets: who knows the seed knows it all. */
export function seeded(seed: string): Seeded {
  const digest = createHash("sha256").update(seed).digest();
  const state = new Uint32Array([0, 4, 8, 12].map((offset) => digest.readUInt32LE(offset)));
  const draw = (): number => next(state);
  const number = (): number => ((draw() >>> 5) * 2 ** 26 + (draw() >>> 6)) / 2 ** 53;
  return { number, uuid: () => uuidOf([draw(), draw(), draw(), draw()]) };
}

function next(state: Uint32Array): number {
  const [a, b, c, d] = state as unknown as [number, number, number, number];
  const result = Math.imul(rotated(Math.imul(b, 5), 7), 9) >>> 0;
  state[2] = c ^ a;
  state[3] = d ^ b;
  state[1] = b ^ state[2]!;
  state[0] = a ^ state[3]!;
  state[2] ^= b << 9;
  state[3] = rotated(state[3]!, 11);
  return result;
}

const rotated = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

function uuidOf(words: readonly number[]): string {
  const hex = words.map((word) => word.toString(16).padStart(8, "0")).join("");
  const variant = ((parseInt(hex[16]!, 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
