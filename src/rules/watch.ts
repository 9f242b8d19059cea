/** Tells when a file of the workspace is changed, added or removed: in its folders, those below, and its `.env`. */
import { readdirSync, statSync, watch } from "node:fs";
import type { Dirent, FSWatcher } from "node:fs";
import { join } from "node:path";
import { FOLDERS } from "./files.ts";

/** Changes that come within so many ms are one: editors write in several steps. */
const SETTLE_MS = 50;
/** Where the system tells nothing, as for some mounted folders, it is looked every so many ms. */
const LOOK_MS = 1_000;

/** Calls `changed` once for each set of changes, until the answer is called. */
export function watchFiles(dir: string, changed: () => void): () => void {
  const watchers = new Map<string, FSWatcher>();
  let known = printOf(dir);
  let settling: NodeJS.Timeout | undefined;
  const look = (): void => {
    const now = printOf(dir);
    arm();
    if (now === known) return;
    known = now;
    changed();
  };
  const soon = (): void => {
    clearTimeout(settling);
    settling = setTimeout(look, SETTLE_MS);
  };
  const arm = (): void => {
    for (const folder of foldersOf(dir)) {
      if (watchers.has(folder)) continue;
      try {
        const watcher = watch(folder, soon);
        watcher.on("error", () => {
          watcher.close();
          watchers.delete(folder);
        });
        watchers.set(folder, watcher);
      } catch {
        // It is not there yet, or there are too many: looking finds what it holds.
      }
    }
  };
  arm();
  const timer = setInterval(look, LOOK_MS);
  return () => {
    clearInterval(timer);
    clearTimeout(settling);
    for (const watcher of watchers.values()) watcher.close();
  };
}

/** The workspace's own folder, those of its files, and those below. */
function foldersOf(dir: string): string[] {
  const below = (folder: string, depth: number): string[] => [
    folder,
    ...entriesOf(folder)
      .filter((entry) => entry.isDirectory() && depth < 4)
      .flatMap(({ name }) => below(join(folder, name), depth + 1)),
  ];
  return [dir, ...Object.keys(FOLDERS).flatMap((folder) => below(join(dir, folder), 0))];
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Names, sizes and times of all files. */
function printOf(dir: string): string {
  const files = foldersOf(dir)
    .slice(1)
    .flatMap((folder) =>
      entriesOf(folder)
        .filter((entry) => !entry.isDirectory())
        .map(({ name }) => join(folder, name)),
    );
  return [join(dir, ".env"), ...files].map((path) => `${path} ${stateOf(path)}`).join("\n");
}

function stateOf(path: string): string {
  try {
    const { size, mtimeMs, ino } = statSync(path);
    return `${size} ${mtimeMs} ${ino}`;
  } catch {
    return "gone";
  }
}
