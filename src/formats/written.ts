/** What a format makes of a result, and what it may know for it. */
import type { EventContext } from "../core/event.ts";

/** What is sent, and the headers that belong to it: `content-type` and, where they are needed, others. */
export interface Written {
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a format may say of the delivery besides its result. */
export interface About {
  readonly delivery: string;
  readonly payload: unknown;
  readonly context: EventContext;
}

/** Writes a result. Throws FORWARD_BODY_INVALID where the format cannot hold it. */
export type Encode = (result: unknown, about: About) => Written | Promise<Written>;

/** One more thing that is done to what was written. */
export type Wrap = (written: Written) => Promise<Written>;
