/** The sources of `sources/<name>.yaml`. */
import { parseRange } from "../core/address.ts";
import { SignalboxError } from "../core/errors.ts";
import { OWN_SOURCE } from "../core/happening.ts";
import { compileFormat } from "../core/schema.ts";
import { pointerStep } from "../core/schema-walk.ts";
import { sourceSchema } from "../core/source.ts";
import type { SourceFile } from "../core/source.ts";
import { didYouMean } from "../core/suggest.ts";
import { findProvider, providerIds } from "../providers/catalogue.ts";
import { chooseScheme } from "../providers/provider.ts";
import type { Provider } from "../providers/provider.ts";
import { schemeSchema } from "../providers/scheme.ts";
import type { Scheme } from "../providers/scheme.ts";
import type { Credentials } from "../providers/verdict.ts";
import { compileScheme, credentialProblem } from "../providers/verify.ts";
import type { WorkspaceFile } from "./files.ts";
import { checkFormat, openYaml, partOf, showAsWritten } from "./format.ts";
import type { Opened } from "./format.ts";
import { checkGapCheck } from "./gap-checks.ts";
import { START } from "./problem.ts";
import type { Tell } from "./problem.ts";
import { loadSchedule } from "./schedules.ts";
import { checkRespond } from "./respond.ts";
import type { Nameable } from "./respond.ts";
import { resolveSchema } from "./schemas.ts";
import { loadTags } from "./tags.ts";
import type { Known } from "./schemas.ts";
import type { Environment } from "./variables.ts";
import type { Source } from "./workspace.ts";

const validateSource = compileFormat(sourceSchema);
const validateScheme = compileFormat(schemeSchema);

/** Nobody calls a schedule. */
const NO_SCHEME = { kind: "none" } as Scheme;

/** One source; undefined, and told, where it cannot be used. */
export function loadSource(
  file: WorkspaceFile,
  known: Known & Nameable,
  environment: Environment,
  tell: Tell,
): Source | undefined {
  if (file.name === OWN_SOURCE) {
    const said = `\`${OWN_SOURCE}\` is the source of the router's own events, which has no file.`;
    tell(file.path, START, "RULE_NAME_TAKEN", said, "Give the source another name.");
    return undefined;
  }
  const opened = openYaml(file, tell, environment);
  const source = opened && checkFormat<SourceFile>(opened, "source", validateSource, tell);
  if (opened === undefined || source === undefined) return undefined;
  for (const [index, range] of (source.allowFrom ?? []).entries()) {
    if (parseRange(range) !== undefined || opened.unset.has(`/allowFrom/${index}`)) continue;
    tell(
      file.path,
      opened.document.place(`/allowFrom/${index}`),
      "RULE_VALUE_INVALID",
      `\`/allowFrom/${index}\` must be an address or a CIDR range, got other text.`,
    );
  }
  const checked = Object.entries(source.schemas ?? {}).map(([type, name]) => {
    const place = opened.document.place(`/schemas${pointerStep(type)}`);
    const schema = resolveSchema(name, known, file.path, place, tell);
    return schema && { type, name, validate: schema.validate };
  });
  const tags = loadTags(source.tags, opened, known.budgets, tell);
  const provider = source.provider === undefined ? undefined : findProvider(source.provider);
  const fitting = checked.filter((one) => one !== undefined);
  const schedule = source.schedule && loadSchedule(source.schedule, fitting, opened, tell);
  if (source.schedule !== undefined && schedule === undefined) return undefined;
  checkGapCheck(source, opened, tell);
  checkRespond(file.name, source, provider, known, opened, tell);
  const scheme =
    schedule !== undefined
      ? NO_SCHEME
      : provider === undefined
        ? ownScheme(source, opened, tell)
        : providersScheme(provider, source, opened, tell);
  if (scheme === undefined) return undefined;
  return {
    name: file.name,
    file: showAsWritten(source, opened.document.value),
    provider,
    scheme,
    ...(schedule && { schedule }),
    schemas: fitting,
    tags,
  };
}

function ownScheme(source: SourceFile, opened: Opened, tell: Tell): Scheme | undefined {
  if (source.provider !== undefined) {
    if (opened.unset.has("/provider")) return undefined;
    const hint = didYouMean(source.provider, providerIds());
    const message = opened.variables.has("/provider")
      ? "There is no provider of the variable's name."
      : `There is no provider \`${source.provider}\`.${hint}`;
    tell(opened.path, opened.document.place("/provider"), "RULE_PROVIDER_UNKNOWN", message);
    return undefined;
  }
  const part = partOf(opened, "/verify", source.verify);
  const scheme = checkFormat<Scheme>(part, "scheme", validateScheme, tell);
  if (scheme === undefined) return undefined;
  try {
    compileScheme(scheme, credentialsOf(source));
  } catch (error) {
    if (!(error instanceof SignalboxError)) throw error;
    tell(opened.path, opened.document.place("/verify"), error.code, error.detail);
    return undefined;
  }
  tellMissing(scheme, "The scheme", source, opened, tell);
  return scheme;
}

function providersScheme(
  provider: Provider,
  source: SourceFile,
  opened: Opened,
  tell: Tell,
): Scheme | undefined {
  const scheme = chooseScheme(provider, credentialsOf(source));
  if (scheme === undefined) {
    const names = provider.schemes.map(({ name }) => `\`${name}\``).join(", ");
    const message = `\`/config/scheme\` must be one of ${names}, got other text.`;
    tell(opened.path, opened.document.place("/config/scheme"), "RULE_VALUE_INVALID", message);
    return undefined;
  }
  // A source whose provider hands over the secret waits for it: until then it is pending.
  if (!isPending(provider, source)) {
    tellMissing(scheme, `Provider \`${provider.id}\``, source, opened, tell, provider.secretHint);
  }
  tellUnknownConfig(provider, source, opened, tell);
  return scheme;
}

function isPending({ handshake = [] }: Provider, { secrets = [] }: SourceFile): boolean {
  return secrets.length === 0 && handshake.some(({ auth }) => auth === "pending");
}

/** A name in `config` that nothing of the provider's reads is a mistyped one. */
function tellUnknownConfig(provider: Provider, source: SourceFile, opened: Opened, tell: Tell): void {
  const text = JSON.stringify([provider.schemes, provider.handshake ?? []]);
  const read = [...text.matchAll(/\{config:([^{}|"]+)|"config":"([^"]+)"/g)].map(
    ([, token, name]) => token ?? name!,
  );
  const known = [...new Set([...read, ...Object.keys(provider.config ?? {}), "scheme"])];
  for (const name of Object.keys(source.config ?? {})) {
    if (known.includes(name)) continue;
    const message = `Provider \`${provider.id}\` reads no \`/config/${name}\`.${didYouMean(name, known)}`;
    tell(opened.path, opened.document.place(`/config${pointerStep(name)}`), "RULE_KEY_UNKNOWN", message);
  }
}

/** Tells what the scheme needs and the source lacks, unless a variable that is not set is to blame. */
function tellMissing(
  scheme: Scheme,
  who: string,
  source: SourceFile,
  opened: Opened,
  tell: Tell,
  hint?: string,
): void {
  if (opened.unset.size > 0) return;
  const missing = credentialProblem(scheme, credentialsOf(source));
  if (missing === undefined) return;
  const key =
    ["secrets", "config", "url", "provider", "verify"].find((one) => missing.includes(`\`${one}\``)) ??
    "secrets";
  const present =
    source[key as keyof SourceFile] === undefined
      ? source.provider === undefined
        ? "verify"
        : "provider"
      : key;
  const fix = key === "secrets" && hint !== undefined ? `Add \`secrets\`. ${hint}` : undefined;
  tell(
    opened.path,
    opened.document.place(`/${present}`),
    "RULE_PROVIDER_UNSUITED",
    `${who} cannot verify with this source: ${missing}.`,
    fix,
  );
}

function credentialsOf({ secrets = [], config, url }: SourceFile): Credentials {
  return { secrets, ...(config && { config }), ...(url !== undefined && { url }) };
}
