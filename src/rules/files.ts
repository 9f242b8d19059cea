/** Finds and reads the workspace's files: regular, inside the workspace, UTF-8, at most 256 KB each. */
import { createHash } from "node:crypto";
import { readFile, readdir, realpath, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { START } from "./problem.ts";
import type { Tell } from "./problem.ts";

/** The folders of a workspace and the endings of the files in each. */
export const FOLDERS = {
  sources: [".yaml", ".yml"],
  routes: [".yaml", ".yml"],
  transforms: [".jsonata", ".yaml", ".yml"],
  targets: [".yaml", ".yml"],
  schemas: [".json"],
} as const;

export type Folder = keyof typeof FOLDERS;

/** A file of the workspace that could be read. */
export interface WorkspaceFile {
  readonly folder: Folder;
  /** The stem. */
  readonly name: string;
  /** "yaml" for `.yml` too. */
  readonly format: "yaml" | "jsonata" | "json";
  /** Relative to the workspace, with `/`. */
  readonly path: string;
  readonly text: string;
}

const MAX_BYTES = 256 * 1024;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** What stands in the five folders. */
export interface Found {
  readonly files: readonly WorkspaceFile[];
  /** Of files that could not be read, too: who names them is not wrong. */
  readonly names: Readonly<Record<Folder, ReadonlySet<string>>>;
}

/** Texts of files that an editor has not saved yet, by their paths in the workspace. */
export type Unsaved = ReadonlyMap<string, string>;

/** Every file of the five folders; what is wrong with any is told. A file that is told of with an error is left out. */
export async function readFiles(dir: string, tell: Tell, unsaved: Unsaved = new Map()): Promise<Found> {
  const folders = Object.keys(FOLDERS) as Folder[];
  const names = Object.fromEntries(folders.map((folder) => [folder, new Set<string>()])) as Record<
    Folder,
    Set<string>
  >;
  const found = await Promise.all(
    folders.map((folder) => readFolder(dir, folder, names[folder], tell, unsaved)),
  );
  return { files: found.flat(), names };
}

async function readFolder(
  dir: string,
  folder: Folder,
  names: Set<string>,
  tell: Tell,
  unsaved: Unsaved,
): Promise<WorkspaceFile[]> {
  const entries = await entriesOf(dir, folder, unsaved, tell);
  const taken = new Map<string, string>();
  const files: Omit<WorkspaceFile, "text">[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith(".")) continue;
    const path = `${folder}/${entry.name}`;
    const ending = FOLDERS[folder].find((one) => entry.name.endsWith(one));
    if (ending === undefined || entry.isDirectory) {
      if (!isBeside(folder, entry.name, entry.isDirectory))
        tell(path, START, "RULE_FILE_UNKNOWN", notRead(folder, path));
      continue;
    }
    const name = entry.name.slice(0, -ending.length);
    const format = ending === ".jsonata" ? "jsonata" : ending === ".json" ? "json" : "yaml";
    names.add(name);
    if (!NAME.test(name)) tell(path, START, "RULE_NAME_INVALID", `\`${name}\` cannot be a name.`);
    else if (claim(taken, name, format, path, tell)) files.push({ folder, name, format, path });
  }
  const read = files.map(async (file) => {
    const text = unsaved.get(file.path) ?? (await readText(dir, file.path, tell));
    return text === undefined ? [] : [{ ...file, text }];
  });
  return (await Promise.all(read)).flat();
}

/** What stands in a folder, and what will once it is saved. */
async function entriesOf(
  dir: string,
  folder: Folder,
  unsaved: Unsaved,
  tell: Tell,
): Promise<{ readonly name: string; readonly isDirectory: boolean }[]> {
  const found = await readdir(join(dir, folder), { withFileTypes: true }).catch(
    ({ code }: NodeJS.ErrnoException) => {
      // Only a folder that is not there holds nothing; of one that cannot be read that is not known.
      if (code !== "ENOENT")
        tell(folder, START, "RULE_FILE_UNREADABLE", `\`${folder}/\` cannot be read (${code}).`);
      return [];
    },
  );
  const there = new Set(found.map(({ name }) => name));
  const coming = [...unsaved.keys()]
    .filter((path) => path.startsWith(`${folder}/`))
    .map((path) => path.slice(folder.length + 1))
    .filter((name) => !name.includes("/") && !there.has(name));
  return [
    ...found.map((entry) => ({ name: entry.name, isDirectory: entry.isDirectory() })),
    ...coming.map((name) => ({ name, isDirectory: false })),
  ];
}

/** What may lie beside the files without being one: documentation anywhere, the cases' samples beside transforms. */
function isBeside(folder: Folder, name: string, isDirectory: boolean): boolean {
  return name.endsWith(".md") || (folder === "transforms" && (isDirectory || name.endsWith(".json")));
}

function notRead(folder: Folder, path: string): string {
  return `\`${path}\` is not read: ${folder}/ holds files that end in ${FOLDERS[folder].join(", ")}.`;
}

/** Names are told apart without regard to case, as some file systems do; a rule and its YAML share theirs exactly. */
function claim(taken: Map<string, string>, name: string, format: string, path: string, tell: Tell): boolean {
  const lower = name.toLowerCase();
  const holder = taken.get(`${lower} ${format}`);
  const partner = taken.get(lower);
  taken.set(`${lower} ${format}`, holder ?? path);
  taken.set(lower, partner ?? path);
  const isPair = partner !== undefined && partner.replace(/\.[a-z]+$/, "") === path.replace(/\.[a-z]+$/, "");
  if (holder === undefined && (partner === undefined || isPair)) return true;
  tell(path, START, "RULE_NAME_TAKEN", `\`${name}\` is the name of \`${holder ?? partner ?? ""}\` already.`);
  return false;
}

/** A file's text without a byte order mark; undefined, and told, where it cannot or must not be read. */
export async function readText(dir: string, path: string, tell: Tell): Promise<string | undefined> {
  const unreadable = (why: string): undefined =>
    tell(path, START, "RULE_FILE_UNREADABLE", `\`${path}\` ${why}.`) as undefined;
  try {
    const [root, real] = await Promise.all([realpath(dir), realpath(join(dir, path))]);
    if (isOutside(root, real)) return unreadable("leads out of the workspace");
    const { size, ...stats } = await stat(real).then((found) => ({
      size: found.size,
      isFile: found.isFile(),
    }));
    if (!stats.isFile) return unreadable("is not a regular file");
    if (size > MAX_BYTES) {
      tell(
        path,
        START,
        "RULE_FILE_TOO_LARGE",
        `\`${path}\` has ${Math.ceil(size / 1024)} KB; at most 256 KB are read.`,
      );
      return undefined;
    }
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(real));
  } catch (error) {
    if (error instanceof TypeError) return unreadable("is not UTF-8");
    return unreadable(`cannot be read (${(error as { code?: string }).code ?? "unknown cause"})`);
  }
}

/** True for a path that is not below a folder. */
function isOutside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === ".." || way.startsWith(`..${sep}`);
}

/** 12 hex digits that stand for texts: the same texts in the same order, the same digits. */
export function revisionOf(texts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${Buffer.byteLength(text)}:`).update(text);
  return hash.digest("hex").slice(0, 12);
}
