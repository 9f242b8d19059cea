/** How a call came to us: over which proxies, from which address, and whether the line is closed to listeners. */
import { inRanges, parseRange } from "../../core/address.ts";
import type { Headers } from "../../core/event.ts";
import type { Settings } from "../../settings.ts";
import { SignalboxError } from "../../core/errors.ts";

interface Came {
  readonly headers: Headers;
  readonly address: string;
}

type Trust = Pick<Settings, "trustedProxies">;

/** The caller's address: the last one of `x-forwarded-for` that no trusted proxy has, where a trusted proxy sent it. */
export function callerAddress({ headers, address }: Came, { trustedProxies }: Trust): string {
  if (!inRanges(address, trustedProxies)) return address;
  const hops = (headers["x-forwarded-for"] ?? "").split(",").map((hop) => hop.trim());
  const foreign = hops.findLast((hop) => hop !== "" && !inRanges(hop, trustedProxies));
  return foreign !== undefined && parseRange(foreign) !== undefined ? foreign : address;
}

/** Refuses to log in where a listener could read the password, and where a browser would not keep the cookie. */
export function requireClosedLine(came: Came, trust: Trust): void {
  const { headers, address } = came;
  const host = (headers["host"] ?? "").replace(/:\d+$/, "").toLowerCase();
  const proxied = inRanges(address, trust.trustedProxies) ? headers["x-forwarded-proto"] : undefined;
  const proto = proxied?.split(",").at(-1)?.trim().toLowerCase();
  if (proto === "https") return;
  const local = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(host);
  if (proto === undefined && local) return;
  throw new SignalboxError(
    "ADMIN_TLS_NEEDED",
    `The call came over plain http under the name \`${host.slice(0, 100)}\`: expected https, or this machine itself.`,
  );
}
