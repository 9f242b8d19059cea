/** Variables from files: where NAME is not set and NAME_FILE is, the file's text is NAME's value, as it is at the time. */
import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Environment } from "./variables.ts";

const MAX_BYTES = 65_536;

/** Paths of files by the name of the variable that each stands for. */
export type SecretFiles = ReadonlyMap<string, string>;

/** The files that stand for those of the names which the environment has not; relative ones from the workspace. */
export function secretFiles(names: Iterable<string>, environment: Environment, dir: string): SecretFiles {
  const files = new Map<string, string>();
  for (const name of names) {
    const path = environment[`${name}_FILE`];
    if (environment[name] === undefined && path !== undefined && path !== "")
      files.set(name, resolve(dir, path));
  }
  return files;
}

/** What the files hold now, without the line break at their end. A file that cannot be read is left out. */
export async function readSecretFiles(files: SecretFiles): Promise<Environment> {
  const read = [...files].map(async ([name, path]) => [name, await readText(path)] as const);
  return Object.fromEntries((await Promise.all(read)).filter(([, text]) => text !== undefined));
}

async function readText(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path);
    if (!found.isFile() || found.size > MAX_BYTES) return undefined;
    return (await readFile(path, "utf8")).replace(/\r?\n$/, "");
  } catch {
    return undefined;
  }
}
