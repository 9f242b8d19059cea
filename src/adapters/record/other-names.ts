/**
 * Ids that a sender was told, of events that the store had by another id: a request that waited in two spools, since whoever took it
 * first was killed before it answered. Whoever asks by the id that was told is shown the event.
 */
import type { EventId } from "../../core/event.ts";
import type { StoreConnection } from "../store/redis.ts";
import { keys } from "./keys.ts";

/** Remembers for `seconds` that `told` is `known`. May be done twice. */
export async function noteOtherName(
  commands: StoreConnection,
  told: EventId,
  known: EventId,
  seconds: number,
): Promise<void> {
  await commands.set(keys.otherName(told.slice(4)), known.slice(4), "EX", seconds);
}

/** The 26 characters of the event that is meant; undefined where the id was never told for another. */
export async function otherNameOf(commands: StoreConnection, id26: string): Promise<string | undefined> {
  return (await commands.get(keys.otherName(id26))) ?? undefined;
}
