/** The 32-bit hashes by which events are found by provider's id and by tag; whoever finds one compares the texts as well. */
import type { Event, Tags } from "../../core/event.ts";

/** FNV-1a over the UTF-16 units, mixed so that hashes are spread evenly. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

export const providerHash = (id: string): number => hashOf(`#${id}`);

export const tagHash = (name: string, value: string): number => hashOf(`${name}=${value}`);

/** As 8 hex digits. */
export const hexOf = (hash: number): string => hash.toString(16).padStart(8, "0");

/** All hashes of an event, as the record keeps them: 8 hex digits each, joined by commas. */
export function hashesOf({ providerId, tags }: Pick<Event, "providerId" | "tags">): string {
  if (providerId === undefined && tags === undefined) return "";
  const hashes = providerId === undefined ? [] : [providerHash(providerId)];
  for (const [name, value] of Object.entries(tags ?? {}))
    for (const one of valuesOf(value)) hashes.push(tagHash(name, one));
  return [...new Set(hashes)].map(hexOf).join(",");
}

/** A tag's values as texts. */
export function valuesOf(value: Tags[string]): string[] {
  return (Array.isArray(value) ? (value as readonly unknown[]) : [value]).map(String);
}
