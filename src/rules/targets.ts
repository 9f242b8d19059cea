/** The targets of `targets/<name>.yaml`, with all that a request needs made ready: nothing of it is done for each event. */
import { compileFormat } from "../core/schema.ts";
import { pointerStep } from "../core/schema-walk.ts";
import { targetSchema } from "../core/target.ts";
import type { TargetFile } from "../core/target.ts";
import { flowOf } from "../core/target-flow.ts";
import type { Credential } from "../credentials/credential.ts";
import { encryptionKeyOf, signingKeyOf } from "../credentials/jose-keys.ts";
import { compileEncoder } from "../formats/encode.ts";
import type { Encode } from "../formats/written.ts";
import type { Budgets } from "../language/budgets.ts";
import type { Template } from "../language/template.ts";
import type { WorkspaceFile } from "./files.ts";
import { checkFormat, openYaml, showAsWritten, valueAt } from "./format.ts";
import type { Opened } from "./format.ts";
import type { Tell } from "./problem.ts";
import { checkHeader, checkTwice } from "./target-headers.ts";
import { loadCredential, loadTls, orTold, tellWritten } from "./target-secrets.ts";
import { constant, loadTexts, loadUrl, withQuery } from "./target-texts.ts";
import type { Reading } from "./target-texts.ts";
import { referredNames } from "./variables.ts";
import type { Environment } from "./variables.ts";
import type { Target } from "./workspace.ts";

const validateTarget = compileFormat(targetSchema);

/** One target; undefined, and told, where it cannot be used. */
export function loadTarget(
  file: WorkspaceFile,
  environment: Environment,
  budgets: Budgets,
  tell: Tell,
): Target | undefined {
  const opened = openYaml(file, tell, environment);
  const target = opened && checkFormat<TargetFile>(opened, "target", validateTarget, tell);
  if (opened === undefined || target === undefined) return undefined;
  const reading = { opened, budgets, tell };
  tellWritten(opened, tell);
  checkFlow(target, opened, tell);
  const credential = target.auth && loadCredential(target.auth, opened, tell);
  const tls = target.tls && loadTls(target.tls, opened, tell);
  const encode = loadEncoder(target, reading);
  const { headers, texts } = loadHeaders(target, credential, reading);
  const query = loadTexts(target.query, "/query", (name) => `query field \`${name}\``, reading);
  const url = loadUrl(target.url, reading);
  if (url === undefined) return undefined;
  const secret =
    credential?.query === undefined ? [] : [[credential.query[0], constant(credential.query[1])] as const];
  return unlisted(
    {
      name: file.name,
      file: showAsWritten(target, opened.document.value),
      url: withQuery(url, [...query, ...secret]),
    },
    {
      flow: flowOf(target),
      headers: { ...headers, ...credential?.headers },
      texts,
      ...(encode !== undefined && { encode }),
      ...(credential?.sign !== undefined && { sign: credential.sign }),
      ...(credential?.fetched !== undefined && { fetched: credential.fetched }),
      ...(tls !== undefined && { tls }),
      secrets: [...(credential?.secrets ?? []), ...secretTexts(opened, environment)],
    },
  );
}

/** Parts that hold secrets are there to be used, not to be shown: neither JSON nor `inspect` lists them, nor does a copy have them. */
export function unlisted<Shown extends object, Parts extends object>(
  shown: Shown,
  parts: Parts,
): Shown & Parts {
  const hidden = Object.entries(parts).map(([key, value]) => [key, { value: value as unknown }] as const);
  return Object.defineProperties(shown, Object.fromEntries(hidden)) as Shown & Parts;
}

/** Headers that are always the same, and those with parts. */
function loadHeaders(
  target: TargetFile,
  credential: Credential | undefined,
  reading: Reading,
): { headers: Record<string, string>; texts: (readonly [string, Template])[] } {
  const { opened, tell } = reading;
  const loaded = loadTexts(target.headers, "/headers", (name) => `header \`${name}\``, reading);
  const headers: Record<string, string> = {};
  const texts: (readonly [string, Template])[] = [];
  for (const [name, text] of loaded) {
    const value = text.isConstant ? String(target.headers[name]) : "";
    checkHeader(name, value, `/headers${pointerStep(name)}`, "key", opened, tell);
    if (text.isConstant) headers[name.toLowerCase()] = value;
    else texts.push([name.toLowerCase(), text]);
  }
  checkTwice(target, credential, opened, tell);
  const { auth } = target;
  if (auth?.type === "header") checkHeader(auth.name, auth.value, "/auth/name", "value", opened, tell);
  if (auth?.type === "bearer" || auth?.type === "gitlab")
    checkHeader("authorization", auth.token, "/auth/token", "value", opened, tell);
  return { headers, texts };
}

/** Bounds that are the wrong way round. */
function checkFlow({ concurrency }: TargetFile, opened: Opened, tell: Tell): void {
  if (typeof concurrency === "number" || concurrency.min <= concurrency.max) return;
  const { min, max } = concurrency;
  const said = `\`concurrency.min\` (${min}) is greater than \`concurrency.max\` (${max}).`;
  tell(opened.path, opened.document.place("/concurrency/min", "value"), "RULE_VALUE_INVALID", said);
}

const RESERVED = ["specversion", "datacontenttype", "data"];

function loadEncoder(target: TargetFile, reading: Reading): Encode | undefined {
  const { opened, tell } = reading;
  const { format, jws, jwe } = target;
  const given = format?.type === "cloudevents" ? (format.attributes ?? {}) : {};
  const parent = "/format/attributes";
  for (const name of RESERVED) {
    if (!Object.hasOwn(given, name)) continue;
    const place = opened.document.place(`${parent}/${name}`, "key");
    tell(opened.path, place, "RULE_VALUE_INVALID", `The attribute \`${name}\` is set by the router.`);
  }
  const attributes = loadTexts(given, parent, (name) => `attribute \`${name}\``, reading);
  if (["/jws", "/jwe"].some((top) => [...opened.unset].some((path) => path.startsWith(top))))
    return undefined;
  const keys = [
    jws && orTold("/jws/key", "/jws/key", opened, tell, () => signingKeyOf(jws.algorithm, jws.key)),
    jwe &&
      orTold("/jwe/key", "/jwe/key", opened, tell, () =>
        encryptionKeyOf(jwe.algorithm, jwe.encryption, jwe.key),
      ),
  ];
  if ((jws && keys[0] === undefined) || (jwe && keys[1] === undefined)) return undefined;
  return compileEncoder(target, new Map(attributes));
}

/** What variables put into the URL (but its host), the query and headers: for all that is known it is secret. */
function secretTexts(opened: Opened, environment: Environment): string[] {
  const written = ["/url", "/query", "/headers"].map((top) =>
    JSON.stringify(valueAt(opened.document.value, top) ?? ""),
  );
  return [...referredNames(written)].flatMap((name) => {
    const value = (environment[name] ?? "").replace(/^https?:\/\/[^/?#]*/i, "").replace(/^\//, "");
    return value === "" ? [] : [value];
  });
}
