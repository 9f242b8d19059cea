/** The ends of Node-RED's flows: `http in` is a source, `http request` a target, `http response` what the sender is answered. */
import { Unmapped } from "./condition.ts";
import type { Condition } from "./condition.ts";
import { constant, get, render, stepsOf } from "./message.ts";
import type { Value } from "./message.ts";
import type { Fields } from "./node-red-change.ts";
import { literal } from "./plan.ts";
import type { Draft } from "./plan.ts";

/** Headers whose values are credentials. */
const SECRET = /auth|token|secret|key|cookie|signature|password/i;
/** Set by the router, or not to be set: https://www.rfc-editor.org/rfc/rfc9110. */
const OWN = /^(?:host|content-length|content-type|connection|transfer-encoding|user-agent|accept-encoding)$/i;

/** Writes the source; undefined, and told, where its requests cannot come here. */
export function importSource(node: Fields, label: string, draft: Draft): string | undefined {
  const url = typeof node["url"] === "string" ? node["url"] : "";
  const method = typeof node["method"] === "string" ? node["method"].toLowerCase() : "get";
  if (method !== "post") {
    draft.tell("not", label, `it takes ${method.toUpperCase()}, and only POST comes to a source.`);
    return undefined;
  }
  const name = draft.name(
    "sources",
    url.replace(/^\/+/, "") || (typeof node["name"] === "string" ? node["name"] : "") || "hook",
  );
  draft.yaml("sources", name, { provider: "none" }, [
    `Imported from Node-RED: POST ${url}, here /hooks/${name}.`,
    "Node-RED verified nothing. Here that is answered on loopback only: name the provider and its secret, or say `allowUnsigned: true`.",
  ]);
  if (url.includes(":"))
    draft.tell("nearly", label, `the address is /hooks/${name}: its parameters are no longer in it.`);
  draft.tell(
    "nearly",
    label,
    `source \`${name}\`, which answers loopback only until it says how it verifies.`,
  );
  return name;
}

interface Come {
  readonly label: string;
  readonly source: string;
  readonly message: Value;
  readonly when: readonly Condition[];
}

/** What nodes have become, and by what: several ways may bring other URLs, methods or kinds of body to one. */
interface Made {
  readonly draft: Draft;
  readonly targets: Map<string, string>;
}

/** Writes the target and returns its name. Throws Unmapped. */
export function importRequest(node: Fields, { label, message }: Come, { draft, targets }: Made): string {
  const method = methodOf(node, message);
  const address = urlOf(node, message);
  const text = get(message, ["payload"]);
  const isText = text?.kind === "expression" && text.isText === true;
  if (
    node["paytoqs"] !== undefined &&
    node["paytoqs"] !== false &&
    node["paytoqs"] !== "ignore" &&
    node["paytoqs"] !== "body"
  )
    throw new Unmapped("payload goes into the query, and here into the body");
  const called = typeof node["name"] === "string" && node["name"] !== "" ? node["name"] : hostOf(address);
  const own = headersOf(node, message);
  const key = JSON.stringify([node["id"], method, address, isText, own]);
  const there = targets.get(key);
  if (there !== undefined) return there;
  const name = draft.name("targets", called);
  targets.set(key, name);
  const url =
    address.includes("?") && !address.includes("{{")
      ? draft.variable(`${name}-url`, `the URL of ${label}: its query may hold what is secret`)
      : address;
  const value = {
    url,
    ...(method !== "POST" && { method }),
    ...headers(own, name, label, draft),
    ...credential(node, name, label, draft),
    ...(isText && { format: { type: "text" } }),
  };
  draft.yaml("targets", name, value, [`Imported from Node-RED: ${label}.`]);
  if (typeof node["tls"] === "string" && node["tls"] !== "")
    draft.tell("nearly", label, "its TLS settings are left out: see `tls` of a target.");
  if (typeof node["proxy"] === "string" && node["proxy"] !== "")
    draft.tell("nearly", label, "its proxy is left out.");
  draft.tell("taken", label, `target \`${name}\`.`);
  return name;
}

function methodOf(node: Fields, message: Value): string {
  const given = node["method"] === "use" ? constant(get(message, ["method"])) : (node["method"] ?? "GET");
  const method = typeof given === "string" ? given.toUpperCase() : undefined;
  if (method === undefined || !/^(?:GET|POST|PUT|PATCH|DELETE)$/.test(method))
    throw new Unmapped("method is one that is worked out at run time, or not known");
  return method;
}

/** With the message's fields in it as parts that a rule makes. */
function urlOf(node: Fields, message: Value): string {
  const given =
    typeof node["url"] === "string" && node["url"] !== "" ? node["url"] : constant(get(message, ["url"]));
  if (typeof given !== "string" || given === "") throw new Unmapped("URL is worked out at run time");
  const whole = /^https?:\/\//i.test(given) ? given : `http://${given}`;
  const url = whole
    .split(/(\{\{\{?[^{}]*\}?\}\})/)
    .map((part, at) => {
      if (at % 2 === 0) return literal(part.replaceAll("{", "%7B").replaceAll("}", "%7D"));
      const value = get(message, stepsOf(part.replace(/^\{\{\{?|\}?\}\}$/g, "").replace(/^\s*&/, "")));
      if (value === undefined) return "";
      const text = render(value);
      if (text.includes("}}")) throw new Unmapped("URL has a part that cannot be written there");
      return `{{ ${literal(text)} }}`;
    })
    .join("");
  const host = /^https?:\/\/([^/?#]*)/i.exec(url)?.[1] ?? "";
  if (host.includes("{{") || !URL.canParse(url.replace(/\{\{.*?\}\}/g, "x")))
    throw new Unmapped("URL has no fixed host");
  if (host.includes("@")) throw new Unmapped("URL holds credentials");
  return url;
}

const hostOf = (url: string): string => /^https?:\/\/([^/?#:]*)/i.exec(url)?.[1] ?? "target";

/** Fixed ones, of the node and of the message. Throws Unmapped where one is worked out at run time. */
function headersOf(node: Fields, message: Value): [string, string][] {
  const found: [string, string][] = [];
  const listed: unknown[] = Array.isArray(node["headers"]) ? (node["headers"] as unknown[]) : [];
  for (const one of listed as Fields[]) {
    const name = one["keyType"] === "other" ? one["keyValue"] : one["keyType"];
    const value = one["valueType"] === "other" ? one["valueValue"] : one["valueType"];
    if (name === "msg" || value === "msg" || one["valueType"] === "msg")
      throw new Unmapped("headers are worked out at run time");
    if (typeof name === "string" && typeof value === "string") found.push([name, value]);
  }
  const given = get(message, ["headers"]);
  if (given?.kind === "object" && given.base === undefined)
    for (const [name, value] of given.fields) found.push([name, textOf(constant(value))]);
  else if (given !== undefined) {
    const fixed = constant(given);
    if (typeof fixed !== "object" || fixed === null) throw new Unmapped("headers are worked out at run time");
    for (const [name, value] of Object.entries(fixed)) found.push([name, textOf(value)]);
  }
  return found.filter(([name]) => !OWN.test(name) && /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name));
}

function textOf(value: unknown): string {
  if (typeof value !== "string" && typeof value !== "number")
    throw new Unmapped("headers are worked out at run time");
  return String(value);
}

function headers(own: readonly [string, string][], name: string, label: string, draft: Draft): Fields {
  if (own.length === 0) return {};
  const entries = own.map(([header, value]) => [
    header.toLowerCase(),
    SECRET.test(header) || value.includes("{{")
      ? draft.variable(`${name}-${header}`, `header ${header} of ${label}`)
      : literal(value),
  ]);
  return { headers: Object.fromEntries(entries) as Fields };
}

/** The export holds no credentials: variables stand in their place. */
function credential(node: Fields, name: string, label: string, draft: Draft): Fields {
  const kind = node["authType"];
  const secret = (what: string): string => draft.variable(`${name}-${what}`, `${what} of ${label}`);
  if (kind === undefined || kind === "") return {};
  if (kind === "basic")
    return { auth: { type: "basic", user: secret("user"), password: secret("password") } };
  if (kind === "bearer") return { auth: { type: "bearer", token: secret("token") } };
  throw new Unmapped(`way of showing who calls (${String(kind)}) is none of a target's \`auth\``);
}

/** Writes what the sender is answered into the source; told where that cannot be said. */
export function importResponse(node: Fields, { label, source, message, when }: Come, draft: Draft): void {
  const refuse = (reason: string): void => draft.tell("not", label, reason);
  const path = `sources/${source}.yaml`;
  const before = draft.plan.files.get(path) ?? "";
  if (when.length > 0) return refuse("what is answered depends on the message; a source has one `respond`.");
  if (before.includes("\nrespond:")) return refuse("the source has an answer already.");
  const status = Number(node["statusCode"] || constant(get(message, ["statusCode"])) || 200);
  if (!(status >= 200 && status <= 299))
    return refuse(`it answers ${status}; who has been accepted is answered 2xx.`);
  const payload = get(message, ["payload"]);
  const fixed = constant(payload);
  const comments = before.split("\n").flatMap((line) => (line.startsWith("# ") ? line.slice(2) : []));
  let respond: object;
  if (payload === undefined) respond = { status };
  else if (fixed !== undefined)
    respond = { status, body: typeof fixed === "string" ? literal(fixed) : fixed };
  else {
    const name = draft.name("transforms", `${source}-answer`);
    draft.rule(name, `${render(payload)}\n`);
    respond = { status, transform: name };
  }
  draft.yaml("sources", source, { provider: "none", respond }, comments);
  draft.tell("taken", label, `\`respond\` of source \`${source}\`.`);
}
