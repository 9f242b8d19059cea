/** Rules from git for `start`: looked at every so many seconds, taken over whole, or refused with a reason while those in force stay. */
import { gitRules } from "../adapters/rules/git-rules.ts";
import { SignalboxError } from "../core/errors.ts";
import type { Repository } from "../core/repository.ts";
import type { Router } from "../main.ts";
import type { Log } from "../ports.ts";
import { loadWorkspace, type Loaded } from "../rules/load.ts";
import { START, problem } from "../rules/problem.ts";
import type { Settings } from "../settings.ts";

/** A timer that is to wait longer fires at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** Where the rules come from, and how that is followed. */
export interface Origin {
  /** Reads them anew. Never throws for what a repository holds, or for one that does not answer. */
  load(): Promise<Loaded>;
  /** The same for the first time: where the repository does not answer, what was in force before is taken. */
  first(): Promise<Loaded>;
  /** Looks again every so many seconds, until the answer is called. */
  follow(router: Pick<Router, "reload">): () => void;
}

export function rulesFromGit(
  repository: Repository,
  { dataDir, ruleBudgets, rulesSeconds }: Pick<Settings, "dataDir" | "ruleBudgets" | "rulesSeconds">,
  environment: Readonly<Record<string, string | undefined>>,
  log: Log,
): Origin {
  const git = gitRules(repository, dataDir);
  /** What was found last, a commit or a reason: the rules are read again only when that changes. */
  let seen = "";

  const read = async ({ commit, dir }: { commit: string; dir: string }): Promise<Loaded> => {
    const { workspace, problems } = await loadWorkspace(dir, environment, ruleBudgets);
    if (workspace === undefined) return { workspace, problems };
    await git.keep(commit);
    return { workspace: { ...workspace, commit }, problems };
  };
  const failed = (error: unknown): Loaded => {
    if (!(error instanceof SignalboxError)) throw error;
    seen = error.detail;
    return { workspace: undefined, problems: [problem(".", START, error.code, error.detail)] };
  };
  const load = async (): Promise<Loaded> => {
    try {
      const checkout = await git.latest();
      seen = checkout.commit;
      return await read(checkout);
    } catch (error) {
      return failed(error);
    }
  };

  return {
    load,
    async first() {
      const loaded = await load();
      if (loaded.workspace !== undefined) return loaded;
      const former = await git.former();
      if (former === undefined) return loaded;
      const before = await read(former);
      const problems = loaded.problems
        .slice(0, 10)
        .map(({ file, line, code, message }) => `${file}:${line} ${code} ${message}`);
      log.error({ commit: former.commit, problems }, "rules.former");
      return before.workspace === undefined ? loaded : before;
    },
    follow(router) {
      let timer: NodeJS.Timeout | undefined;
      let ended = false;
      const look = async (): Promise<void> => {
        const known = seen;
        const found = await git.latest().then(
          ({ commit }) => commit,
          (error: unknown) => (error instanceof SignalboxError ? error.detail : String(error)),
        );
        if (found !== known && !ended) await router.reload();
      };
      const later = (): void => {
        timer = setTimeout(
          () => {
            look()
              .catch((error: unknown) => log.error({ error: String(error) }, "rules.unread"))
              .finally(() => {
                if (!ended) later();
              });
          },
          Math.min(rulesSeconds * 1_000, LONGEST_MS),
        );
        timer.unref();
      };
      later();
      return () => {
        ended = true;
        clearTimeout(timer);
      };
    },
  };
}
