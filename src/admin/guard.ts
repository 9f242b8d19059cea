/** Who may call the operator's side: nobody's page but our own, and no name that was rebound to our address. */
import { SignalboxError } from "../core/errors.ts";
import type { Headers } from "../core/event.ts";

const LOOPBACK_NAMES = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Refuses calls with a foreign `origin`, and, where the side listens on loopback alone, calls under another host's
 * name (DNS rebinding). `names`: further host names under which it is reached. OWASP ASVS 5.0, 3.5.
 */
export function originGuard(loopbackOnly: boolean, names: readonly string[]) {
  const known = new Set([...LOOPBACK_NAMES, ...names]);
  return ({ headers }: { method: string; headers: Headers }): SignalboxError | undefined => {
    const host = headers["host"] ?? "";
    const name = host.replace(/:\d+$/, "").toLowerCase();
    if (loopbackOnly && !known.has(name)) {
      return new SignalboxError(
        "ADMIN_ORIGIN_REFUSED",
        "The call names a host that this side is not reached under.",
      );
    }
    const origin = headers["origin"];
    if (origin === undefined || origin === `http://${host}` || origin === `https://${host}`) return undefined;
    return new SignalboxError("ADMIN_ORIGIN_REFUSED", "The call comes from another site's page.");
  };
}
