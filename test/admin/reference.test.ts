import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { operationId } from "../../src/admin/endpoint.ts";
import { openApi } from "../../src/admin/openapi.ts";
import { apiReference, listedEndpoints } from "../../src/admin/reference.ts";
import { settingsPage } from "../../src/settings.ts";

const page = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../docs/reference/${name}.md`, import.meta.url)), "utf8");

it("the reference pages of the API and of the settings are up to date (npm run generate)", () => {
  expect(page("api")).toBe(apiReference(listedEndpoints()));
  expect(page("settings")).toBe(settingsPage());
});

it("the reference page has every operation, those on people and their tokens too", () => {
  const rows = apiReference(listedEndpoints());
  for (const operation of ["POST /api/v1/session", "POST /api/v1/tokens", "POST /api/v1/holds/decide"])
    expect(rows).toContain(`\`${operation}\``);
});

it("every operation that changes something is audited and needs more than reading", () => {
  const changing = listedEndpoints().filter(({ method }) => method !== "GET");
  expect(changing.length).toBeGreaterThan(0);
  // Previews, the playground and what foretells write nothing; who logs in or out, or fails to, is written down where that is known.
  const told = changing.filter(({ path }) => !/preview$|playground(\/\w+)?$|impact$|v1\/session$/.test(path));
  expect(told.filter(({ audit }) => audit === undefined).map(({ path }) => path)).toEqual([]);
  expect(told.filter(({ scope }) => scope === "read").map(({ path }) => path)).toEqual([]);
});

it("every operation has a name of its own, and every answer that is JSON a shape", () => {
  const endpoints = listedEndpoints().filter(({ tag }) => tag !== "Pages");
  const ids = endpoints.map(operationId);
  expect(new Set(ids).size).toBe(ids.length);
  // The identity provider's two lead a browser on.
  const bare = endpoints.filter(
    ({ method, path, reply, stream }) => method === "GET" && !reply && !stream && !path.includes("/oidc/"),
  );
  expect(bare.map(({ path }) => path)).toEqual([]);
  const document = JSON.stringify(openApi(endpoints, "1"));
  const refs = new Set([...document.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name!));
  const { components } = JSON.parse(document) as { components: { schemas: object } };
  expect([...refs].filter((name) => !(name in components.schemas))).toEqual([]);
});
