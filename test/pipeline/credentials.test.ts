/** What proves the sender by being shown is not kept: in every item of a batch too. */
import { expect, test } from "vitest";
import { withoutSecrets } from "../../src/pipeline/credentials.ts";
import { chooseScheme } from "../../src/providers/provider.ts";
import type { Source } from "../../src/rules/workspace.ts";
import { providerOf } from "../providers/request.ts";

function kept(
  id: string,
  body: string,
  config: Record<string, string>,
  kind: "json" | "xml" = "json",
): string {
  const provider = providerOf(id);
  const source = {
    name: "s",
    provider,
    file: { config },
    scheme: chooseScheme(provider, { secrets: [], config }),
  };
  return withoutSecrets(Buffer.from(body), kind, source as unknown as Source).toString();
}

test("Microsoft Graph's tokens and client states, wherever they stand", () => {
  const config = { scheme: "validation-tokens", appId: "a", tenantId: "t", clientState: "state-1" };
  const items = ["n1", "n2"].map((id) => ({ clientState: "state-1", id }));
  const body = JSON.stringify({ value: items, validationTokens: ["aaaa.bbbb.cccc", "dddd.eeee.ffff"] });
  expect(JSON.parse(kept("microsoft-graph", body, config))).toEqual({
    value: [
      { clientState: "[removed]", id: "n1" },
      { clientState: "[removed]", id: "n2" },
    ],
    validationTokens: ["[removed]", "[removed]"],
  });
});

test("Salesforce's session, in its XML", () => {
  const xml =
    "<Envelope><Body><notifications><SessionId>00D&amp;session</SessionId><Id>1</Id></notifications></Body></Envelope>";
  expect(kept("salesforce-outbound", xml, {}, "xml")).toBe(xml.replace("00D&amp;session", "[removed]"));
});

test("nothing, where there is none", () => {
  expect(kept("microsoft-graph", '{"value":[]}', {})).toBe('{"value":[]}');
});
