/** Who sleeps until a queue has work: an in-process map of waiting queues, each with a timer of its own. */

interface Sleeper {
  readonly wake: (woken: boolean) => void;
  readonly timer: NodeJS.Timeout;
}

/** Wakes by name. A wake that finds nobody asleep is kept, so that the next sleep ends at once. */
export class Wakes {
  readonly #asleep = new Map<string, Sleeper>();
  readonly #missed = new Set<string>();
  /** Those who are not to look again before a time, and whether they are woken then. */
  readonly #hushed = new Map<string, { timer: NodeJS.Timeout; always: boolean; owed: boolean }>();
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

  /** True where somebody was asleep. One that is hushed is woken when that ends. */
  wake(name: string): boolean {
    const hushed = this.#hushed.get(name);
    if (hushed !== undefined) {
      hushed.owed = true;
      return false;
    }
    const woken = this.#end(name, true);
    if (!woken) this.#missed.add(name);
    return woken;
  }

  /** For `ms` it is not woken, since it would find nothing that it may take; then it is, `always` or where there was a wake. */
  hush(name: string, ms: number, always: boolean): void {
    clearTimeout(this.#hushed.get(name)?.timer);
    const end = (): void => {
      const owed = this.#hushed.get(name)?.owed;
      this.#hushed.delete(name);
      if (owed) this.wake(name);
    };
    const timer = setTimeout(end, Math.min(ms, 2 ** 31 - 1));
    timer.unref();
    this.#hushed.set(name, { timer, always, owed: always });
  }

  /** True while it is known that nothing may be taken: it is hushed, and will be woken. */
  isQuiet(name: string): boolean {
    return this.#hushed.get(name)?.always === true;
  }

  /** Wakes it even if it is hushed. */
  rouse(name: string): boolean {
    this.#unhush(name);
    return this.wake(name);
  }

  /** Ends a sleep without work, for closing. */
  cancel(name: string): void {
    this.#unhush(name);
    this.#missed.delete(name);
    this.#end(name, false);
  }

  /** True while somebody sleeps under this name. */
  isAsleep(name: string): boolean {
    return this.#asleep.has(name);
  }

  /** True while somebody sleeps under this name and would be woken. */
  isFree(name: string): boolean {
    return this.#asleep.has(name) && !this.#hushed.has(name);
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

  #unhush(name: string): void {
    clearTimeout(this.#hushed.get(name)?.timer);
    this.#hushed.delete(name);
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
