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
