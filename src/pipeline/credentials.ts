/** What proves a sender's identity by being shown is not kept with the event: tokens, passwords, cookies. */
import { readBody } from "../core/body.ts";
import type { BodyKind, Headers } from "../core/event.ts";
import { readAll } from "../providers/locate.ts";
import { resolveScheme } from "../providers/resolve.ts";
import type { Source } from "../rules/workspace.ts";
import { hidden } from "./hide.ts";

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

function tokenPlace({ scheme, file }: Source, kind: "header:" | "query:"): string[] {
  if (scheme.kind !== "shared-token" && scheme.kind !== "basic" && scheme.kind !== "jwt") return [];
  const resolved = resolveScheme(scheme, file.config ?? {});
  const places = "missing" in resolved ? [] : [resolved.scheme.from ?? []].flat();
  const names = places.filter((place) => place.startsWith(kind)).map((place) => place.slice(kind.length));
  return kind === "header:" ? names.map((name) => name.toLowerCase()) : names;
}

/** The body without a token that stands in it and without what the provider's record says is a credential. */
export function withoutSecrets(body: Buffer, kind: BodyKind, source: Source): Buffer {
  const { scheme, file, provider } = source;
  const inBody =
    scheme.kind === "shared-token" &&
    [scheme.from ?? []].flat().some((place) => /^(json|form|item):/.test(place));
  const values = inBody ? [...(file.secrets ?? [])] : [];
  if (provider?.redact !== undefined) {
    const payload = readBody(body, kind);
    for (const place of provider.redact) {
      const found = readAll(payload, place.slice(place.indexOf(":") + 1)) ?? [];
      for (const value of found) if (typeof value === "string") values.push(value);
    }
  }
  if (values.length === 0) return body;
  const text = body.toString("utf8");
  const shown = hidden(text, values);
  return shown === text ? body : Buffer.from(shown);
}
