/** Who may call the operator's side: nobody's page but our own, and no name that was rebound to our address. */
import { SignalboxError } from "../core/errors.ts";
import type { Headers } from "../core/event.ts";

const LOOPBACK_NAMES = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Refuses calls with a foreign `origin` or from another site's page (`sec-fetch-site`), and, where the side listens on
 * loopback alone, calls under another host's name (DNS rebinding). `publicUrl`: the URL under which it is reached, too.
 * A person may follow a link to us from anywhere. OWASP ASVS 5.0, 3.5; W3C Fetch Metadata.
 */
export function originGuard(loopbackOnly: boolean, publicUrl: string | undefined) {
  const reached = publicUrl === undefined ? undefined : new URL(publicUrl);
  const known = new Set([...LOOPBACK_NAMES, ...(reached ? [reached.hostname] : [])]);
  return ({ method, headers }: { method: string; headers: Headers }): SignalboxError | undefined => {
    const host = headers["host"] ?? "";
    const name = host.replace(/:\d+$/, "").toLowerCase();
    if (loopbackOnly && !known.has(name)) {
      return new SignalboxError(
        "ADMIN_ORIGIN_REFUSED",
        "The call names a host that this side is not reached under.",
      );
    }
    const origin = headers["origin"];
    const ours = [`http://${host}`, `https://${host}`, reached?.origin];
    const site = headers["sec-fetch-site"];
    const follows = (method === "GET" || method === "HEAD") && headers["sec-fetch-mode"] === "navigate";
    const foreign = site !== undefined && site !== "same-origin" && site !== "none" && !follows;
    if (!foreign && (origin === undefined || ours.includes(origin))) return undefined;
    return new SignalboxError("ADMIN_ORIGIN_REFUSED", "The call comes from another site's page.");
  };
}
