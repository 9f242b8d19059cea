/**
 * Rules that stand in a git repository, through the `git` of this machine: a commit becomes a folder of its own, whole before it is
 * looked at. Nothing of the repository is run; links in it come as the text that they hold.
 */
import { execFile, type ExecFileException } from "node:child_process";
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SignalboxError } from "../../core/errors.ts";
import { shownRepository, type Repository } from "../../core/repository.ts";

/** A commit that has been taken out. */
export interface Checkout {
  /** 40 hex digits. */
  readonly commit: string;
  /** The workspace in it. */
  readonly dir: string;
}

export interface GitRules {
  /** Asks the repository which commit the ref is, and takes it out. Throws RULE_GIT_UNREADABLE. */
  latest(): Promise<Checkout>;
  /** The commit that was in force when this data folder was used last; undefined where there is none. */
  former(): Promise<Checkout | undefined>;
  /** Notes that a commit is in force, and lets the folders of others go. */
  keep(commit: string): Promise<void>;
}

const PATIENCE_MS = 60_000;

/** `dataDir`: the router's own folder; what is taken out lies in `rules` in it. Asks nothing yet. */
export function gitRules(repository: Repository, dataDir: string): GitRules {
  const root = join(dataDir, "rules");
  const bare = join(root, "repository.git");
  const noted = join(root, "in-force");
  const folderOf = (commit: string): string => join(root, commit);
  const checkoutOf = (commit: string): Checkout => ({
    commit,
    dir: join(folderOf(commit), repository.folder),
  });

  async function run(
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    return new Promise((resolve, reject) => {
      const env = {
        ...process.env,
        // Nobody is there to be asked; and only what the setting names is reached, whatever a repository or an alias says.
        GIT_TERMINAL_PROMPT: "0",
        GIT_ALLOW_PROTOCOL: "https:http:ssh:file",
        LC_ALL: "C",
        ...environment,
      };
      const options = { env, timeout: PATIENCE_MS, killSignal: "SIGKILL", maxBuffer: 1_048_576 } as const;
      execFile(
        "git",
        ["-c", "core.symlinks=false", "-c", "core.hooksPath=/dev/null", ...args],
        options,
        (error, out, told) => {
          if (error === null) resolve(out);
          else reject(unreadable(error, told, repository));
        },
      );
    });
  }

  async function take(commit: string): Promise<void> {
    const folder = folderOf(commit);
    if ((await stat(folder).catch(() => undefined)) !== undefined) return;
    const half = `${folder}.${process.pid}`;
    await rm(half, { recursive: true, force: true });
    await mkdir(half, { recursive: true });
    try {
      const environment = { GIT_INDEX_FILE: join(root, `index.${process.pid}`) };
      await run(
        ["--git-dir", bare, "--work-tree", half, "checkout", "--force", commit, "--", "."],
        environment,
      );
      await rm(environment.GIT_INDEX_FILE, { force: true });
      await rename(half, folder);
    } finally {
      await rm(half, { recursive: true, force: true });
    }
  }

  return {
    async latest() {
      await mkdir(root, { recursive: true, mode: 0o700 });
      await run(["init", "--quiet", "--bare", bare]);
      const refs = [
        "fetch",
        "--quiet",
        "--depth=1",
        "--no-tags",
        "--force",
        "--",
        repository.url,
        repository.ref,
      ];
      await run(["--git-dir", bare, ...refs]);
      const commit = (await run(["--git-dir", bare, "rev-parse", "--verify", "FETCH_HEAD^{commit}"])).trim();
      await take(commit);
      const checkout = checkoutOf(commit);
      if ((await stat(checkout.dir).catch(() => undefined))?.isDirectory() === true) return checkout;
      throw new SignalboxError(
        "RULE_GIT_UNREADABLE",
        `${shownRepository(repository)}: commit ${commit.slice(0, 10)} has no folder \`${repository.folder}\`.`,
      );
    },

    async former() {
      const commit = (await readFile(noted, "utf8").catch(() => "")).trim();
      if (!/^[0-9a-f]{40}$/.test(commit)) return undefined;
      const there = await stat(folderOf(commit)).catch(() => undefined);
      return there && checkoutOf(commit);
    },

    async keep(commit) {
      await writeFile(`${noted}.${process.pid}`, `${commit}\n`);
      await rename(`${noted}.${process.pid}`, noted);
      for (const name of await readdir(root))
        if (/^[0-9a-f]{40}/.test(name) && name !== commit)
          await rm(join(root, name), { recursive: true, force: true });
    },
  };
}

/** Why, in git's own words; never with what the URL holds of a password. */
function unreadable(error: ExecFileException, told: string, repository: Repository): SignalboxError {
  const lines = told.trim().split("\n").filter(Boolean);
  const said = lines.find((line) => /^(fatal|error|ssh):/i.test(line)) ?? lines.at(-1) ?? "";
  const why =
    (error.code as unknown) === "ENOENT"
      ? "there is no `git` on this machine"
      : error.killed === true
        ? `no answer within ${PATIENCE_MS / 1000} s`
        : said.replaceAll(/\/\/[^/@\s]*@/g, "//…@").slice(0, 300);
  return new SignalboxError("RULE_GIT_UNREADABLE", `${shownRepository(repository)}: ${why}.`, {
    cause: error,
  });
}
