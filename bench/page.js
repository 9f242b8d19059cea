/** `npm run bench -- page`: what the overview weighs on the wire and how soon it answers, in headless Chromium. */
import { existsSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { chromium } from "playwright-core";
import { readOptions } from "./options.js";
import { machine } from "./report.js";
import { drive, withRouter } from "./round.js";
import { OPERATOR_PAGE, cell, writeSection } from "./section.js";
import { logIn } from "./session.js";
import { prepare, sides } from "./sides.js";
import { withStage } from "./stage.js";

/** @typedef {Awaited<ReturnType<typeof load>>} Load */

const TARGETS = 'table[aria-label^="Targets"] tbody tr';
const HELP = "dialog[open]";
const ENCODINGS = /** @type {const} */ (["gzip", "br"]);
/** Nothing that calls home. */
const QUIET = ["--no-first-run", "--disable-background-networking", "--disable-component-update"];
const MORE = ["--no-sandbox", "--disable-sync", "--disable-quic", "--disable-gpu"];

/** @param {readonly string[]} args */
export async function run(args) {
  const options = readOptions(args, {
    numbers: { loads: 5, events: 2_000, connections: 32 },
    out: OPERATOR_PAGE,
  });
  prepare();
  const where = machine();
  const browser = await chromium.launch({ executablePath: findBrowser(), args: [...QUIET, ...MORE] });
  const loads = await withStage(options, (bench) =>
    withRouter(sides.signalbox, bench, { role: "all" }, async (open) => {
      const cookie = await logIn(open);
      await drive(open.url, bench, options.events);
      /** @type {Load[]} */
      const loads = [];
      // The first load of a browser that was just started is left out: it waits for the browser's own processes.
      await load(browser, open.admin, cookie, "gzip");
      for (let number = 0; number < options.loads; number += 1) {
        for (const encoding of ENCODINGS) loads.push(await load(browser, open.admin, cookie, encoding));
        console.log(`load ${number + 1}/${options.loads}  ${loads.slice(-2).map(line).join(" · ")}`);
      }
      return loads;
    }),
  );
  const more = `Chromium ${browser.version()}`;
  await browser.close();
  writeSection(options.out, "What the overview weighs", text(loads, options), { ...where, more });
}

/**
 * One load with nothing in any cache: bytes that came over the wire, and ms of the page's clock from the navigation to the
 * targets with their verdicts, and to the answer to a key that was pressed when they were there.
 * @param {import("playwright-core").Browser} browser @param {string} admin @param {string} cookie @param {typeof ENCODINGS[number]} encoding
 */
async function load(browser, admin, cookie, encoding) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  try {
    const [name = "", value = ""] = cookie.split(/=(.*)/s);
    await context.addCookies([{ name, value, url: admin.replace("http:", "https:") }]);
    const page = await context.newPage();
    /** @type {string[]} */
    const errors = [];
    page.on("pageerror", ({ message }) => errors.push(message));
    const network = await context.newCDPSession(page);
    await network.send("Network.enable");
    await network.send("Network.setExtraHTTPHeaders", { headers: { "accept-encoding": encoding } });
    let bytes = 0;
    let files = 0;
    /** @type {Set<string>} */
    const encodings = new Set();
    network.on("Network.responseReceived", ({ response }) => {
      const [, used] =
        Object.entries(response.headers).find(([header]) => header.toLowerCase() === "content-encoding") ??
        [];
      if (used !== undefined) encodings.add(used);
    });
    network.on("Network.loadingFinished", ({ encodedDataLength }) => {
      bytes += encodedDataLength;
      files += 1;
    });
    await page.addInitScript(mark, { targets: TARGETS, help: HELP });
    await page.goto(`${admin}/`, { waitUntil: "commit" });
    await page.locator(TARGETS).first().waitFor();
    await page.keyboard.press("?");
    await page.locator(HELP).waitFor();
    const marks = /** @type {Record<string, number>} */ (
      await page.evaluate(
        "Object.fromEntries(performance.getEntriesByType('mark').map((m) => [m.name, m.startTime]))",
      )
    );
    await page.waitForLoadState("networkidle");
    const { targets, help } = marks;
    if (targets === undefined || help === undefined) throw new Error("The page did not mark what it showed.");
    if ([...encodings].join() !== encoding)
      throw new Error(`Not ${encoding} but ${[...encodings].join()} came.`);
    if (errors.length > 0) throw new Error(`The page threw: ${errors[0]}`);
    return { encoding, bytes, files, shownMs: targets, answeredMs: help };
  } finally {
    await context.close();
  }
}

/** Runs in the page before its own scripts: marks when each of the two is there for the first time. @param {{ targets: string, help: string }} wanted */
function mark(wanted) {
  const { document, MutationObserver } = /** @type {any} */ (globalThis);
  const open = new Map(Object.entries(wanted));
  const look = () => {
    for (const [name, selector] of open) {
      if (document.querySelector(selector) === null) continue;
      open.delete(name);
      performance.mark(name);
    }
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
}

function findBrowser() {
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const folders = (process.env["PATH"] ?? "").split(":");
  const found = folders.flatMap((folder) => names.map((name) => `${folder}/${name}`)).find(existsSync);
  if (found === undefined) throw new Error("The bench needs Chromium or Chrome on the PATH.");
  return found;
}

/** @param {Load} load */
const line = ({ encoding, bytes, shownMs, answeredMs }) =>
  `${encoding} ${(bytes / 1_000).toFixed(1)} kB, shown ${shownMs.toFixed(0)} ms, answers ${answeredMs.toFixed(0)} ms`;

/** @param {readonly Load[]} loads @param {{ loads: number, events: number }} options */
function text(loads, { loads: count, events }) {
  /** @param {string} name @param {(load: Load) => number} of @param {number} digits */
  const row = (name, of, digits) => {
    const [gzip, br] = ENCODINGS.map((encoding) =>
      cell(loads.filter((load) => load.encoding === encoding).map(of), digits),
    );
    return `| ${name} | **${gzip}** | ${br} |`;
  };
  return `Written by \`npm run bench -- page\`. The overview after ${events} events, in headless Chromium on the router's machine, logged in, with
nothing in a cache.

| measure | gzip | Brotli |
|---|---|---|
${row("kB over the wire, headers and the API's answers too", ({ bytes }) => bytes / 1_000, 1)}
${row("answers, until nothing more came", ({ files }) => files, 0)}
${row("ms from the navigation to the targets with their verdicts", ({ shownMs }) => shownMs, 0)}
${row("ms from the navigation to the answer to a key", ({ answeredMs }) => answeredMs, 0)}

Medians of ${count} loads each, least and greatest in brackets, in a browser that runs, with a fresh context a load. Times are by the
page's own clock. The key \`?\` is pressed by the browser's driver once the targets are seen, and answered when its dialog is open:
the driver's way there and back is in the figure. Bytes are those of the browser's own network record.
Not measured: a network between browser and router, a slow machine, other browsers.`;
}
