/** Verifies that a request comes from who the scheme says: pure, synchronous, and closed on every doubt. */
import type { Request } from "../core/event.ts";
import { compileContent, readsUrl } from "./content.ts";
import { verifyingKeys } from "./keys.ts";
import type { Key } from "./keys.ts";
import { families, lackingFor, resolveScheme } from "./resolve.ts";
import { contentsOf } from "./scheme.ts";
import type { Scheme } from "./scheme.ts";
import { requireSound } from "./soundness.ts";
import { refusal } from "./verdict.ts";
import type { Credentials, Refusal, Verdict, Verifier } from "./verdict.ts";
import { compileSigned } from "./verify-signed.ts";

/** Verifies a request. What `compileScheme` makes is kept for as long as the scheme and the list of secrets are the same objects. */
export function verify(scheme: Scheme, request: Request, credentials: Credentials, nowMs: number): Verdict {
  const { secrets, config, url } = credentials;
  const bySecrets = compiledSchemes.get(scheme) ?? new WeakMap<readonly string[], Compiled>();
  compiledSchemes.set(scheme, bySecrets);
  let compiled = bySecrets.get(secrets);
  if (compiled === undefined || compiled.config !== config || compiled.url !== url) {
    compiled = { config, url, verifier: compileScheme(scheme, credentials) };
    bySecrets.set(secrets, compiled);
  }
  return compiled.verifier(request, nowMs);
}

interface Compiled {
  readonly config: Credentials["config"];
  readonly url: string | undefined;
  readonly verifier: Verifier;
}

const compiledSchemes = new WeakMap<Scheme, WeakMap<readonly string[], Compiled>>();

/**
 * Compiles a scheme and a source's credentials. Throws RULE_VALUE_INVALID where the scheme's template names an unknown
 * token, or where it could never verify anything; credentials that do not suffice make a verifier that refuses everything as `unconfigured`. So does a scheme
 * whose tokens or fetched keys take `verifyFetched`.
 */
export function compileScheme(scheme: Scheme, credentials: Credentials): Verifier {
  if (scheme.kind === "none") return () => ({ ok: true, secret: -1 });
  const resolved = resolveScheme(scheme, credentials.config ?? {});
  if ("missing" in resolved)
    return always(refusal("unconfigured", `the source's \`config\` lacks \`${resolved.missing}\``));
  requireSound(resolved.scheme);
  const compiled = families(resolved.scheme).map((family) => ({
    prefix: family.prefix,
    verifier: compileFamily(family.scheme, credentials),
  }));
  if (compiled.length === 1) return compiled[0]!.verifier;
  return (request, nowMs) => {
    const names = Object.keys(request.headers);
    // Mixed families would let an unsigned header stand in for the signed one of the same meaning.
    const present = compiled.filter(({ prefix }) => names.some((name) => name.startsWith(prefix)));
    if (present.length > 1)
      return refusal(
        "malformed",
        `headers ${present.map((one) => `${one.prefix}*`).join(" and ")} are mixed`,
      );
    return (present[0] ?? compiled[0]!).verifier(request, nowMs);
  };
}

/** What the source lacks for this scheme, in words; undefined where nothing is. */
export function credentialProblem(scheme: Scheme, credentials: Credentials): string | undefined {
  if (scheme.kind === "none") return undefined;
  const resolved = resolveScheme(scheme, credentials.config ?? {});
  if ("missing" in resolved) return `\`config\` lacks \`${resolved.missing}\``;
  const fetches = scheme.key?.fetch !== undefined && credentials.secrets.length === 0;
  if (fetches || scheme.kind === "jwt" || scheme.require !== undefined) {
    const lacking = lackingFor(scheme, credentials.config ?? {}, credentials.url);
    if (lacking === "url") return "`url`, as registered at the provider, is needed";
    if (lacking !== undefined) return `\`config\` lacks \`${lacking}\``;
    if (fetches) return undefined;
  }
  return problemOf(resolved.scheme, credentials, verifyingKeys(resolved.scheme, credentials));
}

function problemOf(scheme: Scheme, credentials: Credentials, keys: readonly Key[]): string | undefined {
  if (keys.length > 0) {
    if (scheme.kind === "jwt") return undefined;
    const contents = contentsOf(scheme).map(compileContent);
    if (credentials.url === undefined && contents.some(readsUrl))
      return "`url`, as registered at the provider, is needed: it is signed";
    return undefined;
  }
  if (credentials.secrets.every((secret) => secret === "")) return "`secrets` is empty";
  return `no secret is a key: expected ${scheme.key?.decode ?? "utf8"} for ${scheme.kind}`;
}

function compileFamily(scheme: Scheme, credentials: Credentials): Verifier {
  const keys = verifyingKeys(scheme, credentials);
  const problem = problemOf(scheme, credentials, keys);
  if (scheme.kind === "jwt")
    return always(refusal("unconfigured", problem ?? "a token takes time to verify"));
  return problem === undefined
    ? compileSigned(scheme, credentials, keys)
    : always(refusal("unconfigured", problem));
}

function always(verdict: Refusal): Verifier {
  return () => verdict;
}
