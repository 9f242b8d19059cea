/** Watches a page for whatever a payload may bring about: script, dialogs, outside calls, broken policy, errors, foreign elements. */
import type { BrowserContext, Page } from "playwright-core";
import { RAN } from "./naughty.ts";

/** What was seen so far, as sentences; empty when nothing was. */
export interface Watch {
  readonly seen: string[];
  /** Looks at what stands in the page now, and adds what should not. */
  look(): Promise<void>;
}

/** In the page: elements that no page of ours has, links that lead elsewhere than to http, and marks of what ran. */
const LOOK = `(() => {
  const found = [...window.__broken ?? []];
  window.__broken = [];
  if (window.${RAN} !== undefined) found.push("a payload ran");
  const foreign = "script, iframe, object, embed, base, meta[http-equiv], link[rel=stylesheet], style, form[action], math, video, audio";
  for (const element of document.body.querySelectorAll(foreign)) found.push("an element: " + element.outerHTML.slice(0, 200));
  for (const image of document.body.querySelectorAll("img"))
    if (new URL(image.src, location.href).origin !== location.origin) found.push("a picture: " + image.src);
  for (const link of document.querySelectorAll("[href], [src], [action], [formaction]"))
    for (const name of ["href", "src", "action", "formaction"]) {
      const value = link.getAttribute(name);
      if (value === null) continue;
      const url = URL.parse ? URL.parse(value, location.href) : new URL(value, location.href);
      if (url === null || !["http:", "https:", "data:"].includes(url.protocol)) found.push("a link: " + value.slice(0, 200));
      else if (url.protocol !== "data:" && url.origin !== location.origin) found.push("a link elsewhere: " + value.slice(0, 200));
    }
  for (const element of document.querySelectorAll("*"))
    for (const { name } of element.attributes)
      if (name.startsWith("on")) found.push("an attribute: " + name + " on " + element.tagName);
  return found;
})()`;

/** Watches from now on; `origin` is the page's own, the only one that may be asked. */
export async function watch(page: Page, context: BrowserContext, origin: string): Promise<Watch> {
  const seen: string[] = [];
  await context.addInitScript(
    `window.__broken = []; document.addEventListener("securitypolicyviolation", (event) => window.__broken.push("a policy was broken: " + event.violatedDirective + " " + event.blockedURI));`,
  );
  context.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !/^(data|blob):/.test(url)) seen.push(`an outside request: ${url}`);
  });
  context.on("page", (other) => {
    if (other !== page) seen.push(`another page: ${other.url()}`);
  });
  page.on("dialog", (dialog) => {
    seen.push(`a dialog: ${dialog.message()}`);
    dialog.dismiss().catch(() => undefined);
  });
  page.on("pageerror", (error) => seen.push(`an error: ${error.message}`));
  page.on("console", (line) => {
    if (/Content Security Policy|Refused to/i.test(line.text())) seen.push(`told: ${line.text()}`);
  });
  return {
    seen,
    async look() {
      const url = page.url();
      for (const sentence of await page.evaluate<string[]>(LOOK))
        seen.push(`${url.slice(0, 300)}: ${sentence}`);
    },
  };
}
