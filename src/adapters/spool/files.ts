/**
 * The spool's files: segments that are only appended to, each append synced before it is over; a cursor that says how far
 * they are drained. What a power cut has torn off is cut away when they are opened; what was damaged is set aside, and said.
 */
import { mkdir, open, readFile, readdir, rename, rm, writeFile, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../../ports.ts";
import { inLine } from "../in-line.ts";
import { lengthOf, recordAt } from "./record.ts";

/** A segment that is larger is followed by a new one. */
const SEGMENT_BYTES = 8 * 1_048_576;
/** So much is read at once; a record that is larger is read alone. */
const READ_BYTES = 1_048_576;
/** Records that are read together take no more than this, and the last one. */
const STRETCH_BYTES = 4 * 1_048_576;
const CURSOR = "cursor";

interface Segment {
  readonly number: number;
  /** Bytes that are whole records. */
  size: number;
}

/** How far is drained. */
interface Cursor {
  readonly segment: number;
  readonly offset: number;
}

/** Records that were read together, oldest first. */
export interface Stretch {
  readonly contents: readonly Buffer[];
  readonly end: Cursor;
}

export interface SpoolFiles {
  /** Bytes on disk. */
  readonly bytes: number;
  /** Resolves when the records are on the disk. Rejects when they are not; then none of them is there. */
  append(records: readonly Buffer[]): Promise<void>;
  /** The oldest records that are not drained, at most `most`; none at the end. */
  read(most: number): Promise<Stretch>;
  /** What was read is drained. Files that hold nothing else are removed. */
  drained(stretch: Stretch): Promise<void>;
  /** Keeps a record that nobody takes beside the others, for people. */
  setAside(content: Buffer): Promise<void>;
  close(): Promise<void>;
}

/** Opens a folder that nobody else has open. `each` is told every record that waits in it, oldest first. */
export async function openSpoolFiles(
  folder: string,
  log: Log,
  each: (content: Buffer) => void,
  segmentBytes = SEGMENT_BYTES,
): Promise<SpoolFiles> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const pathOf = (number: number): string => join(folder, fileName(number));
  const cursorAtStart = await readCursor(folder);
  const segments = await recover(folder, cursorAtStart, log, each);
  let cursor = cursorAtStart;
  let next = (segments.at(-1)?.number ?? cursor.segment) + 1;
  let writer: { readonly segment: Segment; readonly handle: FileHandle } | undefined;
  const line = inLine();

  /** The file that is written to; none is, until something is to be written. */
  const openWriter = async (): Promise<NonNullable<typeof writer>> => {
    if (writer !== undefined && writer.segment.size < segmentBytes) return writer;
    await closeWriter();
    const segment = { number: next++, size: 0 };
    const handle = await open(pathOf(segment.number), "wx", 0o600);
    await syncFolder(folder);
    segments.push(segment);
    return (writer = { segment, handle });
  };

  const closeWriter = async (): Promise<void> => {
    const closing = writer;
    writer = undefined;
    await closing?.handle.close();
  };

  const append = async (records: readonly Buffer[]): Promise<void> => {
    const { segment, handle } = await openWriter();
    const bytes = Buffer.concat(records);
    try {
      for (let done = 0; done < bytes.length;)
        done += (await handle.write(bytes, done, bytes.length - done, segment.size + done)).bytesWritten;
      await handle.datasync();
      segment.size += bytes.length;
    } catch (error) {
      // What is known of this file's end is not to be trusted any more (full disk, failed sync): the next goes elsewhere.
      await handle.truncate(segment.size).catch(() => undefined);
      await closeWriter().catch(() => undefined);
      throw error;
    }
  };

  const read = async (most: number): Promise<Stretch> => {
    const contents: Buffer[] = [];
    let total = 0;
    const isEnough = (): boolean => contents.length >= most || total >= STRETCH_BYTES;
    let { segment: number, offset } = cursor;
    for (const { number: at, size } of segments.filter((one) => one.number >= number)) {
      if (at > number) [number, offset] = [at, 0];
      while (!isEnough() && offset < size) {
        const bytes = await readPart(pathOf(number), offset, size);
        let used = 0;
        for (let found = recordAt(bytes, 0); found.kind === "record"; found = recordAt(bytes, used)) {
          contents.push(found.content);
          total += found.content.length;
          used = found.end;
          if (isEnough()) break;
        }
        if (used === 0) throw new Error(`${fileName(number)} changed under the router, at byte ${offset}.`);
        offset += used;
      }
      if (isEnough()) break;
    }
    return { contents, end: { segment: number, offset } };
  };

  const drained = async ({ end }: Stretch): Promise<void> => {
    cursor = end;
    const [last] = segments.slice(-1);
    const allDone = last?.number === end.segment && end.offset >= last.size;
    if (allDone) await closeWriter();
    else await writeCursor(folder, cursor);
    while (segments[0] !== undefined && (allDone || segments[0].number < end.segment)) {
      await rm(pathOf(segments[0].number), { force: true });
      segments.shift();
    }
    if (allDone) await rm(join(folder, CURSOR), { force: true });
  };

  return {
    get bytes() {
      return segments.reduce((sum, { size }) => sum + size, 0);
    },
    append: (records) => line(() => append(records)),
    read: (most) => line(() => read(most)),
    drained: (stretch) => line(() => drained(stretch)),
    setAside: (content) =>
      line(() => writeFile(join(folder, `refused-${Date.now()}-${next}.record`), content, { mode: 0o600 })),
    close: () => line(closeWriter),
  };
}

function fileName(number: number): string {
  return `${String(number).padStart(12, "0")}.spool`;
}

/** Segments of a folder, oldest first. */
export async function segmentsIn(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch((): string[] => []);
  return names
    .filter((name) => /^\d{12}\.spool$/.test(name))
    .map((name) => Number(name.slice(0, 12)))
    .sort((a, b) => a - b);
}

/** Moves what another folder holds behind what is in this one. Both must be the caller's. */
export async function adoptSegments(from: string, to: string): Promise<number> {
  const found = await segmentsIn(from);
  let next = ((await segmentsIn(to)).at(-1) ?? (await readCursor(to)).segment) + 1;
  for (const number of found) await rename(join(from, fileName(number)), join(to, fileName(next++)));
  await rm(join(from, CURSOR), { force: true });
  return found.length;
}

async function recover(
  folder: string,
  cursor: Cursor,
  log: Log,
  each: (content: Buffer) => void,
): Promise<Segment[]> {
  const segments: Segment[] = [];
  for (const number of await segmentsIn(folder)) {
    const file = join(folder, fileName(number));
    if (number < cursor.segment) {
      await rm(file, { force: true });
      continue;
    }
    const bytes = await readFile(file);
    let size = 0;
    let found = recordAt(bytes, 0);
    for (; found.kind === "record"; found = recordAt(bytes, size)) {
      if (number > cursor.segment || size >= cursor.offset) each(found.content);
      size = found.end;
    }
    if (found.kind !== "end") await cut(file, bytes, size, found.kind, log);
    segments.push({ number, size });
  }
  return segments;
}

/** A torn record was never answered for. Of damaged ones that cannot be said, so they are kept beside. */
async function cut(
  file: string,
  bytes: Buffer,
  size: number,
  kind: "torn" | "damaged",
  log: Log,
): Promise<void> {
  if (kind === "damaged") await writeFile(`${file}.damaged`, bytes.subarray(size), { mode: 0o600 });
  const handle = await open(file, "r+");
  try {
    await handle.truncate(size);
    await handle.sync();
  } finally {
    await handle.close();
  }
  const line = { file, atByte: size, bytes: bytes.length - size };
  if (kind === "torn") log.warn(line, "spool.torn");
  else log.error({ ...line, kept: `${file}.damaged` }, "spool.damaged");
}

async function readPart(path: string, offset: number, size: number): Promise<Buffer> {
  const handle = await open(path, "r");
  try {
    const part = async (bytes: number): Promise<Buffer> => {
      const into = Buffer.alloc(Math.min(bytes, size - offset));
      const { bytesRead } = await handle.read(into, 0, into.length, offset);
      return into.subarray(0, bytesRead);
    };
    const first = await part(READ_BYTES);
    const length = lengthOf(first) ?? 0;
    return length > first.length ? await part(length) : first;
  } finally {
    await handle.close();
  }
}

async function readCursor(folder: string): Promise<Cursor> {
  try {
    const [segment, offset] = (await readFile(join(folder, CURSOR), "utf8")).trim().split(" ").map(Number);
    if (Number.isSafeInteger(segment) && Number.isSafeInteger(offset))
      return { segment: segment!, offset: offset! };
  } catch {
    // There is none, or a power cut has emptied it: drained again from the start, which does no harm.
  }
  return { segment: 0, offset: 0 };
}

/** Not synced: an older one means only that some records are drained twice, by which nothing is done twice. */
async function writeCursor(folder: string, { segment, offset }: Cursor): Promise<void> {
  const draft = join(folder, `${CURSOR}.new`);
  await writeFile(draft, `${segment} ${offset}\n`, { mode: 0o600 });
  await rename(draft, join(folder, CURSOR));
}

/** A file that is new is there after a power cut only when its folder is synced. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
