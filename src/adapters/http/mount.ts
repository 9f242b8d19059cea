/** What serves a part of the operator's side by itself, as Bull Board does, once it is known who calls. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Reply } from "../../core/reply.ts";

/** Serves a call whose path is below the mount's. */
export type Serve = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/** Something that serves all paths below its own by itself, behind a guard. */
export interface Mount<Call> {
  readonly path: string;
  /** What to serve this call with, or the answer in its stead. Never throws. */
  readonly open: (call: Call) => Promise<Reply | Serve>;
}
