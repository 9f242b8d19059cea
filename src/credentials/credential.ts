/** A target's credential, ready: what it adds to each request, and by which step. */
import type { Fetched, OutboundRequest } from "../ports.ts";

/** What is the same for every request stands in `headers` and `query`; the rest costs only those who use it. */
export interface Credential {
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: readonly [name: string, value: string];
  /** Names of headers, in lower case, that are set for each request. */
  readonly sets?: readonly string[];
  /** Puts into the finished request what is made of it. Throws FORWARD_CREDENTIAL_UNUSABLE. */
  readonly sign?: Sign;
  readonly fetched?: Fetched;
  /** Texts that must be seen nowhere. */
  readonly secrets: readonly string[];
}

/** The request with a proof made of it, for a call at `nowMs` (epoch ms). */
export type Sign = (request: OutboundRequest, nowMs: number) => OutboundRequest | Promise<OutboundRequest>;
