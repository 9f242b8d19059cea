/** Makes the token of a `jwt` scheme, at once: for samples and tests. `jose` checks it. */
import { createHash, createHmac, createPrivateKey, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { encode } from "./encoding.ts";
import type { JwtDemands } from "./jwt-demands.ts";

/** What a token is made of: the claims with their values filled in, and what they must be the hash of. */
export interface TokenParts {
  readonly claims: NonNullable<JwtDemands["claims"]>;
  readonly body: Buffer;
  readonly url: string | undefined;
  readonly atlassian: string;
  /** An HMAC secret or a private key as PEM. */
  readonly secret: string;
  readonly nowMs: number;
}

/** The compact token; undefined where the secret is no key for the algorithm. */
export function signToken(demands: JwtDemands, parts: TokenParts): string | undefined {
  const { algorithm, hashes = [] } = demands;
  if (parts.secret === "") return undefined;
  const seconds = Math.floor(parts.nowMs / 1000);
  const payload: Record<string, unknown> = { iat: seconds, exp: seconds + 300 };
  for (const [name, wanted] of Object.entries(parts.claims))
    payload[name.split(" | ")[0]!] = typeof wanted === "object" ? wanted[0] : wanted;
  for (const { claim, of, encoding = "hex" } of hashes)
    payload[claim] = encode(
      createHash("sha256")
        .update(parts[of] ?? "")
        .digest(),
      encoding,
    );
  const head = segment({ alg: algorithm, typ: "JWT" });
  const detached = demands.detached === true;
  const input = `${head}.${detached ? parts.body.toString("base64url") : segment(payload)}`;
  const signature = signatureOf(algorithm, input, parts.secret);
  return signature === undefined
    ? undefined
    : `${detached ? `${head}.` : input}.${signature.toString("base64url")}`;
}

function segment(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function signatureOf(algorithm: JwtDemands["algorithm"], input: string, secret: string): Buffer | undefined {
  const hash = `sha${algorithm.slice(2)}`;
  if (algorithm.startsWith("HS")) return createHmac(hash, secret).update(input).digest();
  let key: KeyObject;
  try {
    key = createPrivateKey(secret);
  } catch {
    return undefined;
  }
  if (algorithm === "EdDSA") return sign(null, Buffer.from(input), key);
  // RFC 7518 § 3.4: both numbers in full length, not DER.
  return sign(hash, Buffer.from(input), { key, dsaEncoding: "ieee-p1363" });
}
