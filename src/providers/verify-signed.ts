/** The work of verifying: signatures are read, the signed text is put together, the keys are tried, the time is checked. */
import { refusedBefore } from "./conditions.ts";
import { compileContent, fillContent, readsUrl } from "./content.ts";
import { headerValues } from "./headers.ts";
import type { Key } from "./keys.ts";
import { find, open, readAll } from "./locate.ts";
import type { Opened } from "./locate.ts";
import { proofOf } from "./proof.ts";
import type { Proof } from "./proof.ts";
import { contentsOf } from "./scheme.ts";
import type { Scheme } from "./scheme.ts";
import { compileReader, offersField } from "./signatures.ts";
import type { Group } from "./signatures.ts";
import { readTime } from "./timestamp.ts";
import { calledUrl, urlVariants } from "./url.ts";
import { refusal } from "./verdict.ts";
import type { Credentials, Refusal, Verdict, Verifier } from "./verdict.ts";

/** Compiles a scheme of any kind but `none` and `jwt`, with its values filled in; there is at least one key. */
export function compileSigned(scheme: Scheme, credentials: Credentials, keys: readonly Key[]): Verifier {
  const { weaker, ...strong } = scheme;
  const verifyStrong = compileOne(strong, credentials, keys);
  if (weaker === undefined || scheme.list === undefined) return verifyStrong;
  const list = { ...scheme.list, field: weaker.field };
  const verifyWeak = compileOne({ ...strong, list, content: weaker.content }, credentials, keys);
  // A stronger signature that is there must be right: the weaker one does not make up for it.
  return (request, nowMs) => (offersField(strong, open(request)) ? verifyStrong : verifyWeak)(request, nowMs);
}

function compileOne(scheme: Scheme, credentials: Credentials, keys: readonly Key[]): Verifier {
  const readSignatures = compileReader(scheme);
  const checkGroup = compileGroup(scheme, credentials, keys);
  const verifyItem = (opened: Opened, item: unknown, nowMs: number): Verdict => {
    const groups = readSignatures(opened, item);
    if ("ok" in groups) return groups;
    let first: Refusal | undefined;
    for (const group of groups) {
      const verdict = checkGroup(opened, group, item, nowMs);
      if (verdict.ok) return verdict;
      first ??= verdict;
    }
    return first!;
  };
  return (request, nowMs) => {
    const opened = open(request);
    const refused = refusedBefore(scheme, opened, credentials.config ?? {});
    if (refused !== undefined) return refused;
    if (scheme.each === undefined) return verifyItem(opened, undefined, nowMs);
    return verifyEach(readAll(opened.json(), scheme.each), scheme.each, (item) =>
      verifyItem(opened, item, nowMs),
    );
  };
}

function verifyEach(
  items: unknown[] | undefined,
  path: string,
  verifyItem: (item: unknown) => Verdict,
): Verdict {
  if (items === undefined || items.length === 0) return refusal("missing", `the body has no ${path}`);
  let verdict: Verdict = refusal("missing", `the body has no ${path}`);
  for (const item of items) {
    verdict = verifyItem(item);
    if (!verdict.ok) return verdict;
  }
  return verdict;
}

type GroupCheck = (opened: Opened, group: Group, item: unknown, nowMs: number) => Verdict;

function compileGroup(scheme: Scheme, credentials: Credentials, keys: readonly Key[]): GroupCheck {
  const contents = (hasContent(scheme) ? contentsOf(scheme) : [""]).map(compileContent);
  const proof = proofOf(scheme);
  const withUrl = contents.some(readsUrl);
  const config = credentials.config ?? {};
  return (opened, group, item, nowMs) => {
    const proofs = readProofs(proof, group.signatures);
    if (proofs.length === 0)
      return refusal("malformed", `the signature is not ${describe(scheme, proof.length)}`);
    const timestamp = () => timestampText(scheme, opened, group);
    const urls = withUrl
      ? urlVariants(calledUrl(credentials.url!, opened.request), scheme.urlVariants ?? [])
      : [undefined];
    for (const url of urls) {
      for (const [content, key] of contents.flatMap((each) => keys.map((one) => [each, one] as const))) {
        const filled = fillContent(content, {
          opened,
          url,
          timestamp,
          field: group.field,
          item,
          secret: key.secret,
          config,
        });
        if ("missing" in filled) return unsigned(filled.missing);
        if (proofs.some(proof.checker(filled.chunks, key)))
          return inTime(scheme, timestamp(), key.index, nowMs);
      }
    }
    return refusal("mismatch", `none of the source's ${keys.length} usable secrets matches ${place(scheme)}`);
  };
}

/** The signatures that could be one: rightly encoded, and of the kind's length. */
function readProofs({ read, length }: Proof, signatures: readonly string[]): Buffer[] {
  const proofs: Buffer[] = [];
  for (const text of signatures) {
    const bytes = read(text);
    if (bytes !== undefined && (length === undefined || bytes.length === length)) proofs.push(bytes);
  }
  return proofs;
}

function unsigned(token: string): Refusal {
  return refusal("missing", `\`${token}\`, which is signed, is missing, empty or sent twice`);
}

/** Checked after the signature: a time that nobody signed proves nothing, and its place may be in the body. */
function inTime({ timestamp }: Scheme, text: string | undefined, secret: number, nowMs: number): Verdict {
  if (timestamp?.toleranceSeconds === undefined) return { ok: true, secret };
  if (text === undefined) return refusal("missing", `the time in ${timestamp.from} is missing`);
  const time = readTime(text, timestamp.unit, nowMs);
  if (time === undefined) {
    return refusal("malformed", `the time in ${timestamp.from} is not in unit ${timestamp.unit}`);
  }
  const late = Math.round((nowMs - time) / 1000);
  if (Math.abs(nowMs - time) <= timestamp.toleranceSeconds * 1000) return { ok: true, secret };
  return refusal(
    "stale",
    `the time in ${timestamp.from} is ${Math.abs(late)} s ${late < 0 ? "ahead of" : "behind"} the clock, allowed are ${timestamp.toleranceSeconds}`,
  );
}

function timestampText({ timestamp }: Scheme, opened: Opened, group: Group): string | undefined {
  if (timestamp === undefined) return undefined;
  const { from } = timestamp;
  const name = from.slice(from.indexOf(":") + 1);
  if (from.startsWith("sig:")) return group.field(name);
  if (!from.startsWith("header:")) return find(from, opened);
  const values = headerValues(opened.request, name);
  return values.length === 1 ? values[0] || undefined : undefined;
}

function hasContent({ kind }: Scheme): boolean {
  return kind !== "shared-token" && kind !== "basic";
}

function describe({ encoding = "hex", kind }: Scheme, length: number | undefined): string {
  if (kind === "basic") return "base64 of user:password";
  return length === undefined ? encoding : `${encoding} of ${length} bytes`;
}

function place({ from = "header:authorization" }: Scheme): string {
  return typeof from === "string" ? from : from.join(", ");
}
