/** Doing something by the API from a component: one at a time, and its problem kept to be shown. */
import { useState } from "preact/hooks";
import { problemIn, type Problem } from "./call.ts";

export interface Acting {
  readonly busy: boolean;
  readonly problem: Problem | undefined;
  /** Does it unless something is being done; true when it went well. */
  readonly act: (what: () => Promise<unknown>) => Promise<boolean>;
  readonly forget: () => void;
}

export function useActing(): Acting {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | undefined>();
  return {
    busy,
    problem,
    async act(what) {
      if (busy) return false;
      setBusy(true);
      setProblem(undefined);
      try {
        await what();
        return true;
      } catch (error) {
        setProblem(problemIn(error));
        return false;
      } finally {
        setBusy(false);
      }
    },
    forget: () => setProblem(undefined),
  };
}
