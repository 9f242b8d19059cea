/** Every scheme of every provider: signed, verified, and refused once body, secret or time has changed. */
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { listProviders } from "../../src/providers/catalogue.ts";
import { contentsOf } from "../../src/providers/scheme.ts";
import type { Scheme } from "../../src/providers/scheme.ts";
import { asRequest, sign } from "../../src/providers/sign.ts";
import type { Draft } from "../../src/providers/sign.ts";
import type { Credentials } from "../../src/providers/verdict.ts";
import { verifyFetched } from "../../src/providers/verify-fetched.ts";

const NOW = 1_772_445_660_000;
const URL_CALLED = "https://hooks.example.com/hooks/x?data.id=ABC&a=1";
const pairs = {
  ed25519: generateKeyPairSync("ed25519"),
  ecdsa: generateKeyPairSync("ec", { namedCurve: "prime256v1" }),
  rsa: generateKeyPairSync("rsa", { modulusLength: 2048 }),
};
const otherPairs = {
  ed25519: generateKeyPairSync("ed25519"),
  ecdsa: generateKeyPairSync("ec", { namedCurve: "prime256v1" }),
  rsa: generateKeyPairSync("rsa", { modulusLength: 2048 }),
};

/** A value fit for a header's name. */
function configured(name: string): string {
  return `x-${name.toLowerCase()}`;
}

/** A draft with everything that some template asks for. */
function draftFor(scheme: Scheme): Draft {
  const [content] = contentsOf(scheme);
  const needs = [...content!.matchAll(/\{(header|json|form|item|rawJson|phpJson):([^{}?]+)/g)];
  const named = (kind: string) => needs.filter((need) => need[1] === kind).map((need) => need[2]!);
  const places = [scheme.from ?? []].flat();
  const form = /\{(form:|sortedForm)/.test(content!) || places.some((place) => place.startsWith("form:"));
  const headers = Object.fromEntries(named("header").map((name) => [name, "some-value"]));
  const type = form ? "application/x-www-form-urlencoded" : "application/json";
  const paths = [...named("json"), ...named("rawJson"), ...named("phpJson")];
  return {
    method: "POST",
    url: URL_CALLED,
    headers: {
      "x-event-id": "evt-1",
      "x-request-id": "r-1",
      "x-contentful-signed-headers": "x-contentful-timestamp,content-type",
      ...headers,
      "content-type": type,
    },
    body: Buffer.from(form ? formBody(named("form")) : JSON.stringify(jsonBody(scheme, paths))),
  };
}

function formBody(names: readonly string[]): string {
  const form = new URLSearchParams({ amount: "12", note: "ä b" });
  for (const name of names.filter((each) => !each.includes("#"))) form.set(name, "17");
  if (names.some((name) => name.includes("#")))
    form.set("json", JSON.stringify({ event: { event_time: "1", event_type: "sent" } }));
  return form.toString();
}

function jsonBody(scheme: Scheme, paths: readonly string[]): unknown {
  const body: Record<string, unknown> = { hello: "wörld", value: 7 };
  for (const { at, is, config } of scheme.require ?? [])
    if (at.includes("[].")) {
      const [list, member] = at.slice("json:".length).split("[].");
      body[list!] = [0, 1].map(() => ({ [member!]: configured(config!) }));
    } else nest(body, at.slice("json:".length).split("."), is ?? configured(config!));
  if (contentsOf(scheme)[0] === "{sns}")
    Object.assign(body, {
      Type: "Notification",
      MessageId: "m",
      Message: "text",
      SigningCertURL: "https://x",
    });
  for (const path of paths) nest(body, path.split("."), "text");
  if (scheme.each !== undefined) {
    const [list, wrapper] = scheme.each.split("[]");
    const item = {
      pspReference: "p",
      merchantAccountCode: "m",
      merchantReference: "r",
      amount: { value: 1, currency: "EUR" },
      eventCode: "E",
      success: "true",
    };
    body[list!] = [0, 1].map(() => (wrapper ? { [wrapper.slice(1)]: { ...item } } : { ...item }));
  }
  return body;
}

function nest(root: Record<string, unknown>, [step, ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) root[step!] = value;
  else nest((root[step!] ??= {}) as Record<string, unknown>, rest, value);
}

/** The pair whose private key signs: by the scheme's kind, or the token's algorithm. */
function pairName({ kind, jwt }: Scheme): keyof typeof pairs | undefined {
  if (kind in pairs) return kind as keyof typeof pairs;
  const start = jwt?.algorithm.slice(0, 2) ?? "";
  return { RS: "rsa", ES: "ecdsa", Ed: "ed25519" }[start] as keyof typeof pairs | undefined;
}

function credentialsFor(scheme: Scheme): Record<"signing" | "verifying" | "foreign", Credentials> {
  const names = [...JSON.stringify(scheme).matchAll(/\{config:([^{}|]+)|"config":"([^"]+)"/g)];
  const config = Object.fromEntries(
    names.map(([, token, plain]) => [(token ?? plain)!, configured((token ?? plain)!)]),
  );
  const base = { config, url: URL_CALLED };
  const name = pairName(scheme);
  if (name !== undefined) {
    const pem = ({ publicKey }: (typeof pairs)[typeof name]) =>
      publicKey.export({ type: "spki", format: "pem" }).toString();
    const secret = pairs[name].privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    return {
      signing: { ...base, secrets: [secret] },
      verifying: { ...base, secrets: [pem(otherPairs[name]), pem(pairs[name])] },
      foreign: { ...base, secrets: [pem(otherPairs[name])] },
    };
  }
  const text = (word: string) => {
    if (scheme.kind === "basic") return `user:${word}`;
    const { decode, stripPrefix = "" } = scheme.key ?? {};
    return decode === "base64" || decode === "hex"
      ? stripPrefix + Buffer.from(word.padEnd(24, ".")).toString(decode)
      : word;
  };
  return {
    signing: { ...base, secrets: [text("right")] },
    verifying: { ...base, secrets: [text("other"), text("right")] },
    foreign: { ...base, secrets: [text("wrong")] },
  };
}

const schemes = listProviders().flatMap(({ id, schemes: all }) =>
  all
    .filter(({ scheme }) => scheme.kind !== "none")
    .map(({ name, scheme }) => [`${id} ${name}`, scheme] as const),
);

/** Nothing may be fetched while the source has keys of its own. */
const noFetch = () => Promise.reject(new Error("fetched"));

describe("round trips", () => {
  test("there are more than 280", () => {
    expect(schemes.length).toBeGreaterThan(280);
  });

  test.each(schemes)("%s", async (_, scheme) => {
    const { signing, verifying, foreign } = credentialsFor(scheme);
    const signed = sign(scheme, draftFor(scheme), signing, NOW);
    const check = (draft: Draft, credentials: Credentials, now = NOW) =>
      verifyFetched(scheme, asRequest(draft), credentials, now, noFetch);
    expect(await check(signed, verifying)).toEqual({ ok: true, secret: 1 });
    expect(await check(signed, foreign)).toMatchObject({ ok: false, cause: "mismatch" });
    expect(await check(signed, { ...verifying, secrets: [""] })).toMatchObject({ cause: "unconfigured" });
    const window = scheme.timestamp?.toleranceSeconds ?? scheme.jwt?.maxAgeSeconds;
    if (window !== undefined) {
      const late = (window + 2) * 1000;
      expect(await check(signed, verifying, NOW + late)).toMatchObject({ ok: false, cause: "stale" });
      expect(await check(signed, verifying, NOW - late)).toMatchObject({ ok: false, cause: "stale" });
    }
    if (signsWholeBody(scheme)) {
      const body = Buffer.concat([signed.body, Buffer.from(" ")]);
      expect((await check({ ...signed, body }, verifying)).ok).toBe(false);
    }
  });
});

function signsWholeBody(scheme: Scheme): boolean {
  if (scheme.kind === "shared-token" || scheme.kind === "basic") return false;
  if (scheme.kind === "jwt") return scheme.jwt?.hashes?.some(({ of }) => of === "body") === true;
  const [content] = contentsOf(scheme);
  return scheme.bodyHash !== undefined || /\{(body|payload|sha256hex:body|contentful|neon)\}/.test(content!);
}
