/** The ways in which secrets, bodies and URLs come out wrong, each with the words for the mistake. */
import type { Request } from "../core/event.ts";
import type { Scheme } from "./scheme.ts";

type KeyRule = NonNullable<Scheme["key"]>;

/** Another spelling of something, and the mistake that would explain it. */
export interface Spelling<T> {
  readonly text: T;
  readonly mistake: string;
}

/** What the secret may have been meant to be, and how a key would have to be made of it. */
export function secretSpellings(
  secret: string,
  rule: KeyRule,
): (Spelling<string> & { readonly key?: KeyRule })[] {
  const { decode = "utf8", template, digest } = rule;
  const kept: KeyRule = { ...(template !== undefined && { template }), ...(digest && { digest }) };
  const found: (Spelling<string> & { readonly key?: KeyRule })[] = [];
  const add = (text: string, mistake: string, key?: KeyRule): void => {
    if (text !== "" && (text !== secret || key !== undefined))
      found.push({ text, mistake, ...(key && { key: { ...kept, ...key } }) });
  };
  add(secret.trim(), "has white space or a line break at its end or start that does not belong to it");
  add(`${secret}\n`, "lacks a line break at its end, with which the sender signs");
  add(unquoted(secret.trim()), "stands in quotes that do not belong to it");
  add(secret.replace(/^(Bearer|Basic|Token) +/i, ""), "has the authentication scheme's name in it");
  add(percentDecoded(secret), "is written with percent codes");
  add(secret.replaceAll("\\n", "\n"), "has a line break that is written as \\n");
  const bare = secret.replace(/^(?:v1,)?[a-z]{2,8}_/, "");
  if (decode === "utf8") {
    add(secret, "is base64 and was not decoded, but the sender signs with what it decodes to", {
      decode: "base64",
    });
    add(bare, "is a prefix and base64 and was not decoded, but the sender signs with what it decodes to", {
      decode: "base64",
    });
    add(bare, "has a prefix that does not belong to it");
    add(secret, "is hex and was not decoded, but the sender signs with what it decodes to", {
      decode: "hex",
    });
  } else {
    const plain: KeyRule = { decode: "utf8" };
    add(secret, `was decoded as ${decode}, but the sender signs with the text as it stands`, plain);
    add(bare, `was decoded as ${decode}, but the sender signs with the text behind the prefix`, plain);
    for (const other of ["hex", "base64"] as const)
      if (other !== decode) add(secret, `was decoded as ${decode}, but is ${other}`, { decode: other });
    add(bare, "has a prefix that does not belong to it", { decode });
  }
  return found;
}

function unquoted(text: string): string {
  return /^(["'`]).*\1$/s.test(text) ? text.slice(1, -1) : text;
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What the body may have been before something on the way wrote it anew. */
export function bodySpellings(body: Buffer): Spelling<Buffer>[] {
  const found: Spelling<Buffer>[] = [];
  const text = body.toString("latin1");
  const add = (other: string, mistake: string, encoding: "latin1" | "utf8" = "latin1"): void => {
    const bytes = Buffer.from(other, encoding);
    if (!bytes.equals(body)) found.push({ text: bytes, mistake });
  };
  const ends = "its line ends were changed";
  add(text.replaceAll("\r\n", "\n"), ends);
  add(text.replace(/\r?\n/g, "\r\n"), ends);
  add(text.replace(/[\r\n]+$/, ""), "a line break was added at its end");
  add(`${text}\n`, "the line break at its end was removed");
  add(`${text}\r\n`, "the line break at its end was removed");
  add(text.replace(/^\xef\xbb\xbf/, ""), "a byte order mark was added");
  add(`\xef\xbb\xbf${text}`, "its byte order mark was removed");
  let json: unknown;
  try {
    json = JSON.parse(body.toString("utf8"));
  } catch {
    return found;
  }
  if (typeof json !== "object") return found;
  const anew = "it was parsed and written anew";
  const compact = JSON.stringify(json);
  for (const written of [
    compact,
    JSON.stringify(json, null, 2),
    JSON.stringify(json, null, 4),
    spaced(json),
  ]) {
    add(written, anew, "utf8");
    add(`${written}\n`, anew, "utf8");
    add(asciiOnly(written), anew, "utf8");
    add(asciiOnly(written).replaceAll("/", "\\/"), anew, "utf8");
  }
  return found;
}

/** As Python's json.dumps writes it. */
function spaced(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(spaced).join(", ")}]`;
  return `{${Object.entries(value)
    .map(([name, each]) => `${JSON.stringify(name)}: ${spaced(each)}`)
    .join(", ")}}`;
}

function asciiOnly(text: string): string {
  return text.replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** What may have been registered instead of the configured URL. */
export function urlSpellings(configured: string | undefined, request: Request): Spelling<string>[] {
  const found = new Map<string, string>();
  const add = (url: string, mistake: string): void => {
    if (url !== configured && !found.has(url)) found.set(url, mistake);
  };
  const hosts = [request.headers["x-forwarded-host"], request.headers["host"]].filter(
    (host) => host !== undefined,
  );
  const bases: (readonly [string, string])[] = [];
  if (configured !== undefined) bases.push([configured.split(/[?#]/, 1)[0]!, ""]);
  for (const host of hosts)
    for (const protocol of ["https", "http"])
      bases.push([`${protocol}://${host}${request.path}`, "another host, path or protocol is registered"]);
  for (const [base, mistake] of bases) {
    const bare = base.replace(/\/$/, "");
    add(base, mistake || "it has no query");
    add(bare, mistake || "it has no slash at its end");
    add(`${bare}/`, mistake || "it has a slash at its end");
    add(base.replace(/^http:/, "https:"), mistake || "it begins with https");
    add(base.replace(/^https:/, "http:"), mistake || "it begins with http");
    add(base.replace(/^(https?:\/\/[^/]+?):\d+/, "$1"), mistake || "it has no port");
  }
  return [...found].map(([text, mistake]) => ({ text, mistake }));
}
