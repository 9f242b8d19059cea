/** Types of language-cases.js, for the test that runs a part of it. */
import type { Arbitrary } from "fast-check";

export const body: Arbitrary<unknown>;
export const expression: Arbitrary<string>;
