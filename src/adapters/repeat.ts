/** Tasks that run now and then, one run at a time; a failure is told, a mistake as a warning once, and the next run tries again. */
import type { Log } from "../ports.ts";

/** Longest wait, at the end, for a run that is under way. */
const LAST_RUN_MS = 1_000;

/** True for what waiting does not mend, unlike a store that is away, loads or is full: the task is wrong, or what it asks of the store. */
const isMistake = (error: unknown): boolean =>
  error instanceof TypeError ||
  error instanceof RangeError ||
  (error instanceof Error && /^(ERR|WRONGTYPE|CROSSSLOT) /.test(error.message));

/** Runs a task at once and every `ms` milliseconds. Returns how to stop; that waits a second for a run under way. */
export function repeat(ms: number, log: Log, name: string, task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let told = "";
  const tell = (error: unknown): void => {
    const failure = { task: name, error: String(error) };
    const isNews = isMistake(error) && told !== failure.error;
    log[isNews ? "warn" : "debug"](failure, "task.failed");
    if (isNews) told = failure.error;
  };
  const run = (): void => {
    running ??= task()
      .then(() => void (told = ""), tell)
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
