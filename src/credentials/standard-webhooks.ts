/** Standard Webhooks: `webhook-signature` with one signature for each secret, v1 and v1a side by side. */
import { SignalboxError } from "../core/errors.ts";
import type { AuthOf } from "../core/target-auth.ts";
import { findProvider } from "../providers/catalogue.ts";
import type { Scheme } from "../providers/scheme.ts";
import { signingProblem } from "../providers/sign.ts";
import type { Credential } from "./credential.ts";
import { signed } from "./signature.ts";

const HEADER = "webhook-signature";

/** The credential. https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
export function standardWebhooks({ secrets }: AuthOf<"standard-webhooks">): Credential {
  const signers = secrets.map((secret, index) => {
    const asymmetric = secret.startsWith("whsk_");
    const scheme = recordOf(asymmetric ? "standard-webhooks-v1a" : "standard-webhooks");
    const credentials = { secrets: [asymmetric ? secret.slice("whsk_".length) : secret] };
    if (signingProblem(scheme, credentials) === undefined) return { scheme, credentials };
    const wanted = asymmetric
      ? "`whsk_` and an Ed25519 key in base64"
      : "`whsec_` and 24 to 64 bytes in base64";
    throw new SignalboxError(
      "RULE_CREDENTIAL_INVALID",
      `secret ${index + 1} must be ${wanted}, got other text`,
    );
  });
  return {
    sets: [HEADER],
    sign: (request, nowMs) => {
      const signatures = signers.map(
        ({ scheme, credentials }) => signed(request, scheme, credentials, nowMs).headers[HEADER]!,
      );
      return { ...request, headers: { ...request.headers, [HEADER]: signatures.join(" ") } };
    },
    secrets,
  };
}

function recordOf(id: string): Scheme {
  return findProvider(id)!.schemes[0]!.scheme;
}
