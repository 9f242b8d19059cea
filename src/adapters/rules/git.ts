/** What git knows of a folder. It is asked as a program, reads alone, and is given a ref only once it is known to be a commit. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { SignalboxError } from "../../core/errors.ts";

const run = promisify(execFile);

/** A commit, and whether the folder's files are as it has them. */
export interface Commit {
  /** 40 hex digits. */
  readonly commit: string;
  readonly edited: boolean;
}

const DEADLINE_MS = 5_000;
const MOST_BYTES = 64 * 1024 * 1024;

async function git(dir: string, args: readonly string[]): Promise<string> {
  const environment = { ...process.env, GIT_OPTIONAL_LOCKS: "0", GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" };
  const options = { cwd: dir, env: environment, timeout: DEADLINE_MS, maxBuffer: MOST_BYTES };
  return (await run("git", [...args], options)).stdout;
}

/** The commit that is checked out; undefined where the folder is in no git, or there is no git. Never throws. */
export async function commitOf(dir: string): Promise<Commit | undefined> {
  try {
    const commit = (await git(dir, ["rev-parse", "--verify", "HEAD"])).trim();
    const changed = await git(dir, ["status", "--porcelain", "--untracked-files=normal", "--", "."]);
    return { commit, edited: changed.trim() !== "" };
  } catch {
    return undefined;
  }
}

/** The files below a folder as a ref has them, by their path in the folder. Throws RULE_REF_UNKNOWN. */
export async function filesAt(
  dir: string,
  ref: string,
  folders: readonly string[],
): Promise<{ readonly commit: string; readonly files: ReadonlyMap<string, string> }> {
  const unknown = (why: string, cause?: unknown): SignalboxError =>
    new SignalboxError("RULE_REF_UNKNOWN", `\`${ref}\` cannot be read: ${why}`, { cause });
  const commit = await git(dir, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`])
    .then((text) => text.trim())
    .catch((cause: unknown) => {
      throw unknown("git knows no commit of this name here.", cause);
    });
  try {
    // Paths are relative to the folder, which may be below the repository's root.
    const listed = await git(dir, ["ls-tree", "-r", "-z", commit, "--", ...folders]);
    const wanted: { path: string; hash: string }[] = [];
    for (const row of listed.split("\0")) {
      const [, mode, hash, path] = /^(\d+) blob ([0-9a-f]+)\t(.+)$/.exec(row) ?? [];
      // A symbolic link (120000) leads nowhere here.
      if (path === undefined || hash === undefined || mode === "120000") continue;
      wanted.push({ path, hash });
    }
    const texts = await blobs(dir, [...new Set(wanted.map(({ hash }) => hash))]);
    return { commit, files: new Map(wanted.map(({ path, hash }) => [path, texts.get(hash) ?? ""])) };
  } catch (cause) {
    throw unknown("git does not give its files.", cause);
  }
}

/** Contents by their hashes, from one process. */
function blobs(dir: string, hashes: readonly string[]): Promise<ReadonlyMap<string, string>> {
  return new Promise((resolve, reject) => {
    const options = {
      cwd: dir,
      timeout: DEADLINE_MS * 4,
      maxBuffer: MOST_BYTES,
      encoding: "buffer",
    } as const;
    const child = execFile("git", ["cat-file", "--batch"], options, (error, output) => {
      if (error !== null) return reject(error);
      const texts = new Map<string, string>();
      // Each: `<hash> blob <bytes>\n`, the bytes, `\n`.
      for (let at = 0; at < output.length;) {
        const end = output.indexOf(10, at);
        const [hash = "", , size = "0"] = output.subarray(at, end).toString().split(" ");
        const from = end + 1;
        at = from + Number(size) + 1;
        texts.set(hash, output.subarray(from, at - 1).toString());
      }
      resolve(texts);
    });
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(hashes.map((hash) => `${hash}\n`).join(""));
  });
}
