/** What nobody foresaw: a mistake of ours, which the delivery's owner is told of as far as it is his, and whoever reads the log in full. */
import { framesOf } from "../core/errors.ts";
import type { Ports, Recorded } from "../ports.ts";

/** Its name and where it happened. */
export function logUnforeseen(log: Ports["log"], { delivery }: Recorded, thrown: unknown): void {
  log.error({ delivery: delivery.id, route: delivery.route, ...framesOf(thrown) }, "delivery.unforeseen");
}
