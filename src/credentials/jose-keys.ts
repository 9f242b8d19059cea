/** Keys for what `jose` signs and encrypts: a secret's text as a key that its algorithm can use, or why it is none. */
import { createPrivateKey, createPublicKey, createSecretKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { SignalboxError } from "../core/errors.ts";
import { decodeKey } from "../providers/encoding.ts";

/** Of signatures by RFC 7518 § 3.4, and of key agreement by § 4.6. */
const CURVES: Readonly<Record<string, readonly string[]>> = {
  ES256: ["prime256v1"],
  ES384: ["secp384r1"],
  "ECDH-ES": ["prime256v1", "secp384r1", "secp521r1"],
  "ECDH-ES+A256KW": ["prime256v1", "secp384r1", "secp521r1"],
};
const SHARED_BYTES: Readonly<Record<string, number>> = {
  A256KW: 32,
  A256GCM: 32,
  A128GCM: 16,
  "A128CBC-HS256": 32,
  "A256CBC-HS512": 64,
};

/** The private key (or shared text, for HS256) that signs by `algorithm`. Throws RULE_CREDENTIAL_INVALID. */
export function signingKeyOf(algorithm: string, text: string): KeyObject {
  if (algorithm.startsWith("HS")) return createSecretKey(Buffer.from(text));
  const key = read(() => createPrivateKey(pemOf(text)), "a private key as PEM");
  const wanted = algorithm === "EdDSA" ? "ed25519" : algorithm.startsWith("ES") ? "ec" : "rsa";
  fits(key, wanted, algorithm);
  return key;
}

/** The key that bodies are encrypted for: a public one as PEM, or a shared one in base64. Throws RULE_CREDENTIAL_INVALID. */
export function encryptionKeyOf(algorithm: string, encryption: string, text: string): KeyObject {
  if (algorithm === "A256KW" || algorithm === "dir") {
    const bytes = decodeKey(text, "base64");
    const wanted = SHARED_BYTES[algorithm === "dir" ? encryption : algorithm];
    if (bytes === undefined || bytes.length !== wanted)
      throw invalid(`must be ${wanted} bytes in base64 for ${algorithm}, got ${bytes?.length ?? "no"} bytes`);
    return createSecretKey(bytes);
  }
  const key = read(() => createPublicKey(pemOf(text)), "a public key or certificate as PEM");
  fits(key, algorithm.startsWith("ECDH") ? "ec" : "rsa", algorithm);
  return key;
}

/** A PEM's text: an environment variable holds its line breaks as "\n". */
export function pemOf(text: string): string {
  return text.replaceAll("\\n", "\n");
}

function read(make: () => KeyObject, what: string): KeyObject {
  try {
    return make();
  } catch {
    throw invalid(`must be ${what}, got other text`);
  }
}

function fits(key: KeyObject, type: string, algorithm: string): void {
  const curves = CURVES[algorithm];
  const { asymmetricKeyType: got, asymmetricKeyDetails: details } = key;
  if (got !== type)
    throw invalid(`must be a key of type ${type} for ${algorithm}, got one of type ${got ?? "unknown"}`);
  const curve = details?.namedCurve ?? "another";
  if (curves !== undefined && !curves.includes(curve))
    throw invalid(`must be on the curve ${curves.join(" or ")} for ${algorithm}, got ${curve}`);
  if (type === "rsa" && (details?.modulusLength ?? 0) < 2048)
    throw invalid(`must have 2048 bits for ${algorithm}, got ${details?.modulusLength ?? 0}`);
}

function invalid(why: string): SignalboxError {
  return new SignalboxError("RULE_CREDENTIAL_INVALID", why);
}
