/** Has VitePress read pages as a git host does: what looks like HTML or a Vue template is text, and links lead where `linkOf` says. */
import type { MarkdownRenderer } from "vitepress";

const escaped = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("{{", "&#123;&#123;");

/** HTML that pages use: line breaks in tables, and comments, which nobody sees. */
const html = (content: string): string =>
  content
    .split(/(<!--[^]*?-->|<br ?\/?>)/)
    .map((part, at) => (at % 2 === 0 ? escaped(part) : part.startsWith("<br") ? "<br>" : ""))
    .join("");

/** Changes the renderer; `link` is asked with the page's path, and its undefined makes text of a link. */
export function plainPages(
  md: MarkdownRenderer,
  link: (page: string, href: string) => string | undefined,
): void {
  const { rules } = md.renderer;
  rules.text = (tokens, at) => escaped(tokens[at]!.content);
  rules["code_inline"] = (tokens, at, _options, _env, self) =>
    `<code v-pre${self.renderAttrs(tokens[at]!)}>${escaped(tokens[at]!.content)}</code>`;
  rules["html_inline"] = rules["html_block"] = (tokens, at) => html(tokens[at]!.content);

  // After VitePress' own rule, which judges dead links by what they are now.
  md.core.ruler.push("site-links", (state) => {
    const page = (state.env as { path: string }).path;
    for (const { children } of state.tokens) {
      const kept: boolean[] = [];
      for (const token of children ?? []) {
        if (token.type === "link_close" && kept.pop() === false) token.tag = "span";
        if (token.type !== "link_open") continue;
        const href = link(page, token.attrGet("href") ?? "");
        kept.push(href !== undefined);
        if (href !== undefined) token.attrSet("href", href);
        else token.tag = "span";
        if (href === undefined) token.attrs = [["title", "in the repository"]];
      }
    }
  });
  const open = rules["link_open"];
  rules["link_open"] = (tokens, at, options, env, self) =>
    tokens[at]!.tag === "span" || open === undefined
      ? self.renderToken(tokens, at, options)
      : open(tokens, at, options, env, self);
}
