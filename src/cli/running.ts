/** Where the running router is, and the token that it takes from this machine: written by `start` into the data folder, read by the commands that ask it. */
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Addresses of a running router. */
export interface Running {
  readonly pid: number;
  readonly hooks?: string;
  readonly admin?: string;
  /** What the operator's side takes from this machine; new with each start. */
  readonly token?: string;
}

const fileOf = (dataDir: string): string => join(dataDir, "router.json");

export async function noteRunning(
  dataDir: string,
  { hooks, admin, localToken: token }: { hooks?: string; admin?: string; localToken: string },
): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  // The mode counts only for a file that is made, so it is made anew, and moved into its place whole.
  const file = fileOf(dataDir);
  const written = `${file}.${process.pid}`;
  await rm(written, { force: true });
  await writeFile(written, `${JSON.stringify({ pid: process.pid, hooks, admin, token })}\n`, { mode: 0o600 });
  await rename(written, file);
}

/** Only our own note: another router on the folder may have written its own since. */
export async function forgetRunning(dataDir: string): Promise<void> {
  const running = await findRunning(dataDir);
  if (running?.pid === process.pid) await rm(fileOf(dataDir), { force: true });
}

/** The router whose note lies in the data folder; undefined where there is none. It may have died since. */
export async function findRunning(dataDir: string): Promise<Running | undefined> {
  try {
    return JSON.parse(await readFile(fileOf(dataDir), "utf8")) as Running;
  } catch {
    return undefined;
  }
}
