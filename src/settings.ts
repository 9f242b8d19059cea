/** Every setting, once: the table below is where its name, default, meaning and reading stand; all else is made from it. */
import { parseRange, type Range } from "./core/address.ts";
import { readBudgets, type GivenBudgets } from "./core/budgets.ts";
import { SignalboxError } from "./core/errors.ts";
import { readRepository, type Repository } from "./core/repository.ts";
import { ROLES, type Role } from "./core/role.ts";
import { readStoreUrl } from "./core/store-url.ts";

/** What is wrong with a value: what was expected; `got` where the value is no secret. */
interface Unusable {
  readonly expected: string;
  readonly got?: string;
}
type Reading<T> = { readonly value: T } | Unusable;

interface Setting<T> {
  readonly variable: string;
  /** As text, the way a user would write it; undefined: there is none. */
  readonly default: string | undefined;
  /** One sentence for `--help` and the reference page. */
  readonly meaning: string;
  /** Undefined when neither given nor defaulted. Never throws. */
  readonly read: (text: string | undefined) => Reading<T>;
  /** True where the value is never shown, but only that there is one. */
  readonly secret?: boolean;
}

const table = {
  redisUrl: {
    variable: "REDIS_URL",
    default: undefined,
    meaning:
      "The store: redis://[user:password@]host[:port][/db], or redis+sentinel://[user:password@]host[:port],…/name-of-the-primary[/db], or redis+cluster://[user:password@]host[:port],…; rediss for TLS, with the files ?ca=…&cert=…&key=… where they are needed. Without it a server of this machine is started.",
    read: readRedisUrl,
    secret: true,
  },
  dir: {
    variable: "SIGNALBOX_DIR",
    default: ".",
    meaning: "The workspace: the folder with sources/, routes/, transforms/, targets/ and schemas/.",
    read: readText,
  },
  rules: {
    variable: "SIGNALBOX_RULES",
    default: undefined,
    meaning:
      "Take the workspace from git instead of SIGNALBOX_DIR: git+https://host/rules.git#ref:folder, also git+ssh and git+file. Polled, checked, put in force whole or not at all.",
    read: readRules,
    secret: true,
  },
  rulesSeconds: {
    variable: "SIGNALBOX_RULES_SECONDS",
    default: "30",
    meaning: "How often the repository of SIGNALBOX_RULES is asked for a new commit, in seconds.",
    read: positive("seconds"),
  },
  coverageThreshold: {
    variable: "SIGNALBOX_COVERAGE_THRESHOLD",
    default: undefined,
    meaning:
      "What `signalbox test --coverage` asks for, in percent of all parts and arms of the rules: below it the exit code is 3.",
    read: readPercent,
  },
  coverageOneIn: {
    variable: "SIGNALBOX_COVERAGE_ONE_IN",
    default: "0",
    meaning:
      "One delivery in so many counts which parts of its rule run: see a route's page, and GET /routes/{name}/coverage. 0: none does.",
    read: (text: string | undefined) =>
      /^\d{1,9}$/.test(text ?? "") ? { value: Number(text) } : unusable("a whole number, 0 for never", text),
  },
  dataDir: {
    variable: "SIGNALBOX_DATA_DIR",
    default: "./data",
    meaning:
      "The folder in which the router keeps its own files: those of a store that it starts itself, and events that wait for a store.",
    read: readText,
  },
  port: {
    variable: "SIGNALBOX_PORT",
    default: "8080",
    meaning: "The port that takes webhooks; 0 picks a free one.",
    read: readPort,
  },
  host: {
    variable: "SIGNALBOX_HOST",
    default: undefined,
    meaning: "The address that takes webhooks. Without it, all of them: the SaaS must get in.",
    read: readOptional,
  },
  adminPort: {
    variable: "SIGNALBOX_ADMIN_PORT",
    default: "8081",
    meaning: "The operator's port: API, health and metrics; 0 picks a free one.",
    read: readPort,
  },
  adminHost: {
    variable: "SIGNALBOX_ADMIN_HOST",
    default: "127.0.0.1",
    meaning:
      "The operator's address. Beyond loopback, people log in over https alone: see SIGNALBOX_TRUSTED_PROXIES.",
    read: readText,
  },
  adminUrl: {
    variable: "SIGNALBOX_ADMIN_URL",
    default: undefined,
    meaning:
      "The http(s) URL under which people reach the operator's side: where setup and invite links lead.",
    read: readPublicUrl,
  },
  trustedProxies: {
    variable: "SIGNALBOX_TRUSTED_PROXIES",
    default: "",
    meaning:
      "Proxies before the operator's side whose x-forwarded-proto and x-forwarded-for are believed: addresses or CIDRs with commas between.",
    read: readRanges,
  },
  adminToken: {
    variable: "SIGNALBOX_ADMIN_TOKEN",
    default: undefined,
    meaning:
      "A token with every scope, for automation: at least 32 characters. Without it, people make tokens.",
    secret: true,
    read: readSecret(32),
  },
  secretKey: {
    variable: "SIGNALBOX_SECRET_KEY",
    default: undefined,
    meaning:
      "Encrypts what the store must keep readable (secrets of one-time codes, captured secrets, quarantine): at least 32 characters, the same for all routers on it. Without it, the file secret.key in the data folder.",
    secret: true,
    read: readSecret(32),
  },
  sessionIdleHours: {
    variable: "SIGNALBOX_SESSION_IDLE_HOURS",
    default: "12",
    meaning: "A session that is not used for so long is over, in hours.",
    read: positive("hours"),
  },
  sessionMaxHours: {
    variable: "SIGNALBOX_SESSION_MAX_HOURS",
    default: "168",
    meaning: "A session is over after so long, used or not, in hours.",
    read: positive("hours"),
  },
  impersonation: {
    variable: "SIGNALBOX_IMPERSONATION",
    default: "on",
    meaning: "off: no impersonation token is made, and those that were made do not work.",
    read: oneOf(["on", "off"]),
  },
  environment: {
    variable: "SIGNALBOX_ENVIRONMENT",
    default: undefined,
    meaning:
      "What the dashboard shows beside its name, so that nobody mistakes one router for another: production, staging …",
    read: readOptional,
  },
  auditDays: {
    variable: "SIGNALBOX_AUDIT_DAYS",
    default: "400",
    meaning: "How long the audit trail is kept, in days; at least 90.",
    read: (text: string | undefined) =>
      /^\d{2,5}$/.test(text ?? "") && Number(text) >= 90
        ? { value: Number(text) }
        : unusable("a whole number of days from 90", text),
  },
  oidcIssuer: {
    variable: "SIGNALBOX_OIDC_ISSUER",
    default: undefined,
    meaning:
      "The issuer URL of an OpenID Connect provider by which people may log in; https, or http on loopback.",
    read: readIssuer,
  },
  oidcClientId: {
    variable: "SIGNALBOX_OIDC_CLIENT_ID",
    default: undefined,
    meaning:
      "The client id at that provider; its redirect URI is <SIGNALBOX_ADMIN_URL>/api/v1/oidc/callback.",
    read: readOptional,
  },
  oidcClientSecret: {
    variable: "SIGNALBOX_OIDC_CLIENT_SECRET",
    default: undefined,
    meaning: "The client secret; without it the client is a public one, by PKCE alone.",
    secret: true,
    read: readOptional,
  },
  oidcRoleClaim: {
    variable: "SIGNALBOX_OIDC_ROLE_CLAIM",
    default: "roles",
    meaning: "The claim of the id token that says who may do what: a text or a list of texts.",
    read: readText,
  },
  oidcRoles: {
    variable: "SIGNALBOX_OIDC_ROLES",
    default: "*=viewer",
    meaning:
      "Which value of that claim is which role here, such as ops=operator,platform=admin,*=viewer; the highest counts, * is anybody.",
    read: readRoles,
  },
  role: {
    variable: "SIGNALBOX_ROLE",
    default: "all",
    meaning:
      "What this process does: all, ingest (accepts) or worker (delivers). Several processes share a REDIS_URL.",
    read: oneOf(["all", "ingest", "worker"]),
  },
  logLevel: {
    variable: "SIGNALBOX_LOG_LEVEL",
    default: "info",
    meaning: "The least that is logged: debug, info, warn, error or silent.",
    read: oneOf(["debug", "info", "warn", "error", "silent"]),
  },
  allowPrivateTargets: {
    variable: "SIGNALBOX_ALLOW_PRIVATE_TARGETS",
    default: "",
    meaning:
      "Private address ranges that targets may be in: CIDRs with commas between, such as 10.0.0.0/8,127.0.0.1.",
    read: readRanges,
  },
  ruleBudgets: {
    variable: "SIGNALBOX_RULE_BUDGETS",
    default: "",
    meaning:
      "What one evaluation of any rule may take, such as steps=1000000,bytes=67108864; a transform's own `budgets` go before. Budgets: steps, depth, bytes, output, pattern.",
    read: readRuleBudgets,
  },
  durability: {
    variable: "SIGNALBOX_DURABILITY",
    default: "fast",
    meaning:
      "When a sender is answered: strict, once a disk or a replica has the event; fast, once the store has it, whose append-only file is synced every second: a power cut can take the last one or two.",
    read: oneOf(["strict", "fast"]),
  },
  spoolMegabytes: {
    variable: "SIGNALBOX_SPOOL_MB",
    default: "256",
    meaning:
      "How much may wait in the data folder while the store does not take events, in MB; beyond it requests are answered 503. 0: nothing waits there.",
    read: fromZero("megabytes"),
  },
  shedSeconds: {
    variable: "SIGNALBOX_SHED_SECONDS",
    default: "30",
    meaning:
      "When deliveries of a process that is busy wait for longer than so many seconds, it refuses requests that it does not manage; 0: never.",
    read: fromZero("seconds"),
  },
  learning: {
    variable: "SIGNALBOX_LEARNING",
    default: "on",
    meaning:
      "off: the usual hours and the shape of the bodies of sources are not learned, and nobody is told of silence and drift.",
    read: oneOf(["on", "off"]),
  },
  leaveSeconds: {
    variable: "SIGNALBOX_LEAVE_SECONDS",
    default: "2",
    meaning:
      "At SIGTERM a process that takes requests is not ready any more, and takes them for so many seconds yet, so that balancers send no more before it stops; at most 15. 0: it stops at once.",
    read: (text: string | undefined) =>
      /^\d{1,2}(\.\d+)?$/.test(text ?? "") && Number(text) <= 15
        ? { value: Number(text) }
        : unusable("a number of seconds from 0 to 15", text),
  },
  publicUrl: {
    variable: "SIGNALBOX_PUBLIC_URL",
    default: undefined,
    meaning:
      "The http(s) URL under which the outside reaches SIGNALBOX_PORT: where links to error pages lead.",
    read: readPublicUrl,
  },
  historyHours: {
    variable: "SIGNALBOX_HISTORY_HOURS",
    default: "168",
    meaning: "How long settled events are kept, in hours.",
    read: positive("hours"),
  },
  historyMegabytes: {
    variable: "SIGNALBOX_HISTORY_MB",
    default: "512",
    meaning: "How much all events together may take in the store, in MB; the oldest settled ones go first.",
    read: positive("megabytes"),
  },
  trial: {
    variable: "SIGNALBOX_TRIAL",
    default: "0",
    meaning: "1 uses the bundled trial store even where a server is installed; never in production.",
    read: (text: string | undefined) =>
      text === "0" || text === "1" ? { value: text === "1" } : unusable("0 or 1", text),
  },
  production: {
    variable: "NODE_ENV",
    default: undefined,
    meaning: "`production` refuses the trial store.",
    read: (text: string | undefined) => ({ value: text === "production" }),
  },
} as const satisfies Record<string, Setting<unknown>>;

/** All settings, read and checked. `redisUrl` holds a password: it is never shown. */
export type Settings = {
  readonly [Name in keyof typeof table]: Extract<
    ReturnType<(typeof table)[Name]["read"]>,
    { value: unknown }
  >["value"];
};

/** Texts that win over the environment: what flags of the command line said. */
export type Overrides = { readonly [Name in keyof Settings]?: string };

/** Reads all settings; an empty variable counts as unset. Throws SETTING_INVALID, which names the first unusable one. */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
  overrides: Overrides = {},
): Settings {
  const settings = Object.entries(table).map(([name, setting]) => {
    const given = overrides[name as keyof Settings] ?? environment[setting.variable];
    const reading: Reading<unknown> = setting.read(given?.trim() || setting.default);
    if ("value" in reading) return [name, reading.value];
    const got = reading.got === undefined ? "" : `, got "${reading.got}"`;
    throw new SignalboxError("SETTING_INVALID", `${setting.variable} must be ${reading.expected}${got}.`);
  });
  const read = Object.fromEntries(settings) as Settings;
  if (read.port === read.adminPort && read.port !== 0) {
    const detail = `SIGNALBOX_PORT and SIGNALBOX_ADMIN_PORT must be two ports, got ${read.port} for both.`;
    throw new SignalboxError("SETTING_INVALID", detail);
  }
  return read;
}

/** A setting as it is in force. */
export interface ShownSetting {
  readonly variable: string;
  readonly meaning: string;
  /** As text; of a secret only that it is set. */
  readonly value?: string;
  readonly default?: string;
  readonly secret: boolean;
}

/** The settings as they are in force. What its name says is a secret is one, even where the table forgot to say so. */
export function shownSettings(settings: Settings): ShownSetting[] {
  return Object.entries<Setting<unknown>>(table).map(([name, setting]) => {
    const { variable, meaning, default: preset } = setting;
    const value = settings[name as keyof Settings];
    const given = value !== undefined && textOf(value) !== "";
    const secret = setting.secret === true || /SECRET|TOKEN|PASSWORD|_KEY$/.test(variable);
    return {
      ...{ variable, meaning, secret },
      ...(given && { value: secret ? "set" : textOf(value) }),
      ...(preset !== undefined && { default: preset }),
    };
  });
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(",");
  if (value instanceof Map) return [...value].map(([name, one]) => `${name}=${one}`).join(",");
  if (typeof value !== "object" || value === null) return String(value);
  const { network, bits } = value as Partial<Range>;
  if (network !== undefined) return `${network.toString()}/${bits}`;
  const pairs = value instanceof Map ? [...value] : Object.entries(value);
  return pairs.map(([name, one]) => `${String(name)}=${String(one)}`).join(",");
}

/** Lines for `--help`: variable, meaning, default. */
export function settingsHelp(): string {
  const width = Math.max(...Object.values(table).map(({ variable }) => variable.length));
  return Object.values(table)
    .map(
      (setting) =>
        `  ${setting.variable.padEnd(width)}  ${setting.meaning}${defaultOf(setting, " Default: ", ".")}`,
    )
    .join("\n");
}

/** The reference page of the settings, in Markdown. */
export function settingsPage(): string {
  const cell = (text: string): string => text.replaceAll("|", "\\|");
  const rows = Object.values(table).map(
    (setting) => `| \`${setting.variable}\` | ${defaultOf(setting, "`", "`")} | ${cell(setting.meaning)} |`,
  );
  const introduction = "Read from the environment; an empty variable counts as unset.";
  return [
    "# Settings",
    "",
    introduction,
    "",
    "| Variable | Default | Meaning |",
    "|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

function defaultOf(setting: Setting<unknown>, before: string, after: string): string {
  return setting.default ? `${before}${setting.default}${after}` : "";
}

function unusable(expected: string, got: string | undefined): Unusable {
  return { expected, ...(got !== undefined && { got: got.slice(0, 100) }) };
}

function readText(text: string | undefined): { value: string } {
  return { value: text ?? "" };
}

/** The URL may hold a password, so it is not shown. */
function readRules(text: string | undefined): Reading<Repository | undefined> {
  if (text === undefined) return { value: undefined };
  const read = readRepository(text);
  return typeof read === "string" ? { expected: read } : { value: read };
}

function readOptional(text: string | undefined): { value: string | undefined } {
  return { value: text };
}

/** A value that is never shown, not even when it is too short. */
function readSecret(characters: number): (text: string | undefined) => Reading<string | undefined> {
  return (text) =>
    text === undefined || text.length >= characters
      ? { value: text }
      : { expected: `at least ${characters} characters, such as those of \`openssl rand -hex 32\`` };
}

function readIssuer(text: string | undefined): Reading<string | undefined> {
  if (text === undefined) return { value: undefined };
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const loopback = url?.protocol === "http:" && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  const plain = url !== undefined && !url.username && !url.password && !url.search && !url.hash;
  return plain && (loopback || url.protocol === "https:")
    ? { value: text }
    : { expected: "an https URL without user, query and fragment (http on loopback alone)" };
}

function readRoles(text: string | undefined): Reading<ReadonlyMap<string, Role>> {
  const roles = new Map<string, Role>();
  for (const part of (text ?? "").split(",").map((one) => one.trim())) {
    const [, claim, name] = /^(.+)=(\w+)$/.exec(part) ?? [];
    const role = ROLES.find((known) => known === name);
    if (claim === undefined || role === undefined)
      return unusable(`pairs <claim>=<${ROLES.join("|")}> with commas between`, part);
    roles.set(claim.trim(), role);
  }
  return { value: roles };
}

function readPort(text: string | undefined): Reading<number> {
  const port = /^\d{1,5}$/.test(text ?? "") ? Number(text) : 65_536;
  return port < 65_536 ? { value: port } : unusable("a port from 0 to 65535", text);
}

function fromZero(what: string): (text: string | undefined) => Reading<number> {
  return (text) =>
    /^\d{1,9}(\.\d+)?$/.test(text ?? "")
      ? { value: Number(text) }
      : unusable(`a number of ${what} from 0`, text);
}

function positive(what: string): (text: string | undefined) => Reading<number> {
  return (text) => {
    const count = /^\d{1,9}(\.\d+)?$/.test(text ?? "") ? Number(text) : 0;
    return count > 0 ? { value: count } : unusable(`a number of ${what} above 0`, text);
  };
}

function readPercent(text: string | undefined): Reading<number | undefined> {
  if (text === undefined) return { value: undefined };
  const percent = /^\d{1,3}(\.\d+)?$/.test(text) ? Number(text) : 101;
  return percent <= 100 ? { value: percent } : unusable("a number from 0 to 100", text);
}

function oneOf<const T extends string>(choices: readonly T[]): (text: string | undefined) => Reading<T> {
  return (text) => {
    const chosen = choices.find((choice) => choice === text);
    return chosen === undefined ? unusable(`one of ${choices.join(", ")}`, text) : { value: chosen };
  };
}

function readRanges(text: string | undefined): Reading<readonly Range[]> {
  const ranges: Range[] = [];
  for (const part of (text ?? "").split(",").filter((part) => part.trim() !== "")) {
    const range = parseRange(part);
    if (range === undefined) return unusable("addresses or CIDR ranges with commas between", part.trim());
    ranges.push(range);
  }
  return { value: ranges };
}

function readRuleBudgets(text: string | undefined): Reading<GivenBudgets> {
  const read = readBudgets(text ?? "");
  return "value" in read ? read : unusable(read.expected, read.part);
}

function readPublicUrl(text: string | undefined): Reading<string | undefined> {
  if (text === undefined) return { value: undefined };
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain =
    url !== undefined && /^https?:$/.test(url.protocol) && !url.username && !url.search && !url.hash;
  // What is not a plain URL may hold a password, so it is not shown.
  return plain
    ? { value: url.href.replace(/\/+$/, "") }
    : { expected: "an http(s) URL without user, query and fragment" };
}

/** What is wrong is told by its part, since the whole holds a password. */
function readRedisUrl(text: string | undefined): Reading<string | undefined> {
  const place = text === undefined ? undefined : readStoreUrl(text);
  return typeof place === "string" ? { expected: place } : { value: text };
}
