/** The credentials of a target's file: secrets by name alone, kinds and keys that can be used, certificates that belong together. */
import { X509Certificate, createHash, createPrivateKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { SignalboxError } from "../core/errors.ts";
import { compileFormat } from "../core/schema.ts";
import { isFields, pointerStep } from "../core/schema-walk.ts";
import { parseTargetUrl } from "../core/sendable.ts";
import { SECRET_KEYS } from "../core/target-auth.ts";
import type { Auth, TlsFile } from "../core/target-auth.ts";
import { compileCredential } from "../credentials/compile.ts";
import type { Credential } from "../credentials/credential.ts";
import { pemOf } from "../credentials/jose-keys.ts";
import type { Tls } from "../ports.ts";
import { schemeSchema } from "../providers/scheme.ts";
import { checkFormat, partOf, valueAt } from "./format.ts";
import type { Opened } from "./format.ts";
import type { Tell } from "./problem.ts";

const validateScheme = compileFormat(schemeSchema);

/** What anybody may know. */
const PUBLIC = /^\s*-----BEGIN (?:PUBLIC KEY|CERTIFICATE)-----/;

/** Tells of secrets whose text stands in the file itself. A default of a variable may stand there: it is for trying out. */
export function tellWritten(opened: Opened, tell: Tell): void {
  for (const top of ["auth", "tls", "jws", "jwe"]) {
    const part = valueAt(opened.document.value, `/${top}`);
    if (!isFields(part)) continue;
    for (const [key, value] of Object.entries(part)) {
      if (!SECRET_KEYS.has(key)) continue;
      const pointer = `/${top}${pointerStep(key)}`;
      for (const [index, text] of [value].flat().entries()) {
        if (typeof text !== "string" || text.includes("${") || PUBLIC.test(text)) continue;
        const at = Array.isArray(value) ? `${pointer}/${index}` : pointer;
        tell(
          opened.path,
          opened.document.place(at),
          "RULE_SECRET_WRITTEN",
          `\`${at}\` holds a secret as it is.`,
        );
      }
    }
  }
}

/** The credential of `auth`, ready; undefined, and told, where it cannot be used. */
export function loadCredential(auth: Auth, opened: Opened, tell: Tell): Credential | undefined {
  if ([...opened.unset].some((path) => path.startsWith("/auth"))) return undefined;
  if (!hasUsableParts(auth, opened, tell)) return undefined;
  return orTold("/auth", placeOf(auth), opened, tell, () => compileCredential(auth));
}

/** What the formats cannot say: URLs that can be called, one of `provider` and `scheme`. */
function hasUsableParts(auth: Auth, opened: Opened, tell: Tell): boolean {
  if (auth.type === "oauth2") return isUrl(auth.tokenUrl, "/auth/tokenUrl", opened, tell);
  if (auth.type === "jenkins") return isUrl(auth.crumbUrl, "/auth/crumbUrl", opened, tell);
  if (auth.type !== "signature") return true;
  if ((auth.provider === undefined) === (auth.scheme === undefined)) {
    const said = "`/auth` must have one of `provider` and `scheme`.";
    tell(opened.path, opened.document.place("/auth"), "RULE_VALUE_INVALID", said);
    return false;
  }
  if (auth.scheme === undefined) return true;
  return (
    checkFormat(partOf(opened, "/auth/scheme", auth.scheme), "scheme", validateScheme, tell) !== undefined
  );
}

function isUrl(text: string, pointer: string, opened: Opened, tell: Tell): boolean {
  try {
    parseTargetUrl(text);
    return true;
  } catch {
    const said = `\`${pointer}\` must be an absolute http(s) URL without credentials, got other text.`;
    tell(opened.path, opened.document.place(pointer), "RULE_VALUE_INVALID", said);
    return false;
  }
}

/** The key of `auth` that a fault is most likely about. */
function placeOf(auth: Auth): string {
  if (auth.type === "signature") return auth.provider === undefined ? "/auth/scheme" : "/auth/provider";
  if (auth.type === "standard-webhooks") return "/auth/secrets";
  return auth.type === "jwt" ? "/auth/key" : "/auth";
}

/** What `make` makes; where it throws an error of the table that is told at the place. */
export function orTold<T>(
  subject: string,
  pointer: string,
  opened: Opened,
  tell: Tell,
  make: () => T,
): T | undefined {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof SignalboxError)) throw error;
    const sentence = /^[A-Z`]/.test(error.detail) && error.detail.endsWith(".");
    const said = sentence
      ? error.detail
      : `\`${subject}\` cannot be used: ${error.detail.replace(/\.$/, "")}.`;
    tell(opened.path, opened.document.place(pointer), error.code, said);
    return undefined;
  }
}

/** The certificates of `tls`, ready; undefined, and told, where they cannot be used. */
export function loadTls(file: TlsFile, opened: Opened, tell: Tell): Tls | undefined {
  if ([...opened.unset].some((path) => path.startsWith("/tls"))) return undefined;
  const fault = (key: string, why: string): undefined =>
    tell(
      opened.path,
      opened.document.place(`/tls/${key}`),
      "RULE_CREDENTIAL_INVALID",
      `\`/tls/${key}\` ${why}.`,
    ) as undefined;
  if ((file.certificate === undefined) !== (file.key === undefined)) {
    const said = "`/tls` must have `certificate` and `key` together, or none of them.";
    tell(opened.path, opened.document.place("/tls"), "RULE_KEY_MISSING", said);
    return undefined;
  }
  const ca = file.ca === undefined ? undefined : certificateOf(file.ca);
  if (file.ca !== undefined && ca === undefined)
    return fault("ca", "must be certificates as PEM, got other text");
  const own = file.certificate === undefined ? undefined : certificateOf(file.certificate);
  if (file.certificate !== undefined && own === undefined)
    return fault("certificate", "must be a certificate as PEM, got other text");
  if (own !== undefined) {
    const key = privateKeyOf(file.key ?? "", file.passphrase);
    if (key === undefined) {
      const locked = file.passphrase === undefined ? "" : ", or the passphrase is another's";
      return fault("key", `must be a private key as PEM, got other text${locked}`);
    }
    if (!own.checkPrivateKey(key)) return fault("key", "does not belong to the certificate");
    tellExpired(own, opened, tell);
  }
  const parts = {
    ...(file.ca !== undefined && { ca: pemOf(file.ca) }),
    ...(file.certificate !== undefined && { certificate: pemOf(file.certificate) }),
    ...(file.key !== undefined && { key: pemOf(file.key) }),
    ...(file.passphrase !== undefined && { passphrase: file.passphrase }),
    ...(file.serverName !== undefined && { serverName: file.serverName }),
  };
  return { id: createHash("sha256").update(JSON.stringify(parts)).digest("base64url"), ...parts };
}

function tellExpired(certificate: X509Certificate, opened: Opened, tell: Tell): void {
  const end = new Date(certificate.validTo);
  if (end.getTime() > Date.now()) return;
  const said = `The certificate of \`/tls/certificate\` expired on ${end.toISOString().slice(0, 10)}; the target will not take it.`;
  tell(opened.path, opened.document.place("/tls/certificate"), "RULE_CREDENTIAL_EXPIRED", said);
}

function certificateOf(text: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pemOf(text));
  } catch {
    return undefined;
  }
}

function privateKeyOf(text: string, passphrase: string | undefined): KeyObject | undefined {
  try {
    return createPrivateKey({ key: pemOf(text), ...(passphrase !== undefined && { passphrase }) });
  } catch {
    return undefined;
  }
}
