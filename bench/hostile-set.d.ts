/** Types of hostile-set.js, for the tests that run it. */
export declare const hostile: readonly (readonly [rule: string, outcome: RegExp])[];
export declare const running: typeof hostile;
