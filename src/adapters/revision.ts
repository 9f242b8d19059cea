/** Which files the routers of a store run with: whoever first starts with others tells so. */
import type { StoreConnection } from "./redis.ts";

/** The revision that was there before this one; undefined where it is the same, or the first. */
export async function formerRevision(
  commands: StoreConnection,
  revision: string,
): Promise<string | undefined> {
  const former = await commands.getset("sb:revision", revision);
  return former === null || former === revision ? undefined : former;
}
