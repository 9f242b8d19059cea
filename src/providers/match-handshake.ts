/** Finds the handshake that a request is, and makes the answer: echoed, computed, or none. Pure. */
import { createHash, createHmac } from "node:crypto";
import type { Request } from "../core/event.ts";
import type { FetchText } from "../core/fetch-text.ts";
import { fillJson, fits, tokenRequest } from "./access-token.ts";
import { configValue } from "./content.ts";
import { handshakeSchema, replySchema } from "./handshake.ts";
import type { Handshake } from "./handshake.ts";
import { find, open, readPath } from "./locate.ts";
import type { Opened } from "./locate.ts";
import { isAmong } from "./proof-bytes.ts";
import type { Credentials } from "./verdict.ts";

type Condition = Handshake["match"][number];

/** What is answered to a handshake. */
export interface HandshakeReply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A handshake that is to be answered once `auth` holds, with what else follows from it. */
export interface Matched {
  readonly auth: Handshake["auth"];
  readonly reply: HandshakeReply;
  /** The secret that the provider handed over. */
  readonly capture?: string;
  /** What to call after the answer. */
  readonly confirm?: Confirmation;
}

/** A call of the provider's that makes it begin: a GET, or what is posted; with a token where that can be fetched. */
export interface Confirmation {
  readonly url: string;
  readonly post?: string;
  readonly token?: Parameters<FetchText>[0];
  /** It may fail: the answer suffices. */
  readonly spare?: boolean;
}

/** A handshake that is not answered, with the reason for the operator. */
export interface Unanswered {
  readonly refused: string;
}

/** Alphabet and length of what is echoed: no markup, no line breaks, no text that could be somebody's signed body. */
const TOKEN = /^[A-Za-z0-9+/=_.~:-]{1,512}$/;

/** The provider's handshake that this request is, and its answer; undefined where it is none. */
export function matchHandshake(
  provider: { readonly handshake?: readonly Handshake[] },
  request: Request,
  credentials: Credentials = { secrets: [] },
): Matched | Unanswered | undefined {
  const opened = open(request);
  for (const handshake of provider.handshake ?? []) {
    if (handshake.method !== undefined && handshake.method !== request.method) continue;
    if (handshake.emptyBody === true && request.body.length > 0) continue;
    if (!handshake.match.every((condition) => holds(condition, opened))) continue;
    return answer(handshake, opened, credentials);
  }
  return undefined;
}

function answer(handshake: Handshake, opened: Opened, credentials: Credentials): Matched | Unanswered {
  const { config = {} } = credentials;
  for (const { at, config: name } of handshake.match) {
    if (name === undefined) continue;
    const wanted = configValue(config, name);
    if (wanted === undefined)
      return { refused: `the source's \`config\` lacks \`${name}\`, which ${at} is held against` };
    if (!isAmong(find(at, opened) ?? "", wanted))
      return { refused: `${at} is not what \`${name}\` of the source's \`config\` says` };
  }
  const computed =
    handshake.compute === undefined ? "" : compute(handshake.compute, opened, handshake, credentials);
  if (computed === undefined)
    return { refused: "the answer is computed, and the source lacks what it is computed with" };
  const { capture, confirm, auth } = handshake;
  const secret = capture === undefined ? undefined : find(capture, opened);
  const call = confirm && confirmationOf(confirm, handshake, opened, config);
  if (call !== undefined && "refused" in call) return call;
  return {
    auth,
    reply: replyOf(handshake, opened, config, computed),
    ...(secret !== undefined && { capture: secret }),
    ...(call !== undefined && { confirm: call }),
  };
}

function confirmationOf(
  { from, url: template = "", hosts, post, token, spare }: NonNullable<Handshake["confirm"]>,
  { match }: Handshake,
  opened: Opened,
  config: Readonly<Record<string, string>>,
): Confirmation | Unanswered | undefined {
  let missing: string | undefined;
  const fill = (text: string): string =>
    text.replace(/\{([^{}]+)\}/g, (_, name: string) => {
      const value = name.startsWith("config:")
        ? configValue(config, name.slice("config:".length))
        : match.some(({ at }) => at === name)
          ? find(name, opened)
          : undefined;
      if (value === undefined) missing ??= name.replace(/^config:/, "");
      return value ?? "";
    });
  const url = from === undefined ? fill(template) : (find(from, opened) ?? "");
  const request = token && tokenRequest(token, fill);
  const body = post && fillJson(post, fill);
  if (missing !== undefined) return { refused: `the source's \`config\` lacks \`${missing}\`` };
  const mayCall = fits(url, hosts) && (request === undefined || fits(request.url, token!.hosts));
  if (!mayCall && spare === true) return undefined;
  if (!mayCall) return { refused: `${from ?? "the URL to confirm"} is not of the hosts that may be called` };
  return {
    url,
    ...(body !== undefined && { post: body }),
    ...(request && { token: request }),
    ...(spare === true && { spare }),
  };
}

function holds({ at, is, pattern, absent, config }: Condition, opened: Opened): boolean {
  if (absent === true) return !isThere(at, opened);
  const text = find(at, opened);
  if (text === undefined) return false;
  if (is !== undefined) return text === is;
  if (config !== undefined && pattern === undefined) return true;
  return pattern === undefined ? TOKEN.test(text) : new RegExp(pattern).test(text);
}

/** An object or array that stands at a JSON path is there too, though it is no text. */
function isThere(at: string, opened: Opened): boolean {
  return at.startsWith("json:")
    ? readPath(opened.json(), at.slice("json:".length)) !== undefined
    : find(at, opened) !== undefined;
}

type Compute = NonNullable<Handshake["compute"]>;

function compute(
  { of, algorithm, encoding, keyed, keyDigest }: Compute,
  opened: Opened,
  { match }: Handshake,
  { secrets, config = {}, url }: Credentials,
): string | undefined {
  let complete = true;
  const text = of.replace(/\{([^{}]+)\}/g, (_, name: string) => {
    const value =
      name === "url"
        ? url
        : name.startsWith("config:")
          ? configValue(config, name.slice("config:".length))
          : match.some(({ at }) => at === name)
            ? find(name, opened)
            : undefined;
    complete &&= value !== undefined;
    return value ?? "";
  });
  const { compute: preset } = handshakeSchema.properties;
  const hashName = algorithm ?? preset.properties.algorithm.default;
  const [secret] = secrets;
  if (!complete || (keyed !== false && (secret === undefined || secret === ""))) return undefined;
  const key = keyDigest === undefined ? secret! : createHash(keyDigest).update(secret!).digest();
  const hash = keyed === false ? createHash(hashName) : createHmac(hashName, key);
  return hash.update(text).digest(encoding ?? preset.properties.encoding.default);
}

function replyOf(
  { match, reply }: Handshake,
  opened: Opened,
  config: Readonly<Record<string, string>>,
  computed: string,
): HandshakeReply {
  const properties = replySchema.properties;
  const contentType = reply.contentType ?? properties.contentType.default;
  const valueOf = (name: string): string => {
    if (name === "computed") return computed;
    if (name.startsWith("config:")) return configValue(config, name.slice("config:".length)) ?? "";
    // Only what `match` has looked at may be echoed.
    return match.some((condition) => condition.at === name) ? (find(name, opened) ?? "") : "";
  };
  const fill = (template: string, json: boolean): string =>
    template.replace(/\{(computed|(?:header|query|form|json|config):[^{}]+)\}/g, (_, name: string) => {
      const text = valueOf(name);
      return json ? JSON.stringify(text).slice(1, -1) : text;
    });
  const headers = Object.entries(reply.headers ?? {}).map(
    ([name, value]) => [name.toLowerCase(), fill(value, false)] as const,
  );
  return {
    status: reply.status,
    contentType,
    body: fill(reply.body ?? properties.body.default, contentType === "application/json"),
    headers: { "x-content-type-options": "nosniff", ...Object.fromEntries(headers) },
  };
}
