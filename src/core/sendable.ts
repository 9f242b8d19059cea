/** What can be sent to a target at all: its URL and its headers, checked before anything is opened. */
import { SignalboxError } from "./errors.ts";

/** What no header's value may hold: line breaks, control characters and what is not ISO-8859-1. RFC 9110 § 5.5. */
export const NOT_IN_HEADERS = /[^\t\u0020-\u007e\u0080-\u00ff]/;

/** FORWARD_URL_INVALID unless absolute http(s) without credentials. What does not parse may hold a secret: it is not shown. */
export function parseTargetUrl(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new SignalboxError("FORWARD_URL_INVALID", "The target's URL is not an absolute URL.");
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new SignalboxError(
      "FORWARD_URL_INVALID",
      `The target's URL begins with ${url.protocol}, expected https: or http:.`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    const detail = `The target's URL at ${url.host} holds credentials; they belong into the target's \`auth\`.`;
    throw new SignalboxError("FORWARD_URL_INVALID", detail);
  }
  return url;
}

/** The URL of a request that every kind of target can take. Throws FORWARD_URL_INVALID, _REQUEST_INVALID or _CREDENTIAL_UNUSABLE. */
export function checkSendable(request: {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly credential?: unknown;
}): URL {
  // Whoever is to be shown a token is not called without one.
  if (request.credential !== undefined) {
    const detail = "The request came without the token that it needs.";
    throw new SignalboxError("FORWARD_CREDENTIAL_UNUSABLE", detail);
  }
  const url = parseTargetUrl(request.url);
  checkHeaders(url.host, request.headers);
  return url;
}

/** Headers about the connection and the length of the body, which the client sets itself. RFC 9110 § 7.6.1. */
const CLIENT_HEADERS: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** True for a header that the client sets itself. */
export function isSetByClient(name: string): boolean {
  return CLIENT_HEADERS.has(name.toLowerCase());
}

/** RFC 9110 § 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** RFC 9110 § 5.5, without the control characters but tab. */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** FORWARD_REQUEST_INVALID for the first header that cannot be sent to `host`; its value is not shown. */
function checkHeaders(host: string, headers: Readonly<Record<string, string>>): void {
  for (const name in headers) {
    const reason = whyUnsendable(name, headers[name]!);
    if (reason === undefined) continue;
    const detail = `The request to ${host} was not made: its header ${JSON.stringify(name)} ${reason}.`;
    throw new SignalboxError("FORWARD_REQUEST_INVALID", detail);
  }
}

function whyUnsendable(name: string, value: string): string | undefined {
  if (!TOKEN.test(name)) return "has a name that no header can have";
  if (!FIELD_VALUE.test(value)) return "holds characters that a header cannot hold, such as a line break";
  return isSetByClient(name) ? "is set by the router" : undefined;
}
