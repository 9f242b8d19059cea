/** What a process that delivers does for the store now and then: lost deliveries put back, settled events sealed, old ones forgotten. */
import { reconcile } from "../pipeline/reconcile.ts";
import type { Clock, Log } from "../ports.ts";
import type { Settings } from "../settings.ts";
import { createBooks } from "./record/books.ts";
import type { Queues } from "./queues/bullmq.ts";
import type { KeptHistory } from "./history/history.ts";
import type { Lines } from "./waiting/lines.ts";
import type { StoreConnection } from "./store/redis.ts";
import { repeat } from "./repeat.ts";

const RECONCILE_MS = 5_000;
/** How exactly a throttled or a batched delivery begins in time. */
const LINES_MS = 100;
const HOLDS_MS = 1_000;
const FORGET_MS = 10_000;
const SEAL_MS = 5_000;

/** Begins at once; returns how to stop each. */
export function beginUpkeep(parts: {
  readonly commands: StoreConnection;
  readonly queues: Queues;
  readonly history: KeptHistory;
  readonly lines: Lines;
  /** Decides holds whose time is up. */
  readonly holding: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: Pick<Settings, "historyHours" | "historyMegabytes">;
}): readonly (() => Promise<void>)[] {
  const { commands, queues, history, lines, holding, clock, log, settings } = parts;
  const books = createBooks(commands, queues, lines);
  let cursor = 0;
  return [
    repeat(RECONCILE_MS, log, "reconcile", async () => {
      cursor = await reconcile(books, cursor, clock.now(), log);
      await lines.mendStopped((event) => history.standing(event));
    }),
    repeat(LINES_MS, log, "lines", () => lines.go()),
    repeat(HOLDS_MS, log, "holds", holding),
    repeat(SEAL_MS, log, "seal", async () => {
      const sealed = await history.seal();
      if (sealed > 0) log.debug({ events: sealed }, "history.sealed");
    }),
    repeat(FORGET_MS, log, "forget", async () => {
      const forgotten = await history.forget(
        settings.historyHours * 3_600_000,
        settings.historyMegabytes * 1_048_576,
      );
      if (forgotten > 0) log.debug({ events: forgotten }, "history.forgotten");
    }),
  ];
}
