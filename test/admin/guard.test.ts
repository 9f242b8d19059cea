import { describe, expect, it } from "vitest";
import { originGuard } from "../../src/admin/guard.ts";

describe("the guard of the operator's side", () => {
  const refuses = originGuard(true, "https://box.example.com");
  const anywhere = originGuard(false, undefined);

  it.each([
    [
      "our own page",
      "POST",
      { host: "127.0.0.1:8081", origin: "http://127.0.0.1:8081", "sec-fetch-site": "same-origin" },
    ],
    ["a program without any of it", "DELETE", { host: "localhost:8081" }],
    [
      "an address that was typed in",
      "GET",
      { host: "[::1]:8081", "sec-fetch-site": "none", "sec-fetch-mode": "navigate" },
    ],
    [
      "a link on another site",
      "GET",
      { host: "localhost", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" },
    ],
    ["the public URL's page", "POST", { host: "box.example.com", origin: "https://box.example.com" }],
    [
      "the public URL's page by a proxy that keeps no host",
      "POST",
      { host: "127.0.0.1:8081", origin: "https://box.example.com" },
    ],
  ])("lets in %s", (_who, method, headers) => {
    expect(refuses({ method, headers })).toBeUndefined();
  });

  it.each([
    ["another site's script", "POST", { host: "localhost", origin: "https://evil.example" }],
    [
      "another site's form",
      "POST",
      { host: "localhost", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" },
    ],
    ["a page of a neighbouring host", "POST", { host: "localhost", "sec-fetch-site": "same-site" }],
    [
      "another site's script that reads",
      "GET",
      { host: "localhost", "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" },
    ],
    ["a sandboxed frame", "POST", { host: "localhost", origin: "null" }],
    ["a name that was rebound to us", "GET", { host: "evil.example" }],
    ["no name at all", "GET", {}],
  ])("refuses %s", (_who, method, headers: Record<string, string>) => {
    expect(refuses({ method, headers })?.code).toBe("ADMIN_ORIGIN_REFUSED");
  });

  it("knows no names where it listens to others than this machine", () => {
    expect(anywhere({ method: "GET", headers: { host: "any.example" } })).toBeUndefined();
    expect(
      anywhere({ method: "POST", headers: { host: "any.example", origin: "https://other.example" } }),
    ).toBeDefined();
  });
});
