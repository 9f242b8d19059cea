/** Types of language-fuzz.js, for the test that runs a part of it. */
export function differenceIn(source: string, payload: unknown): Promise<string | undefined>;
export function runFuzz(count: number, seed: number): Promise<number>;
