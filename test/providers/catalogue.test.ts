/** The shipped providers: each file is valid, and each signature is made, checked, and refused once anything changes. */
import { describe, expect, test } from "vitest";
import { readBody } from "../../src/core/body.ts";
import { compileFormat } from "../../src/core/schema.ts";
import { findProvider, providerIds } from "../../src/providers/catalogue.ts";
import { find, open } from "../../src/providers/locate.ts";
import { chooseScheme, providerSchema } from "../../src/providers/provider.ts";
import { contentsOf } from "../../src/providers/scheme.ts";
import { findSample, sampleTypes } from "../../src/providers/samples.ts";
import { asRequest } from "../../src/providers/sign.ts";
import type { Credentials } from "../../src/providers/verdict.ts";
import { compileScheme, credentialProblem, verify } from "../../src/providers/verify.ts";
import { given, NOW, providerOf, schemeOf, secretFor, signedSample } from "./request.ts";

const { default: published } = (await import("@octokit/webhooks-examples")) as unknown as {
  default: readonly { readonly name: string; readonly examples: readonly unknown[] }[];
};

/** GitHub's own examples of an event. */
function githubExamples(type: string): readonly unknown[] {
  return published.find(({ name }) => name === type)?.examples ?? [];
}

const ids = providerIds();
const sampled = ids.filter((id) => sampleTypes(id).length > 0);
const signedIds = sampled.filter((id) => schemeOf(id, { secrets: [secretFor(id, "right")] }).kind !== "none");

/** Not a vendor's: their samples are as good as any. */
const generic = ["basic", "bearer", "hmac", "none", "shared-token"];

test("the forty that people use most have samples of two types at least", () => {
  const two = sampled.filter((id) => !generic.includes(id) && sampleTypes(id).length >= 2);
  expect(two.length).toBeGreaterThanOrEqual(40);
});

test.each(["push", "pull_request", "issues", "release"])(
  "GitHub's published examples of %s satisfy the schema",
  (type) => {
    const { schema } = findSample("github", type)!;
    const examples = githubExamples(type);
    expect(examples.length).toBeGreaterThan(1);
    for (const example of examples) expect(compileFormat(schema!)(example)).toEqual([]);
  },
);

describe("the catalogue", () => {
  const validate = compileFormat(providerSchema);
  test.each(ids)("%s is what the schema asks for, under its own id", (id) => {
    const provider = structuredClone(providerOf(id));
    expect(validate(provider)).toEqual([]);
    expect(provider.id).toBe(id);
    for (const { scheme } of provider.schemes)
      expect(() => compileScheme(scheme, { secrets: [] })).not.toThrow();
  });

  test.each(["", "nobody", "../catalogue/github", "GitHub", "__proto__"])("there is no provider %j", (id) => {
    expect(findProvider(id)).toBeUndefined();
    expect(sampleTypes(id)).toEqual([]);
  });
});

describe.each(signedIds)("%s", (id) => {
  const credentials: Credentials = { secrets: [secretFor(id, "right")] };
  const check = (draft: ReturnType<typeof signedSample>, bare: Credentials = credentials, now = NOW) => {
    const full = given(id, bare);
    return verify(schemeOf(id, full), asRequest(draft), full, now);
  };

  test("every sample is signed and verified", () => {
    for (const type of sampleTypes(id))
      expect(check(signedSample(id, credentials, type)), type).toEqual({ ok: true, secret: 0 });
  });

  test("of several secrets, the one that matched is named", () => {
    const rotated = { secrets: [secretFor(id, "new"), secretFor(id, "right")] };
    expect(check(signedSample(id, credentials), rotated)).toEqual({ ok: true, secret: 1 });
  });

  test("another secret, none and an empty one are refused", () => {
    const signed = signedSample(id, credentials);
    expect(check(signed, { secrets: [secretFor(id, "wrong")] })).toMatchObject({
      ok: false,
      cause: "mismatch",
    });
    expect(check(signed, { secrets: [] })).toMatchObject({ ok: false, cause: "unconfigured" });
    expect(check(signed, { secrets: [""] })).toMatchObject({ ok: false, cause: "unconfigured" });
  });

  test("a refusal never shows a secret or a signature", () => {
    const signed = signedSample(id, credentials);
    const changed = { ...signed, body: Buffer.from("{}") };
    for (const verdict of [check(changed), check(signed, { secrets: [secretFor(id, "wrong")] })]) {
      expect(JSON.stringify(verdict)).not.toMatch(/right|wrong|whsec_[A-Za-z0-9]|[0-9a-f]{32}/);
    }
  });

  const scheme = schemeOf(id, credentials);
  const signs = scheme.kind === "hmac" && /\{(body|payload|contentful)\}/.test(contentsOf(scheme)[0]!);
  if (signs)
    test("a body with one byte more, and an unsigned request, are refused", () => {
      const signed = signedSample(id, credentials);
      expect(check({ ...signed, body: Buffer.concat([signed.body, Buffer.from("\n")]) })).toMatchObject({
        cause: "mismatch",
      });
      expect(check({ ...signed, headers: {} })).toMatchObject({ ok: false, cause: "missing" });
    });

  if (scheme.timestamp?.toleranceSeconds !== undefined)
    test("too old and too new are stale", () => {
      const signed = signedSample(id, credentials);
      const window = scheme.timestamp!.toleranceSeconds! * 1000;
      expect(check(signed, credentials, NOW + window)).toMatchObject({ ok: true });
      expect(check(signed, credentials, NOW + window + 1000)).toMatchObject({ cause: "stale" });
      expect(check(signed, credentials, NOW - window - 1000)).toMatchObject({ cause: "stale" });
    });
});

describe.each(sampled)("samples of %s", (id) => {
  const credentials: Credentials = { secrets: [secretFor(id, "right")] };
  const provider = providerOf(id);

  test.each(sampleTypes(id))("%s carries its type, and a delivery id that is new each time", (type) => {
    const [first, second] = [1, 2].map((step) =>
      open(asRequest(signedSample(id, credentials, type, NOW + step * 1000))),
    );
    const places = [provider.type].flat();
    expect(places.map((place) => find(place, first!)).join(".")).toBe(type);
    // Without a delivery id, a source may tell repetitions by the body.
    if (provider.delivery === "none") {
      expect(first!.request.body.equals(second!.request.body)).toBe(false);
      return;
    }
    if (provider.delivery === "body") {
      expect(first!.request.body.equals(second!.request.body)).toBe(false);
      return;
    }
    const ids = [first!, second!].map((opened) =>
      [provider.delivery].flat().map((place) => find(place, opened)),
    );
    expect(ids.flat()).not.toContain(undefined);
    expect(ids[0]).not.toEqual(ids[1]);
  });

  test("each satisfies the schema of its type, which asks for something", () => {
    for (const type of sampleTypes(id)) {
      const { schema } = findSample(id, type)!;
      if (generic.includes(id)) continue;
      const asked =
        schema?.["required"] ?? (schema?.["items"] as Record<string, unknown> | undefined)?.["required"];
      expect(asked, type).toBeDefined();
      const request = asRequest(signedSample(id, credentials, type));
      const form = request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true;
      const payload = readBody(request.body, form ? "form" : "json");
      const validate = compileFormat(schema!);
      expect(validate(payload), type).toEqual([]);
      expect(validate(Array.isArray(payload) ? [{}] : { other: 1 }), type).not.toEqual([]);
    }
  });

  test("there is one at least, and none of a type that is not there", () => {
    expect(sampleTypes(id).length).toBeGreaterThan(0);
    expect(findSample(id, "no.such.type")).toBeUndefined();
  });
});

describe("the choice of a scheme", () => {
  const signing = secretFor("gitlab", "right");
  const signed = signedSample("gitlab", { secrets: [signing] });
  const plain = signedSample("gitlab", { secrets: ["glpat"] });
  const verdict = (secrets: string[], draft: typeof signed) =>
    verify(schemeOf("gitlab", { secrets }), asRequest(draft), { secrets }, NOW);

  test("GitLab: a plain token where that is configured", () => {
    expect(verdict(["glpat"], plain)).toEqual({ ok: true, secret: 0 });
  });

  test("GitLab: with a signing token the plain one no longer counts, whatever the request holds", () => {
    expect(verdict(["glpat", signing], signed)).toEqual({ ok: true, secret: 1 });
    expect(verdict(["glpat", signing], plain)).toMatchObject({ ok: false, cause: "missing" });
    const both = {
      ...signed,
      headers: { ...signed.headers, ...plain.headers, "webhook-signature": `v1,${"A".repeat(43)}=` },
    };
    expect(verdict(["glpat", signing], both)).toMatchObject({ ok: false, cause: "mismatch" });
  });

  test("GitLab: a signature that cannot be checked is no reason to fall back to the token", () => {
    const both = { ...plain, headers: { ...signed.headers, "x-gitlab-token": "glpat" } };
    expect(verdict(["glpat"], both)).toMatchObject({ ok: false, cause: "unconfigured" });
  });

  test("Alertmanager: basic for a pair, bearer for a token or where the configuration says so", () => {
    expect(chooseScheme(providerOf("alertmanager"), { secrets: ["user:pa:ss"] })?.kind).toBe("basic");
    expect(chooseScheme(providerOf("alertmanager"), { secrets: ["token"] })?.kind).toBe("shared-token");
    const named = { secrets: ["to:ken"], config: { scheme: "bearer" } };
    expect(chooseScheme(providerOf("alertmanager"), named)?.kind).toBe("shared-token");
    expect(
      chooseScheme(providerOf("alertmanager"), { secrets: [], config: { scheme: "digest" } }),
    ).toBeUndefined();
  });

  test("without secrets the first scheme stands, and says what is missing", () => {
    expect(credentialProblem(schemeOf("gitlab", { secrets: [] }), { secrets: [] })).toBe(
      "`secrets` is empty",
    );
    expect(credentialProblem(schemeOf("svix", { secrets: ["whsec_*"] }), { secrets: ["whsec_*"] })).toContain(
      "base64",
    );
  });

  test("Svix: either header family, but not both at once", () => {
    const credentials = { secrets: [secretFor("svix", "right")] };
    const draft = signedSample("svix", credentials);
    const renamed = Object.fromEntries(
      Object.entries(draft.headers).map(([name, value]) => [name.replace("svix-", "webhook-"), value]),
    );
    const check = (headers: Record<string, string>) =>
      verify(schemeOf("svix", credentials), asRequest({ ...draft, headers }), credentials, NOW);
    expect(check(renamed)).toEqual({ ok: true, secret: 0 });
    expect(check({ ...renamed, "svix-id": "msg_other" })).toMatchObject({ ok: false, cause: "malformed" });
  });

  test("hmac: header and prefix may be configured", () => {
    const credentials = { secrets: ["right"], config: { header: "X-Shop-Signature", prefix: "" } };
    const draft = signedSample("hmac", credentials);
    expect(draft.headers["x-shop-signature"]).toMatch(/^[0-9a-f]{64}$/);
    expect(verify(schemeOf("hmac", credentials), asRequest(draft), credentials, NOW)).toEqual({
      ok: true,
      secret: 0,
    });
  });
});
