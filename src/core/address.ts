/** IP addresses: ranges as settings name them, and which addresses belong to the public internet. */
import ipaddr from "ipaddr.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** A CIDR range; a single address is a range of one. Made by `parseRange`, asked by `inRanges`. */
export interface Range {
  readonly network: Address;
  readonly bits: number;
}

/** An address or CIDR range, v4 or v6; undefined for anything else, short forms like `127.1` included. */
export function parseRange(text: string): Range | undefined {
  const [host = "", prefix, ...rest] = text.trim().split("/");
  const written = parse(host);
  if (written === undefined || rest.length > 0) return undefined;
  const width = written.kind() === "ipv4" ? 32 : 128;
  if (prefix !== undefined && (!/^\d{1,3}$/.test(prefix) || Number(prefix) > width)) return undefined;
  const bits = prefix === undefined ? width : Number(prefix);
  const network = unmapped(written);
  if (network === written) return { network, bits };
  // A mapped range wider than all of v4 has no v4 equal.
  return bits < 96 ? { network: written, bits } : { network, bits: bits - 96 };
}

/** True when an address lies in one of the ranges. A v4-mapped v6 address equals its v4; what does not parse is in none. */
export function inRanges(address: string, ranges: readonly Range[]): boolean {
  const parsed = parse(address);
  if (parsed === undefined) return false;
  const plain = unmapped(parsed);
  return ranges.some(({ network, bits }) => network.kind() === plain.kind() && plain.match(network, bits));
}

/**
 * True for an address that anybody on the internet may mean: global unicast by IANA's special-purpose registries
 * (RFC 6890). An address that carries a v4 inside (mapped, NAT64) is judged by it; 6to4 and Teredo, which a relay
 * would turn into any v4, are refused; so is what does not parse.
 */
export function isPublic(address: string): boolean {
  const parsed = parse(address);
  if (parsed === undefined) return false;
  const plain = unmapped(parsed);
  if (plain instanceof ipaddr.IPv4) return plain.range() === "unicast";
  if (plain.match(NAT64, 96)) return new ipaddr.IPv4(plain.toByteArray().slice(12)).range() === "unicast";
  // Beyond 2000::/3 nothing is assigned as global unicast; it also leaves out ::/96, which ipaddr.js calls unicast.
  return plain.match(GLOBAL_UNICAST, 3) && plain.range() === "unicast";
}

/** RFC 6052 § 2.1: the well-known prefix; the v4 address is in the last 32 bits. */
const NAT64 = ipaddr.IPv6.parse("64:ff9b::");
/** RFC 4291 § 2.4, IANA's IPv6 address space registry. */
const GLOBAL_UNICAST = ipaddr.IPv6.parse("2000::");

/** Full spellings only: the short and octal v4 forms mean different addresses to different programs. */
function parse(text: string): Address | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  return ipaddr.IPv6.isValid(text) ? ipaddr.IPv6.parse(text) : undefined;
}

function unmapped(address: Address): Address {
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}
