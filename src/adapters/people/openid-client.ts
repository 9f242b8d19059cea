/**
 * Log-in by an OpenID Connect provider: authorization code with PKCE, state and nonce (OpenID Connect Core 1.0 § 3.1,
 * RFC 9700). The only importer of openid-client, which checks signatures, issuer, audience and times.
 */
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  ClientSecretPost,
  discovery,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  type Configuration,
} from "openid-client";
import { SignalboxError } from "../../core/errors.ts";
import type { Log } from "../../ports.ts";

/** A log-in that has begun: where the browser goes, and what must be kept until it comes back. */
export interface OidcBegun {
  readonly url: string;
  readonly state: string;
  /** Nonce and verifier; for `finish`. */
  readonly kept: string;
}

/** Who came back. */
export interface OidcPerson {
  readonly issuer: string;
  readonly subject: string;
  /** `preferred_username`, else `email` where it is verified, else the subject. */
  readonly name: string;
  /** Values of the claim that says who may do what. */
  readonly roles: readonly string[];
}

export interface OidcClient {
  /** Throws ADMIN_OIDC_UNAVAILABLE. */
  begin(redirectUri: string): Promise<OidcBegun>;
  /** Exchanges what the browser brought back. Throws ADMIN_OIDC_REFUSED; nothing of the provider's answer is told. */
  finish(callback: URL, state: string, kept: string): Promise<OidcPerson>;
}

const TIMEOUT_SECONDS = 5;

/** A client of one provider; the provider is asked for its metadata when the first person logs in. */
export function createOidcClient(
  issuer: string,
  clientId: string,
  clientSecret: string | undefined,
  roleClaim: string,
  log: Log,
): OidcClient {
  let known: Promise<Configuration> | undefined;
  const configured = (): Promise<Configuration> =>
    (known ??= discovery(
      new URL(issuer),
      clientId,
      undefined,
      clientSecret === undefined ? None() : ClientSecretPost(clientSecret),
      { timeout: TIMEOUT_SECONDS, ...(issuer.startsWith("http:") && { execute: [allowInsecureRequests] }) },
    ).catch((cause: unknown) => {
      known = undefined;
      log.error({ issuer, error: nameOf(cause) }, "oidc.failed");
      const detail = `The provider at ${issuer} does not give its metadata.`;
      throw new SignalboxError("ADMIN_OIDC_UNAVAILABLE", detail, { cause });
    }));
  return {
    async begin(redirectUri) {
      const config = await configured();
      const state = randomState();
      const nonce = randomNonce();
      const verifier = randomPKCECodeVerifier();
      const url = buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: "openid profile email",
        response_type: "code",
        state,
        nonce,
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
      });
      return { url: url.href, state, kept: JSON.stringify({ nonce, verifier }) };
    },
    async finish(callback, state, kept) {
      const config = await configured();
      const { nonce, verifier } = JSON.parse(kept) as { nonce: string; verifier: string };
      try {
        const tokens = await authorizationCodeGrant(config, callback, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        });
        const claims = tokens.claims()!;
        const email = claims["email_verified"] === true ? claims["email"] : undefined;
        const name = claims["preferred_username"] ?? email ?? claims.sub;
        const roles = [claims[roleClaim]].flat().filter((role): role is string => typeof role === "string");
        return { issuer: claims.iss, subject: claims.sub, name: String(name), roles };
      } catch (cause) {
        log.warn({ issuer, error: nameOf(cause) }, "oidc.failed");
        throw new SignalboxError("ADMIN_OIDC_REFUSED", "The provider's answer does not hold.", { cause });
      }
    },
  };
}

/** The kind of a failure: its text may hold codes and tokens. */
function nameOf(cause: unknown): string {
  const { name, code } = cause as { name?: string; code?: unknown };
  return [name, typeof code === "string" ? code : undefined].filter(Boolean).join(" ");
}
