/** Destinations of Hookdeck: URL, method, credentials and rate limit of a target. What is secret becomes a variable. */
import { isFields, textOf } from "./hookdeck-export.ts";
import type { Fields } from "./hookdeck-export.ts";
import { described } from "./hookdeck-sources.ts";
import { literal } from "./plan.ts";
import type { Draft } from "./plan.ts";

const METHODS: ReadonlySet<unknown> = new Set(["POST", "PUT", "PATCH", "DELETE", "GET"]);
const SECONDS: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3600 };
/** Hosts whose URLs are credentials: who knows one may post. */
const SECRET_URLS =
  /^(?:hooks\.slack\.com|discord(?:app)?\.com|hooks\.zapier\.com|hook\.[\w.]*make\.com|[\w.-]*webhook\.office\.com|outlook\.office\.com|chat\.googleapis\.com)$/;
const KNOWN = new Set(
  "url http_method auth auth_type auth_method rate_limit rate_limit_period delivery_policy path_forwarding_disabled".split(
    " ",
  ),
);

/** Writes the target; undefined, and told, where a destination is none that HTTP reaches. `retry` comes from the connections. */
export function importTarget(destination: Fields, name: string, retry: Fields, draft: Draft): boolean {
  const config = isFields(destination["config"]) ? destination["config"] : destination;
  const label = `destination ${textOf(destination["name"]) ?? name}`;
  const type = textOf(destination["type"]) ?? "HTTP";
  if (type !== "HTTP") {
    const instead =
      type === "CLI" ? ": `signalbox listen --forward` relays to a program on your machine" : "";
    draft.tell("not", label, `its type is ${type}${instead}.`);
    return false;
  }
  const address = urlOf(textOf(config["url"]) ?? textOf(destination["url"]), name, label, draft);
  if (address === undefined) return false;
  const method = config["http_method"] ?? destination["http_method"];
  if (isSaid(method) && !METHODS.has(method))
    draft.tell("nearly", label, "its method is not known: POST is used.");
  const value = {
    url: address.url,
    ...(METHODS.has(method) && method !== "POST" && { method: method as string }),
    ...(address.auth ?? credential(config, name, label, draft)),
    ...pace(config, label, draft),
    ...retry,
  };
  const unknown =
    config === destination ? [] : Object.keys(config).filter((key) => !KNOWN.has(key) && isSaid(config[key]));
  for (const key of unknown) draft.tell("nearly", label, `\`config.${key}\` is not looked at.`);
  draft.tell("taken", label, `target \`${name}\`.`);
  draft.yaml("targets", name, value, described(destination, `Imported from Hookdeck: destination ${name}.`));
  return true;
}

const isSaid = (value: unknown): boolean => value !== undefined && value !== null;

function urlOf(
  given: string | undefined,
  name: string,
  label: string,
  draft: Draft,
): { readonly url: string; readonly auth?: Fields } | undefined {
  const url = given !== undefined && URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    draft.tell("not", label, "it has no http(s) URL in the export.");
    return undefined;
  }
  if (url.username !== "" || url.password !== "") {
    url.username = url.password = "";
    const user = draft.variable(`${name}-user`, `the user in the URL of ${label}`);
    const password = draft.variable(`${name}-password`, `the password in the URL of ${label}`);
    return { url: plainUrl(url), auth: { auth: { type: "basic", user, password } } };
  }
  if (url.search !== "" || SECRET_URLS.test(url.hostname))
    return { url: draft.variable(`${name}-url`, `the URL of ${label}: it holds what may be secret`) };
  return { url: plainUrl(url) };
}

/** Braces would begin a part that a rule makes. */
const plainUrl = (url: URL): string => literal(url.href.replaceAll("{", "%7B").replaceAll("}", "%7D"));

function credential(config: Fields, name: string, label: string, draft: Draft): Fields {
  const old = isFields(config["auth_method"]) ? config["auth_method"] : undefined;
  const kind = textOf(config["auth_type"]) ?? textOf(old?.["type"]);
  const auth = [config["auth"], old?.["config"]].find(isFields) ?? {};
  if (kind === undefined || kind === "EMPTY") return {};
  const secret = (what: string): string => draft.variable(`${name}-${what}`, `${what} of ${label}`);
  const text = (key: string): string => literal(textOf(auth[key]) ?? "");
  const done = (value: Fields): Fields => ({ auth: value });
  switch (kind) {
    case "BEARER_TOKEN":
      return done({ type: "bearer", token: secret("token") });
    case "BASIC_AUTH":
      return done({ type: "basic", user: secret("user"), password: secret("password") });
    case "API_KEY": {
      const type = auth["to"] === "query" ? "query" : "header";
      return done({ type, name: text("key") || "x-api-key", value: secret("api-key") });
    }
    case "CUSTOM_SIGNATURE": {
      draft.tell(
        "nearly",
        label,
        "its signature is taken for HMAC-SHA256 of the body in base64: compare one with what it received before.",
      );
      const from = `header:${(textOf(auth["key"]) ?? "x-signature").toLowerCase().replace(/[^\w-]/g, "-")}`;
      const scheme = { kind: "hmac", algorithm: "sha256", encoding: "base64", from, content: "{body}" };
      return done({ type: "signature", scheme, secrets: [secret("signing-secret")] });
    }
    case "HOOKDECK_SIGNATURE":
      draft.tell(
        "nearly",
        label,
        "it is signed as Hookdeck signs, with a secret of your own: the receiver must be given it.",
      );
      return done({ type: "signature", provider: "hookdeck", secrets: [secret("signing-secret")] });
    case "OAUTH2_CLIENT_CREDENTIALS": {
      const scopes = (textOf(auth["scope"]) ?? "").split(/[\s,]+/).filter((one) => one !== "");
      const tokenUrl = textOf(auth["auth_server"]);
      return done({
        type: "oauth2",
        tokenUrl: tokenUrl === undefined ? secret("token-url") : literal(tokenUrl),
        clientId: secret("client-id"),
        clientSecret: secret("client-secret"),
        ...(scopes.length > 0 && { scopes: scopes.map(literal) }),
        clientAuthentication: auth["authentication_type"] === "x-www-form-urlencoded" ? "body" : "basic",
      });
    }
    case "AWS_SIGNATURE":
      return done({
        type: "aws-sigv4",
        accessKeyId: secret("access-key-id"),
        secretAccessKey: secret("secret-access-key"),
        region: text("region") || secret("region"),
        service: text("service") || secret("service"),
      });
    default:
      draft.tell(
        "not",
        label,
        `there is no credential of kind ${kind}: its calls go out without one until you give it an \`auth\`.`,
      );
      return {};
  }
}

function pace(config: Fields, label: string, draft: Draft): Fields {
  const policy = isFields(config["delivery_policy"]) ? config["delivery_policy"] : {};
  const rate = policy["rate"] ?? config["rate_limit"];
  const period = policy["period"] ?? policy["rate_period"] ?? config["rate_limit_period"];
  if (isSaid(policy["groups"]))
    draft.tell("nearly", label, "limits of its delivery groups are left out: see `order` of a route.");
  if (!isSaid(rate)) return {};
  if (typeof rate !== "number" || !Number.isInteger(rate) || rate < 1) {
    draft.tell("not", label, "its rate limit is no whole number.");
    return {};
  }
  if (period === "concurrent") return { concurrency: Math.min(rate, 1000) };
  const perSeconds = SECONDS[textOf(period) ?? "second"];
  if (perSeconds !== undefined) return { limit: { count: rate, perSeconds } };
  draft.tell("not", label, "the period of its rate limit is not known.");
  return {};
}
