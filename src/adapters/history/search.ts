/**
 * Search by a value in bodies or results: `path = value`, newest first. Bytes are looked through for the value's longest
 * plain part, only what has it is parsed. Values are told apart as texts: 12 finds 12 and "12".
 */
import { readBody } from "../../core/body.ts";
import type { DeliveryId } from "../../core/delivery.ts";
import { fieldsOfFound, scan, type Found, type Step } from "./scan.ts";
import type { Hit, Search } from "../../history.ts";
import { wantsDelivery } from "./filter.ts";
import { cursorOf, positionOf } from "./cursor.ts";
import type { EventMeta } from "../record/format.ts";
import { keys } from "../record/keys.ts";
import type { StoreConnection } from "../store/redis.ts";
import { SegmentGone, type Segments } from "./segments.ts";
import { fieldsOf } from "./segment-blocks.ts";
import { bodyIn } from "../record/stored-body.ts";
import { blockOf, type Blocks, type Columns } from "./segment-columns.ts";

/** One call looks through at most so many events, for so long. */
const BUDGET = { events: 200_000, ms: 1_500 };
const STEP = 1_024;

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
  const path = stepsOf(search.path);
  const needle = Buffer.from(plainPart(search.value));
  const end = performance.now() + BUDGET.ms;
  const has = (value: unknown): boolean => same(valueAt(value, path), search.value);
  let scanned = 0;
  let hits = 0;
  const parts = { commands, segments, search, needle, has };
  const steps = scan(commands, segments, { ...search, limit: STEP }, start);
  const look = search.in === "body" ? inBodies : inResults;
  for await (const { found, before, candidates } of ahead(steps, look, parts)) {
    for await (const { one, deliveries } of candidates()) {
      const { id26 } = one;
      const { source, type, receivedAt } = one.event;
      for (const delivery of deliveries) {
        const where = { source, type, receivedAt };
        emit({ event: `evt_${id26}`, ...(delivery !== undefined && { delivery }), ...where });
        hits++;
      }
      if (hits < search.limit && signal?.aborted !== true) continue;
      scanned += found.indexOf(one) + 1;
      return { scanned, next: cursorOf({ before: id26, skip: 0 }, question), done: false };
    }
    scanned += found.length;
    const isSpent = scanned >= BUDGET.events || performance.now() > end || signal?.aborted === true;
    if (isSpent && before.length === 26)
      return { scanned, next: cursorOf({ before, skip: 0 }, question), done: false };
  }
  return { scanned, done: true };
}

interface Parts {
  readonly commands: StoreConnection;
  readonly segments: Segments;
  readonly search: Search;
  readonly needle: Buffer;
  readonly has: (value: unknown) => boolean;
}

/** An event that has the value, with the deliveries whose results have it; undefined stands for its body. */
interface Candidate {
  readonly one: Found;
  readonly deliveries: readonly (DeliveryId | undefined)[];
}

type Look = (found: readonly Found[], parts: Parts) => () => AsyncGenerator<Candidate>;

/** Steps of a scan, with the next one's blocks under way while one is looked through. */
async function* ahead(
  steps: AsyncGenerator<Step>,
  look: Look,
  parts: Parts,
): AsyncGenerator<Step & { readonly candidates: () => AsyncGenerator<Candidate> }> {
  const begin = async () => {
    const step = await steps.next();
    return step.done === true ? undefined : { ...step.value, candidates: look(step.value.found, parts) };
  };
  let next = begin();
  for (;;) {
    const step = await next;
    if (step === undefined) return;
    next = begin();
    // Whoever has found enough asks for no more.
    next.catch(() => undefined);
    yield step;
  }
}

/** Runs of events that share a block; a hot one is a run of its own. */
function runsOf(
  found: readonly Found[],
  blocksOf: (columns: Columns) => Blocks,
): { readonly block: number; readonly first: Found; readonly run: Found[] }[] {
  const runs: { block: number; first: Found; run: Found[] }[] = [];
  for (const one of found) {
    const block = one.at === undefined ? -1 : blockOf(blocksOf(one.at.columns), one.at.row);
    const last = runs.at(-1);
    if (block >= 0 && last?.block === block && last.first.at?.entry === one.at?.entry) last.run.push(one);
    else runs.push({ block, first: one, run: [one] });
  }
  return runs;
}

const inBodies: Look = (found, { commands, segments, needle, has }) => {
  const whole = async (id26: string): Promise<Buffer | undefined> => {
    const [m, b] = await commands.hmgetBuffer(keys.event(id26), "m", "b");
    if (!m || !b) return (await segments.find(id26))?.body;
    return bodyIn(b, (JSON.parse(m.toString()) as EventMeta).l);
  };
  const isHit = async (one: Found, body: Buffer | undefined): Promise<boolean> => {
    if (body?.includes(needle) !== true) return false;
    const fields = await fieldsOfFound(one, commands, segments);
    return fields !== undefined && has(readBody(body, (JSON.parse(fields["m"]!) as EventMeta).k));
  };
  const reading = runsOf(found, ({ bodies }) => bodies).map(({ block, first: { at, id26 }, run }) => {
    const blockRead = at && segments.bodiesOf(at.entry, at.columns, block);
    const hotRead = at === undefined ? whole(id26) : undefined;
    for (const read of [blockRead, hotRead]) read?.catch(() => undefined);
    return { run, blockRead, hotRead, from: at?.columns.bodies.rows[block] ?? 0 };
  });
  return async function* () {
    for (const { run, blockRead, hotRead, from } of reading) {
      const block = await blockRead?.catch(unlessGone);
      if (block !== undefined && !block.bytes.includes(needle, block.starts[0])) continue;
      for (const one of run) {
        const at = (one.at?.row ?? 0) - from;
        const body =
          block === undefined
            ? await (hotRead ?? whole(one.id26))
            : block.bytes.subarray(block.starts[at], block.starts[at + 1]);
        if (await isHit(one, body)) yield { one, deliveries: [undefined] };
      }
    }
  };
};

const inResults: Look = (found, { commands, segments, search, needle, has }) => {
  const plain = needle.toString();
  const reading = runsOf(found, ({ context }) => context).map(({ block, first: { at }, run }) => {
    const texts = at && segments.contextsOf(at.entry, at.columns, block);
    texts?.catch(() => undefined);
    return { run, texts, from: at?.columns.context.rows[block] ?? 0 };
  });
  return async function* () {
    for (const { run, texts, from } of reading) {
      const read = await texts?.catch(unlessGone);
      for (const one of run) {
        const text = read?.[(one.at?.row ?? 0) - from];
        if (text?.includes(plain) === false) continue;
        const fields =
          text === undefined ? await fieldsOfFound(one, commands, segments) : fieldsOf(text, one.id26);
        const deliveries = one.event.deliveries
          .filter((delivery) => wantsDelivery(search, delivery))
          .map(({ id }) => id)
          .filter((id) => {
            const made = fields?.[`p:${id.slice(30)}`];
            return made?.includes(plain) === true && has(JSON.parse(made));
          });
        if (deliveries.length > 0) yield { one, deliveries };
      }
    }
  };
};

/** What has gone from its segment is read where it is now. */
function unlessGone(error: unknown): undefined {
  if (!(error instanceof SegmentGone)) throw error;
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
