/** What `providers` and `add source` print for each provider: a source that checks once its variables are set. */
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { headersOf, setupSteps, sourceYaml } from "../../src/cli/setup.ts";
import { listProviders } from "../../src/providers/catalogue.ts";
import { loadWorkspace } from "../../src/rules/load.ts";

/** A value that a variable's name asks for: base64 that is hex too, so that every decoding has a key. */
function valueFor(variable: string): string {
  if (variable.endsWith("_URL") || variable.endsWith("_ISSUER")) return "https://hooks.example.com/x";
  return "abcdef0123456789".repeat(4);
}

test("every provider's ready source checks: nothing but its variables is left to fill in", async () => {
  const dir = mkdtempSync(join(tmpdir(), "signalbox-setup-"));
  mkdirSync(join(dir, "sources"));
  const environment: Record<string, string> = {};
  const keys = new Set<string>();
  for (const provider of listProviders()) {
    const yaml = sourceYaml(provider, provider.id);
    for (const [, variable] of yaml.matchAll(/\$\{(\w+)\}/g)) environment[variable!] = valueFor(variable!);
    const { kind, key } = provider.schemes[0]!.scheme;
    const secret = `${provider.id.toUpperCase().replaceAll("-", "_")}_SECRET`;
    if (kind === "basic") environment[secret] = "user:password";
    // Public keys cannot be made up of a name: those sources are looked at below.
    if (["rsa", "ecdsa", "ed25519"].includes(kind) || provider.schemes[0]!.scheme.jwt?.algorithm === "RS256")
      keys.add(provider.id);
    if (key?.stripPrefix !== undefined)
      environment[secret] = key.stripPrefix + Buffer.alloc(24, 7).toString("base64");
    writeFileSync(join(dir, "sources", `${provider.id}.yaml`), yaml);
  }
  const { problems } = await loadWorkspace(dir, environment);
  const told = problems.filter(({ code, file, message }) => {
    if (code === "RULE_UNUSED" || code === "RULE_FOLDER_MISSING") return false;
    const id = file.replace(/^sources\/|\.yaml$/g, "");
    return !(keys.has(id) && /no secret is a key/.test(message));
  });
  expect(told).toEqual([]);
  rmSync(dir, { recursive: true });
});

test("headers, steps and secrets are told for a provider of each sort", () => {
  const of = (id: string) => listProviders().find((provider) => provider.id === id)!;
  expect(headersOf(of("slack-events"))).toEqual(["x-slack-request-timestamp", "x-slack-signature"]);
  expect(headersOf(of("datadog"))).toEqual(["x-webhook-token"]);
  expect(setupSteps(of("mailchimp"), "https://h/hooks/m")[0]).toContain("?token=…");
  expect(setupSteps(of("square"), "https://h/hooks/s").join()).toContain("exactly as registered");
  expect(setupSteps(of("asana"), "https://h/hooks/a").join()).toContain("before you register");
  expect(sourceYaml(of("asana"), "asana")).not.toContain("secrets:");
  expect(sourceYaml(of("paypal"), "shop")).toContain('webhookId: "${SHOP_WEBHOOK_ID}"');
  expect(sourceYaml(of("jotform"), "jotform")).toContain("allowUnsigned: true");
});

test("fifty providers and more say where on their side the URL is registered, and how sure that is", () => {
  const told = listProviders().filter(({ setup }) => setup !== undefined);
  expect(told.length).toBeGreaterThanOrEqual(50);
  for (const provider of told) {
    const [register] = setupSteps(provider, "https://h/hooks/x");
    expect(register, provider.id).toContain("https://h/hooks/x");
    expect(register, provider.id).not.toContain("{url}");
    expect(register!.includes("Not from a good source"), provider.id).toBe(
      provider.unsure?.includes("setup") === true,
    );
  }
});
