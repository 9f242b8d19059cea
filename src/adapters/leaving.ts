/** A process that is about to end: it says so first, and goes on for as long as balancers need to see it. */

export interface Leaving {
  /** Since when it is about to end, epoch ms of this process's clock; undefined while it stays. */
  readonly since: number | undefined;
  /** Says so from now on; resolves when it has been seen, after the time that balancers are given. */
  leave(): Promise<void>;
}

/** `seconds` are what balancers need to see it; 0 where nobody looks. */
export function createLeaving(seconds: number): Leaving {
  let since: number | undefined;
  return {
    get since() {
      return since;
    },
    async leave() {
      since ??= Date.now();
      await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    },
  };
}
