/** Texts that break what is careless: the Big List of Naughty Strings, and script payloads that would show that they ran. */
import { readFileSync } from "node:fs";

const listed = JSON.parse(
  readFileSync(new URL("../naughty-strings/blns.json", import.meta.url), "utf8"),
) as readonly string[];

/** Whatever runs sets this on the window. */
export const RAN = "__pwned";

const act = `window.${RAN}=(window.${RAN}||0)+1`;

/** Payloads for each place where a text may end up: markup, an attribute, a link, a style, a script, a template, a path. */
const aimed: readonly string[] = [
  `<script>${act}</script>`,
  `</script><script>${act}</script>`,
  `"><img src=x onerror="${act}">`,
  `'><img src=x onerror='${act}'>`,
  `" autofocus onfocus="${act}" x="`,
  `' onmouseover='${act}' x='`,
  `<svg onload="${act}">`,
  `<svg><animate onbegin="${act}" attributeName=x dur=1s>`,
  `<details open ontoggle="${act}">`,
  `<iframe srcdoc="<script>parent.${RAN}=1</script>"></iframe>`,
  `<iframe src="javascript:parent.${RAN}=1"></iframe>`,
  `<object data="data:text/html,<script>parent.${RAN}=1</script>"></object>`,
  `<form action="javascript:${act}"><button>go</button></form>`,
  `<a href="javascript:${act}">click</a>`,
  `<base href="https://evil.example/">`,
  `<meta http-equiv="refresh" content="0;url=https://evil.example/">`,
  `<link rel=stylesheet href="https://evil.example/x.css">`,
  `<img src="https://evil.example/beacon.gif">`,
  `<style>@import "https://evil.example/x.css";*{background:url(https://evil.example/y)}</style>`,
  `javascript:${act}`,
  `JaVaScRiPt:${act}`,
  ` \tjava\nscript:${act}`,
  `data:text/html,<script>${act}</script>`,
  `vbscript:${act}`,
  `//evil.example/x`,
  `\\\\evil.example\\x`,
  `{{constructor.constructor('${act}')()}}`,
  `\${${act}}`,
  `<%= ${act} %>`,
  `#{${act}}`,
  `__proto__`,
  `constructor`,
  `toString`,
  `dangerouslySetInnerHTML`,
  `{"__html":"<img src=x onerror='${act}'>"}`,
  `<!--<img src="--><img src=x onerror=${act}//">`,
  `<noscript><p title="</noscript><img src=x onerror=${act}>">`,
  `<math><mtext><table><mglyph><style><img src=x onerror=${act}>`,
  `&lt;script&gt;${act}&lt;/script&gt;`,
  `&#x3C;script&#x3E;`,
  `\u202Egnp.exe\u202C‏עברית‏ \u2066iso\u2069`,
  `zero\u200Bwidth\u200D\uFEFFjoiner\u2060`,
  `nul\u0000byte`,
  `bell\u0007 escape\u001B[31mred\u001B[0m`,
  `line\u2028separator\u2029paragraph`,
  `e${"\u0301".repeat(60)}`,
  `../../etc/passwd`,
  `..%2f..%2f%00`,
  `%E0%A4%A`,
  `%0d%0aSet-Cookie:%20x=1`,
  "`backticks` and `more` of ``them",
  `source:github status:500 "open quote`,
  `W${"i".repeat(3_000)}de`,
];

/** All of them, once each. */
export const NAUGHTY: readonly string[] = [...new Set([...listed, ...aimed])];

/** Those that hold markup, a link or a template: where a page is careless, these do something. */
export const ARMED: readonly string[] = NAUGHTY.filter((text) =>
  /[<>]|script:|\{\{|\$\{|\bon\w+=/i.test(text),
);

/** The list in portions. */
export function portions<T>(list: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, at) =>
    list.slice(at * size, (at + 1) * size),
  );
}

/** A text as UTF-8 carries it: half a surrogate pair becomes the replacement character. */
export function wellFormed(text: string): string {
  return Buffer.from(text, "utf8").toString("utf8");
}
