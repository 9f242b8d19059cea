/** Who sleeps until a queue has work: an in-process map of waiting queues, each with a timer of its own. */

interface Sleeper {
  readonly wake: (woken: boolean) => void;
  readonly timer: NodeJS.Timeout;
}

/** Wakes by name. A wake that finds nobody asleep is kept, so that the next sleep ends at once. */
export class Wakes {
  readonly #asleep = new Map<string, Sleeper>();
  readonly #missed = new Set<string>();
  #waiting: (() => void)[] = [];

  /** Resolves true when woken, false after `ms`. One sleeper a name; a second one wakes the first. */
  sleep(name: string, ms: number): Promise<boolean> {
    if (this.#missed.delete(name)) return Promise.resolve(true);
    this.#end(name, false);
    return new Promise((wake) => {
      const timer = setTimeout(() => this.#end(name, false), Math.min(ms, 2 ** 31 - 1));
      timer.unref();
      this.#asleep.set(name, { wake, timer });
      this.stir();
    });
  }

  /** True where somebody was asleep. */
  wake(name: string): boolean {
    const woken = this.#end(name, true);
    if (!woken) this.#missed.add(name);
    return woken;
  }

  /** Ends a sleep without work, for closing. */
  cancel(name: string): void {
    this.#missed.delete(name);
    this.#end(name, false);
  }

  /** True while somebody sleeps under this name. */
  isAsleep(name: string): boolean {
    return this.#asleep.has(name);
  }

  /** Resolves as soon as anybody sleeps, or at `stir`. */
  anyAsleep(): Promise<void> {
    if (this.#asleep.size > 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Ends the waiting of those who wait for somebody to sleep. */
  stir(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** The names that are asleep. */
  names(): string[] {
    return [...this.#asleep.keys()];
  }

  #end(name: string, woken: boolean): boolean {
    const sleeper = this.#asleep.get(name);
    if (sleeper === undefined) return false;
    this.#asleep.delete(name);
    clearTimeout(sleeper.timer);
    sleeper.wake(woken);
    return true;
  }
}
