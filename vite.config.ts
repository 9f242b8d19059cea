/** Builds the dashboard into dist/dashboard: hashed names, each file also compressed, and the list of its pages. */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";
import { PAGE_PATHS } from "./src/dashboard/shell/paths.ts";

const root = fileURLToPath(new URL("./src/dashboard/", import.meta.url));
const outDir = fileURLToPath(new URL("./dist/dashboard/", import.meta.url));

/** `npx vite` asks a router on this machine, which takes calls of its own page alone. */
const ROUTER = {
  target: "http://127.0.0.1:8081",
  changeOrigin: true,
  headers: { origin: "http://127.0.0.1:8081" },
};

/** The shell and the parts; what draws plots and codes, or asks for tokens, is loaded with the pages that do. */
const EVERYWHERE =
  /node_modules\/@?preact|dashboard\/(?:api|shell)\/|dashboard\/parts\/(?!plot-canvas|qr|tokens-table|once|range)/;

/** `x.js.br` and `x.js.gz` beside `x.js`, and `pages.json`: which paths are pages. Written last, so its time says how new the build is. */
function served(): Plugin {
  let folder: string;
  return {
    name: "signalbox-served",
    apply: "build",
    configResolved({ build }) {
      folder = build.outDir;
    },
    closeBundle() {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (!/\.(js|css|html|svg)$/.test(entry.name)) continue;
        const path = join(entry.parentPath, entry.name);
        const bytes = readFileSync(path);
        const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
        writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
      }
      writeFileSync(join(folder, "pages.json"), JSON.stringify(PAGE_PATHS));
    },
  };
}

export default defineConfig({
  root,
  publicDir: join(root, "public"),
  logLevel: "warn",
  build: {
    outDir,
    emptyOutDir: true,
    manifest: true,
    target: ["chrome123", "firefox121", "safari17.5"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    reportCompressedSize: false,
    rolldownOptions: {
      checks: { pluginTimings: false },
      // What nearly every page needs comes in one file, not in a dozen that wait for each other.
      output: { codeSplitting: { groups: [{ name: "parts", test: EVERYWHERE }] } },
    },
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [served()],
  server: { proxy: { "/api": ROUTER, "/docs": ROUTER, "/queues": ROUTER } },
});
