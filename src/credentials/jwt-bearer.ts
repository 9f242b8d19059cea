/** A token of our own as bearer (RFC 7519), signed by `jose`; one is used for half of its life. */
import { createHash } from "node:crypto";
import { LIFETIME_SECONDS } from "../core/target-auth.ts";
import type { AuthOf } from "../core/target-auth.ts";
import { signCompact } from "../providers/jwt.ts";
import type { Credential } from "./credential.ts";
import { signingKeyOf } from "./jose-keys.ts";

/** The credential. Throws RULE_CREDENTIAL_INVALID where the key is none of the algorithm's. */
export function jwtBearer(auth: AuthOf<"jwt">): Credential {
  const { algorithm, keyId, issuer, subject, audience, claims = {} } = auth;
  const { lifetimeSeconds = LIFETIME_SECONDS } = auth;
  const key = signingKeyOf(algorithm, auth.key);
  const header = { alg: algorithm, typ: "JWT", ...(keyId !== undefined && { kid: keyId }) };
  const constant = {
    ...(claims as Record<string, unknown>),
    ...(issuer !== undefined && { iss: issuer }),
    ...(subject !== undefined && { sub: subject }),
    ...(audience !== undefined && { aud: audience }),
  };
  let made: { readonly seconds: number; readonly token: Promise<string> } | undefined;
  const tokenAt = (seconds: number): Promise<string> => {
    if (made !== undefined && Math.abs(seconds - made.seconds) < lifetimeSeconds / 2) return made.token;
    const jti = createHash("sha256").update(`${auth.key}${seconds}`).digest("base64url").slice(0, 22);
    const payload = { ...constant, iat: seconds, exp: seconds + lifetimeSeconds, jti };
    made = { seconds, token: signCompact(Buffer.from(JSON.stringify(payload)), header, key) };
    return made.token;
  };
  return {
    sets: ["authorization"],
    sign: async (request, nowMs) => {
      const token = await tokenAt(Math.floor(nowMs / 1000));
      return { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } };
    },
    secrets: [auth.key],
  };
}
