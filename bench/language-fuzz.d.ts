/** Types of language-fuzz.js, for the test that runs a part of it. */
import type { Arbitrary } from "fast-check";

export const body: Arbitrary<unknown>;
export const expression: Arbitrary<string>;
export function differenceIn(source: string, payload: unknown): Promise<string | undefined>;
export function runFuzz(count: number, seed: number): Promise<number>;
