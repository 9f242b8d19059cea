/** What a process that delivers does for the store now and then: lost deliveries put back, settled events sealed, old ones forgotten. */
import { reconcile } from "../pipeline/reconcile.ts";
import type { Clock, Log } from "../ports.ts";
import type { Settings } from "../settings.ts";
import { createBooks } from "./books.ts";
import type { Queues } from "./bullmq.ts";
import type { KeptHistory } from "./history.ts";
import type { StoreConnection } from "./redis.ts";
import { repeat } from "./repeat.ts";

const RECONCILE_MS = 5_000;
const FORGET_MS = 10_000;
const SEAL_MS = 5_000;

/** Begins at once; returns how to stop each. */
export function beginUpkeep(parts: {
  readonly commands: StoreConnection;
  readonly queues: Queues;
  readonly history: KeptHistory;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: Pick<Settings, "historyHours" | "historyMegabytes">;
}): readonly (() => Promise<void>)[] {
  const { commands, queues, history, clock, log, settings } = parts;
  const books = createBooks(commands, queues);
  let cursor = 0;
  return [
    repeat(RECONCILE_MS, log, "reconcile", async () => {
      cursor = await reconcile(books, cursor, clock.now(), log);
    }),
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
