/** What nobody foresaw: a mistake of ours, which the delivery's owner is told of as far as it is his, and whoever reads the log in full. */
import type { Ports, Recorded } from "../ports.ts";

/** Its name and where it happened. Not its message, which may quote a payload. */
export function logUnforeseen(log: Ports["log"], { delivery }: Recorded, thrown: unknown): void {
  const { name, stack } = thrown instanceof Error ? thrown : new Error("what was thrown is no error");
  const frames = stack?.split("\n").filter((line) => line.startsWith("    at "));
  log.error({ delivery: delivery.id, route: delivery.route, error: name, frames }, "delivery.unforeseen");
}
