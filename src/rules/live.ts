/** The rules in force, and how others take their place: all of them at once, or none. */
import type { Loaded, Problem } from "./load.ts";
import type { Workspace } from "./workspace.ts";

/** What became of reading the workspace again. */
export interface Reloaded {
  /** `refused`: the files have errors, and the rules that were in force stay. */
  readonly state: "changed" | "unchanged" | "refused";
  /** Of the rules in force now, and before. */
  readonly revision: string;
  readonly was: string;
  /** Errors and warnings of the files as they are. */
  readonly problems: readonly Problem[];
}

export interface LiveRules {
  current(): Workspace;
  /** Reads the files again. Those who ask while that goes on share the next reading, which begins after they asked. */
  reload(): Promise<Reloaded>;
  /** When files were refused last, epoch ms of this process's clock, if nothing was put in force since; and with how many errors. */
  readonly refused: { readonly at: number; readonly errors: number } | undefined;
}

/**
 * `load` reads the workspace; `apply` puts everything that depends on it right, and is called after it is in force. What either
 * throws is thrown by `reload`.
 */
export function liveRules(
  first: Workspace,
  load: () => Promise<Loaded>,
  apply: (workspace: Workspace, former: Workspace) => Promise<void>,
): LiveRules {
  let current = first;
  let refused: LiveRules["refused"];
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<Reloaded> | undefined;

  const reload = async (): Promise<Reloaded> => {
    next = undefined;
    const { workspace, problems } = await load();
    const was = current.revision;
    if (workspace === undefined) {
      const errors = problems.filter(({ severity }) => severity === "error").length;
      refused = { at: Date.now(), errors };
      return { state: "refused", revision: was, was, problems };
    }
    const former = current;
    current = workspace;
    refused = undefined;
    await apply(workspace, former);
    const { revision } = workspace;
    return { state: revision === was ? "unchanged" : "changed", revision, was, problems };
  };

  return {
    current: () => current,
    get refused() {
      return refused;
    },
    reload() {
      next ??= running.then(reload, reload);
      running = next.catch(() => undefined);
      return next;
    },
  };
}
