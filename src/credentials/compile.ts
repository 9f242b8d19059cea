/** A target's `auth`, made ready when the workspace is loaded: a kind, a file. */
import type { Auth } from "../core/target-auth.ts";
import { awsSigV4 } from "./aws4.ts";
import type { Credential } from "./credential.ts";
import { jenkins } from "./jenkins.ts";
import { jwtBearer } from "./jwt-bearer.ts";
import { oauth2 } from "./oauth2.ts";
import { providerSignature } from "./signature.ts";
import { standardWebhooks } from "./standard-webhooks.ts";

/** Makes a target's `auth` ready. Throws RULE_CREDENTIAL_INVALID or RULE_PROVIDER_UNKNOWN with a sentence that shows no secret. */
export function compileCredential(auth: Auth): Credential {
  switch (auth.type) {
    case "bearer":
      return { headers: { authorization: `Bearer ${auth.token}` }, secrets: [auth.token] };
    case "basic": {
      const encoded = Buffer.from(`${auth.user}:${auth.password}`).toString("base64");
      return { headers: { authorization: `Basic ${encoded}` }, secrets: [auth.password, encoded] };
    }
    case "header":
      return { headers: { [auth.name.toLowerCase()]: auth.value }, secrets: [auth.value] };
    case "query":
      return { query: [auth.name, auth.value], secrets: [auth.value] };
    case "gitlab":
      return {
        headers: { "private-token": auth.token, ...(auth.sudo !== undefined && { sudo: auth.sudo }) },
        secrets: [auth.token],
      };
    case "jenkins":
      return jenkins(auth);
    case "oauth2":
      return oauth2(auth);
    case "signature":
      return providerSignature(auth);
    case "standard-webhooks":
      return standardWebhooks(auth);
    case "jwt":
      return jwtBearer(auth);
    case "aws-sigv4":
      return awsSigV4(auth);
  }
}
