/** Keys of a source's secrets. A secret that is empty or not what the scheme says is no key at all. */
import { createHash, createPrivateKey, createPublicKey, createSecretKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { configValue } from "./content.ts";
import { decodeKey } from "./encoding.ts";
import type { Scheme } from "./scheme.ts";
import type { Credentials } from "./verdict.ts";

export interface Key {
  /** Which of the source's secrets it is. */
  readonly index: number;
  /** The secret's bytes: what `{secret}` stands for and what tokens are compared with. */
  readonly secret: Buffer;
  /** For signatures; undefined for tokens. */
  readonly key: KeyObject | undefined;
}

/** DER in front of the 32 raw bytes of an Ed25519 key. RFC 8410 § 4 and § 7. */
const ED25519_SPKI = Buffer.from("302a300506032b6570032100", "hex");
const ED25519_PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

/** The keys that verify, in the order of the secrets; those that cannot be read are left out. */
export function verifyingKeys(scheme: Scheme, credentials: Credentials): Key[] {
  return keysOf(scheme, credentials, publicKey);
}

/** The keys that sign, in the order of the secrets: private ones where the scheme's kind is asymmetric. */
export function signingKeys(scheme: Scheme, credentials: Credentials): Key[] {
  return keysOf(scheme, credentials, privateKey);
}

type Asymmetric = (bytes: Buffer, kind: string) => KeyObject;

function keysOf(scheme: Scheme, credentials: Credentials, asymmetric: Asymmetric): Key[] {
  return credentials.secrets.flatMap((text, index) => {
    const bytes = keyBytes(scheme, credentials, text);
    const digest = scheme.key?.digest;
    const secret = bytes && digest ? createHash(digest).update(bytes).digest() : bytes;
    return secret === undefined || secret.length === 0
      ? []
      : (makeKey(scheme.kind, secret, index, asymmetric) ?? []);
  });
}

function makeKey(
  kind: Scheme["kind"],
  secret: Buffer,
  index: number,
  asymmetric: Asymmetric,
): Key | undefined {
  switch (kind) {
    case "basic":
      return secret.includes(":") ? { index, secret, key: undefined } : undefined;
    case "hmac":
      return { index, secret, key: createSecretKey(secret) };
    case "ed25519":
    case "ecdsa":
    case "rsa": {
      const key = unlessThrown(() => asymmetric(secret, kind));
      return key?.asymmetricKeyType === (kind === "ecdsa" ? "ec" : kind) ? { index, secret, key } : undefined;
    }
    default:
      return { index, secret, key: undefined };
  }
}

function keyBytes(scheme: Scheme, { config = {} }: Credentials, text: string): Buffer | undefined {
  const {
    decode = "utf8",
    stripPrefix = "",
    prefixRequired = false,
    template = "{secret}",
  } = scheme.key ?? {};
  if (prefixRequired && !text.startsWith(stripPrefix)) return undefined;
  const bare = stripPrefix !== "" && text.startsWith(stripPrefix) ? text.slice(stripPrefix.length) : text;
  if (bare === "") return undefined;
  let complete = true;
  const filled = template.replace(/\{(secret|config:([^{}]+))\}/g, (_, token: string, name: string) => {
    const value = token === "secret" ? bare : configValue(config, name);
    complete &&= value !== undefined;
    return value ?? "";
  });
  if (!complete) return undefined;
  // An environment variable holds a PEM's line breaks as "\n".
  if (decode === "pem" || filled.startsWith("-----BEGIN "))
    return Buffer.from(filled.replaceAll("\\n", "\n"));
  return decode === "utf8" ? Buffer.from(filled, "utf8") : decodeKey(filled, decode);
}

function publicKey(bytes: Buffer, kind: string): KeyObject {
  if (isPem(bytes)) return createPublicKey(bytes);
  const der = kind === "ed25519" && bytes.length === 32 ? Buffer.concat([ED25519_SPKI, bytes]) : bytes;
  return createPublicKey({ key: der, format: "der", type: "spki" });
}

/** PEM, DER PKCS#8, or for Ed25519 the 32-byte seed, which the public key may follow (`whsk_`). */
function privateKey(bytes: Buffer, kind: string): KeyObject {
  if (isPem(bytes)) return createPrivateKey(bytes);
  const raw = kind === "ed25519" && (bytes.length === 32 || bytes.length === 64);
  const der = raw ? Buffer.concat([ED25519_PKCS8, bytes.subarray(0, 32)]) : bytes;
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
}

function isPem(bytes: Buffer): boolean {
  return bytes.subarray(0, 11).toString("latin1") === "-----BEGIN ";
}

function unlessThrown<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
