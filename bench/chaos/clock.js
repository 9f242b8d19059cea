/** Loaded before a router (`node --import`): its clock is wrong by CHAOS_CLOCK_MS from the start. */
const wrongBy = Number(process.env.CHAOS_CLOCK_MS ?? 0);
const right = globalThis.Date;

globalThis.Date = /** @type {any} */ (
  class extends right {
    /** @param {[]} given */
    constructor(...given) {
      if (given.length === 0) super(right.now() + wrongBy);
      else super(...given);
    }

    static now() {
      return right.now() + wrongBy;
    }
  }
);
