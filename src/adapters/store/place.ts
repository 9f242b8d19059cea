/** Where the store is, and how that is told to people: never with the password. */
import { readStoreUrl, type StorePlace } from "../../core/store-url.ts";

/** Where the store is: a URL as `readSettings` took it, or a unix socket's path. */
export type Target = { readonly url: string } | { readonly path: string };

/** Host and port, or the socket's path; of a primary behind sentinels its name and theirs, of a cluster its nodes. For people, never with the password. */
export function addressOf(target: Target): string {
  if ("path" in target) return target.path;
  const { addresses, primary, cluster } = placeOf(target.url);
  const [first] = addresses;
  const told = addresses.map(({ host, port }) => `${host.includes(":") ? `[${host}]` : host}:${port}`);
  if (cluster === true) return `${told.join(", ")} (cluster)`;
  return primary === undefined
    ? told[0]!
    : `${primary} (sentinel${first === addresses.at(-1) ? "" : "s"} ${told.join(", ")})`;
}

/** The database's number that a target names; 0 without one. */
export function databaseOf(target: Target): number {
  return "url" in target ? placeOf(target.url).database : 0;
}

/** True where a target is a cluster, of which one node has what the router keeps. */
export function isCluster(target: Target): boolean {
  return "url" in target && placeOf(target.url).cluster === true;
}

/** True where a target is spoken to over TLS. */
export function isOverTls(target: Target): boolean {
  return "url" in target && placeOf(target.url).tls;
}

/** What the URL says. */
export function placeOf(url: string): StorePlace {
  const place = readStoreUrl(url);
  if (typeof place === "string") throw new Error(`The store's URL is not ${place}.`);
  return place;
}
