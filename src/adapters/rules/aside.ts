/**
 * Evaluates in a thread what takes longer than a turn of the event loop may: one after the other, so that a rule which uses up
 * its budgets holds up the others that do, and nothing else. The budgets are the language's: none is by the clock.
 */
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { aside, type Aside, type Told, type Wish } from "../../language/aside.ts";
import type { Log } from "../../ports.ts";

/** A thread without work for so long ends. */
const IDLE_MS = 60_000;
/** Of its heap. More than the budgets let a rule make at once; a rule that needs it all the same ends the thread, and not the process. */
const MEMORY_MB = 128;
/** As deep as the stack of the process itself: 984 KB, and what Node keeps of a thread's for its own end. What runs out of stack does so in either. */
const STACK_MB = (984 + 192) / 1024;
/** After a thread that failed by itself nothing is given to one for so long. */
const PAUSE_MS = 5_000;

const OUT_OF_MEMORY: Told = {
  spent: 1,
  code: "TRANSFORM_LIMIT_EXCEEDED",
  detail: `line 1, column 1: the rule needs more memory than the ${MEMORY_MB} MB that there are`,
};

interface Waiting {
  readonly wish: Wish;
  readonly resolve: (told: Told | undefined) => void;
}

/** From now on this process evaluates so; nothing is started before it is needed. Returns how to end that. */
export function evaluateAside(log: Log): () => Promise<void> {
  /** In the order in which they were given to the thread: it has the first in hand. */
  let waiting: Waiting[] = [];
  let thread: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let pausedUntil = 0;
  let stopped = false;

  const begin = (): Worker => {
    const begun = new Worker(threadScript(), {
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB, stackSizeMb: STACK_MB },
    });
    begun.unref();
    begun.on("message", (told: Told) => {
      waiting.shift()?.resolve(told);
      if (waiting.length === 0) rest();
    });
    begun.on("error", (error: Error & { code?: string }) => {
      const first = waiting.shift();
      const isFull = error.code === "ERR_WORKER_OUT_OF_MEMORY";
      if (!isFull) pausedUntil = performance.now() + PAUSE_MS;
      log.warn({ error: String(error) }, "rules.thread.ended");
      first?.resolve(isFull ? OUT_OF_MEMORY : undefined);
    });
    begun.on("exit", () => {
      if (thread === begun) thread = undefined;
      const left = waiting;
      waiting = [];
      for (const { wish, resolve } of left) void take(wish).then(resolve);
    });
    return begun;
  };
  const rest = (): void => {
    idle = setTimeout(() => void thread?.terminate(), IDLE_MS);
    idle.unref();
  };

  const take: Aside = (wish) =>
    new Promise((resolve) => {
      if (stopped || performance.now() < pausedUntil) {
        resolve(undefined);
        return;
      }
      clearTimeout(idle);
      thread ??= begin();
      try {
        thread.postMessage(wish);
        waiting.push({ wish, resolve });
      } catch (error) {
        // Something in it that a thread cannot be given.
        log.debug({ error: String(error) }, "rules.thread.refused");
        resolve(undefined);
      }
    });

  aside.take = take;
  return async () => {
    stopped = true;
    if (aside.take === take) aside.take = undefined;
    clearTimeout(idle);
    await thread?.terminate();
  };
}

/** Node 20 runs no TypeScript: from the sources, as in tests, the built file is taken. */
function threadScript(): string {
  const built = import.meta.url.endsWith(".ts")
    ? "../../../dist/adapters/rules/aside-thread.js"
    : "./aside-thread.js";
  return fileURLToPath(new URL(built, import.meta.url));
}
