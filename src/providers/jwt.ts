/** Tokens as proof (RFC 7519), checked by `jose`; what `jose` signs and encrypts for targets. */
import { createHash } from "node:crypto";
import type { KeyObject } from "node:crypto";
import {
  CompactEncrypt,
  CompactSign,
  compactVerify,
  createLocalJWKSet,
  decodeProtectedHeader,
  errors,
  importSPKI,
  jwtVerify,
} from "jose";
import type { JSONWebKeySet, JWTPayload, JWTVerifyGetKey } from "jose";
import { SignalboxError } from "../core/errors.ts";
import { decode } from "./encoding.ts";
import type { JwtDemands } from "./jwt-demands.ts";
import { readPath, textOf } from "./locate.ts";
import { equal } from "./proof-bytes.ts";
import { refusal } from "./verdict.ts";
import type { Verdict } from "./verdict.ts";

/** What a token is held against. */
export interface JwtSubject {
  readonly token: string;
  readonly body: Buffer;
  /** What else may be hashed in a claim; undefined where the source lacks something of it. */
  readonly url: string | undefined;
  readonly atlassian: string | undefined;
  readonly nowMs: number;
}

/** Seconds by which the sender's clock may differ where the scheme gives no window. */
const LEEWAY_SECONDS = 60;

/** Detail of the refusal of a token whose key is not in the provider's list. */
export const KEY_UNKNOWN = "the token's key is not among the provider's";

/** A secret (HMAC) or a public key as PEM, as `jose` takes it; undefined where it is none. */
export async function jwtKey(
  secret: string,
  algorithm: string,
): Promise<Uint8Array | Awaited<ReturnType<typeof importSPKI>> | undefined> {
  if (algorithm.startsWith("HS")) return secret === "" ? undefined : new TextEncoder().encode(secret);
  try {
    return await importSPKI(secret.replaceAll("\\n", "\n"), algorithm);
  } catch {
    return undefined;
  }
}

/** A finder of keys in a JWK set by the token's `kid`. Throws where the text is no such set. */
export function jwkSetKeys(text: string): JWTVerifyGetKey {
  return createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
}

/** The name of the key in the token's header; "" where there is none. */
export function keyIdOf(token: string): string {
  try {
    const { kid } = decodeProtectedHeader(token);
    return typeof kid === "string" && /^[\w.:-]{1,200}$/.test(kid) ? kid : "";
  } catch {
    return "";
  }
}

/** Checks the token with one key: signature, algorithm, times, claims, hashes. `secret` is what an accepting verdict names. */
export async function checkToken(
  demands: JwtDemands,
  claims: JwtDemands["claims"],
  subject: JwtSubject,
  key: Awaited<ReturnType<typeof jwtKey>> | JWTVerifyGetKey,
  secret: number,
): Promise<Verdict> {
  if (key === undefined) return refusal("unconfigured", `a secret is no key for ${demands.algorithm}`);
  const { token, nowMs } = subject;
  if (!isSpelled(token)) return refusal("malformed", "the token is not three parts in base64url");
  if (demands.detached === true) return checkDetached(demands, subject, key, secret);
  const options = {
    algorithms: [demands.algorithm],
    currentDate: new Date(nowMs),
    clockTolerance: demands.maxAgeSeconds ?? LEEWAY_SECONDS,
    ...(demands.requireExpiry === true && { requiredClaims: ["exp"] }),
  };
  let payload: JWTPayload;
  try {
    ({ payload } =
      typeof key === "function"
        ? await jwtVerify(token, key, options)
        : await jwtVerify(token, key, options));
  } catch (error) {
    return refused(error);
  }
  return (
    ageProblem(demands, payload, nowMs) ??
    claimProblem(claims, payload) ??
    hashProblem(demands, payload, subject) ?? { ok: true, secret }
  );
}

/** `jose` reads padding, the other alphabet and bits beyond the last byte too: a token has one spelling. RFC 7515 § 2. */
function isSpelled(token: string): boolean {
  if (!/^[\w-]+\.[\w-]*\.[\w-]+$/.test(token)) return false;
  return token.split(".").every((part) => part === "" || decode(part, "base64url") !== undefined);
}

/** Nothing but the signature can be wrong: all that there is of claims is the body. */
async function checkDetached(
  { algorithm }: JwtDemands,
  { token, body }: JwtSubject,
  key: NonNullable<Awaited<ReturnType<typeof jwtKey>>> | JWTVerifyGetKey,
  secret: number,
): Promise<Verdict> {
  const [head = "", payload, signature, ...more] = token.split(".");
  if (payload !== "" || signature === undefined || more.length > 0)
    return refusal("malformed", "the token is not one whose payload is left out");
  const whole = `${head}.${body.toString("base64url")}.${signature}`;
  const options = { algorithms: [algorithm] };
  try {
    await (typeof key === "function"
      ? compactVerify(whole, key, options)
      : compactVerify(whole, key, options));
  } catch (error) {
    return refused(error);
  }
  return { ok: true, secret };
}

/** True when the HMAC secret signed the token, whatever it says: for telling why a token was refused. */
export async function isSignedBy(
  token: string,
  secret: string | Buffer,
  algorithm: string,
): Promise<boolean> {
  if (secret.length === 0) return false;
  const key = typeof secret === "string" ? new TextEncoder().encode(secret) : new Uint8Array(secret);
  return compactVerify(token, key, { algorithms: [algorithm] }).then(
    () => true,
    () => false,
  );
}

/** The algorithm that the token says of itself, where it is the name of one. */
export function algorithmOf(token: string): string | undefined {
  try {
    const { alg } = decodeProtectedHeader(token);
    return typeof alg === "string" && /^(?:[A-Z]{2}\d{3}|EdDSA|none)$/.test(alg) ? alg : undefined;
  } catch {
    return undefined;
  }
}

function refused(error: unknown): Verdict {
  if (error instanceof errors.JWTExpired) return refusal("stale", "the token has expired");
  if (error instanceof errors.JWTClaimValidationFailed)
    return refusal(
      error.claim === "nbf" || error.claim === "iat" ? "stale" : "missing",
      `the token's claim ${error.claim} does not fit`,
    );
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return refusal("mismatch", "the key does not match the token's signature");
  if (error instanceof errors.JOSEAlgNotAllowed)
    return refusal("malformed", "the token is signed with another algorithm than the scheme's");
  if (error instanceof errors.JWKSNoMatchingKey) return refusal("mismatch", KEY_UNKNOWN);
  return refusal("malformed", "the token is not one");
}

function ageProblem({ maxAgeSeconds }: JwtDemands, { iat }: JWTPayload, nowMs: number): Verdict | undefined {
  if (maxAgeSeconds === undefined) return undefined;
  if (iat === undefined) return refusal("missing", "the token's claim iat is missing");
  const late = Math.round(nowMs / 1000 - iat);
  if (Math.abs(late) <= maxAgeSeconds) return undefined;
  return refusal(
    "stale",
    `the token's iat is ${Math.abs(late)} s ${late < 0 ? "ahead of" : "behind"} the clock, allowed are ${maxAgeSeconds}`,
  );
}

function claimProblem(claims: JwtDemands["claims"], payload: JWTPayload): Verdict | undefined {
  for (const [name, wanted] of Object.entries(claims ?? {})) {
    const there = name.split(" | ").map((each) => readPath(payload, each));
    const found = [there.find((value) => value !== undefined)].flat().map(textOf);
    const allowed = [wanted].flat().map(String);
    if (found.every((text) => text === undefined))
      return refusal("missing", `the token's claim ${name} is missing`);
    if (!found.some((text) => text !== undefined && allowed.includes(text)))
      return refusal("mismatch", `the token's claim ${name} is another's`);
  }
  return undefined;
}

function hashProblem(
  { hashes = [] }: JwtDemands,
  payload: JWTPayload,
  subject: JwtSubject,
): Verdict | undefined {
  for (const { claim, of, encoding = "hex" } of hashes) {
    const text = textOf(readPath(payload, claim));
    if (text === undefined) return refusal("missing", `the token's claim ${claim} is missing`);
    const content = subject[of];
    if (content === undefined)
      return refusal("unconfigured", "`url`, as registered at the provider, is needed");
    const claimed = decode(text, encoding);
    if (claimed === undefined || !equal(claimed, createHash("sha256").update(content).digest()))
      return refusal(
        "mismatch",
        `the token's claim ${claim} is not the hash of the ${of === "atlassian" ? "request" : of}`,
      );
  }
  return undefined;
}

/** A compact JWS (RFC 7515 § 7.1) of the bytes. Throws FORWARD_CREDENTIAL_UNUSABLE where the key is none of the header's `alg`. */
export function signCompact(
  bytes: Uint8Array,
  header: { readonly alg: string; readonly kid?: string; readonly typ?: string; readonly cty?: string },
  key: KeyObject,
): Promise<string> {
  return new CompactSign(bytes)
    .setProtectedHeader({ ...header })
    .sign(key)
    .catch(unusable);
}

/** A compact JWE (RFC 7516 § 7.1) of the bytes, another one each time. Throws as above. */
export function encryptCompact(
  bytes: Uint8Array,
  header: { readonly alg: string; readonly enc: string; readonly kid?: string; readonly cty?: string },
  key: KeyObject,
): Promise<string> {
  return new CompactEncrypt(bytes)
    .setProtectedHeader({ ...header })
    .encrypt(key)
    .catch(unusable);
}

function unusable(cause: unknown): never {
  const detail = "The key could not be used for its algorithm.";
  throw new SignalboxError("FORWARD_CREDENTIAL_UNUSABLE", detail, { cause });
}
