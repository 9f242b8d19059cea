/** The catalogue: one file a provider, read when it is first asked for. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { Provider } from "./provider.ts";

// The same path from src/ and from dist/: data is not copied by the build.
const folder = new URL("../../src/providers/catalogue/", import.meta.url);

const read = new Map<string, Provider>();

/** The provider of this id, or undefined where there is none. */
export function findProvider(id: string): Provider | undefined {
  const known = read.get(id);
  if (known !== undefined) return known;
  const file = new URL(`${id}.json`, folder);
  if (!/^[a-z][a-z0-9-]*$/.test(id) || !existsSync(file)) return undefined;
  const provider = JSON.parse(readFileSync(file, "utf8")) as Provider;
  read.set(id, provider);
  return provider;
}

/** The ids of all providers, sorted. */
export function providerIds(): string[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return files.map((name) => name.slice(0, -".json".length)).sort();
}

/** All providers, by id. */
export function listProviders(): Provider[] {
  return providerIds().flatMap((id) => findProvider(id) ?? []);
}
