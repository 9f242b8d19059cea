/** A real browser: the system's Chromium, or the one that npm brought; without either, tests are skipped by name. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { describe, it } from "vitest";

const required = (process.env["SIGNALBOX_TEST_REQUIRE"] ?? "").split(",").map((name) => name.trim());
const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/** Nothing that calls home: the tests reach this machine alone. */
const QUIET = [
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
  "--disable-gpu",
];

function system(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter(Boolean);
  return folders
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find((path) => existsSync(path));
}

/** Where a browser is; undefined where this machine can run none. `SIGNALBOX_TEST_BROWSER=npm` asks for npm's. */
async function find(): Promise<{ path: string; args: readonly string[] } | undefined> {
  const path = process.env["SIGNALBOX_TEST_BROWSER"] === "npm" ? undefined : system();
  if (path !== undefined) return { path, args: ["--no-sandbox", ...QUIET] };
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  const { default: brought } = await import("@sparticuz/chromium");
  const packed = await brought.executablePath();
  // It is of no use where the system lacks a library that it needs: better to know before the first test.
  execFileSync(packed, ["--version"], { stdio: "ignore" });
  // In one process the whole browser would go with the first page that is closed.
  return { path: packed, args: [...brought.args.filter((arg) => arg !== "--single-process"), ...QUIET] };
}

const found = await find().catch(() => undefined);

/** A suite in a browser. */
export function describeWithBrowser(name: string, suite: () => void): void {
  if (found !== undefined) describe(name, suite);
  else if (required.includes("browser")) describe(name, () => it("needs a browser", missing));
  else describe.skip(`${name} (skipped: no Chromium on PATH, and npm's runs on Linux x64 only)`, suite);
}

function missing(): never {
  throw new Error("SIGNALBOX_TEST_REQUIRE asks for a browser, and none can be started here.");
}

/** Starts the browser. */
export async function aBrowser(): Promise<Browser> {
  if (found === undefined) return missing();
  return chromium.launch({ executablePath: found.path, args: [...found.args], headless: true });
}

/**
 * A page in a session of its own. `errors` collects what it must never have: an error thrown, something that its policy
 * refused, an answer of 5xx, and, with `baseURL`, a call to anywhere else.
 */
export async function aPage(
  browser: Browser,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<{ page: Page; context: BrowserContext; errors: string[] }> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    locale: "en-US",
    ...options,
  });
  const errors: string[] = [];
  context.on("weberror", (error) => errors.push(`thrown: ${error.error().message}`));
  context.on("console", (line) => {
    if (/Content Security Policy/i.test(line.text())) errors.push(`refused by the policy: ${line.text()}`);
  });
  context.on("response", (answer) => {
    if (answer.status() >= 500) errors.push(`answered ${answer.status()}: ${answer.url()}`);
  });
  const own = options.baseURL === undefined ? undefined : new URL(options.baseURL).origin;
  context.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (own !== undefined && origin !== own && /^(http|ws)s?:$/.test(protocol))
      errors.push(`called elsewhere: ${request.url()}`);
  });
  return { page: await context.newPage(), context, errors };
}
