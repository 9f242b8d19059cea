/** Every research record that a generic engine can read: signed, verified, and refused once anything has changed. */
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Scheme } from "../../src/providers/scheme.ts";
import { asRequest, sign } from "../../src/providers/sign.ts";
import type { Draft } from "../../src/providers/sign.ts";
import type { Credentials } from "../../src/providers/verdict.ts";
import { verify } from "../../src/providers/verify.ts";
import { hasResearch, researchSchemes } from "./research.ts";

const NOW = 1_772_445_660_000;
const URL_CALLED = "https://hooks.example.com/hooks/x?a=1";
const pairs = {
  ed25519: generateKeyPairSync("ed25519"),
  ecdsa: generateKeyPairSync("ec", { namedCurve: "prime256v1" }),
  rsa: generateKeyPairSync("rsa", { modulusLength: 2048 }),
};

/** A draft with everything that some template asks for. */
function draftFor(scheme: Scheme): Draft {
  const needs = [...`${scheme.content ?? ""}`.matchAll(/\{(header|json|form|item):([^{}?]+)/g)];
  const named = (kind: string) => needs.filter((need) => need[1] === kind).map((need) => need[2]!);
  const form =
    /\{(form:|sortedForm)|^form:/.test(`${scheme.content ?? ""}`) ||
    [scheme.from].flat()[0]?.startsWith("form:") === true;
  const headers = Object.fromEntries(named("header").map((name) => [name, "some-value"]));
  return {
    method: "POST",
    url: URL_CALLED,
    headers: { ...headers, "content-type": form ? "application/x-www-form-urlencoded" : "application/json" },
    body: Buffer.from(form ? formBody(named("form")) : JSON.stringify(jsonBody(scheme, named("json")))),
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

function credentialsFor(scheme: Scheme): {
  signing: Credentials;
  verifying: Credentials;
  foreign: Credentials;
} {
  const config = Object.fromEntries(
    [...JSON.stringify(scheme).matchAll(/\{config:([^{}|]+)/g)].map((match) => [match[1]!, "x-configured"]),
  );
  const base = { config, url: URL_CALLED };
  const pair = scheme.kind in pairs ? pairs[scheme.kind as keyof typeof pairs] : undefined;
  if (pair !== undefined) {
    const other =
      pair.publicKey.asymmetricKeyType === "ed25519" ? generateKeyPairSync("ed25519").publicKey : undefined;
    const pem = pair.publicKey.export({ type: "spki", format: "pem" }).toString();
    const secret = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const wrong = other?.export({ type: "spki", format: "pem" }).toString() ?? "not a key";
    return {
      signing: { ...base, secrets: [secret] },
      verifying: { ...base, secrets: [pem] },
      foreign: { ...base, secrets: [wrong] },
    };
  }
  const text = (word: string) => {
    if (scheme.kind === "basic") return `user:${word}`;
    const decode = scheme.key?.decode;
    return decode === "base64" || decode === "hex"
      ? Buffer.from(word.padEnd(24, ".")).toString(decode)
      : word;
  };
  return {
    signing: { ...base, secrets: [text("right")] },
    verifying: { ...base, secrets: [text("other"), text("right")] },
    foreign: { ...base, secrets: [text("wrong")] },
  };
}

const schemes = researchSchemes();
const readable = schemes.filter(({ scheme }) => scheme !== undefined && scheme.kind !== "none");

describe.skipIf(!hasResearch)("records of ../shared/providers", () => {
  test("all generic records are read", () => {
    expect(schemes.filter(({ scheme }) => scheme === undefined).map(({ name }) => name)).toEqual([]);
    expect(readable.length).toBeGreaterThan(260);
  });

  test.each(readable.map(({ name, scheme }) => [name, scheme!] as const))("%s", (_, scheme) => {
    const { signing, verifying, foreign } = credentialsFor(scheme);
    const signed = sign(scheme, draftFor(scheme), signing, NOW);
    const check = (draft: Draft, credentials: Credentials, now = NOW) =>
      verify(scheme, asRequest(draft), credentials, now);
    expect(check(signed, verifying)).toEqual({ ok: true, secret: verifying.secrets.length - 1 });
    expect(check(signed, foreign).ok).toBe(false);
    if (scheme.timestamp?.toleranceSeconds !== undefined) {
      const late = (scheme.timestamp.toleranceSeconds + 2) * 1000;
      expect(check(signed, verifying, NOW + late)).toMatchObject({ ok: false, cause: "stale" });
      expect(check(signed, verifying, NOW - late)).toMatchObject({ ok: false, cause: "stale" });
    }
    if (signsWholeBody(scheme)) {
      const body = Buffer.concat([signed.body, Buffer.from(" ")]);
      expect(check({ ...signed, body }, verifying).ok).toBe(false);
    }
  });
});

function signsWholeBody(scheme: Scheme): boolean {
  if (scheme.kind === "shared-token" || scheme.kind === "basic") return false;
  return (
    scheme.bodyHash !== undefined || /\{(body|payload|sha256hex:body)\}/.test(scheme.content ?? "{body}")
  );
}
