/** The dashboard as it is served: pages at their paths, files for ever, compressed for whoever can read that, nothing else. */
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { dashboardFiles } from "../../src/admin/dashboard-files.ts";

const folder = fileURLToPath(new URL("../../dist/dashboard/", import.meta.url));
const files = dashboardFiles(folder);
const get = (path: string, headers: Record<string, string> = {}) => files({ path, headers });
const page = String(get("/")?.body);
const [script = ""] = /\/assets\/[\w-]+\.js/.exec(page) ?? [];

/** What the build says of each of its chunks, by the file that it came from. */
type Manifest = Record<
  string,
  { file: string; css?: string[]; imports?: string[]; dynamicImports?: string[] }
>;

describe("the dashboard's files", () => {
  test.each(["/", "/events", "/events/evt_0", "/targets/team-chat", "/dead-letters/", "/setup"])(
    "%s is the page, which is asked for anew each time",
    (path) => {
      const reply = get(path)!;
      expect(reply.status).toBe(200);
      expect(String(reply.body)).toBe(page);
      expect(reply.headers["cache-control"]).toBe("no-store");
    },
  );

  test("a script's name holds its hash, so it is kept for ever", () => {
    const reply = get(script)!;
    expect(reply.headers["content-type"]).toBe("text/javascript; charset=utf-8");
    expect(reply.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
  });

  test("what is compressed is the same, and goes only to those who asked for it", () => {
    const plain = get(script)!.body as Buffer;
    const br = get(script, { "accept-encoding": "gzip, deflate, br" })!;
    const gzip = get(script, { "accept-encoding": "gzip;q=1.0, br;q=0" })!;
    expect(br.headers["content-encoding"]).toBe("br");
    expect(brotliDecompressSync(br.body as Buffer).equals(plain)).toBe(true);
    expect(gzip.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(gzip.body as Buffer).equals(plain)).toBe(true);
    expect(get(script, { "accept-encoding": "identity" })!.headers["content-encoding"]).toBeUndefined();
  });

  test("what is no page is none: a browser is shown so, with 404, and a program is left to the API", () => {
    expect(get("/nothing")).toBeUndefined();
    expect(get("/nothing", { accept: "text/html" })?.status).toBe(404);
    for (const path of ["/api/v1/nothing", "/docs/nothing", "/assets/nothing.js", "/queues/x"]) {
      expect(get(path, { accept: "text/html" }), path).toBeUndefined();
    }
    expect(get("/events/a/b")).toBeUndefined();
    expect(get("/../package.json")).toBeUndefined();
    expect(get("/pages.json")).toBeUndefined();
  });

  test("the page runs no script of its own and asks nobody else", () => {
    expect(page).not.toMatch(/<script(?![^>]*\bsrc="\/)/);
    expect(page).not.toMatch(/https?:/);
  });

  test("all that the overview loads is under 250 KB compressed", () => {
    const manifest = JSON.parse(readFileSync(join(folder, ".vite/manifest.json"), "utf8")) as Manifest;
    const loaded = new Set(["/", "/theme.js", "/signalbox.svg"]);
    const load = (name: string): void => {
      const chunk = manifest[name]!;
      if (loaded.has(`/${chunk.file}`)) return;
      for (const path of [chunk.file, ...(chunk.css ?? [])]) loaded.add(`/${path}`);
      chunk.imports?.forEach(load);
      // Another page is loaded when it is gone to; what a page loads besides itself is loaded with it.
      const besides = chunk.dynamicImports?.filter((other) => !other.startsWith("pages/"));
      if (name !== "index.html") besides?.forEach(load);
    };
    load("index.html");
    load("pages/overview.tsx");
    const sizes = [...loaded].map((path) => get(path, { "accept-encoding": "gzip" })!.body.length);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(250_000);
  });

  test("where it was not built, the front door says how to", () => {
    const unbuilt = dashboardFiles(mkdtempSync(join(tmpdir(), "signalbox-unbuilt-")));
    expect(String(unbuilt({ path: "/", headers: {} })?.body)).toContain("npm run build");
    expect(unbuilt({ path: "/events", headers: {} })).toBeUndefined();
  });
});
