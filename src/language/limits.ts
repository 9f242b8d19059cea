/** What one evaluation may take: every default of the language, once. */
export const limits = {
  /** Bytes of UTF-8 in one expression's text. */
  sourceBytes: 64 * 1024,
  /** ms of wall-clock time; evaluations do not overlap, so that none is charged for another. */
  timeMs: 1_000,
  /** Syntax nodes under evaluation at once. Not the depth of recursion alone: the fields of one object count side by side. */
  depth: 20_000,
  /** Items of one sequence (a path's result, a range, what $map yields). */
  sequence: 100_000,
  /** Items that ranges, $split and the like make in all, and values in a result. */
  items: 1_000_000,
  /** UTF-16 units of one text. */
  textLength: 8 * 1024 * 1024,
  /** UTF-16 units of text that functions make in all. */
  textTotal: 64 * 1024 * 1024,
  /** UTF-16 units of a date or number picture, and of a text that is read with one. */
  pictureLength: 1_000,
  /** Levels of arrays and objects in a result. */
  resultDepth: 100,
} as const;
