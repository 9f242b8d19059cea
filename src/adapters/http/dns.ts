/** Names become addresses, and only permitted ones: what is checked here is what is connected to (no DNS rebinding). */
import dns from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { SignalboxError } from "../../core/errors.ts";

/** True for an address that may be called. */
export type Permit = (address: string) => boolean;

/** A `lookup` for sockets that drops every address that is not permitted; FORWARD_ADDRESS_REFUSED when none is left. */
export function guardLookup(permit: Permit, lookup: LookupFunction = dns.lookup): LookupFunction {
  return (hostname, options, callback) =>
    lookup(hostname, { ...options, all: true }, (error, found, family) => {
      if (error) return callback(error, found, family);
      const all = typeof found === "string" ? [{ address: found, family: family ?? isIP(found) }] : found;
      const usable = all.filter(({ address }) => permit(address));
      const first = usable[0];
      if (first === undefined)
        return callback(
          addressRefused(
            hostname,
            all.map(({ address }) => address),
          ),
          "",
        );
      if (options.all) callback(null, usable);
      else callback(null, first.address, first.family);
    });
}

/** FORWARD_ADDRESS_REFUSED about a host and where it turned out to be. */
export function addressRefused(host: string, addresses: readonly string[]): SignalboxError {
  const where =
    addresses.length === 1 && addresses[0] === host ? "is" : `resolves to ${addresses.join(", ")}:`;
  const detail = `The target's host ${host} ${where} a private or reserved address, which is not called unless it is allowed.`;
  return new SignalboxError("FORWARD_ADDRESS_REFUSED", detail);
}
