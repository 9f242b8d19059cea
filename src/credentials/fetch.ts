/** Asking an issuer for a short-lived proof: how its answers are taken, whatever it issues. */
import { createHash } from "node:crypto";
import { SignalboxError } from "../core/errors.ts";
import type { Answer } from "../ports.ts";

/** Longest wait for an issuer, in ms. */
export const ISSUER_TIMEOUT_MS = 10_000;

/** A name for what stands under these texts, and another one for another secret; of the secret it tells 32 bits. */
export function nameOf(secret: string, ...texts: readonly string[]): string {
  const part = createHash("sha256").update(secret).digest("hex").slice(0, 8);
  return createHash("sha256")
    .update(JSON.stringify([part, ...texts]))
    .digest("base64url");
}

/** The host of an issuer's URL, for sentences. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "the issuer";
}

/** The fields of an issuer's 200. Throws FORWARD_TOKEN_UNAVAILABLE where it may pass, FORWARD_CREDENTIAL_REFUSED where not. */
export function issued(answer: Answer, url: string, what: string): Record<string, unknown> {
  const { status, body } = answer;
  const said = `${hostOf(url)} answered ${status} when it was asked for ${what}`;
  if (status === 408 || status === 425 || status === 429 || status >= 500)
    throw new SignalboxError("FORWARD_TOKEN_UNAVAILABLE", `${said}.`);
  const fields = jsonOf(body);
  if (status !== 200) throw new SignalboxError("FORWARD_CREDENTIAL_REFUSED", `${said}${reasonOf(fields)}.`);
  if (fields === undefined)
    throw new SignalboxError("FORWARD_TOKEN_UNAVAILABLE", `${said}, but not with a JSON object.`);
  return fields;
}

function jsonOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The `error` of RFC 6749 § 5.2; its description may hold anything and is not passed on. */
function reasonOf(fields: Record<string, unknown> | undefined): string {
  const error = fields?.["error"];
  return typeof error === "string" && /^[a-z_]{1,40}$/.test(error) ? `: ${error}` : "";
}

/** True for text that a header can hold, as tokens are: visible ASCII. */
export function isSendable(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]{1,16000}$/.test(value);
}
