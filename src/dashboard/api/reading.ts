/** Reading from the API in a component: once, again and again, or page by page. Nothing is asked while the tab is hidden. */
import { useEffect, useRef, useState } from "preact/hooks";
import { apiPath, call, problemIn, type Problem, type Query } from "./call.ts";

export interface Reading<T> {
  /** The last value that came; kept while a newer one is asked for. */
  readonly value: T | undefined;
  /** Why the last try failed; `value` is then the one before. */
  readonly problem: Problem | undefined;
  readonly loading: boolean;
  /** Asks now. */
  readonly again: () => void;
}

interface Held<T> {
  readonly key: string;
  readonly value: T | undefined;
  readonly problem: Problem | undefined;
  readonly loading: boolean;
}

/** Reads `path`; undefined: nothing. With `everySeconds` the next question is asked so long after the last answer. */
export function useReading<T>(
  path: string | undefined,
  { query, everySeconds }: { readonly query?: Query; readonly everySeconds?: number } = {},
): Reading<T> {
  const url = path === undefined ? "" : apiPath(path, query);
  const [held, setHeld] = useState<Held<T>>({
    key: url,
    value: undefined,
    problem: undefined,
    loading: true,
  });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (path === undefined) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let failures = 0;
    const same = (key: string): boolean => key.split("?", 1)[0] === url.split("?", 1)[0];
    setHeld((old) => ({ ...old, value: same(old.key) ? old.value : undefined, loading: true }));
    const ask = async (): Promise<void> => {
      timer = undefined;
      try {
        const value = await call<T>("GET", path, { ...(query && { query }), signal: stop.signal });
        failures = 0;
        setHeld({ key: url, value, problem: undefined, loading: false });
      } catch (error) {
        if (stop.signal.aborted) return;
        failures++;
        setHeld((old) => ({ ...old, key: url, problem: problemIn(error), loading: false }));
      }
      if (everySeconds !== undefined && !stop.signal.aborted) {
        timer = setTimeout(whenSeen, everySeconds * 1000 * Math.min(8, 2 ** failures));
      }
    };
    let waits = false;
    const whenSeen = (): void => {
      if (document.hidden) waits = true;
      else void ask();
    };
    const seen = (): void => {
      if (document.hidden || !waits) return;
      waits = false;
      void ask();
    };
    document.addEventListener("visibilitychange", seen);
    void ask();
    return () => {
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [url, turn, everySeconds]);
  const current = held.key.split("?", 1)[0] === url.split("?", 1)[0];
  return {
    value: current ? held.value : undefined,
    problem: current ? held.problem : undefined,
    loading: held.loading || held.key !== url,
    again: () => setTurn((count) => count + 1),
  };
}

export interface Pages<T> {
  readonly items: readonly T[] | undefined;
  readonly problem: Problem | undefined;
  readonly loading: boolean;
  /** There is a page behind the last. */
  readonly hasMore: boolean;
  readonly more: () => void;
  /** From the first page again. */
  readonly again: () => void;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

/** Reads a list page by page; a change of the query begins it anew, with the old rows kept until the new ones are there. */
export function usePages<T>(path: string | undefined, query: Query = {}): Pages<T> {
  const [items, setItems] = useState<readonly T[] | undefined>();
  const [next, setNext] = useState<string | undefined>();
  const [problem, setProblem] = useState<Problem | undefined>();
  const [loading, setLoading] = useState(true);
  const [turn, setTurn] = useState(0);
  const stop = useRef<AbortController | undefined>(undefined);
  const url = path === undefined ? "" : apiPath(path, query);
  const read = async (cursor: string | undefined): Promise<void> => {
    if (path === undefined) return;
    stop.current?.abort();
    const mine = (stop.current = new AbortController());
    setLoading(true);
    try {
      const page = await call<Page<T>>("GET", path, { query: { ...query, cursor }, signal: mine.signal });
      setItems((old) => (cursor === undefined ? page.items : [...(old ?? []), ...page.items]));
      setNext(page.next);
      setProblem(undefined);
    } catch (error) {
      if (mine.signal.aborted) return;
      setProblem(problemIn(error));
    }
    setLoading(false);
  };
  useEffect(() => {
    void read(undefined);
    return () => stop.current?.abort();
  }, [url, turn]);
  return {
    items,
    problem,
    loading,
    hasMore: next !== undefined,
    more: () => {
      if (next !== undefined && !loading) void read(next);
    },
    again: () => setTurn((count) => count + 1),
  };
}
