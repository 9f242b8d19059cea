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

/** The next is there when one is done; further ones are not copied before their turn. */
const GIVEN_AT_ONCE = 2;

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
  /** In their order. The thread has been given the first `given` of them, and has the first in hand. */
  let waiting: Waiting[] = [];
  let given = 0;
  let thread: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let pausedUntil = 0;
  let stopped = false;

  /** Its answer is here, or will not come. */
  const shift = (told: Told | undefined): void => {
    given--;
    waiting.shift()?.resolve(told);
  };
  const begin = (): Worker => {
    const begun = new Worker(threadScript(), {
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB, stackSizeMb: STACK_MB },
    });
    begun.unref();
    begun.on("message", (told: Told) => {
      shift(told);
      feed();
    });
    begun.on("error", (error: Error & { code?: string }) => {
      const isFull = error.code === "ERR_WORKER_OUT_OF_MEMORY";
      if (!isFull) pausedUntil = performance.now() + PAUSE_MS;
      log.warn({ error: String(error) }, "rules.thread.ended");
      shift(isFull ? OUT_OF_MEMORY : undefined);
    });
    begun.on("exit", () => {
      thread = undefined;
      const left = waiting;
      waiting = [];
      given = 0;
      for (const { wish, resolve } of left) void take(wish).then(resolve);
    });
    return begun;
  };
  const feed = (): void => {
    while (given < GIVEN_AT_ONCE && given < waiting.length) {
      const { wish, resolve } = waiting[given]!;
      try {
        thread?.postMessage(wish);
        given++;
      } catch (error) {
        log.debug({ error: String(error) }, "rules.thread.refused");
        waiting.splice(given, 1);
        resolve(undefined);
      }
    }
    clearTimeout(idle);
    if (waiting.length > 0) return;
    idle = setTimeout(() => void thread?.terminate(), IDLE_MS);
    idle.unref();
  };

  const take: Aside = (wish) =>
    new Promise((resolve) => {
      if (stopped || performance.now() < pausedUntil) {
        resolve(undefined);
        return;
      }
      thread ??= begin();
      waiting.push({ wish, resolve });
      feed();
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
