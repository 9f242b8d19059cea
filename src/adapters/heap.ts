/** The heap of a process that serves. */
import { setFlagsFromString } from "node:v8";

/**
 * So much may grow old before the whole heap is looked at again. V8 would do that after a sixth, every two seconds while events pass, since it
 * minds the time that it takes altogether and not who waits for it.
 */
const GROWING_PERCENT = 100;

/**
 * From now on V8 makes nothing as if it were to last. What waits through one flood teaches it otherwise: from then on it makes
 * events where only a collection of the whole heap sees that they are done with, and with them all that they point to. To be
 * called once the modules are loaded: Node's own come from its cache only while the flags are those that it was built with.
 */
export function keepYoung(): void {
  setFlagsFromString("--no-allocation-site-pretenuring");
  setFlagsFromString(`--heap-growing-percent=${GROWING_PERCENT}`);
}
