/** OAuth 2.0 client credentials (RFC 6749 § 4.4): a bearer token, fetched once for all, renewed before it lapses and when it is refused. */
import { SignalboxError } from "../core/errors.ts";
import type { AuthOf } from "../core/target-auth.ts";
import type { Fetched, OutboundRequest } from "../ports.ts";
import type { Credential } from "./credential.ts";
import { hostOf, issued, ISSUER_TIMEOUT_MS, isSendable, nameOf } from "./fetch.ts";

/** How long a token counts where the issuer does not say: a 401 renews it sooner. */
const UNSAID_SECONDS = 300;
/** A token is renewed so long before its end, or a tenth of its life where that is less. */
const MARGIN_SECONDS = 60;

/** The credential; its token's name changes with the secret, so that a rotated one takes effect at once. */
export function oauth2(auth: AuthOf<"oauth2">): Credential {
  const { tokenUrl, clientId, clientSecret, scopes = [], parameters = {} } = auth;
  const fetched: Fetched = {
    name: nameOf(clientSecret, "oauth2", tokenUrl, clientId, scopes.join(" "), JSON.stringify(parameters)),
    request: tokenRequest(auth),
    read(answer) {
      const {
        access_token: token,
        token_type: type,
        expires_in: seconds,
      } = issued(answer, tokenUrl, "a token");
      if (!isSendable(token))
        throw new SignalboxError(
          "FORWARD_TOKEN_UNAVAILABLE",
          `${hostOf(tokenUrl)} issued no usable \`access_token\`.`,
        );
      if (typeof type === "string" && type.toLowerCase() !== "bearer")
        throw new SignalboxError(
          "FORWARD_CREDENTIAL_REFUSED",
          `${hostOf(tokenUrl)} issued a token that is no bearer token.`,
        );
      const life = Number(seconds) > 0 && Number.isFinite(Number(seconds)) ? Number(seconds) : UNSAID_SECONDS;
      return { text: token, lifeMs: (life - Math.min(MARGIN_SECONDS, life / 10)) * 1000 };
    },
    apply: (request, token) => ({
      ...request,
      headers: { ...request.headers, authorization: `Bearer ${token}` },
    }),
    isRefused: ({ status }) => status === 401,
    secrets: (token) => [token],
  };
  const encoded = basicOf(clientId, clientSecret);
  return { sets: ["authorization"], fetched, secrets: [clientSecret, encoded] };
}

function tokenRequest(auth: AuthOf<"oauth2">): OutboundRequest {
  const { tokenUrl, clientId, clientSecret, scopes = [], clientAuthentication, parameters = {} } = auth;
  const inBody = clientAuthentication === "body";
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    ...(scopes.length > 0 && { scope: scopes.join(" ") }),
    ...(parameters as Record<string, string>),
    ...(inBody && { client_id: clientId, client_secret: clientSecret }),
  });
  return {
    method: "POST",
    url: tokenUrl,
    headers: {
      accept: "application/json",
      "content-type": "application/x-www-form-urlencoded",
      "user-agent": "signalbox",
      ...(!inBody && { authorization: `Basic ${basicOf(clientId, clientSecret)}` }),
    },
    body: Buffer.from(form.toString()),
    timeoutMs: ISSUER_TIMEOUT_MS,
  };
}

/** RFC 6749 § 2.3.1: both parts are form-encoded first. */
function basicOf(id: string, secret: string): string {
  const encode = (text: string): string => new URLSearchParams({ a: text }).toString().slice(2);
  return Buffer.from(`${encode(id)}:${encode(secret)}`).toString("base64");
}
