/** Built-ins whose own implementation in the jsonata package is used: they are pure and rare. */
import { Fault } from "../fault.ts";
import { builtins } from "../jsonata.ts";

/** jsonata's implementation of a function; what it throws is a Fault. `now` stands for today where a date leaves it out. */
export function reference(name: string): (now: number, ...args: unknown[]) => unknown {
  const { implementation } = builtins.get(name)!;
  return (now, ...args) => {
    const focus = { createSequence: () => [], environment: { timestamp: new Date(now) } };
    try {
      return implementation.apply(focus, args);
    } catch (thrown) {
      if (thrown instanceof Error) throw thrown;
      const { code, ...details } = thrown as { code: string; value?: unknown; index?: number };
      throw new Fault(code, withoutStack(details));
    }
  };
}

const withoutStack = (details: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(details).filter(([key]) => key !== "stack" && key !== "message"));
