/** Every page of the site, once, by the person who wants it; the site's sidebar, `llms.txt` and a test are made of this. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The repository's root: pages are files below it. */
export const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** A page: its file, relative to the root, and what the sidebar calls it. */
export interface Page {
  readonly file: string;
  readonly text: string;
}

/** Pages of one person or purpose; `open` are unfolded at first. */
export interface Group {
  readonly text: string;
  readonly open: boolean;
  readonly pages: readonly Page[];
}

/** Pages of a folder in the order of their names, each called by its heading. */
function folder(path: string, cut = /^$/): readonly Page[] {
  const names = existsSync(ROOT + path) ? readdirSync(ROOT + path) : [];
  return names
    .filter((name) => name.endsWith(".md"))
    .sort((a, b) => Number(b === "README.md") - Number(a === "README.md") || a.localeCompare(b))
    .map((name) => {
      const file = `${path}/${name}`;
      const [, heading = name] = /^# (.+)$/m.exec(readFileSync(ROOT + file, "utf8")) ?? [];
      return { file, text: heading.replaceAll("`", "").replace(cut, "") };
    });
}

const pages = (under: string, texts: Readonly<Record<string, string>>): readonly Page[] =>
  Object.entries(texts)
    .map(([name, text]) => ({ file: `${under}${name}.md`, text }))
    .filter(({ file }) => existsSync(ROOT + file));

/** Read from top to bottom it is the order in which a newcomer meets the program. */
export const SIDEBAR: readonly Group[] = [
  {
    text: "Start",
    open: true,
    pages: [
      ...pages("", { README: "What Signalbox is" }),
      ...pages("docs/", {
        tutorial: "Tutorial: fifteen minutes",
        "first-route": "A first route by hand",
        local: "On your own machine",
      }),
    ],
  },
  {
    text: "Connect a SaaS",
    open: true,
    pages: pages("docs/", { receiving: "What comes in", providers: "Providers", answers: "Answers" }),
  },
  {
    text: "Write rules",
    open: true,
    pages: pages("docs/", {
      authoring: "Writing and testing rules",
      language: "The rules' language",
      typing: "Types, before it runs",
      editor: "In the editor",
      versions: "Versions",
      impact: "Impact of a change",
      canary: "Shadow and canary",
    }),
  },
  {
    text: "Deliver",
    open: true,
    pages: pages("docs/", {
      targets: "Targets",
      lines: "Order, latest, throttle, batch",
      gates: "Gates: people decide",
      chains: "Chains",
      enrichment: "Enrichment",
      time: "Time and schedules",
    }),
  },
  {
    text: "Run it",
    open: true,
    pages: pages("docs/", {
      deploy: "Deploying",
      stores: "The store",
      reliability: "Nothing acknowledged is lost",
      backup: "Backup, restore, upgrade",
      people: "People and tokens",
      performance: "Where the time goes",
      "security-asvs": "OWASP ASVS 5.0",
    }),
  },
  {
    text: "Watch it",
    open: true,
    pages: pages("docs/", {
      dashboard: "The dashboard",
      operating: "Operating",
      drift: "Silence and drift",
      observability: "Metrics, alerts, traces",
      api: "The operator's API",
      mcp: "For assistants: MCP",
    }),
  },
  { text: "Recipes", open: false, pages: folder("docs/recipes") },
  {
    text: "Compare, migrate",
    open: false,
    pages: [
      ...pages("docs/", { comparison: "Comparison" }),
      ...pages("docs/migrate/", {
        README: "Migrating",
        hookdeck: "From Hookdeck",
        convoy: "From Convoy",
        "svix-bridge": "From Svix Bridge",
        n8n: "From n8n",
        "node-red": "From Node-RED",
      }),
    ],
  },
  { text: "Runbooks", open: false, pages: folder("docs/runbooks") },
  { text: "Reference", open: false, pages: folder("docs/reference") },
  { text: "The shipped routes", open: false, pages: folder("docs/routes") },
  { text: "Decisions", open: false, pages: folder("docs/decisions") },
  {
    text: "Inside",
    open: false,
    pages: [
      ...pages("", {
        ARCHITECTURE: "Architecture",
        CONTRIBUTING: "Contributing",
        SECURITY: "Security",
        CHANGELOG: "Changelog",
      }),
      ...pages("examples/", { README: "Flows to run and to read" }),
      ...folder("bench"),
    ],
  },
];

/** All pages of the site. */
export const PAGES: readonly Page[] = SIDEBAR.flatMap((group) => group.pages);

/** Where a page is on the site, without the base: `docs/targets`, `docs/runbooks/` for a README. */
export const addressOf = (file: string): string =>
  file.replace(/(^|\/)README\.md$/, "$1").replace(/\.md$/, "");
