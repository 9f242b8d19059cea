/** Workspaces as editors name them: by the URIs of files. */
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { FOLDERS } from "../files.ts";

/** A folder that holds one of a workspace's folders. */
export const isWorkspace = (dir: string): boolean =>
  Object.keys(FOLDERS).some((folder) => existsSync(join(dir, folder)));

/** The workspace of a file in one of its folders. */
export function workspaceOf(file: string): string | undefined {
  const folder = dirname(file);
  return basename(folder) in FOLDERS ? dirname(folder) : undefined;
}

/** The path of a `file:` URI; undefined for all others. */
export function pathOf(uri: string): string | undefined {
  try {
    return uri.startsWith("file:") ? fileURLToPath(uri) : undefined;
  } catch {
    return undefined;
  }
}

/** The URI of a file of a workspace. */
export const uriOf = (dir: string, path: string): string => pathToFileURL(join(dir, path)).href;
