/** Secrets that are shown once: their form, by which scanners know them, and the hash that is kept. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";

/** pat: a person's token · imp: an admin acts as a person · inv: an invite · set: the setup link · loc: this machine's. */
export type SecretKind = "pat" | "imp" | "inv" | "set" | "loc";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
/** `sb_pat_<26 of the id>_<52: 256 random bits>_<7: CRC-32>` */
const FORM = /^sb_(pat|imp|inv|set|loc)_([0-9a-z]{26})_([0-9a-z]{52})_([0-9a-z]{7})$/;

/** A new secret for an id's 26 characters, and its hash. */
export function newSecret(
  kind: SecretKind,
  id26: string,
): { readonly secret: string; readonly hash: string } {
  const body = `sb_${kind}_${id26}_${letters(randomBytes(52))}`;
  const secret = `${body}_${checksum(body)}`;
  return { secret, hash: hashOf(secret) };
}

/** The kind and the id of a secret; undefined for a text that is none, or that was mistyped. */
export function readSecret(text: string): { readonly kind: SecretKind; readonly id26: string } | undefined {
  const [, kind, id26] = FORM.exec(text) ?? [];
  if (id26 === undefined || checksum(text.slice(0, -8)) !== text.slice(-7)) return undefined;
  return { kind: kind as SecretKind, id26 };
}

/** True for a text that looks like one of our tokens, whether it is one or not. */
export function looksSecret(text: string): boolean {
  return /sb_(pat|imp|inv|set|loc)_[0-9a-z]{6,}/.test(text);
}

/** SHA-256 in hex: enough for 256 random bits. */
export function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** Compares two hashes in hex in constant time. */
export function sameHash(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}

/** A session's secret: 32 random bytes. */
export function newSessionSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** What a page of the session must send with each change: derived from the session's secret, which it does not tell. */
export function csrfOf(sessionSecret: string): string {
  return createHmac("sha256", sessionSecret).update("csrf").digest("base64url");
}

function checksum(text: string): string {
  let rest = crc32(text);
  let written = "";
  for (let sign = 0; sign < 7; sign++) {
    written = ALPHABET[rest % 32]! + written;
    rest = Math.floor(rest / 32);
  }
  return written;
}

function letters(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => ALPHABET[byte % 32]).join("");
}
