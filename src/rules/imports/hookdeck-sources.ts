/** Sources of Hookdeck: its type becomes a provider of the catalogue; secrets become variables. */
import { findProvider } from "../../providers/catalogue.ts";
import { neededConfig, needsSecret, signsUrl } from "../../providers/needs.ts";
import type { Provider } from "../../providers/provider.ts";
import { isFields, textOf } from "./hookdeck-export.ts";
import type { Fields } from "./hookdeck-export.ts";
import { literal } from "./plan.ts";
import type { Draft } from "./plan.ts";

/** Types whose name is not the provider's here. */
const NAMES: Readonly<Record<string, string>> = {
  alipay: "alipay-antom",
  "chargebee-billing": "chargebee",
  claude: "claude-managed-agents",
  coinbase: "coinbase-commerce",
  discord: "discord-webhook-events",
  facebook: "meta",
  frontapp: "front",
  hubspot: "hubspot-v3",
  "microsoft-sharepoint": "sharepoint",
  neon: "neon-auth",
  "ring-central": "ringcentral",
  sendgrid: "sendgrid-events",
  slack: "slack-events",
  smile: "smile-api",
  twitch: "twitch-eventsub",
  twitter: "x-twitter",
};

/** Those of which the catalogue has several, so that the right one is a guess. */
const GUESSED: ReadonlySet<string> = new Set(["coinbase", "discord", "hubspot", "sendgrid", "slack"]);

/** Writes the source and returns its name here; `dedupe` are keys that rules of its connections gave. */
export function importSource(source: Fields, name: string, dedupe: Fields, draft: Draft): void {
  const config = isFields(source["config"]) ? source["config"] : {};
  const label = `source ${textOf(source["name"]) ?? name}`;
  const type = (textOf(source["type"]) ?? "WEBHOOK").toLowerCase().replaceAll("_", "-");
  const verified = proof(type, config, source, { name, label, draft });
  const value = { ...verified, ...dedupe, ...answer(config, label, draft) };
  const methods = config["allowed_http_methods"];
  if (Array.isArray(methods) && methods.some((method) => method !== "POST"))
    draft.tell("nearly", label, "only POST is accepted, whatever else it allowed.");
  draft.yaml("sources", name, value, described(source, `Imported from Hookdeck: source ${name}.`));
}

/** What the other product says of a thing, as comments. */
export function described(thing: Fields, first: string): string[] {
  const description = textOf(thing["description"]);
  return description === undefined ? [first] : [first, description];
}

interface Way {
  readonly name: string;
  readonly label: string;
  readonly draft: Draft;
}

function proof(type: string, config: Fields, source: Fields, way: Way): Fields {
  const { label, draft } = way;
  const old = isFields(source["verification"]) ? source["verification"] : undefined;
  const auth = [config["auth"], old?.["configs"]].find(isFields) ?? {};
  const kind = (textOf(config["auth_type"]) ?? textOf(old?.["type"]) ?? "")
    .toLowerCase()
    .replaceAll("_", "-");
  if (type !== "webhook" && type !== "http") return ofType(type, way);
  if (kind === "hmac") return hmac(auth, way);
  if (kind === "basic-auth") return secretly("basic", "user:password, as the sender has them", way);
  if (kind === "api-key") {
    const header = textOf(auth["header_key"]);
    draft.tell("taken", label, "a token in a header is asked for.");
    return {
      provider: "shared-token",
      secrets: [draft.variable(`${way.name}-secret`, `the API key of ${label}`)],
      ...(header !== undefined && { config: { header: literal(header.toLowerCase()) } }),
    };
  }
  if (kind !== "") return ofType(kind, way);
  draft.tell(
    "nearly",
    label,
    "it verified nothing. Here that is answered on loopback only: give it a `verify`, or say `allowUnsigned: true`.",
  );
  return { provider: "none" };
}

function secretly(provider: string, meaning: string, { name, label, draft }: Way): Fields {
  draft.tell("taken", label, `provider \`${provider}\`.`);
  return { provider, secrets: [draft.variable(`${name}-secret`, `${meaning}: ${label}`)] };
}

function hmac(auth: Fields, { name, label, draft }: Way): Fields {
  const algorithm = (textOf(auth["algorithm"]) ?? "sha256").toLowerCase().replace("-", "");
  const encoding = (textOf(auth["encoding"]) ?? "hex").toLowerCase();
  const header = textOf(auth["header_key"]);
  const isKnown =
    /^sha(?:1|256|384|512)$/.test(algorithm) &&
    /^(?:hex|base64|base64url)$/.test(encoding) &&
    header !== undefined &&
    /^[\w-]+$/.test(header);
  if (!isKnown) {
    draft.tell(
      "not",
      label,
      "how it is signed cannot be told from the export (header, algorithm or encoding). Nobody but loopback is answered until it has a `verify`.",
    );
    return { provider: "none" };
  }
  draft.tell("taken", label, `HMAC of the body in header ${header}.`);
  return {
    verify: { kind: "hmac", algorithm, encoding, from: `header:${header.toLowerCase()}`, content: "{body}" },
    secrets: [draft.variable(`${name}-secret`, `the signing secret of ${label}`)],
  };
}

function ofType(type: string, way: Way): Fields {
  const { label, draft, name } = way;
  const provider = findProvider(NAMES[type] ?? type);
  if (provider === undefined) {
    draft.tell(
      "not",
      label,
      `the catalogue has no provider for its type ${type.toUpperCase()}. Nobody but loopback is answered until it has a \`verify\`.`,
    );
    return { provider: "none" };
  }
  if (GUESSED.has(type))
    draft.tell(
      "nearly",
      label,
      `provider \`${provider.id}\`: the catalogue has several of ${type}; see \`signalbox providers\`.`,
    );
  else draft.tell("taken", label, `provider \`${provider.id}\`.`);
  return ofProvider(provider, name, label, draft);
}

function ofProvider(provider: Provider, name: string, label: string, draft: Draft): Fields {
  const handsOver = provider.handshake?.some(({ capture }) => capture !== undefined) === true;
  const needed = neededConfig(provider);
  const config = needed.map((key) => {
    return [key, draft.variable(`${name}-${key.replace(/[A-Z]/g, "-$&")}`, provider.config?.[key] ?? key)];
  });
  return {
    provider: provider.id,
    ...(needsSecret(provider) &&
      !handsOver && { secrets: [draft.variable(`${name}-secret`, provider.secretHint)] }),
    ...(config.length > 0 && { config: Object.fromEntries(config) as Fields }),
    ...(signsUrl(provider) && {
      url: draft.variable(`${name}-url`, `the URL as it will be registered: ${label}`),
    }),
  };
}

function answer(config: Fields, label: string, draft: Draft): Fields {
  const custom = config["custom_response"];
  if (!isFields(custom)) return {};
  const kinds: Readonly<Record<string, string>> = {
    json: "application/json",
    text: "text/plain",
    xml: "application/xml",
  };
  const contentType = kinds[textOf(custom["content_type"]) ?? "json"];
  const body = custom["body"];
  if (contentType === undefined || typeof body !== "string") {
    draft.tell(
      "not",
      label,
      "its custom response is of a kind that is not known; the answer is 202 with the event's id.",
    );
    return {};
  }
  draft.tell("taken", label, "its custom response is `respond`.");
  return { respond: { status: 200, contentType, body: literal(body) } };
}
