/** What proves a sender's identity by being shown is not kept with the event: tokens, passwords, cookies. */
import type { Headers } from "../core/event.ts";
import type { Source } from "../rules/workspace.ts";

const CREDENTIAL_HEADERS = new Set([
  "authorization",
  "proxy-authorization",
  "cookie",
  "x-api-key",
  "x-auth-token",
]);

/** The headers without those that carry credentials. */
export function withoutCredentials(headers: Headers, source: Source): Headers {
  const token = tokenPlace(source, "header:");
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !CREDENTIAL_HEADERS.has(name) && !token.includes(name)),
  );
}

/** The query without the source's token. */
export function withoutToken(query: string, source: Source): string {
  const token = tokenPlace(source, "query:");
  if (token.length === 0) return query;
  const fields = new URLSearchParams(query);
  for (const name of token) fields.delete(name);
  return fields.toString();
}

function tokenPlace({ scheme }: Source, kind: "header:" | "query:"): string[] {
  if (scheme.kind !== "shared-token" && scheme.kind !== "basic") return [];
  const places = [scheme.from ?? []].flat();
  const names = places.filter((place) => place.startsWith(kind)).map((place) => place.slice(kind.length));
  return kind === "header:" ? names.map((name) => name.toLowerCase()) : names;
}
