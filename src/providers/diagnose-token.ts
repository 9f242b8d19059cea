/** Why a token does not verify: the secret's spelling, another source's, another algorithm. For the operator alone. */
import type { Request } from "../core/event.ts";
import { previousSecret, type Surroundings } from "./diagnose.ts";
import { algorithmOf, isSignedBy } from "./jwt.ts";
import { open } from "./locate.ts";
import { resolveScheme } from "./resolve.ts";
import type { Scheme } from "./scheme.ts";
import { compileReader } from "./signatures.ts";
import { secretSpellings } from "./spellings.ts";
import type { Credentials } from "./verdict.ts";

/** A sentence that tells the mistake, or undefined where none of the known ones explains the refusal. */
export async function diagnoseToken(
  scheme: Scheme,
  request: Request,
  { secrets, config = {} }: Credentials,
  { formerSecrets, otherSecrets }: Surroundings,
): Promise<string | undefined> {
  const resolved = resolveScheme(scheme, config);
  if ("missing" in resolved || scheme.jwt === undefined) return undefined;
  const groups = compileReader(resolved.scheme)(open(request), undefined);
  const token = "ok" in groups ? undefined : groups[0]?.signatures[0];
  if (token === undefined) return undefined;
  const { algorithm } = scheme.jwt;
  const sent = algorithmOf(token);
  if (sent !== undefined && sent !== algorithm)
    return `the token is signed with ${sent}, but ${algorithm} is demanded`;
  if (!algorithm.startsWith("HS")) return undefined;
  for (const secret of secrets) {
    for (const { text, mistake, key } of secretSpellings(secret, {})) {
      const bytes = key === undefined ? text : Buffer.from(text, key.decode === "hex" ? "hex" : "base64");
      if (await isSignedBy(token, bytes, algorithm)) return `the secret ${mistake}`;
    }
  }
  for (const former of formerSecrets)
    if (await isSignedBy(token, former.secret, algorithm))
      return `the token is signed with ${previousSecret(former)}`;
  for (const { name, secrets: others } of otherSecrets)
    for (const other of others)
      if (await isSignedBy(token, other, algorithm)) return `the token is signed with the secret of ${name}`;
  return undefined;
}
