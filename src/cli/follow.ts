/**
 * Follows the accepted events of a router for as long as one wants: a broken connection is made again, and what came meanwhile is
 * looked up in the history. Each event is told once.
 */
import { refusalOf, tell as tellRefusal, type Reached } from "./ask.ts";
import { eventsOf } from "./stream.ts";
import { note } from "./print.ts";

/** An event that was accepted. */
export interface Heard {
  readonly event: string;
  readonly source: string;
  readonly type: string;
}

interface Following {
  readonly hear: (heard: Heard) => void;
  readonly connected: (again: boolean) => void;
  /** The connection is gone, or was never there; it is tried again after so many seconds. */
  readonly lost: (seconds: number) => void;
  readonly signal: AbortSignal;
}

/** So many ids are known not to be told twice; of a longer break the oldest events are left out, and that is said. */
const KNOWN = 20_000;
const PAGE = 100;
const PAGES = 20;
/** What came between our asking and the router's listening is looked up after so many ms. */
const GAP_MS = 1_500;
/** A connection may have been dead for so long before that is seen. */
const DEAD_MS = 360_000;
const WAITS_SECONDS = [1, 2, 5, 10, 20];

/** Resolves when the signal says so, or when the router refuses us: that is told, and the exit code is set. */
export async function follow(reached: Reached, following: Following): Promise<void> {
  const { signal, connected, lost } = following;
  const known = new Set<string>();
  const tell = (heard: Heard): void => {
    if (known.has(heard.event)) return;
    known.add(heard.event);
    for (const oldest of known) {
      if (known.size <= KNOWN) break;
      known.delete(oldest);
    }
    following.hear(heard);
  };
  /** What was accepted before is not ours: epoch ms, by the router's clock. */
  let first: number | undefined;
  let since = 0;
  let failures = 0;
  while (!signal.aborted) {
    const response = await open(reached, signal);
    if (response === "refused") return;
    if (response !== undefined) {
      failures = 0;
      connected(first !== undefined);
      const ahead = aheadOf(response);
      const look = (): void => void catchUp(reached, since, tell).catch(() => undefined);
      if (first === undefined) since = first = Date.now() + ahead;
      else look();
      const gap = setTimeout(look, GAP_MS);
      for await (const { event, data } of eventsOf(response)) {
        if (event !== "event") continue;
        const { event: id, source = "", type = "" } = JSON.parse(data) as Partial<Heard>;
        if (id !== undefined) tell({ event: id, source, type });
      }
      clearTimeout(gap);
      since = Math.max(first, Date.now() + ahead - DEAD_MS);
    }
    if (signal.aborted) return;
    const seconds = WAITS_SECONDS[Math.min(failures++, WAITS_SECONDS.length - 1)]!;
    lost(seconds);
    await pause(seconds * 1_000, signal);
  }
}

/** By how much the router's clock is ahead of ours, ms. It tells whole seconds: less than one is none. */
function aheadOf(response: Response): number {
  const told = Date.parse(response.headers.get("date") ?? "") - Date.now() || 0;
  return told > -1_000 && told <= 0 ? 0 : told;
}

/** The stream; undefined where the router does not answer as one that serves. */
async function open(reached: Reached, signal: AbortSignal): Promise<Response | "refused" | undefined> {
  try {
    const response = await fetch(`${reached.base}/api/v1/tail`, {
      headers: reached.headers,
      redirect: "manual",
      signal,
    });
    if (response.ok) return response;
    const passing = response.status >= 500 || response.status === 429;
    if (passing) return void (await response.body?.cancel());
    tellRefusal(await refusalOf(response), response.status);
    return "refused";
  } catch {
    return undefined;
  }
}

/** Tells what was accepted since then, the oldest first. */
async function catchUp(reached: Reached, since: number, tell: (heard: Heard) => void): Promise<void> {
  const from = new Date(since).toISOString();
  const missed: Heard[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES; page++) {
    const query = new URLSearchParams({ from, limit: String(PAGE), ...(cursor !== undefined && { cursor }) });
    const response = await fetch(`${reached.base}/api/v1/events?${query.toString()}`, {
      headers: reached.headers,
      redirect: "manual",
      signal: AbortSignal.timeout(30_000),
    });
    if (!response.ok) return;
    const { items, next } = (await response.json()) as {
      items: { id: string; source: string; type: string }[];
      next?: string;
    };
    missed.push(...items.map(({ id, source, type }) => ({ event: id, source, type })));
    cursor = next;
    if (next === undefined) break;
  }
  if (cursor !== undefined)
    note(`More than ${PAGE * PAGES} events came meanwhile; the oldest of them are left out.`);
  missed.reverse().forEach(tell);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}
