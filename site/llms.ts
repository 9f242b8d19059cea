/** `llms.txt` (llmstxt.org): what this is and where each page is, for assistants; `llms-full.txt`: all pages in one. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PAGES, ROOT, SIDEBAR } from "./sidebar.ts";

/** What an assistant may leave out when room is short; the format calls it Optional. */
const OPTIONAL = new Set(["Runbooks", "The shipped routes", "Decisions", "Inside"]);

const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");

/** `: ` and the first sentence of what stands before the first section, without links and emphasis; nothing where there is none. */
function about(file: string): string {
  const [beginning = ""] = read(file).split(/^## /m);
  const paragraphs = beginning
    .replace(/<!--[^]*?-->/g, "")
    .replace(/```[^]*?```/g, "")
    .split(/\n\s*\n/)
    .map((one) => one.trim())
    .filter((one) => one !== "" && !/^(?:[#|>!]|[-*] |\d+\. )/.test(one));
  const text = (paragraphs[0] ?? "")
    .replace(/\s+/g, " ")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/\*\*([^*]+)\*\*/g, "$1")
    .replace(/(?<!\w)_([^_]+)_(?!\w)/g, "$1");
  const [sentence = text] = /^.*?[.:?](?= |$)/.exec(text) ?? [];
  return sentence === "" ? "" : `: ${sentence.replace(/[.:]$/, "")}`;
}

/** Links are relative to the repository's root, and to the site's: each page lies on both as Markdown. */
export function llmsText(): string {
  const line = ({ file, text }: { file: string; text: string }): string =>
    `- [${text}](${file})${about(file)}`;
  const sections = SIDEBAR.filter(({ text, pages }) => !OPTIONAL.has(text) && pages.length > 0);
  const optional = SIDEBAR.filter(({ text }) => OPTIONAL.has(text)).flatMap(({ pages }) => pages);
  return `# Signalbox

> An event-driven webhook router: Express accepts and verifies what a SaaS posts, BullMQ keeps it in Redis, a worker rewrites it with a JSONata rule from one JSON Schema to another and delivers it to a target API.

Sources, routes, transforms, targets and schemas are files in git. \`signalbox check\` finds every problem in them, \`signalbox test\` runs the
cases beside the transforms, \`signalbox start\` serves them. Every command takes \`--help\`; those that print a result take \`--json\`. JSON Schemas
of the files' formats are in docs/schemas/; the operator's API describes itself at /api/openapi.json.

${sections.map(({ text, pages }) => `## ${text}\n\n${pages.map(line).join("\n")}\n`).join("\n")}
## Optional

${optional.map(line).join("\n")}
`;
}

/** Every page, whole, each under a line that names its file. */
export const fullText = (): string =>
  PAGES.map(({ file }) => `<!-- ${file} -->\n\n${read(file).trim()}\n`).join("\n");
