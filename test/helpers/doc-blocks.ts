/** The code blocks of the documents: where they stand, which file they show, what is said before them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../site/sidebar.ts";

export interface Block {
  readonly page: string;
  /** The line of the opening fence, from 1. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** The file of a workspace that the block is: named by its first line, or by the line before it (`` `schemas/note.json`: ``). */
  readonly file: string | undefined;
  /** What a comment right before the block says of it: `<!-- unchecked: why -->`, `<!-- prints -->`. */
  readonly remark: string | undefined;
}

const NAMED = /^(?:#|\/\*) ((?:sources|routes|targets|transforms)\/[\w.-]+\.(?:yaml|jsonata))\b/;
const NAMED_BEFORE = /^`([\w./-]+\.(?:json|yaml|jsonata|mjs)|\.env)`:?$/;

/** All fenced blocks of a page, in order. */
export function blocksOf(page: string): readonly Block[] {
  const lines = readFileSync(join(ROOT, page), "utf8").split("\n");
  const blocks: Block[] = [];
  let open: { at: number; language: string } | undefined;
  for (const [at, line] of lines.entries()) {
    const fence = /^( *)```(\w*)/.exec(line);
    if (fence === null) continue;
    if (open === undefined) {
      open = { at, language: fence[2] ?? "" };
      continue;
    }
    const indent = fence[1]!.length;
    const text = `${lines
      .slice(open.at + 1, at)
      .map((one) => one.slice(indent))
      .join("\n")}\n`;
    const before = lines
      .slice(0, open.at)
      .filter((one) => one.trim() !== "")
      .slice(-2);
    const remark = /^<!-- (.+) -->$/.exec(before.at(-1)?.trim() ?? "")?.[1];
    const named = remark === undefined ? before.at(-1) : before.at(-2);
    const file = NAMED.exec(text)?.[1] ?? NAMED_BEFORE.exec(named?.trim() ?? "")?.[1];
    blocks.push({ page, line: open.at + 1, language: open.language, text, file, remark });
    open = undefined;
  }
  return blocks;
}
