/** What must be so besides the signature: texts at certain places, headers that must not be there, the body's hash. */
import { createHash } from "node:crypto";
import { decode } from "./encoding.ts";
import { headerValues } from "./headers.ts";
import { find, readAll, textOf } from "./locate.ts";
import type { Opened } from "./locate.ts";
import { equal, isAmong } from "./proof-bytes.ts";
import { schemeSchema } from "./scheme.ts";
import type { Scheme } from "./scheme.ts";
import { refusal } from "./verdict.ts";
import type { Refusal } from "./verdict.ts";

/** Why the request is refused before its signature is looked at; undefined where nothing speaks against it. */
export function refusedBefore(
  { absent = [], bodyHash, require = [] }: Scheme,
  opened: Opened,
  config: Readonly<Record<string, string>>,
): Refusal | undefined {
  for (const { at, is, config: name } of require) {
    const texts = textsAt(at, opened);
    if (texts === undefined) return refusal("missing", `${at} is missing`);
    if (is !== undefined && texts.some((text) => text !== is))
      return refusal("mismatch", `${at} is not \`${is}\``);
    if (name === undefined) continue;
    const list = config[name];
    if (list === undefined) return refusal("unconfigured", `the source's \`config\` lacks \`${name}\``);
    if (!texts.every((text) => isAmong(text, list)))
      return refusal("mismatch", `${at} is not what \`${name}\` of the source's \`config\` says`);
  }
  const stronger = absent.find((name) => headerValues(opened.request, name).length > 0);
  if (stronger !== undefined)
    return refusal("unconfigured", `header ${stronger} is there, but its secret is not configured`);
  if (bodyHash === undefined) return undefined;
  const text = find(bodyHash.from, opened);
  if (text === undefined) return refusal("missing", `${bodyHash.from} is missing`);
  const claimed = decode(
    text,
    bodyHash.encoding ?? schemeSchema.properties.bodyHash.properties.encoding.default,
  );
  const actual = createHash(bodyHash.algorithm ?? "sha256")
    .update(opened.request.body)
    .digest();
  return claimed !== undefined && equal(claimed, actual)
    ? undefined
    : refusal("mismatch", `${bodyHash.from} is not the hash of the body`);
}

/** Those of every element where the place holds `[]`; undefined where one is missing, or there is none. */
function textsAt(at: string, opened: Opened): string[] | undefined {
  if (!at.includes("[]")) {
    const text = find(at, opened);
    return text === undefined ? undefined : [text];
  }
  const texts = readAll(opened.json(), at.slice("json:".length))?.map(textOf);
  if (texts === undefined || texts.length === 0 || texts.includes(undefined)) return undefined;
  return texts as string[];
}
