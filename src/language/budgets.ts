/** What one evaluation may take: every default of the language, once. All are counted by the engine, none by a clock. */

/** The budgets of one evaluation. The same rule on the same event takes the same of each, on every machine. */
export interface Budgets {
  /** Syntax nodes evaluated, and items that built-ins go through: 500,000 take some 20 to 50 ms. */
  readonly steps: number;
  /** Syntax nodes under evaluation at once, through calls of the rule's own functions. */
  readonly depth: number;
  /** Bytes of texts, sequences and objects that are made, also of those that are dropped again. */
  readonly bytes: number;
  /** Bytes of the result as JSON, about: two for each UTF-16 unit, eight for each value. */
  readonly output: number;
  /** UTF-16 units that regular expressions read; those that need the linear engine read each sixteen times. */
  readonly pattern: number;
}

export const defaultBudgets: Budgets = {
  steps: 500_000,
  depth: 1_500,
  bytes: 32 * 1024 * 1024,
  output: 8 * 1024 * 1024,
  pattern: 4_000_000,
};

/** Of each budget so much is used within a turn of the event loop, a millisecond or less; what takes longer goes on aside. */
export const briefBudgets: Budgets = {
  steps: 10_000,
  depth: defaultBudgets.depth,
  bytes: 1024 * 1024,
  output: 256 * 1024,
  pattern: 80_000,
};

/** What stays the same for every rule. */
export const limits = {
  /** Bytes of UTF-8 in one expression's text. */
  sourceBytes: 64 * 1024,
  /** UTF-16 units of a date or number picture, and of a text that is read with one. */
  pictureLength: 1_000,
  /** Levels of arrays and objects in a result. */
  resultDepth: 100,
} as const;
