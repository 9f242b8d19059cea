/** Requests that brought a known event: the latest of all, and of each event, whether it is hot or sealed. Fills the port `Repetitions`. */
import type { Repetition } from "../../core/repetition.ts";
import type { Page, Paging } from "../../history.ts";
import type { Repetitions } from "../../ports.ts";
import { findLatest, readLatest } from "./latest.ts";
import { createNotes } from "../store/notes.ts";
import { keys } from "./keys.ts";
import type { StoreConnection } from "../store/redis.ts";

/** Kept of all events together, and of each. */
const KEPT = 2_000;
const KEPT_OF_EVENT = 20;
/** So many may wait for the store. */
const WAITING = 1_000;

/** Notes repetitions, in the order in which they came; of an event they are kept for `keptSeconds` after the last. */
export function createRepetitions(commands: StoreConnection, keptSeconds: number): Repetitions {
  const note = createNotes<Repetition>(commands, WAITING, (pipeline, group) => {
    for (const one of group)
      pipeline.sbRepeat(
        keys.repetitionsOf(one.event.slice(4)),
        keys.repetitions,
        JSON.stringify(one),
        KEPT_OF_EVENT,
        KEPT,
        keptSeconds,
      );
  });
  return { note };
}

/** The latest repetitions of all events, newest first. */
export function readRepetitions(
  commands: StoreConnection,
  { source, type, ...paging }: { readonly source?: string; readonly type?: string } & Paging,
): Promise<Page<Repetition>> {
  const question = { kind: "repetitions", source, type };
  return readLatest<Repetition>(
    commands,
    keys.repetitions,
    question,
    paging,
    (one) => (source ?? one.source) === one.source && (type ?? one.type) === one.type,
  );
}

/** One repetition; undefined where it is not kept. */
export function readRepetition(commands: StoreConnection, id: string): Promise<Repetition | undefined> {
  return findLatest<Repetition>(commands, keys.repetitions, id);
}

/** How often an event came again, and the latest of those times, newest first. */
export async function readRepetitionsOf(
  commands: StoreConnection,
  id26: string,
): Promise<{ readonly count: number; readonly latest: readonly Repetition[] }> {
  const { n = "0", ...rows } = await commands.hgetall(keys.repetitionsOf(id26));
  const latest = Object.entries(rows)
    .sort(([one], [other]) => Number(other) - Number(one))
    .map(([, text]) => JSON.parse(text) as Repetition);
  return { count: Number(n), latest };
}
