/** Fetches access tokens (RFC 6749 § 4.4) with a source's own credentials, for what can only be called with one. */
import type { FetchText } from "../core/fetch-text.ts";
import type { AccessToken } from "./key-fetch.ts";
import { readPath } from "./locate.ts";

type TokenRequest = Parameters<FetchText>[0];

/** The request for a token, its places filled in. Whether its URL may be asked is for the caller to say. */
export function tokenRequest(token: AccessToken, fill: (template: string) => string): TokenRequest {
  const url = fill(token.url);
  if (token.post !== undefined) return { url, post: fillJson(token.post, fill) };
  const pair = Buffer.from(`${fill(token.user ?? "")}:${fill(token.password ?? "")}`).toString("base64");
  return {
    url,
    headers: { authorization: `Basic ${pair}`, "content-type": "application/x-www-form-urlencoded" },
    ...(token.form !== undefined && { post: token.form }),
  };
}

/** The token, from the cache unless it is to be had `anew`. Throws where there is none in the answer. */
export async function accessToken(
  request: TokenRequest,
  anew: boolean,
  fetchText: FetchText,
): Promise<string> {
  const token = readPath(JSON.parse(await fetchText({ ...request, ...(anew && { anew }) })), "access_token");
  if (typeof token !== "string" || !/^[\x21-\x7e]{1,8192}$/.test(token))
    throw new Error("There is no token.");
  return token;
}

/** A JSON template whose quoted `"{place}"` parts are filled in: no value can break out of its quotes. */
export function fillJson(template: string, fill: (template: string) => string): string {
  return template.replace(/"\{([^{}]+)\}"/g, (_, name: string) => JSON.stringify(fill(`{${name}}`)));
}

/** True when one of the patterns describes the whole URL. */
export function fits(url: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => new RegExp(pattern).test(url));
}
