/**
 * The spool: accepted events wait on this machine's disk while the store does not take them. Bounded in bytes; synced in
 * groups; it knows the provider's ids of what it holds, and whose repetition is whose.
 */
import { join } from "node:path";
import { SignalboxError } from "../../core/errors.ts";
import type { EventId } from "../../core/event.ts";
import type { Commit, Log, Standing } from "../../ports.ts";
import { batched } from "../store/batch.ts";
import { adoptSegments, openSpoolFiles, segmentsIn, type Stretch } from "./files.ts";
import { decodeContent, encodeRecord, type Waiting } from "./record.ts";
import { claimFolder, type StoreFolder } from "../store/folder.ts";

/** So many processes may have a spool in one data folder. */
const MOST_SPOOLS = 16;
const GROUP = { max: 4_096, inFlight: 1 };

/** What became of an event that was to be added: it waits now, or another of the same provider's id did already. */
export type Added =
  | { readonly kind: "stored" }
  | { readonly kind: "duplicate"; readonly event: EventId; readonly deliveries: readonly Standing[] };

/** Records that are being drained. */
export interface Taken {
  readonly records: readonly Waiting[];
  /** They are done with. */
  done(): Promise<void>;
}

export interface Spool {
  /** Events that wait. */
  readonly pending: number;
  readonly bytes: number;
  readonly maxBytes: number;
  /** Why the last try to write failed; undefined where it did not. */
  readonly fault: string | undefined;
  /**
   * Resolves when a request's events are on the disk, all of them or none. Throws ACCEPT_STORE_UNAVAILABLE where there is no
   * room, or the disk does not take it.
   */
  add(waiting: Waiting): Promise<readonly Added[]>;
  /** The oldest that wait, at most `most` records, in their order. */
  take(most: number): Promise<Taken>;
  /** Keeps a record that the store will never take beside the others, for people. */
  setAside(waiting: Waiting): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the spool of this process under the data folder: what a process that is gone has left there is in it. Throws where
 * the folder cannot be written.
 */
export async function openSpool(dataDir: string, maxBytes: number, log: Log): Promise<Spool> {
  const { claimed, spare } = await claim(dataDir);
  const index = new Map<string, Known>();
  let pending = 0;
  let suspects = 0;
  let fault: string | undefined;
  let incoming = 0;

  const enter = ({ commits }: Waiting, written: Promise<unknown>): void => {
    pending += commits.length;
    for (const commit of commits) {
      const key = keyOf(commit);
      if (key !== undefined) index.set(key, { id: commit.event.context.id, commit, written });
    }
  };
  const leave = ({ commits }: Waiting): void => {
    pending -= commits.length;
    for (const commit of commits) {
      const key = keyOf(commit);
      if (key !== undefined && index.get(key)?.id === commit.event.context.id) index.delete(key);
    }
  };

  for (const other of spare) {
    const segments = await adoptSegments(other.path, claimed.path);
    if (segments > 0) log.warn({ from: other.path, segments }, "spool.adopted");
    other.release();
  }
  const segmentBytes = Math.min(8 * 1_048_576, Math.max(65_536, Math.floor(maxBytes / 4)));
  const files = await openSpoolFiles(
    claimed.path,
    log,
    (content) => {
      enter(decodeContent(content), Promise.resolve());
      suspects++;
    },
    segmentBytes,
  );
  if (pending > 0) log.warn({ events: pending, bytes: files.bytes }, "spool.found");

  const write = batched<Buffer, undefined>(async (records) => {
    await files.append(records);
    return records.map(() => undefined);
  }, GROUP);

  const store = async (waiting: Waiting): Promise<void> => {
    const record = encodeRecord(waiting);
    if (files.bytes + incoming + record.length > maxBytes) {
      const held = `${Math.round(files.bytes / 1_048_576)} of ${Math.round(maxBytes / 1_048_576)} MB`;
      throw full(`The store does not answer, and the spool is full: ${held}.`);
    }
    incoming += record.length;
    const written = write(record).finally(() => (incoming -= record.length));
    enter(waiting, written);
    try {
      await written;
      fault = undefined;
    } catch (cause) {
      leave(waiting);
      fault = (cause as NodeJS.ErrnoException).code ?? String(cause);
      throw full(`The store does not answer, and the spool cannot be written (${fault}).`, cause);
    }
  };

  return {
    get pending() {
      return pending;
    },
    get bytes() {
      return files.bytes;
    },
    maxBytes,
    get fault() {
      return fault;
    },

    async add({ commits, suspect }) {
      const fresh: Commit[] = [];
      const seen = new Map<string, Known>();
      const added = commits.map((commit) => {
        const key = keyOf(commit);
        const known = key === undefined ? undefined : (index.get(key) ?? seen.get(key));
        if (known !== undefined) return known;
        if (key !== undefined)
          seen.set(key, { id: commit.event.context.id, commit, written: Promise.resolve() });
        fresh.push(commit);
        return undefined;
      });
      if (fresh.length > 0) await store({ commits: fresh, suspect });
      // Only what is on the disk may be answered for, be it another request's.
      await Promise.all(added.map((known) => known?.written));
      return added.map((known) => (known === undefined ? { kind: "stored" } : repetitionOf(known)));
    },

    async take(most) {
      const stretch: Stretch = await files.read(most);
      const records = stretch.contents.map((content, at): Waiting => {
        const { commits, suspect } = decodeContent(content);
        return { commits, suspect: suspect || at < suspects };
      });
      return {
        records,
        async done() {
          await files.drained(stretch);
          records.forEach(leave);
          suspects = Math.max(0, suspects - records.length);
        },
      };
    },

    setAside: (waiting) => files.setAside(encodeRecord(waiting)),

    async close() {
      await files.close();
      claimed.release();
    },
  };
}

/** An event in the spool, known by its provider's id. */
interface Known {
  readonly id: EventId;
  readonly commit: Commit;
  readonly written: Promise<unknown>;
}

function keyOf({ event: { dedupeKey, context } }: Commit): string | undefined {
  return dedupeKey === undefined ? undefined : `${context.source}\n${dedupeKey}`;
}

function repetitionOf({ id, commit }: Known): Added {
  const changedAt = Date.parse(commit.event.context.receivedAt);
  const deliveries = commit.deliveries.map((one) => ({ ...one, state: "pending" as const, changedAt }));
  return { kind: "duplicate", event: id, deliveries };
}

function full(detail: string, cause?: unknown): SignalboxError {
  return new SignalboxError("ACCEPT_STORE_UNAVAILABLE", detail, {
    ...(cause !== undefined && { cause }),
    retryAfterSeconds: 10,
  });
}

/** The first folder that no living process has, and those behind it in which something waits. */
async function claim(dataDir: string): Promise<{ claimed: StoreFolder; spare: readonly StoreFolder[] }> {
  let claimed: StoreFolder | undefined;
  const spare: StoreFolder[] = [];
  for (let number = 1; number <= MOST_SPOOLS; number++) {
    const name = number === 1 ? "spool" : `spool-${number}`;
    if (claimed !== undefined && (await segmentsIn(join(dataDir, name))).length === 0) continue;
    const folder = await claimFolder(dataDir, name).catch((error: unknown) => {
      if (error instanceof SignalboxError && error.code === "SETTING_STORE_LOCKED") return undefined;
      throw error;
    });
    if (folder === undefined) continue;
    if (claimed === undefined) claimed = folder;
    else spare.push(folder);
  }
  if (claimed === undefined) throw new Error(`${MOST_SPOOLS} processes have their spools in ${dataDir}.`);
  return { claimed, spare };
}
