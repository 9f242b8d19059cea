/** One-time codes of an authenticator: six digits, SHA-1, 30 s, as all of them know it. RFC 6238. The only importer of otpauth. */
import { Secret, TOTP } from "otpauth";

const STEP_MS = 30_000;
/** Steps to either side that are taken: a clock may be half a minute off. */
const TAKEN = 1;
/** Steps to either side within which it is told how far the clock is off: ten minutes. */
const TOLD = 20;

/** What a code is worth: it fits step `step` (a number that only grows), fits a clock so many s off, or fits nothing. */
export type CodeVerdict =
  { readonly fits: true; readonly step: number } | { readonly fits: false; readonly secondsOff?: number };

/** A new secret of 20 random bytes, in base32, and the URI that an authenticator reads. */
export function newTotp(name: string): { readonly secret: string; readonly uri: string } {
  const secret = new Secret({ size: 20 });
  return { secret: secret.base32, uri: totpOf(secret, name).toString() };
}

/** Judges a code at a time (epoch ms); `secondsOff` above 0: the authenticator's clock is ahead. */
export function judgeCode(secret: string, code: string, now: number): CodeVerdict {
  if (!/^\d{6}$/.test(code)) return { fits: false };
  const totp = totpOf(Secret.fromBase32(secret), "");
  const delta = totp.validate({ token: code, timestamp: now, window: TAKEN });
  if (delta !== null) return { fits: true, step: Math.floor(now / STEP_MS) + delta };
  const far = totp.validate({ token: code, timestamp: now, window: TOLD });
  return far === null ? { fits: false } : { fits: false, secondsOff: (far * STEP_MS) / 1000 };
}

function totpOf(secret: Secret, label: string): TOTP {
  return new TOTP({
    issuer: "Signalbox",
    label,
    algorithm: "SHA1",
    digits: 6,
    period: STEP_MS / 1000,
    secret,
  });
}
