/** The events of `signalbox impact`: those that a router keeps, page after page, or those of a file. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { WholeEvent } from "../admin/shapes/deliveries.ts";
import type { EventContext } from "../core/event.ts";
import { isFields } from "../core/schema-walk.ts";
import { caseContext } from "../rules/cases.ts";
import type { Judgeable } from "../rules/judge.ts";
import { askThere, type Reached } from "./ask.ts";
import type { Listed } from "./listing.ts";
import { EXIT, end, note } from "./print.ts";

/** How far back. */
export interface Reach {
  /** At most so many. */
  readonly last: number;
  /** ISO 8601: received at this time or later. */
  readonly from?: string;
  /** Of this source alone. */
  readonly source?: string;
}

const PAGE = 1_000;

/** Newest first; the next page is under way while one is looked at. Ends early, with the exit code set, where the router refuses. */
export async function* eventsOfRouter(
  reached: Reached,
  { last, from, source }: Reach,
): AsyncGenerator<Judgeable> {
  let left = last;
  const read = (cursor?: string): Promise<Listed<WholeEvent> | undefined> => {
    const query = new URLSearchParams({
      limit: String(Math.min(PAGE, left)),
      ...(from !== undefined && { from }),
      ...(source !== undefined && { source }),
      ...(cursor !== undefined && { cursor }),
    });
    return askThere<Listed<WholeEvent>>(reached, `/api/v1/bodies?${query}`);
  };
  let page = read();
  for (;;) {
    const now = await page;
    if (now === undefined) return;
    left -= now.items.length;
    const goesOn = now.next !== undefined && left > 0;
    if (goesOn) page = read(now.next);
    for (const { body, ...context } of now.items) yield { body, context: context as unknown as EventContext };
    if (!goesOn) return;
  }
}

/** A line each, as `signalbox events <id> --json` prints one: at least `source`, `type` and `body`. Ends early, told, at one that is none. */
export async function* eventsOfFile(file: string, { last, from, source }: Reach): AsyncGenerator<Judgeable> {
  const input = file === "-" ? process.stdin : createReadStream(file);
  let line = 0;
  let taken = 0;
  try {
    for await (const text of createInterface({ input, crlfDelay: Infinity })) {
      line++;
      if (text.trim() === "" || taken === last) continue;
      const event = eventIn(text);
      if (event === undefined) {
        note(`${file}:${line}: expected an event as JSON with \`source\`, \`type\` and \`body\`.`);
        return end(EXIT.usage);
      }
      if (from !== undefined && Date.parse(event.context.receivedAt) < Date.parse(from)) continue;
      if (source !== undefined && event.context.source !== source) continue;
      taken++;
      yield event;
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    note(`${file} cannot be read (${code}).`);
    end(EXIT.usage);
  }
}

function eventIn(text: string): Judgeable | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
  if (!isFields(value) || !("body" in value)) return undefined;
  const { body, source, type } = value;
  if (typeof source !== "string" || typeof type !== "string") return undefined;
  const names = ["id", "receivedAt", "headers", "query", "method", "path"];
  const known = Object.fromEntries(names.flatMap((name) => (name in value ? [[name, value[name]]] : [])));
  return { body, context: { ...caseContext({ event: {} }, undefined), ...known, source, type } };
}
