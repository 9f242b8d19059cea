/** Loaded before a router (`node --import`): its clock is wrong by CHAOS_CLOCK_MS from the start, and set by CHAOS_CLOCK_STEP_MS at a SIGUSR2. */
let wrongBy = Number(process.env.CHAOS_CLOCK_MS ?? 0);
const step = Number(process.env.CHAOS_CLOCK_STEP_MS ?? 0);
if (step !== 0) process.on("SIGUSR2", () => (wrongBy += step));
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
