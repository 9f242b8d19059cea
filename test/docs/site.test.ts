/** The documents as a whole: every page is on the site once, what is linked is there, and the site is built without another host. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, normalize } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anchorOf, linkOf } from "../../site/links.ts";
import { llmsText } from "../../site/llms.ts";
import { PAGES, ROOT, SIDEBAR, addressOf } from "../../site/sidebar.ts";

const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");
const withoutCode = (text: string): string =>
  text.replace(/^ *```[^]*?^ *```/gm, "").replace(/`[^`\n]+`/g, "`…`");

/** The anchors of a page's headings: a repeated one gets a number. */
function anchorsOf(file: string): readonly string[] {
  const seen = new Map<string, number>();
  return [
    ...read(file)
      .replace(/^ *```[^]*?^ *```/gm, "")
      .matchAll(/^#+ (.+)$/gm),
  ].map(([, heading]) => {
    const anchor = anchorOf(heading!.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1"));
    const times = seen.get(anchor) ?? 0;
    seen.set(anchor, times + 1);
    return times === 0 ? anchor : `${anchor}-${times}`;
  });
}

describe("the sidebar", () => {
  it("has every page of docs/, of bench/ and of the root once", () => {
    const files = readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" }).map(
      (name) => `docs/${name}`,
    );
    for (const folder of ["", "bench/"])
      files.push(...readdirSync(join(ROOT, folder)).map((name) => folder + name));
    const pages = files.filter((name) => name.endsWith(".md")).sort();
    expect([...PAGES.map(({ file }) => file)].filter((file) => file !== "examples/README.md").sort()).toEqual(
      pages,
    );
  });

  it("has no group without a page, and no name twice in a group", () => {
    for (const { text, pages } of SIDEBAR) {
      expect(pages.length, text).toBeGreaterThan(0);
      const names = pages.map((page) => page.text);
      expect(new Set(names).size, text).toBe(names.length);
    }
  });
});

describe.each(PAGES.map(({ file }) => file))("%s", (page) => {
  const text = withoutCode(read(page));
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
  const local = links.filter((link) => !/^[a-z]+:/.test(link));

  it("links to files and headings that are there, and shows pictures that are", () => {
    const broken = local.filter((link) => {
      const [path = "", anchor] = link.split("#");
      const file = path === "" ? page : normalize(join(dirname(page), path));
      if (!existsSync(join(ROOT, file))) return true;
      if (anchor === undefined || /^L\d+$/.test(anchor)) return false;
      const linked = statSync(join(ROOT, file)).isDirectory() ? join(file, "README.md") : file;
      return !anchorsOf(linked).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it("reads the same on a git host: one first heading, and no HTML but comments and line breaks", () => {
    const shown = text.replace(/<!--[^]*?-->/g, "");
    expect(shown.match(/^# .+$/gm)).toHaveLength(1);
    expect(shown.match(/(?<!\\)<(?!br ?\/?>|https?:)[a-z/][^>]*>/g) ?? []).toEqual([]);
    expect(shown).not.toMatch(/^:::|^\[\[toc\]\]|^<script/m);
  });
});

describe("a link on the site", () => {
  it("leads to a page, to its README for a folder, to the repository, or nowhere", () => {
    expect(linkOf("docs/targets.md", "lines.md#order", undefined)).toBe("/docs/lines#order");
    expect(linkOf("docs/targets.md", "runbooks/README.md", undefined)).toBe("/docs/runbooks/");
    expect(linkOf("README.md", "docs/runbooks/", undefined)).toBe("/docs/runbooks/");
    expect(linkOf("docs/targets.md", "../README.md", undefined)).toBe("/");
    expect(linkOf("docs/targets.md", "../src/main.ts", undefined)).toBeUndefined();
    expect(linkOf("docs/targets.md", "../src/main.ts#L3", "https://git.example/x/")).toBe(
      "https://git.example/x/src/main.ts#L3",
    );
    expect(linkOf("docs/targets.md", "https://docs.jsonata.org", undefined)).toBe("https://docs.jsonata.org");
    expect(addressOf("docs/routes/README.md")).toBe("docs/routes/");
  });
});

describe("llms.txt", () => {
  const text = read("llms.txt");

  it("is what the pages make of it now: `npm run docs:build` writes it", () => expect(text).toBe(llmsText()));

  it("has the parts that llmstxt.org names: a title, a summary, lists of links under headings", () => {
    const [title, , summary] = text.split("\n");
    expect(title).toBe("# Signalbox");
    expect(summary).toMatch(/^> .{50}/);
    const listed = text
      .slice(text.indexOf("\n## "))
      .split("\n")
      .filter((line) => line !== "");
    for (const line of listed) expect(line).toMatch(/^## .+|^- \[[^\]]+\]\([^)]+\)(?:$|: .{5})/);
    expect(text).toContain("\n## Optional\n");
  });

  it("links to every page, and to nothing that is not there", () => {
    const links = [...text.matchAll(/^- \[[^\]]+\]\(([^)]+)\)/gm)].map(([, file]) => file!);
    expect(links.sort()).toEqual(PAGES.map(({ file }) => file).sort());
  });
});

describe("the site", () => {
  let out: string;
  const html = (file: string): string => readFileSync(join(out, file), "utf8");

  /** VitePress ends with an error where a link is dead. */
  beforeAll(() => {
    out = mkdtempSync(join(tmpdir(), "signalbox-site-"));
    const program = join(ROOT, "node_modules", "vitepress", "bin", "vitepress.js");
    execFileSync(process.execPath, [program, "build", "site", "--outDir", out], { cwd: ROOT, stdio: "pipe" });
  }, 180_000);
  afterAll(() => rmSync(out, { recursive: true, force: true }));

  it("has a page for each file, and the file itself for those who want Markdown", () => {
    for (const { file } of PAGES) {
      const address = addressOf(file);
      const page = address === "" || address.endsWith("/") ? `${address}index.html` : `${address}.html`;
      expect(html(page)).toContain("<main");
      expect(html(file)).toBe(read(file));
    }
    expect(html("llms.txt")).toBe(llmsText());
    expect(html("llms-full.txt")).toContain("# Your first route");
  });

  it("gives headings the anchors that a git host gives them", () => {
    for (const file of ["docs/targets.md", "docs/language.md", "docs/reliability.md"]) {
      const ids = [...html(`${addressOf(file)}.html`).matchAll(/<h[1-6] id="([^"]+)"/g)].map(([, id]) => id);
      expect(ids).toEqual(anchorsOf(file));
    }
  });

  it("shows what looks like HTML or a template as the text that it is", () => {
    expect(html("docs/targets.html")).toContain("{{ JSONata }}");
    expect(html("index.html")).toContain("/hooks/&lt;source&gt;");
  });

  it("fetches nothing from another host, and says its version", () => {
    const { version } = JSON.parse(read("package.json")) as { version: string };
    const loads = /<(?:script|link|img|iframe)[^>]+(?:src|href)="(?:https?:)?\/\/[^"]*"/g;
    for (const { file } of PAGES.slice(0, 12)) {
      const page = html(addressOf(file) === "" ? "index.html" : `${addressOf(file)}.html`);
      expect(page.match(loads) ?? []).toEqual([]);
      expect(page).toContain(`Signalbox ${version}`);
    }
    const assets = readdirSync(join(out, "assets"), { recursive: true, encoding: "utf8" });
    for (const name of assets.filter((one) => one.endsWith(".css")))
      expect(html(`assets/${name}`)).not.toMatch(/url\(["']?(?:https?:)?\/\//);
    expect(assets.some((name) => name.includes("localSearchIndex"))).toBe(true);
  });
});
