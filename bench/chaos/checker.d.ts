/** What the checker's own test needs of it. */
export interface Checked {
  readonly broken: readonly string[];
  readonly figures: Readonly<Record<string, unknown>>;
}
export function check(world: unknown, expected?: Readonly<Record<string, unknown>>): Promise<Checked>;
