/** Jenkins: Basic authentication and a crumb (its CSRF token), which belongs to the session of whoever fetched it. */
import { SignalboxError } from "../core/errors.ts";
import type { AuthOf } from "../core/target-auth.ts";
import type { Answer, Fetched } from "../ports.ts";
import type { Credential } from "./credential.ts";
import { hostOf, issued, ISSUER_TIMEOUT_MS, isSendable, nameOf } from "./fetch.ts";

/** Jenkins ends idle sessions after half an hour by default; a refused crumb is fetched anew sooner. */
const LIFE_MS = 1_200_000;
const LIFE_WITHOUT_MS = 300_000;

/** Headers that stand for a crumb: none where Jenkins issues no crumbs. */
type CrumbHeaders = Record<string, string>;

/** The credential. https://www.jenkins.io/doc/book/security/csrf-protection/ */
export function jenkins({ user, token, crumbUrl }: AuthOf<"jenkins">): Credential {
  const encoded = Buffer.from(`${user}:${token}`).toString("base64");
  const authorization = `Basic ${encoded}`;
  const fetched: Fetched = {
    name: nameOf(token, "jenkins", crumbUrl, user),
    request: {
      method: "GET",
      url: crumbUrl,
      headers: { accept: "application/json", "user-agent": "signalbox", authorization },
      body: undefined,
      timeoutMs: ISSUER_TIMEOUT_MS,
    },
    read(answer) {
      // Crumbs are switched off: there is no issuer.
      if (answer.status === 404) return { text: "{}", lifeMs: LIFE_WITHOUT_MS };
      const { crumb, crumbRequestField: field } = issued(answer, crumbUrl, "a crumb");
      if (!isSendable(crumb) || !isSendable(field))
        throw new SignalboxError("FORWARD_TOKEN_UNAVAILABLE", `${hostOf(crumbUrl)} issued no usable crumb.`);
      const cookie = sessionOf(answer);
      const headers: CrumbHeaders = { [field.toLowerCase()]: crumb, ...(cookie !== undefined && { cookie }) };
      return { text: JSON.stringify(headers), lifeMs: LIFE_MS };
    },
    apply: (request, text) => ({
      ...request,
      headers: { ...request.headers, ...(JSON.parse(text) as CrumbHeaders) },
    }),
    secrets: (text) => Object.values(JSON.parse(text) as CrumbHeaders),
    isRefused: ({ status, body }) => status === 403 && /crumb/i.test(body),
  };
  return {
    headers: { authorization },
    sets: ["jenkins-crumb", "cookie"],
    fetched,
    secrets: [token, encoded],
  };
}

/** The session's cookie; Jenkins names it JSESSIONID and eight more characters. */
function sessionOf({ headers }: Answer): string | undefined {
  return /(?:^|[,;\s])(JSESSIONID[\w.-]*=[^;,\s]+)/.exec(headers["set-cookie"] ?? "")?.[1];
}
