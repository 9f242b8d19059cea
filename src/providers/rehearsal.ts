/** A provider's handshake as it would come, made up for a rehearsal. */
import type { Handshake } from "./handshake.ts";
import { configValue } from "./content.ts";
import { put, type Draft } from "./sign.ts";
import type { Credentials } from "./verdict.ts";

/** Values that providers' patterns take: the first that fits is used. */
const CANDIDATES = [
  "rehearsal-0123456789abcdef",
  "0123456789abcdef0123456789abcdef",
  "00000000-0000-4000-8000-000000000000",
  "subscribe",
  "1234567",
] as const;

/** The request, not signed; or what of the source's `config` it lacks. */
export function rehearse(
  handshake: Handshake,
  url: string,
  { config = {} }: Credentials,
): { readonly draft: Draft } | { readonly missing: string } {
  const json = handshake.match.filter(({ at, absent }) => at.startsWith("json:") && absent !== true);
  const form = handshake.match.some(({ at }) => at.startsWith("form:"));
  const list = json.some(({ at }) => at.startsWith("json:["));
  const method = handshake.method ?? "POST";
  const bare = method !== "POST" || form || handshake.emptyBody === true;
  let draft: Draft = {
    method,
    url,
    headers: form
      ? { "content-type": "application/x-www-form-urlencoded" }
      : bare
        ? {}
        : { "content-type": "application/json" },
    body: Buffer.from(bare ? "" : list ? "[]" : "{}"),
  };
  for (const { at, is, pattern, config: name, absent } of handshake.match) {
    if (absent === true) continue;
    const wanted = name === undefined ? undefined : configValue(config, name)?.split(",")[0]?.trim();
    if (name !== undefined && wanted === undefined) return { missing: name };
    const fitting = CANDIDATES.find((text) => pattern === undefined || new RegExp(pattern).test(text));
    draft = put(draft, at, wanted ?? is ?? fitting ?? "", is !== undefined && /^\d+$/.test(is));
  }
  const { from, example } = handshake.confirm ?? {};
  if (from !== undefined && example !== undefined) draft = put(draft, from, example);
  return { draft };
}
