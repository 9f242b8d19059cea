/** Server-sent events: followed while the tab is seen, opened again after a break, handed over in batches. */
import { useEffect, useRef, useState } from "preact/hooks";
import { apiPath, call, type Query } from "./call.ts";

/** One line of a stream: its name and its JSON. */
export interface Line {
  readonly name: string;
  readonly value: unknown;
}

/** opening · live · waiting (to be opened again after a break) · paused (by the caller, or the tab is hidden). */
export type LiveState = "opening" | "live" | "waiting" | "paused";

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
/** So often lines are handed over; what comes between is kept. */
const BATCH_MS = 250;
/** More than this between two batches is not kept: the oldest go. */
const BATCH_LINES = 500;

/** Opens a stream and hears its lines one by one. `broken` is told when it ends or cannot be opened. Returns how to stop. */
export function openStream(
  path: string,
  query: Query,
  names: readonly string[],
  hear: (line: Line) => void,
  broken: () => void,
  opened: () => void = () => undefined,
): () => void {
  const source = new EventSource(apiPath(path, query));
  source.onopen = opened;
  for (const name of names) {
    source.addEventListener(name, (event: MessageEvent<string>) => {
      let value: unknown;
      try {
        value = JSON.parse(event.data);
      } catch {
        return;
      }
      hear({ name, value });
    });
  }
  source.onerror = () => {
    source.close();
    broken();
  };
  return () => source.close();
}

/** The router ends a stream with the session behind it: one call says whether that is so, and leads to the log-in. */
function checkLoggedIn(): void {
  call("GET", "events", { query: { limit: 1 } }).catch(() => undefined);
}

/** Follows /changes with a filter; `hear` gets the lines of a quarter of a second at once, oldest first. */
export function useChanges(
  names: readonly string[],
  query: Query,
  hear: (lines: readonly Line[]) => void,
  follows = true,
): LiveState {
  const [state, setState] = useState<LiveState>("opening");
  const latest = useRef(hear);
  latest.current = hear;
  useEffect(() => {
    if (!follows) {
      setState("paused");
      return;
    }
    let lines: Line[] = [];
    let waitMs = FIRST_WAIT_MS;
    let close: (() => void) | undefined;
    let retry: ReturnType<typeof setTimeout> | undefined;
    const hand = setInterval(() => {
      if (lines.length === 0) return;
      const batch = lines;
      lines = [];
      latest.current(batch);
    }, BATCH_MS);
    const open = (): void => {
      setState("opening");
      close = openStream(
        "changes",
        query,
        [...names, "ended"],
        (line) => {
          if (line.name === "ended") return checkLoggedIn();
          lines.push(line);
          if (lines.length > BATCH_LINES) lines = lines.slice(-BATCH_LINES);
        },
        () => {
          close = undefined;
          setState("waiting");
          retry = setTimeout(open, waitMs);
          waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
        },
        () => {
          waitMs = FIRST_WAIT_MS;
          setState("live");
        },
      );
    };
    const shut = (): void => {
      clearTimeout(retry);
      close?.();
      close = undefined;
    };
    const seen = (): void => {
      shut();
      if (document.hidden) setState("paused");
      else open();
    };
    document.addEventListener("visibilitychange", seen);
    if (document.hidden) setState("paused");
    else open();
    return () => {
      document.removeEventListener("visibilitychange", seen);
      clearInterval(hand);
      shut();
    };
  }, [names.join(" "), JSON.stringify(query), follows]);
  return state;
}
