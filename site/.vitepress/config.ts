/** The site of docs/: VitePress over the pages as they lie in the repository. Nothing of it is fetched from another host. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { defineConfig } from "vitepress";
import { anchorOf, linkOf } from "../links.ts";
import { fullText, llmsText } from "../llms.ts";
import { plainPages } from "../plain-pages.ts";
import { PAGES, ROOT, SIDEBAR, addressOf } from "../sidebar.ts";

const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };

/** Where files that are not on the site can be looked at: `https://git.example/signalbox/blob/main`. */
const repository = process.env["SITE_REPOSITORY"];

/** Where `npm run docs:build` writes. */
const OUT = join(ROOT, "dist", "site");

/** The fonts of the reader's system. */
const FONTS =
  ":root{--vp-font-family-base:system-ui,sans-serif;--vp-font-family-mono:ui-monospace,Menlo,Consolas,monospace}";

const readmes = PAGES.map(({ file }) => file).filter((file) => file.endsWith("README.md"));

export default defineConfig({
  title: "Signalbox",
  description: "An event-driven webhook router: accept, verify, rewrite with JSONata, deliver.",
  lang: "en",
  // Where the site is below its host: `/signalbox/`.
  base: (process.env["SITE_BASE"] ?? "/") as `/${string}`,
  srcDir: ROOT,
  outDir: OUT,
  cacheDir: join(ROOT, "dist", "site-cache"),
  srcExclude: [
    "{src,test,editors,deploy,site,coverage,data,sources,routes,transforms,targets,schemas}/**",
    "bench/tmp/**",
  ],
  rewrites: Object.fromEntries(readmes.map((file) => [file, file.replace("README.md", "index.md")])),
  cleanUrls: true,
  head: [["style", {}, FONTS]],
  vite: { configFile: false, publicDir: false, build: { chunkSizeWarningLimit: 2000 } },
  markdown: {
    anchor: { slugify: anchorOf },
    languageAlias: { jsonata: "javascript", promql: "sql", mermaid: "txt" },
    config: (md) => plainPages(md, (page, href) => linkOf(page.slice(ROOT.length), href, repository)),
  },
  themeConfig: {
    search: { provider: "local" },
    sidebar: SIDEBAR.map(({ text, open, pages }) => ({
      text,
      collapsed: !open,
      items: pages.map((page) => ({ text: page.text, link: `/${addressOf(page.file)}` })),
    })),
    nav: [
      { text: "Tutorial", link: "/docs/tutorial" },
      { text: "Recipes", link: "/docs/recipes/" },
      { text: "Reference", link: "/docs/reference/settings" },
      { text: version, link: "/CHANGELOG" },
    ],
    outline: { level: [2, 3] },
    footer: { message: `Signalbox ${version}, Apache-2.0` },
  },
  /** Beside each page its Markdown, and the two files for assistants. */
  buildEnd({ outDir }) {
    for (const { file } of PAGES) {
      mkdirSync(dirname(join(outDir, file)), { recursive: true });
      copyFileSync(join(ROOT, file), join(outDir, file));
    }
    writeFileSync(join(outDir, "llms.txt"), llmsText());
    writeFileSync(join(outDir, "llms-full.txt"), fullText());
    // The one in the repository, too.
    if (outDir === OUT) writeFileSync(join(ROOT, "llms.txt"), llmsText());
  },
});
