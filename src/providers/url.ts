/** The URL that a provider signs: the one registered with it, never Host or X-Forwarded-*. */
import type { Request } from "../core/event.ts";

/** Codes that HubSpot decodes before it signs (developers.hubspot.com, "Validating requests", v3). */
const HUBSPOT: Record<string, string> = {
  "%3A": ":",
  "%2F": "/",
  "%3F": "?",
  "%40": "@",
  "%21": "!",
  "%24": "$",
  "%27": "'",
  "%28": "(",
  "%29": ")",
  "%2A": "*",
  "%2C": ",",
  "%3B": ";",
};

/** The registered URL, with the query that came: providers add parameters of their own (Twilio's bodySHA256). */
export function calledUrl(registered: string, request: Request): string {
  if (request.query === "") return registered;
  return `${registered.split(/[?#]/, 1)[0]}?${request.query}`;
}

/** The URL with HubSpot's codes decoded and no fragment. */
export function hubspotDecoded(url: string): string {
  return url.split("#", 1)[0]!.replace(/%[0-9A-F]{2}/gi, (code) => HUBSPOT[code.toUpperCase()] ?? code);
}

/** Path and query as they were called. */
export function pathAndQuery(request: Request): string {
  return request.query === "" ? request.path : `${request.path}?${request.query}`;
}

/** The spellings of a URL that may have been signed; the given one first. */
export function urlVariants(url: string, variants: readonly ("port" | "apostrophe")[]): string[] {
  let urls = [url];
  if (variants.includes("port")) urls = urls.flatMap((each) => [each, ...otherPort(each)]);
  if (variants.includes("apostrophe")) urls = urls.flatMap((each) => [each, ...otherApostrophe(each)]);
  return [...new Set(urls)];
}

function otherPort(url: string): string[] {
  const match = /^(https?):\/\/([^/?#]*?)(:\d+)?([/?#].*)?$/.exec(url);
  if (match === null) return [];
  const [, protocol, host, port, rest = ""] = match;
  if (port !== undefined) return [`${protocol}://${host}${rest}`];
  return [`${protocol}://${host}:${protocol === "https" ? 443 : 80}${rest}`];
}

function otherApostrophe(url: string): string[] {
  const mark = url.indexOf("?");
  return mark < 0 ? [] : [url.slice(0, mark) + url.slice(mark).replaceAll("'", "%27")];
}
