/** Events with their bodies, newest first, many at a time: neighbours in a segment share a block, which is unpacked once. */
import { readBody } from "../../core/body.ts";
import type { EventContext } from "../../core/event.ts";
import type { Filter, KeptBody, Page, Paging } from "../../history.ts";
import { cursorOf, positionOf } from "./cursor.ts";
import { scan, type Found } from "./scan.ts";
import type { EventMeta } from "../record/format.ts";
import { keys } from "../record/keys.ts";
import type { StoreConnection } from "../store/redis.ts";
import { blockOf } from "./segment-columns.ts";
import { SegmentGone, type Segments } from "./segments.ts";
import { bodyIn } from "../record/stored-body.ts";

/** Bytes of bodies in a page, about: what is unpacked, parsed and told in one go. */
const PAGE_BYTES = 1_048_576;
const PAGE_MS = 250;

interface Inside {
  readonly commands: StoreConnection;
  readonly segments: Segments;
}

/** A page of what a filter finds; quarantined events are left out. It ends early where bodies are large. */
export async function readBodies(filter: Filter & Paging, inside: Inside): Promise<Page<KeptBody>> {
  const { commands, segments } = inside;
  const question = { ...filter, kind: "bodies" };
  const start =
    filter.cursor === undefined ? "~" : (await positionOf(filter.cursor, question, commands)).before;
  const end = performance.now() + PAGE_MS;
  const read = bodyReader(inside);
  const items: KeptBody[] = [];
  let bytes = 0;
  for await (const { found, before } of scan(commands, segments, filter, start)) {
    for (const one of found) {
      const whole = await read(one);
      if (whole !== undefined) {
        items.push(whole.event);
        bytes += whole.bytes;
      }
      if (items.length >= filter.limit || bytes >= PAGE_BYTES)
        return { items, next: cursorOf({ before: one.id26, skip: 0 }, question) };
    }
    if (performance.now() > end && before.length === 26)
      return { items, next: cursorOf({ before, skip: 0 }, question) };
  }
  return { items };
}

interface Whole {
  readonly event: KeptBody;
  readonly bytes: number;
}

/** Reads one after the other; what has gone from its segment is read where it is now. */
function bodyReader({ commands, segments }: Inside): (found: Found) => Promise<Whole | undefined> {
  const contexts = new Map<number, Map<number, Promise<readonly string[]>>>();
  let held: { readonly key: string; readonly block: ReturnType<Segments["bodiesOf"]> } | undefined;

  const sealed = async ({ entry, columns, row }: NonNullable<Found["at"]>): Promise<Whole | undefined> => {
    const block = blockOf(columns.bodies, row);
    const key = `${entry.number} ${block}`;
    if (held?.key !== key) held = { key, block: segments.bodiesOf(entry, columns, block) };
    const { bytes, starts } = await held.block;
    if (!contexts.has(entry.number)) contexts.set(entry.number, new Map());
    const fields = await segments.fieldsAt(entry, columns, row, contexts.get(entry.number));
    const at = row - columns.bodies.rows[block]!;
    return wholeOf(JSON.parse(fields["m"]!) as EventMeta, bytes.subarray(starts[at], starts[at + 1]));
  };
  return async ({ id26, at }) => {
    if (at !== undefined) {
      try {
        return await sealed(at);
      } catch (error) {
        if (!(error instanceof SegmentGone)) throw error;
      }
    }
    const [m, b] = await commands.hmgetBuffer(keys.event(id26), "m", "b");
    if (m && b) {
      const meta = JSON.parse(m.toString()) as EventMeta;
      return wholeOf(meta, bodyIn(b, meta.l));
    }
    const found = await segments.find(id26);
    return found && wholeOf(JSON.parse(found.fields["m"]!) as EventMeta, found.body);
  };
}

function wholeOf({ q, c, k }: EventMeta, body: Buffer): Whole | undefined {
  if (q !== undefined) return undefined;
  const context: EventContext = c;
  return { event: { context, body: readBody(body, k) }, bytes: body.length };
}
