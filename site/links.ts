/** Where the links of a page lead on the site: to pages; to what only the repository has, where its address is known; else they are text. */
import { posix } from "node:path";
import { PAGES, addressOf } from "./sidebar.ts";

const files = new Set(PAGES.map(({ file }) => file));

/** A link on the site (`/docs/targets#who-we-are`), one to another host as it is, or undefined where nothing can be linked to. */
export function linkOf(page: string, href: string, repository: string | undefined): string | undefined {
  if (/^(?:[a-z]+:|#)/.test(href)) return href;
  const [path = "", anchor] = href.split("#");
  const file = posix.normalize(posix.join(posix.dirname(page), path)).replace(/\/$/, "");
  const hash = anchor === undefined ? "" : `#${anchor}`;
  for (const candidate of [file, `${file}/README.md`])
    if (files.has(candidate)) return `/${addressOf(candidate)}${hash}`;
  return repository === undefined ? undefined : `${repository.replace(/\/$/, "")}/${file}${hash}`;
}

/** The anchor of a heading, as git hosts make it. */
export const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_\- ]/gu, "")
    .trim()
    .replaceAll(" ", "-");
