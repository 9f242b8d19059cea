/** The heap of a process that serves. */
import { setFlagsFromString } from "node:v8";

/**
 * From now on V8 makes nothing as if it were to last. What waits through one flood teaches it otherwise: from then on it makes
 * events where only a collection of the whole heap sees that they are done with, and with them all that they point to. To be
 * called once the modules are loaded: Node's own come from its cache only while the flags are those that it was built with.
 */
export function keepYoung(): void {
  setFlagsFromString("--no-allocation-site-pretenuring");
}
