/**
 * Connects to whoever owns the router's one slot of a Redis Cluster. All keys have the same hash tag, so a connection to one node
 * is enough; which node that is, is asked of all of them whenever a connection is made anew.
 */
import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectOverTls, type ConnectionOptions } from "node:tls";
import { addressesIn, ownerOf, slotOf, type NodesSeen } from "../../core/cluster-nodes.ts";
import type { Address } from "../../core/store-url.ts";

/** Stands in every key, in braces: what is in them decides on the slot. */
const TAG = "{sb}";
/** Nodes that are asked at once: more are remembered than need to be. */
const MAX_NODES = 64;
/** A socket that does not end by itself is ended after so many ms. */
const END_MS = 2_000;

/** How a cluster is reached. */
export interface Cluster {
  readonly seeds: readonly Address[];
  /** Options of a TLS connection to a host; undefined: it is spoken to in plain. */
  readonly tls: ((host: string) => ConnectionOptions) | undefined;
  /** What a node answers to CLUSTER NODES. Rejects in time where it does not. */
  readonly ask: (address: Address) => Promise<string>;
  /** ms until all are asked again, by the number of the try; null: no more. */
  readonly retryMs: (tries: number) => number | null;
}

/** What ioredis makes of its option `Connector`: one for each connection. */
export interface OwnerConnector {
  connecting: boolean;
  /** Never rejects while there may be another try: ioredis would end the connection for good. */
  connect(emit: (type: string, error: Error) => void): Promise<Socket>;
  check(): boolean;
  disconnect(): void;
}

/** A connector to the owner of the slot. */
export function ownerConnector({ seeds, tls, ask, retryMs }: Cluster): OwnerConnector {
  const slot = slotOf(TAG);
  const known = new Map(seeds.map((address) => [nameOf(address), address]));
  let stream: Socket | undefined;

  const find = async (): Promise<Address> => {
    const asked = await Promise.allSettled(
      [...known.values()].map(async (from): Promise<NodesSeen> => ({ from, text: await ask(from) })),
    );
    const seen = asked.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    for (const address of seen.flatMap((one) => addressesIn(one, tls !== undefined)))
      if (known.size < MAX_NODES) known.set(nameOf(address), address);
    const owner = ownerOf(seen, slot, tls !== undefined);
    if (owner !== undefined) return owner;
    if (seen.length > 0)
      throw new Error("CLUSTERDOWN no node of the cluster has the slot of the router's keys");
    const errors = asked.flatMap((one) => (one.status === "rejected" ? [one.reason as Error] : []));
    // What a node says about the password or the cluster tells more than that another one is gone.
    throw errors.find(({ message }) => /^[A-Z]+ /.test(message)) ?? errors[0] ?? new Error("no nodes");
  };

  const connector: OwnerConnector = {
    connecting: false,

    async connect(emit) {
      connector.connecting = true;
      for (let tries = 1; ; tries++) {
        try {
          const owner = await find();
          if (!connector.connecting) throw new Error("Connection is closed.");
          const opened =
            tls === undefined ? connectPlain(owner) : connectOverTls({ ...owner, ...tls(owner.host) });
          // ioredis adds listeners of its own; until then an error must not be nobody's.
          opened.on("error", () => undefined);
          return (stream = opened);
        } catch (error) {
          const waitMs = retryMs(tries);
          if (waitMs === null || !connector.connecting) throw error;
          emit("error", error as Error);
          await new Promise((resolve) => setTimeout(resolve, waitMs));
        }
      }
    },

    check: () => true,

    disconnect() {
      connector.connecting = false;
      const ending = stream;
      if (ending === undefined) return;
      const late = setTimeout(() => ending.destroy(), END_MS);
      ending.on("close", () => clearTimeout(late));
      ending.end();
    },
  };
  return connector;
}

function nameOf({ host, port }: Address): string {
  return `${host}:${port}`;
}
