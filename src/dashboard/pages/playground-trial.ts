/** Tries a rule when typing has rested for a moment: one at a time, the newest wins, and a busy router is asked again. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Playground } from "../../admin/shapes/authoring.ts";
import { call, problemIn, type Problem } from "../api/call.ts";

/** What is tried. */
export interface Trying {
  readonly rule: string;
  readonly body?: unknown;
  readonly event?: string;
  readonly input?: string;
  readonly output?: string;
  readonly route?: string;
}

export interface Trial<Value = Playground> {
  /** What came of the last one that was answered. */
  readonly value: Value | undefined;
  readonly problem: Problem | undefined;
  /** Something newer is under way. */
  readonly stale: boolean;
  /** Tries at once. */
  readonly now: () => void;
}

const REST_MS = 250;
const BUSY_MS = 1_000;

/** `path` is what is asked. */
export function useTrial<Value = Playground>(trying: Trying | undefined, path = "playground"): Trial<Value> {
  const [held, setHeld] = useState<{
    of?: Trying;
    value?: Value | undefined;
    problem?: Problem | undefined;
  }>({});
  const [turn, setTurn] = useState(0);
  const first = useRef(true);
  useEffect(() => {
    if (trying === undefined) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      try {
        const value = await call<Value>("POST", path, { body: trying, signal: stop.signal });
        setHeld({ of: trying, value });
      } catch (error) {
        if (stop.signal.aborted) return;
        const problem = problemIn(error);
        if (problem.status === 429) timer = setTimeout(() => void ask(), BUSY_MS);
        else setHeld((old) => ({ ...old, of: trying, problem }));
      }
    };
    timer = setTimeout(() => void ask(), first.current ? 0 : REST_MS);
    first.current = false;
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [trying, turn]);
  return {
    value: held.value,
    problem: held.problem,
    stale: trying !== undefined && held.of !== trying,
    now: () => {
      first.current = true;
      setTurn((count) => count + 1);
    },
  };
}
