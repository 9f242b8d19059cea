/** What each kind of scheme sends as proof: how it is made, written, read and checked. */
import { constants, createHash, createHmac, sign, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { decode, encode } from "./encoding.ts";
import type { Key } from "./keys.ts";
import { equal } from "./proof-bytes.ts";
import { schemeSchema } from "./scheme.ts";
import type { Scheme } from "./scheme.ts";

export type Chunks = readonly (string | Buffer)[];

/** Proof of one kind of scheme; `read` gives undefined for text that cannot be one. */
export interface Proof {
  readonly read: (text: string) => Buffer | undefined;
  readonly write: (bytes: Buffer) => string;
  /** A check of one signed text and key against any number of signatures: the costly part is done once. */
  readonly checker: (chunks: Chunks, key: Key) => (proof: Buffer) => boolean;
  readonly make: (chunks: Chunks, key: Key) => Buffer;
  /** Bytes of a proof, where the kind fixes it. */
  readonly length?: number;
}

/** What `node:crypto` is told besides key and hash. */
interface Options {
  readonly padding?: number;
  readonly saltLength?: number;
  readonly dsaEncoding?: "der";
}

const LENGTHS = { sha1: 20, sha256: 32, sha384: 48, sha512: 64, md5: 16 } as const;

/** The proof of a scheme of any kind but `none` and `jwt`. */
export function proofOf(scheme: Scheme): Proof {
  const proof = plainProof(scheme);
  if (scheme.prehash === undefined) return proof;
  const hashed = (chunks: Chunks): Chunks => [fed(createHash(scheme.prehash!), chunks)];
  return {
    ...proof,
    make: (chunks, key) => proof.make(hashed(chunks), key),
    checker: (chunks, key) => proof.checker(hashed(chunks), key),
  };
}

function plainProof(scheme: Scheme): Proof {
  const { encoding = schemeSchema.properties.encoding.default } = scheme;
  const { algorithm = schemeSchema.properties.algorithm.default } = scheme;
  const text = {
    read: (value: string) => decode(value, encoding),
    write: (bytes: Buffer) => encode(bytes, encoding),
  };
  switch (scheme.kind) {
    case "hmac":
      return {
        ...text,
        ...recomputed((chunks, key) => fed(createHmac(algorithm, key.key!), chunks)),
        length: LENGTHS[algorithm],
      };
    case "digest":
      return {
        ...text,
        ...recomputed((chunks) => fed(createHash(algorithm), chunks)),
        length: LENGTHS[algorithm],
      };
    case "ed25519":
      return { ...text, ...asymmetric(null, {}), length: 64 };
    case "ecdsa":
      return { ...text, ...asymmetric(algorithm, { dsaEncoding: "der" }) };
    case "rsa":
      return { ...text, ...asymmetric(algorithm, rsaOptions(scheme)) };
    case "basic":
      return {
        read: (value) => decode(value, "base64"),
        write: (bytes) => encode(bytes, "base64"),
        ...recomputed((_, key) => key.secret),
      };
    default:
      // Header text is latin1, so these are the bytes that were sent.
      return {
        read: (value) => Buffer.from(value, "latin1"),
        write: (bytes) => bytes.toString("latin1"),
        ...recomputed((_, key) => key.secret),
      };
  }
}

function recomputed(make: Proof["make"]): Pick<Proof, "make" | "checker"> {
  const checker: Proof["checker"] = (chunks, key) => {
    const expected = make(chunks, key);
    return (proof) => equal(proof, expected);
  };
  return { make, checker };
}

function asymmetric(algorithm: string | null, options: Options): Pick<Proof, "make" | "checker"> {
  const withKey = (key: KeyObject | undefined) => ({ key: key!, ...options });
  return {
    make: (chunks, key) => sign(algorithm, joined(chunks), withKey(key.key)),
    checker: (chunks, key) => {
      const content = joined(chunks);
      return (proof) => {
        try {
          return verify(algorithm, content, withKey(key.key), proof);
        } catch {
          // OpenSSL throws on some malformed signatures instead of saying no.
          return false;
        }
      };
    },
  };
}

function rsaOptions(scheme: Scheme): Options {
  if (scheme.padding !== "pss") return { padding: constants.RSA_PKCS1_PADDING };
  return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
}

function fed(hash: { update(chunk: string | Buffer): unknown; digest(): Buffer }, chunks: Chunks): Buffer {
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest();
}

function joined(chunks: Chunks): Buffer {
  const [only] = chunks;
  if (chunks.length === 1 && typeof only === "object") return only;
  return Buffer.concat(chunks.map((chunk) => (typeof chunk === "string" ? Buffer.from(chunk) : chunk)));
}
