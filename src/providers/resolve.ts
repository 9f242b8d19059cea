/** A scheme with a source's own values in it: `{config:x}` in its places, and one of its header families. */
import { configValue } from "./content.ts";
import type { Scheme } from "./scheme.ts";

type Config = Readonly<Record<string, string>>;

/** Fills `{config:x}` and `{config:x|default}` in `from`, `prefix`, the list's `field` and the timestamp's `from`. */
export function resolveScheme(scheme: Scheme, config: Config): { scheme: Scheme } | { missing: string } {
  let missing: string | undefined;
  const fill = (text: string): string =>
    text.replace(/\{config:([^{}]+)\}/g, (_, name: string) => {
      const value = configValue(config, name);
      missing ??= value === undefined ? name : undefined;
      return value ?? "";
    });
  const { from, prefix, list, timestamp } = scheme;
  const filled: Scheme = {
    ...scheme,
    ...(from === undefined ? {} : { from: typeof from === "string" ? fill(from) : from.map(fill) }),
    ...(prefix === undefined ? {} : { prefix: fill(prefix) }),
    ...(list?.field === undefined ? {} : { list: { ...list, field: fill(list.field) } }),
    ...(timestamp === undefined ? {} : { timestamp: { ...timestamp, from: fill(timestamp.from) } }),
  };
  return missing === undefined ? { scheme: filled } : { missing };
}

/** The scheme once for each of its header families; itself where it has none. */
export function families(scheme: Scheme): { prefix: string; scheme: Scheme }[] {
  const { headerPrefixes: [first = "", ...others] = [], ...bare } = scheme;
  const renamed = (prefix: string): Scheme =>
    JSON.parse(JSON.stringify(bare).replaceAll(`header:${first}`, `header:${prefix}`)) as Scheme;
  return [{ prefix: first, scheme: bare }, ...others.map((prefix) => ({ prefix, scheme: renamed(prefix) }))];
}

type Claims = NonNullable<Scheme["jwt"]>["claims"];

/** The claims with `{config:x}` and `{url}` filled in, or the first that the source lacks. */
export function filledClaims(
  claims: Claims,
  config: Config,
  url: string | undefined,
): { claims: NonNullable<Claims> } | { missing: string } {
  let missing: string | undefined;
  const fill = (text: string): string =>
    text.replace(/\{(url|config:([^{}]+))\}/g, (_, token: string, name: string) => {
      const value = token === "url" ? url : configValue(config, name);
      if (value === undefined) missing ??= token === "url" ? "url" : name;
      return value ?? "";
    });
  const filled = Object.entries(claims ?? {}).map(([name, wanted]) => {
    if (typeof wanted === "boolean") return [name, wanted] as const;
    return [name, typeof wanted === "string" ? fill(wanted) : wanted.map(fill)] as const;
  });
  return missing === undefined ? { claims: Object.fromEntries(filled) } : { missing };
}

/** What a fetched key, a token's claims or `require` need of the source and it lacks. */
export function lackingFor(scheme: Scheme, config: Config, url: string | undefined): string | undefined {
  const claims = filledClaims(scheme.jwt?.claims, config, url);
  if ("missing" in claims) return claims.missing;
  const hashesUrl = scheme.jwt?.hashes?.some((hash) => hash.of === "url") === true;
  if (hashesUrl && url === undefined) return "url";
  const named = scheme.require?.find(({ config: name }) => name !== undefined && config[name] === undefined);
  if (named !== undefined) return named.config;
  const { url: from = "", headers, post = "" } = scheme.key?.fetch ?? {};
  const names = [...JSON.stringify([from, headers, post]).matchAll(/\{config:([^{}]+)\}/g)].map(
    (match) => match[1]!,
  );
  return names.find((name) => configValue(config, name) === undefined);
}
