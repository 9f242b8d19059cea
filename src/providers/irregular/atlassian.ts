/** A request as Atlassian's Connect writes it for the `qsh` claim. developer.atlassian.com, "Understanding JWT for Connect apps". */
import type { Request } from "../../core/event.ts";

/** Method, path below the app's `baseUrl`, and the query, sorted and without the token. Paths are those of the registered `url`. */
export function atlassianRequest(
  { method, path, query }: Request,
  baseUrl: string | undefined,
  url: string | undefined,
): string {
  const called = pathOf(url) ?? path;
  const base = (pathOf(baseUrl) ?? "").replace(/\/+$/, "");
  const below = called === base || called.startsWith(`${base}/`) ? called.slice(base.length) : called;
  const trimmed = below.replace(/(.)\/+$/, "$1") || "/";
  return [method.toUpperCase(), trimmed.replaceAll("&", "%26"), canonicalQuery(query)].join("&");
}

function pathOf(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).pathname : undefined;
}

/** Names by code unit; several values of a name are sorted and joined with commas. As Atlassian's own library has it. */
function canonicalQuery(query: string): string {
  const parameters = new URLSearchParams(query);
  const names = [...new Set(parameters.keys())].filter((name) => name !== "jwt").sort();
  return names
    .map((name) => `${encode(name)}=${parameters.getAll(name).sort().map(encode).join(",")}`)
    .join("&");
}

/** RFC 3986: what `encodeURIComponent` leaves as it is beyond the unreserved characters is encoded too. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
