/**
 * Search by a value in bodies or results: `path = value`, newest first. Bytes are looked through for the value's longest
 * plain part, only what has it is parsed. Values are told apart as texts: 12 finds 12 and "12".
 */
import { readBody } from "../core/body.ts";
import type { DeliveryId } from "../core/delivery.ts";
import type { EventId } from "../core/event.ts";
import { idTime } from "../core/ids.ts";
import { fieldsOfFound, scan, type Found } from "./history-scan.ts";
import { wantsDelivery, type Filter } from "./history-filter.ts";
import { cursorOf, positionOf } from "./history-cursor.ts";
import type { EventMeta } from "./record-format.ts";
import { keys } from "./record-keys.ts";
import type { StoreConnection } from "./redis.ts";
import { SegmentGone, type Segments } from "./segments.ts";
import { blockOf } from "./segment-columns.ts";

/** A filter and the value that is looked for. */
export interface Search extends Filter {
  readonly in: "body" | "result";
  /** `a.b[0].c`, or a JSON Pointer: `/a/b/0/c`. */
  readonly path: string;
  readonly value: string;
}

export interface Hit {
  readonly event: EventId;
  /** Of whose result it was found in. */
  readonly delivery?: DeliveryId;
  /** When the event was received, ISO 8601. */
  readonly at: string;
}

/** One call looks through at most so many events, for so long. */
const BUDGET = { events: 20_000, ms: 1_500 };
const STEP = 512;

/** Looks on from `search.cursor`; tells hits as it finds them, at most `search.limit`. */
export async function searchValues(
  search: Search,
  emit: (hit: Hit) => void,
  signal: AbortSignal | undefined,
  { commands, segments }: { readonly commands: StoreConnection; readonly segments: Segments },
): Promise<{ scanned: number; next?: string; done: boolean }> {
  const question = { ...search, kind: "search" };
  const start =
    search.cursor === undefined ? "~" : (await positionOf(search.cursor, question, commands)).before;
  const steps = stepsOf(search.path);
  const needle = Buffer.from(plainPart(search.value));
  const end = performance.now() + BUDGET.ms;
  const has = (value: unknown): boolean => same(valueAt(value, steps), search.value);
  let scanned = 0;
  let hits = 0;
  const stop = (before: string): { scanned: number; next: string; done: boolean } => ({
    scanned,
    next: cursorOf({ before, skip: 0 }, question),
    done: false,
  });
  for await (const { found, before } of scan(commands, segments, { ...search, limit: STEP }, start)) {
    const look = search.in === "body" ? bodyHits : resultHits;
    for await (const { one, deliveries } of look(found, needle, has, search, commands, segments)) {
      scanned++;
      for (const delivery of deliveries) {
        const { id26 } = one;
        const at = new Date(idTime(id26)).toISOString();
        emit({ event: `evt_${id26}`, ...(delivery !== undefined && { delivery }), at });
        hits++;
      }
      if (hits >= search.limit || signal?.aborted === true) return stop(one.id26);
    }
    if (scanned >= BUDGET.events || performance.now() > end) return stop(before);
  }
  return { scanned, done: true };
}

/** An event that was looked through, with the deliveries whose results have the value; undefined stands for its body. */
interface Looked {
  readonly one: Found;
  readonly deliveries: readonly (DeliveryId | undefined)[];
}

async function* bodyHits(
  found: readonly Found[],
  needle: Buffer,
  has: (value: unknown) => boolean,
  _search: Search,
  commands: StoreConnection,
  segments: Segments,
): AsyncGenerator<Looked> {
  const bodies = bodyReader(found, commands, segments);
  for (const one of found) {
    const body = await bodies(one);
    let isHit = false;
    if (body?.includes(needle)) {
      const fields = await fieldsOfFound(one, commands, segments);
      isHit = fields !== undefined && has(readBody(body, (JSON.parse(fields["m"]!) as EventMeta).k));
    }
    yield { one, deliveries: isHit ? [undefined] : [] };
  }
}

async function* resultHits(
  found: readonly Found[],
  needle: Buffer,
  has: (value: unknown) => boolean,
  search: Search,
  commands: StoreConnection,
  segments: Segments,
): AsyncGenerator<Looked> {
  const plain = needle.toString();
  const blocks = new Map<string, Map<number, Promise<readonly string[]>>>();
  for (const one of found) {
    const wanted = one.event.deliveries.filter((delivery) => wantsDelivery(search, delivery));
    const cached =
      one.at && (blocks.get(String(one.at.entry.number)) ?? new Map<number, Promise<readonly string[]>>());
    if (one.at && cached) blocks.set(String(one.at.entry.number), cached);
    const fields = await fieldsOfFound(one, commands, segments, cached);
    const deliveries = wanted.flatMap(({ id }) => {
      const made = fields?.[`p:${id.slice(30)}`];
      return made?.includes(plain) && has(JSON.parse(made)) ? [id] : [];
    });
    yield { one, deliveries };
  }
}

/** Reads bodies of events, hot ones together and sealed ones by the block; what is next is read meanwhile. */
function bodyReader(
  found: readonly Found[],
  commands: StoreConnection,
  segments: Segments,
): (one: Found) => Promise<Buffer | undefined> {
  type Block = ReturnType<Segments["bodiesOf"]>;
  const blocks = new Map<string, Block>();
  const hot = new Map<string, Promise<Buffer | null>>();
  for (const one of found) {
    if (one.at === undefined) {
      const reading = commands.hgetBuffer(keys.event(one.id26), "b");
      // Whoever has found enough asks for no more.
      reading.catch(() => undefined);
      hot.set(one.id26, reading);
      continue;
    }
    const { entry, columns, row } = one.at;
    const block = blockOf(columns.bodies, row);
    const name = `${entry.number} ${block}`;
    if (blocks.has(name)) continue;
    const reading = segments.bodiesOf(entry, columns, block);
    reading.catch(() => undefined);
    blocks.set(name, reading);
  }
  const whole = async ({ id26 }: Found): Promise<Buffer | undefined> =>
    (await commands.hgetBuffer(keys.event(id26), "b")) ?? (await segments.find(id26))?.body;
  return async (one) => {
    if (one.at === undefined) return (await hot.get(one.id26)) ?? (await whole(one));
    const { entry, columns, row } = one.at;
    const block = blockOf(columns.bodies, row);
    try {
      const { bytes, starts } = await blocks.get(`${entry.number} ${block}`)!;
      const at = row - columns.bodies.rows[block]!;
      return bytes.subarray(starts[at], starts[at + 1]);
    } catch (error) {
      if (!(error instanceof SegmentGone)) throw error;
      return whole(one);
    }
  };
}

/** The longest part of a value that stands in JSON, forms and text as it is, however the rest is escaped. */
function plainPart(value: string): string {
  const parts = value.match(/[A-Za-z0-9_.-]+/g) ?? [];
  return parts.reduce((longest, part) => (part.length > longest.length ? part : longest), "");
}

function stepsOf(path: string): readonly string[] {
  if (path === "" || path === "$") return [];
  if (path.startsWith("/"))
    return path
      .slice(1)
      .split("/")
      .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  return [...path.replace(/^\$\.?/, "").matchAll(/[^.[\]]+/g)].map(([step]) => step);
}

function valueAt(value: unknown, steps: readonly string[]): unknown {
  let at = value;
  for (const step of steps) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[step];
  }
  return at;
}

function same(found: unknown, value: string): boolean {
  if (typeof found === "string" || typeof found === "boolean") return String(found) === value;
  if (found === null) return value === "null";
  return typeof found === "number" && value.trim() !== "" && found === Number(value);
}
