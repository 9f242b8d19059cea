/** What the engine is given besides the request, and what it answers. */
import type { Request } from "../core/event.ts";

/** What a source is configured with. Secrets: shared ones, tokens, `user:password` pairs, or public keys. */
export interface Credentials {
  readonly secrets: readonly string[];
  /** Values of `{config:x}`. */
  readonly config?: Readonly<Record<string, string>>;
  /** The URL as registered at the provider. */
  readonly url?: string;
}

/** Why a request is not verified. `unconfigured`: the source lacks what the scheme needs. */
export type Cause = "missing" | "malformed" | "mismatch" | "stale" | "unconfigured";

/** `detail` is for the operator: it names headers and causes, never an expected value or a secret. */
export interface Refusal {
  readonly ok: false;
  readonly cause: Cause;
  readonly detail: string;
}

/** `secret`: index of the secret that matched, -1 where the scheme has none. */
export type Verdict = { readonly ok: true; readonly secret: number } | Refusal;

export function refusal(cause: Cause, detail: string): Refusal {
  return { ok: false, cause, detail };
}

/** Verifies one request; `nowMs` is epoch ms. Never throws on what a request holds. */
export type Verifier = (request: Request, nowMs: number) => Verdict;
