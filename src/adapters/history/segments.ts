/** Reading what is sealed: the directory as this process knows it, columns it has lately looked at, single events whole. */
import { decodeBodies, decodeContexts, fieldsOf } from "./segment-blocks.ts";
import { blockOf, decodeColumns, idAt, rowOf, type Blocks, type Columns } from "./segment-columns.ts";
import { rowsOf, windowOf } from "./segment-index.ts";
import { sealableOf, type Entry, type Row, type Sealable } from "./segment.ts";
import { LatelyUsed } from "../lately-used.ts";
import { keys } from "../record/keys.ts";
import type { StoreConnection } from "../store/redis.ts";

/** Columns and indexes are kept up to so many bytes in a process: those of a million events. */
const COLUMN_BYTES = 64 * 1024 * 1024;
const INDEX_BYTES = 16 * 1024 * 1024;
const DIRECTORY_CHUNK = 500;
/** A store that lost a segment, but not its entry, has failed: it is not asked for ever. */
export const TRIES = 20;

/** A segment has been replaced or dropped since the directory was read: who meets it reads the directory and goes on. */
export class SegmentGone extends Error {}

/** The segments of a store, for one process. */
export class Segments {
  readonly #commands: StoreConnection;
  readonly #byNumber = new Map<number, Entry>();
  readonly #columns = new LatelyUsed<Columns>(COLUMN_BYTES);
  readonly #indexes = new LatelyUsed<Buffer>(INDEX_BYTES);
  /** Segments whose index was looked into. */
  readonly #asked = new Set<number>();
  #sorted: readonly Entry[] = [];
  #changes = "";
  #reading: Promise<unknown> = Promise.resolve();

  constructor(commands: StoreConnection) {
    this.#commands = commands;
  }

  /** In order of their ranges, as of the last `refresh`. */
  get entries(): readonly Entry[] {
    return this.#sorted;
  }

  /** The count of changes that `entries` shows. */
  get changes(): string {
    return this.#changes;
  }

  /** Reads what has changed in the directory; nothing where the count of changes is the one that was read last. */
  async refresh(changes?: string): Promise<void> {
    const now = changes ?? (await this.#commands.get(keys.directoryChanges)) ?? "0";
    // One at a time: what was read earlier must not be put in place of what was read later.
    const former = this.#reading;
    const reading = former.then(() => (now === this.#changes ? undefined : this.#read()));
    this.#reading = reading.catch(() => undefined);
    await reading;
  }

  async #read(): Promise<void> {
    for (;;) {
      const [before, numbers] = await Promise.all([
        this.#commands.get(keys.directoryChanges),
        this.#commands.hkeys(keys.directory),
      ]);
      const living = new Set(numbers.map(Number));
      const added = numbers.filter((number) => !this.#byNumber.has(Number(number)));
      const read: Entry[] = [];
      for (let at = 0; at < added.length; at += DIRECTORY_CHUNK) {
        const texts = await this.#commands.hmget(keys.directory, ...added.slice(at, at + DIRECTORY_CHUNK));
        for (const text of texts) if (text !== null) read.push(JSON.parse(text) as Entry);
      }
      // One that went while it was read has another in its place.
      if (read.length < added.length) continue;
      for (const number of this.#byNumber.keys()) if (!living.has(number)) this.#forget(number);
      for (const entry of read) this.#byNumber.set(entry.number, entry);
      this.#sorted = [...this.#byNumber.values()].sort((a, b) => (a.from < b.from ? -1 : 1));
      this.#changes = before ?? "0";
      return;
    }
  }

  /** Where a range that an id falls into begins and what it holds; undefined where no segment is its home. */
  homeOf(id26: string): Entry | undefined {
    const entry = this.#sorted[this.#lastFrom(id26)];
    return entry !== undefined && id26 < entry.to ? entry : undefined;
  }

  /** The newest segment that begins before an id. */
  newestBefore(id26: string): Entry | undefined {
    let at = this.#lastFrom(id26);
    if (at >= 0 && this.#sorted[at]!.from === id26) at--;
    return this.#sorted[at];
  }

  /** Place of the last segment that begins at an id or before it; -1. */
  #lastFrom(id26: string): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sorted[middle]!.from <= id26) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** The columns of segments, in their order. Throws SegmentGone. */
  async columnsOf(entries: readonly Entry[]): Promise<Columns[]> {
    const missing = entries.filter(({ number, count }) => count > 0 && !this.#columns.has(number));
    const found = new Map<number, Columns>();
    if (missing.length > 0) {
      const texts = await this.#commands.mgetBuffer(
        ...missing.map(({ number }) => keys.segment(number, "m")),
      );
      missing.forEach(({ number }, at) => {
        const text = texts[at];
        if (!text) throw new SegmentGone();
        const columns = decodeColumns(text);
        found.set(number, columns);
        this.#columns.keep(number, columns, columns.bytes);
      });
    }
    return entries.map(({ number }) => found.get(number) ?? this.#columns.get(number)!);
  }

  hasColumns({ number, count }: Entry): boolean {
    return count === 0 || this.#columns.has(number);
  }

  /**
   * The rows of segments whose hash is in the index, last first; other events may share it. The first time the part of an
   * index is read where the hash must be; one that is asked again is kept. Throws SegmentGone.
   */
  async rowsByHash(entries: readonly Entry[], hash: number): Promise<number[][]> {
    const missing = entries.filter(({ number }) => this.#indexes.get(number) === undefined);
    const pipeline = this.#commands.pipeline();
    const parts = missing.map(({ number, hashes }) => {
      const part = this.#asked.has(number) ? { start: 0, end: hashes * 6 } : windowOf(hash, hashes);
      pipeline.getrangeBuffer(keys.segment(number, "i"), part.start, part.end - 1);
      this.#asked.add(number);
      return part;
    });
    const replies = (await pipeline.exec()) ?? [];
    const found = new Map<number, number[] | undefined>();
    missing.forEach(({ number, hashes }, at) => {
      const [error, text] = replies[at] as [Error | null, Buffer];
      if (error) throw error;
      const { start, end } = parts[at]!;
      if (text.length !== end - start) throw new SegmentGone();
      const isWhole = start === 0 && end === hashes * 6;
      if (isWhole) this.#indexes.keep(number, Buffer.from(text), text.length + 200);
      found.set(number, rowsOf(hash, text, start === 0, end === hashes * 6));
    });
    return Promise.all(
      entries.map(async ({ number }) => {
        const kept = this.#indexes.get(number);
        const rows = kept === undefined ? found.get(number) : rowsOf(hash, kept, true, true);
        if (rows !== undefined) return rows;
        const whole = await this.#commands.getBuffer(keys.segment(number, "i"));
        if (whole === null) throw new SegmentGone();
        return rowsOf(hash, whole, true, true)!;
      }),
    );
  }

  /** The contexts of a block as texts, and the row of its first. Throws SegmentGone. */
  async contextsOf(entry: Entry, columns: Columns, block: number): Promise<readonly string[]> {
    return decodeContexts(await this.#block(entry, "c", columns.context, block), columns.context.raw[block]!);
  }

  /** The bodies of a block. Throws SegmentGone. */
  async bodiesOf(entry: Entry, columns: Columns, block: number): ReturnType<typeof decodeBodies> {
    const { rows } = columns.bodies;
    const count = (rows[block + 1] ?? columns.count) - rows[block]!;
    return decodeBodies(
      await this.#block(entry, "b", columns.bodies, block),
      columns.bodies.raw[block]!,
      count,
    );
  }

  async #block({ number }: Entry, part: "c" | "b", { offsets }: Blocks, block: number): Promise<Buffer> {
    const [start, end] = [offsets[block]!, offsets[block + 1]!];
    const text = await this.#commands.getrangeBuffer(keys.segment(number, part), start, end - 1);
    if (text.length !== end - start) throw new SegmentGone();
    return text;
  }

  /** A sealed event's context by its row; blocks that were read are kept in `blocks`. Throws SegmentGone. */
  async fieldsAt(
    entry: Entry,
    columns: Columns,
    row: number,
    blocks = new Map<number, Promise<readonly string[]>>(),
  ): Promise<Row["fields"]> {
    const block = blockOf(columns.context, row);
    if (!blocks.has(block)) blocks.set(block, this.contextsOf(entry, columns, block));
    const texts = await blocks.get(block)!;
    return fieldsOf(texts[row - columns.context.rows[block]!]!, idAt(columns, row));
  }

  /** A sealed event whole, with its segment; undefined where none holds it. */
  async find(id26: string): Promise<(Row & { readonly entry: Entry }) | undefined> {
    return this.retrying(async () => {
      const entry = this.homeOf(id26);
      if (entry === undefined || entry.count === 0) return undefined;
      const [columns] = await this.columnsOf([entry]);
      const row = rowOf(columns!, id26);
      if (row < 0) return undefined;
      const block = blockOf(columns!.bodies, row);
      const [fields, { bytes, starts }] = await Promise.all([
        this.fieldsAt(entry, columns!, row),
        this.bodiesOf(entry, columns!, block),
      ]);
      const at = row - columns!.bodies.rows[block]!;
      return { id26, entry, fields, body: bytes.subarray(starts[at], starts[at + 1]) };
    });
  }

  /** All events of a segment. Throws SegmentGone. */
  async rowsIn(entry: Entry): Promise<Sealable[]> {
    if (entry.count === 0) return [];
    const [columns] = await this.columnsOf([entry]);
    const [contexts, bodies] = await this.#commands.mgetBuffer(
      keys.segment(entry.number, "c"),
      keys.segment(entry.number, "b"),
    );
    if (!contexts || !bodies) throw new SegmentGone();
    const { context: inContexts, bodies: inBodies, count } = columns!;
    const texts: string[] = [];
    for (let block = 0; block < inContexts.rows.length; block++) {
      const [start, end] = [inContexts.offsets[block]!, inContexts.offsets[block + 1]!];
      texts.push(...(await decodeContexts(contexts.subarray(start, end), inContexts.raw[block]!)));
    }
    const rows: Sealable[] = [];
    for (let block = 0; block < inBodies.rows.length; block++) {
      const [start, end] = [inBodies.offsets[block]!, inBodies.offsets[block + 1]!];
      const inBlock = (inBodies.rows[block + 1] ?? count) - inBodies.rows[block]!;
      const { bytes, starts } = await decodeBodies(
        bodies.subarray(start, end),
        inBodies.raw[block]!,
        inBlock,
      );
      for (let at = 0; at < inBlock; at++) {
        const id26 = idAt(columns!, rows.length);
        const body = bytes.subarray(starts[at], starts[at + 1]);
        const text = texts[rows.length]!;
        rows.push(sealableOf(id26, fieldsOf(text, id26), Buffer.from(text), () => body));
      }
    }
    return rows;
  }

  /** Reads the directory, and again as often as a segment goes while it is read from. */
  async retrying<T>(read: () => Promise<T>): Promise<T> {
    await this.refresh();
    for (let tries = 1; ; tries++) {
      try {
        return await read();
      } catch (error) {
        if (!(error instanceof SegmentGone) || tries === TRIES) throw error;
        await this.refresh();
      }
    }
  }

  #forget(number: number): void {
    this.#byNumber.delete(number);
    this.#columns.drop(number);
    this.#indexes.drop(number);
    this.#asked.delete(number);
  }
}
