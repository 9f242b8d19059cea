/** Counts what one evaluation makes and ends it when it is too much. */
import { limits } from "./limits.ts";

/** Thrown inside an evaluation when a limit is reached; jsonata adds the position. */
export class LimitReached extends Error {
  /** The limit, as the end of a sentence: "made a text of more than 8388608 characters". */
  readonly limit: string;
  /** Who reached it: one call, or the whole rule up to here. */
  readonly by: "call" | "rule";

  constructor(by: "call" | "rule", limit: string) {
    super(limit);
    this.name = "LimitReached";
    this.limit = limit;
    this.by = by;
  }
}

/** The counters of one evaluation. */
export interface Meter {
  /** Begins a new evaluation. */
  restart(): void;
  /** A text of this length is there, `made` of it in new memory. */
  text(length: number, made: number): void;
  /** This many items or values were made. */
  items(count: number): void;
  /** A picture, or a text that is read with one. */
  picture(text: string): void;
  checkTime(): void;
}

/** A meter; throws LimitReached. */
export function createMeter(): Meter {
  let began = 0;
  let textMade = 0;
  let itemsMade = 0;
  return {
    restart: () => {
      began = Date.now();
      textMade = 0;
      itemsMade = 0;
    },
    text: (length, made) => {
      textMade += made;
      if (length > limits.textLength)
        throw new LimitReached("call", `made a text of more than ${limits.textLength} characters`);
      if (textMade > limits.textTotal)
        throw new LimitReached("rule", `made more than ${limits.textTotal} characters of text in all`);
    },
    items: (count) => {
      itemsMade += count;
      if (itemsMade > limits.items)
        throw new LimitReached("rule", `made more than ${limits.items} items in all`);
    },
    picture: checkPicture,
    checkTime: () => {
      if (Date.now() - began > limits.timeMs)
        throw new LimitReached("rule", `took more than ${limits.timeMs} ms`);
    },
  };
}

/** `[Y,10000000]` asks for ten million digits: no width of a picture's component needs four. */
const WIDE = /\[[^\]]*,[^\]]*\d{4}/;

function checkPicture(text: string): void {
  if (text.length > limits.pictureLength)
    throw new LimitReached(
      "call",
      `was given a picture or a date of more than ${limits.pictureLength} characters`,
    );
  if (WIDE.test(text)) throw new LimitReached("call", "was given a picture with a width of more than 999");
}
