/** Keeps what was lately used, up to a sum of bytes. */
export class LatelyUsed<Value> {
  readonly #kept = new Map<number, { readonly value: Value; readonly bytes: number }>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  has(number: number): boolean {
    return this.#kept.has(number);
  }

  /** What is kept; it counts as used. */
  get(number: number): Value | undefined {
    const kept = this.#kept.get(number);
    if (kept === undefined) return undefined;
    this.#kept.delete(number);
    this.#kept.set(number, kept);
    return kept.value;
  }

  /** Keeps a value, and drops what was not used for longest. */
  keep(number: number, value: Value, bytes: number): void {
    this.drop(number);
    this.#kept.set(number, { value, bytes });
    this.#bytes += bytes;
    for (const other of this.#kept.keys()) {
      if (this.#bytes <= this.#maxBytes || other === number) break;
      this.drop(other);
    }
  }

  drop(number: number): void {
    this.#bytes -= this.#kept.get(number)?.bytes ?? 0;
    this.#kept.delete(number);
  }
}
