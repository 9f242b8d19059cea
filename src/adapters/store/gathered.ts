/** What a process notes now and then, gathered and handed to the store a batch at a time; each batch counts once, however often it is sent. */
import { randomUUID } from "node:crypto";
import type { Log } from "../../ports.ts";

/** Longest wait, at the end, for what is left. */
const LAST_MS = 500;

/** In front of a script that takes a batch: KEYS[2] remembers the last one of a process, ARGV[1] is its number. Answers false where it is known. */
export const ONCE_A_BATCH = `
local function isNew()
  if tonumber(redis.call('GET', KEYS[2]) or '0') >= tonumber(ARGV[1]) then return false end
  redis.call('SET', KEYS[2], ARGV[1], 'EX', 3600)
  return true
end
`;

/** A batch on its way: its number, and the key by which this process's batches are known beside the key that they change. */
export interface Batch {
  readonly number: number;
  readonly mark: (key: string) => string;
}

/** Gathers by name; what is gathered is bounded by how many names there are and by how `add` merges. */
export interface Gathered<Notes> {
  /** The notes of a name that have not gone out yet. */
  of(name: string): Notes;
  stop(): Promise<void>;
}

/** Sends what was gathered `ms` after the first of it. What the store does not take is lost, and said so in the log. */
export function gathered<Notes>(
  ms: number,
  log: Log,
  empty: () => Notes,
  send: (name: string, notes: Notes, batch: Batch) => Promise<void>,
): Gathered<Notes> {
  const me = randomUUID().slice(0, 8);
  let waiting = new Map<string, Notes>();
  let timer: NodeJS.Timeout | undefined;
  let number = 0;
  let running: Promise<unknown> = Promise.resolve();
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.size === 0) return;
    const full = waiting;
    waiting = new Map();
    const batch: Batch = { number: ++number, mark: (key) => `${key}:by:${me}` };
    const sent = [...full].map(([name, notes]) =>
      send(name, notes, batch).catch((error: unknown) =>
        log.debug({ name, error: String(error) }, "notes.lost"),
      ),
    );
    running = Promise.all(sent);
  };
  return {
    of(name) {
      let notes = waiting.get(name);
      if (notes === undefined) waiting.set(name, (notes = empty()));
      timer ??= setTimeout(flush, ms).unref();
      return notes;
    },
    async stop() {
      flush();
      await Promise.race([running, new Promise((resolve) => setTimeout(resolve, LAST_MS).unref())]);
    },
  };
}
