/** A Redis Cluster on loopback, three primaries with a replica each: real processes, which a test may kill. */
import { aRedis, freePort, type TestRedis } from "./redis.ts";
import { until } from "./until.ts";

export interface TestCluster {
  /** As REDIS_URL has it; it names some of the nodes. */
  readonly url: string;
  readonly nodes: readonly TestRedis[];
  /** The primary that owns the slot of a key, as the living nodes see it; undefined while there is none. */
  ownerOf(key: string): TestRedis | undefined;
  /** The replica of a primary. */
  replicaOf(primary: TestRedis): TestRedis;
  close(): Promise<void>;
}

const PRIMARIES = 3;
const SLOTS = 16_384;

/**
 * Resolves once all slots are served and each primary has its replica. `options` are those of every node; `overTls` gives each a
 * port for it, which the URL then names and the nodes tell those who come by it.
 */
export async function aCluster(
  options: Readonly<Record<string, string>> = {},
  overTls = false,
): Promise<TestCluster> {
  const buses: string[] = [];
  const ports: string[] = [];
  const nodes: TestRedis[] = [];
  for (let nth = 0; nth < 2 * PRIMARIES; nth++) {
    buses.push(String(await freePort()));
    const tls = overTls ? { "tls-port": String(await freePort()) } : {};
    const node = await aRedis({
      ...{ "cluster-enabled": "yes", "cluster-port": buses[nth]!, "cluster-node-timeout": "1000" },
      ...tls,
      ...options,
    });
    nodes.push(node);
    ports.push(tls["tls-port"] ?? String(node.port));
  }
  const [first] = nodes;
  const share = Math.ceil(SLOTS / PRIMARIES);
  nodes.slice(0, PRIMARIES).forEach((node, nth) => {
    const last = Math.min((nth + 1) * share, SLOTS) - 1;
    node.cli("cluster", "addslotsrange", String(nth * share), String(last));
    // Otherwise two of them may have the same epoch for a moment, and who is newer is not known.
    node.cli("cluster", "set-config-epoch", String(nth + 1));
  });
  ports.forEach((port, nth) => {
    if (nth > 0) first!.cli("cluster", "meet", "127.0.0.1", port, buses[nth]!);
  });
  await until("all nodes know all", () => nodes.every((node) => linesOf(node).length === nodes.length), {
    withinMs: 20_000,
  });
  nodes.slice(PRIMARIES).forEach((node, nth) => {
    node.cli("cluster", "replicate", nodes[nth]!.cli("cluster", "myid"));
  });
  await until(
    "every slot is served, and every replica follows",
    () =>
      nodes.every((node) => node.cli("cluster", "info").includes("cluster_state:ok")) &&
      nodes
        .slice(PRIMARIES)
        .every((node) => node.cli("info", "replication").includes("master_link_status:up")) &&
      nodes.every((node) => linesOf(node).filter((line) => line.includes("slave")).length === PRIMARIES),
    { withinMs: 30_000 },
  );

  const alive = (): TestRedis[] => nodes.filter((node) => linesOf(node).length > 0);
  const portOf = (line: string): number => Number(/:(\d+)@/.exec(line)?.[1]);
  return {
    url: `redis${overTls ? "s" : ""}+cluster://${ports
      .slice(0, 2)
      .map((port) => `127.0.0.1:${port}`)
      .join(",")}`,
    nodes,
    ownerOf(key) {
      const slot = Number(alive()[0]?.cli("cluster", "keyslot", key));
      return alive().find((node) => {
        const mine = linesOf(node).find((line) => line.includes("myself"));
        return mine !== undefined && mine.includes("master") && holds(mine, slot);
      });
    },
    replicaOf(primary) {
      const id = primary.cli("cluster", "myid");
      const line = linesOf(primary).find((one) => one.includes(`slave ${id}`));
      return nodes.find(({ port }) => port === portOf(line ?? ""))!;
    },
    close: async () => void (await Promise.all(nodes.map((node) => node.close()))),
  };
}

/** What a node says of all; nothing where it does not answer. */
function linesOf(node: TestRedis): string[] {
  try {
    return node.cli("cluster", "nodes").split("\n");
  } catch {
    return [];
  }
}

function holds(line: string, slot: number): boolean {
  return line
    .split(" ")
    .slice(8)
    .map((range) => range.split("-").map(Number))
    .some(([from = -1, to = from]) => from <= slot && slot <= to);
}
