/** Signs a request as a provider of the catalogue, or a scheme of one's own, would: by the same records that verify. */
import { SignalboxError } from "../core/errors.ts";
import { didYouMean } from "../core/suggest.ts";
import type { AuthOf } from "../core/target-auth.ts";
import type { OutboundRequest } from "../ports.ts";
import { findProvider, providerIds } from "../providers/catalogue.ts";
import { chooseScheme } from "../providers/provider.ts";
import type { Scheme } from "../providers/scheme.ts";
import { sign, signingProblem } from "../providers/sign.ts";
import type { Draft } from "../providers/sign.ts";
import type { Credentials } from "../providers/verdict.ts";
import type { Credential } from "./credential.ts";

/** The credential. Throws RULE_PROVIDER_UNKNOWN, or RULE_CREDENTIAL_INVALID where the scheme cannot sign with these secrets. */
export function providerSignature(auth: AuthOf<"signature">): Credential {
  const { secrets, config, url } = auth;
  const credentials: Credentials = {
    secrets,
    ...(config !== undefined && { config: config as Record<string, string> }),
    ...(url !== undefined && { url }),
  };
  const scheme = schemeOf(auth, credentials);
  const problem = signingProblem(scheme, credentials);
  if (problem !== undefined) throw new SignalboxError("RULE_CREDENTIAL_INVALID", problem);
  return {
    sets: headersOf(scheme),
    sign: (request, nowMs) => signed(request, scheme, { url: request.url, ...credentials }, nowMs),
    secrets,
  };
}

/** The request signed by a scheme. Throws FORWARD_CREDENTIAL_UNUSABLE where the request lacks what is signed. */
export function signed(
  request: OutboundRequest,
  scheme: Scheme,
  credentials: Credentials,
  nowMs: number,
): OutboundRequest {
  const { method, url, headers, body } = request;
  let draft: Draft;
  try {
    draft = sign(scheme, { method, url, headers, body: body ?? Buffer.alloc(0) }, credentials, nowMs);
  } catch (cause) {
    const why = cause instanceof SignalboxError ? cause.detail : "the body is not what the scheme signs";
    throw new SignalboxError("FORWARD_CREDENTIAL_UNUSABLE", `The request could not be signed: ${why}.`, {
      cause,
    });
  }
  const sent = body === undefined && draft.body.length === 0 ? undefined : draft.body;
  return { ...request, url: draft.url, headers: draft.headers, body: sent };
}

function schemeOf({ provider: id, scheme: own }: AuthOf<"signature">, credentials: Credentials): Scheme {
  if (own !== undefined) return own as Scheme;
  const provider = findProvider(id ?? "");
  if (provider === undefined) {
    const hint = didYouMean(id ?? "", providerIds());
    throw new SignalboxError("RULE_PROVIDER_UNKNOWN", `There is no provider \`${id ?? ""}\`.${hint}`);
  }
  const scheme = chooseScheme(provider, credentials);
  if (scheme === undefined)
    throw new SignalboxError("RULE_CREDENTIAL_INVALID", "`config.scheme` names no scheme of the provider");
  return scheme;
}

/** Headers that the scheme writes: the signature's and the time's. */
function headersOf({ from, timestamp, bodyHash }: Scheme): string[] {
  return [from ?? [], timestamp?.from ?? [], bodyHash?.from ?? []]
    .flat()
    .filter((place) => place.startsWith("header:") && !place.includes("{"))
    .map((place) => place.slice("header:".length).replace(/#.*$/, "").toLowerCase())
    .filter((name) => !name.startsWith("webhook-"));
}
