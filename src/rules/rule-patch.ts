/** A rule that was edited elsewhere, and a case for it, as a patch of the workspace's files: git stays their owner. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { appendedYaml } from "./read.ts";
import { unifiedDiff } from "./unified-diff.ts";

/** What is to become of a transform's files. */
export interface RulePatch {
  readonly transform: string;
  /** The rule's text. */
  readonly rule: string;
  /** An entry of its `cases`. */
  readonly case?: object;
}

/** The patch against the files as they are on the disk now; an empty text where nothing changes. */
export async function rulePatch({ transform, rule, case: one }: RulePatch, dir: string): Promise<string> {
  const file = `transforms/${transform}.jsonata`;
  const textOf = (path: string): Promise<string | undefined> =>
    readFile(join(dir, path), "utf8").catch(() => undefined);
  const before = await textOf(file);
  const changes = [unifiedDiff(file, before, withEnd(rule, before))];
  if (one !== undefined) {
    const other = `transforms/${transform}.yml`;
    const short = await textOf(other);
    const path = short === undefined ? `transforms/${transform}.yaml` : other;
    const yaml = short ?? (await textOf(path));
    changes.push(unifiedDiff(path, yaml, appendedYaml(yaml ?? "", "cases", one)));
  }
  return changes.join("");
}

/** An editor's text may lack the last line's end. */
const withEnd = (text: string, before: string | undefined): string =>
  text.endsWith("\n") || text === before ? text : `${text}\n`;
