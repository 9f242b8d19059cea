/** The events of `signalbox impact` straight from the store, where no router is to be asked: read, and nothing else. */
import { createHistory } from "../adapters/history/history.ts";
import { connectOperator, whenReady } from "../adapters/store/redis.ts";
import { addressOf } from "../adapters/store/place.ts";
import { SignalboxError } from "../core/errors.ts";
import type { Judgeable } from "../rules/judge.ts";
import type { Reach } from "./impact-events.ts";
import { EXIT, end, note } from "./print.ts";

const PAGE = 1_000;
const READY_MS = 5_000;
const SILENT = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const readsAlone = (): never => {
  throw new Error("Nothing is put into a queue here.");
};

/** Newest first. Ends early, told and with the exit code set, where the store does not answer. */
export async function* eventsOfStore(url: string, { last, from, source }: Reach): AsyncGenerator<Judgeable> {
  const commands = connectOperator({ url }, SILENT);
  const away = (): void => {
    note(`The store at ${addressOf({ url })} does not answer.`);
    end(EXIT.failed);
  };
  try {
    if (!(await whenReady(commands, READY_MS))) return away();
    const clock = { now: () => Date.now() };
    const queues = { enqueue: readsAlone, remove: readsAlone };
    const history = createHistory({ commands, queues, clock, log: SILENT });
    let left = last;
    let cursor: string | undefined;
    do {
      const page = await history.bodies({
        limit: Math.min(PAGE, left),
        ...(from !== undefined && { from: Date.parse(from) }),
        ...(source !== undefined && { source }),
        ...(cursor !== undefined && { cursor }),
      });
      left -= page.items.length;
      yield* page.items;
      cursor = page.next;
    } while (cursor !== undefined && left > 0);
  } catch (error) {
    if (error instanceof SignalboxError) throw error;
    away();
  } finally {
    commands.disconnect();
  }
}
