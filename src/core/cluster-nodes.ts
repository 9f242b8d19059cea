/** What the nodes of a Redis Cluster say of one another: who has a slot at present. */
import type { Address } from "./store-url.ts";

/** What one node answered to CLUSTER NODES, and where it was asked. */
export interface NodesSeen {
  readonly from: Address;
  readonly text: string;
}

/** A node as one of them sees it. */
interface Node {
  readonly address: Address;
  readonly flags: readonly string[];
  readonly epoch: number;
  readonly slots: readonly (readonly [number, number])[];
}

/** A cluster has so many slots. */
const SLOTS = 16_384;

/** The slot of a key: CRC16 (XMODEM) of its hash tag, or of all of it without one (Redis Cluster specification). */
export function slotOf(key: string): number {
  const [, tag] = /^[^{]*\{([^}]+)\}/.exec(key) ?? [];
  let crc = 0;
  for (const byte of Buffer.from(tag ?? key)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0);
    crc &= 0xffff;
  }
  return crc % SLOTS;
}

/**
 * Where the slot's owner listens: of what the nodes say that of the newest epoch counts, since one that was away still believes
 * what held before. Undefined while there is none: it has failed, and nobody has been elected in its place yet.
 */
export function ownerOf(seen: readonly NodesSeen[], slot: number, byName: boolean): Address | undefined {
  const owners = seen
    .flatMap((one) => nodesOf(one, byName))
    .filter(({ slots }) => slots.some(([first, last]) => first <= slot && slot <= last));
  const newest = Math.max(...owners.map(({ epoch }) => epoch));
  const latest = owners.filter(({ epoch }) => epoch === newest);
  return latest.some(({ flags }) => flags.includes("fail")) ? undefined : latest[0]?.address;
}

/** Where the nodes are that one of them knows, those that have failed included: they may come back. */
export function addressesIn(seen: NodesSeen, byName: boolean): readonly Address[] {
  return nodesOf(seen, byName)
    .filter(({ flags }) => !flags.includes("noaddr") && !flags.includes("handshake"))
    .map(({ address }) => address);
}

/** `<id> <ip:port@bus[,host name[,…]]> <flags> <primary> <ping> <pong> <epoch> <link> <slot or range>…`; `[…]` is a slot on the move. */
function nodesOf({ from, text }: NodesSeen, byName: boolean): Node[] {
  return text.split("\n").flatMap((line) => {
    const [, place = "", flags = "", , , , epoch = "", , ...slots] = line.trim().split(" ");
    const [ipAndPort = "", name = ""] = place.split(",");
    const [, ip, port] = /^(.*):(\d+)(?:@\d+)?$/.exec(ipAndPort) ?? [];
    if (ip === undefined) return [];
    // A node that has not heard its own address yet leaves it out: it is where it was asked.
    const host = byName && name !== "" && name !== "?" ? name : ip === "" ? from.host : ip;
    const ranges = slots
      .filter((range) => !range.startsWith("["))
      .map((range) => range.split("-").map(Number))
      .map(([first = -1, last = first]) => [first, last] as const);
    return [
      {
        address: { host, port: Number(port) },
        flags: flags.split(","),
        epoch: Number(epoch),
        slots: ranges,
      },
    ];
  });
}
