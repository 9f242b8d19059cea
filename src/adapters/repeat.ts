/** Tasks that run now and then, one run at a time; a failure is told and the next run tries again. */
import type { Log } from "../ports.ts";

/** Longest wait, at the end, for a run that is under way. */
const LAST_RUN_MS = 1_000;

/** Runs a task at once and every `ms` milliseconds. Returns how to stop; that waits a second for a run under way. */
export function repeat(ms: number, log: Log, name: string, task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  const run = (): void => {
    running ??= task()
      .catch((error: unknown) => log.debug({ task: name, error: String(error) }, "task.failed"))
      .finally(() => (running = undefined));
  };
  const timer = setInterval(run, ms);
  timer.unref();
  run();
  return async () => {
    clearInterval(timer);
    await Promise.race([running, new Promise((resolve) => setTimeout(resolve, LAST_RUN_MS).unref())]);
  };
}
