/**
 * Bytes that are kept for a while and dropped in the order in which they came. They are copied into slabs that are used again:
 * as a buffer of its own, each would live long enough to be moved by the garbage collector, and to have it look through all.
 */

const SLAB_BYTES = 1024 * 1024;
/** Slabs that wait to be used again. */
const MOST_FREE = 4;

export interface Slab {
  readonly bytes: Buffer;
  /** Bytes taken, and pieces that are not dropped yet. */
  used: number;
  held: number;
}

/** A copy, and the slab to be given back; what is too large for one is kept as it is. */
export interface Kept {
  readonly bytes: Buffer;
  readonly slab: Slab | undefined;
}

export class Slabs {
  #current: Slab | undefined;
  readonly #free: Slab[] = [];

  keep(bytes: Buffer): Kept {
    if (bytes.length > SLAB_BYTES / 4) return { bytes, slab: undefined };
    let slab = this.#current;
    if (slab === undefined || slab.used + bytes.length > SLAB_BYTES) {
      const fresh = this.#free.pop() ?? { bytes: Buffer.allocUnsafeSlow(SLAB_BYTES), used: 0, held: 0 };
      if (slab?.held === 0) this.#release(slab);
      slab = this.#current = fresh;
    }
    const copy = slab.bytes.subarray(slab.used, slab.used + bytes.length);
    bytes.copy(copy);
    slab.used += bytes.length;
    slab.held++;
    return { bytes: copy, slab };
  }

  /** The copy is not looked at any more. */
  drop(slab: Slab | undefined): void {
    if (slab !== undefined && --slab.held === 0 && slab !== this.#current) this.#release(slab);
  }

  #release(slab: Slab): void {
    slab.used = 0;
    if (this.#free.length < MOST_FREE) this.#free.push(slab);
  }
}
