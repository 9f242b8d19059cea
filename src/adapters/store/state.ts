/** How the store is: memory, eviction policy, and what a power cut can take. */
import type { StoreConnection } from "./redis.ts";

/** Undefined where the store does not say. */
export interface StoreFacts {
  readonly usedBytes?: number;
  /** 0 and "no limit" are the same: undefined. */
  readonly maxBytes?: number;
  /** What a power cut can take, a sentence. */
  readonly durability: string;
  readonly warnings: readonly string[];
}

/** From this share of its limit on the memory is worth a warning. */
const FULL_SHARE = 0.8;

/** Asks the store. `trial`: it is the bundled one, which knows nothing of the kind. */
export async function readStoreFacts(commands: StoreConnection, trial: boolean): Promise<StoreFacts> {
  if (trial) {
    return {
      durability: "Trial store: a crash or a power cut takes the last 2 seconds of accepted events.",
      warnings: ["The trial store is for a first run; install a real one."],
    };
  }
  const info = fieldsOf(await commands.info());
  const usedBytes = numberOf(info["used_memory"]);
  const maxBytes = numberOf(info["maxmemory"]) || undefined;
  const policy = info["maxmemory_policy"];
  const aof = info["aof_enabled"] === "1";
  const warnings: string[] = [];
  if (policy !== undefined && policy !== "noeviction")
    warnings.push(
      `maxmemory-policy is ${policy}: when memory is full the store drops events. Set noeviction.`,
    );
  if (usedBytes !== undefined && maxBytes !== undefined && usedBytes > maxBytes * FULL_SHARE)
    warnings.push(
      `Memory is ${Math.round((usedBytes / maxBytes) * 100)} % full; when it is full requests are refused.`,
    );
  if (!aof) warnings.push("No append-only file: what was accepted since the last snapshot can be lost.");
  if (aof && info["aof_last_write_status"] === "err")
    warnings.push("The last write of the append-only file failed: is its disk full?");
  return {
    ...(usedBytes !== undefined && { usedBytes }),
    ...(maxBytes !== undefined && { maxBytes }),
    durability: await durabilityOf(commands, aof, info),
    warnings,
  };
}

async function durabilityOf(
  commands: StoreConnection,
  aof: boolean,
  info: Readonly<Record<string, string>>,
): Promise<string> {
  const policy = maxmemoryText(info["maxmemory_policy"]);
  if (!aof) {
    const saved = numberOf(info["rdb_last_save_time"]);
    const since = saved ? ` of ${new Date(saved * 1000).toISOString()}` : "";
    return `No append-only file: a power cut or a crash takes everything accepted since the last snapshot${since}${policy}.`;
  }
  // Some hosts forbid CONFIG; then it is the default, as far as one knows.
  const fsync = await commands.config("GET", "appendfsync").then(
    (reply) => (reply as string[])[1],
    () => undefined,
  );
  if (fsync === "always")
    return `Append-only file, synced at every write: a power cut takes nothing that was accepted${policy}.`;
  if (fsync === "no")
    return `Append-only file, synced when the system likes: a power cut can take the last 30 seconds or so${policy}.`;
  const said = fsync === undefined ? "synced every second unless set otherwise" : "synced every second";
  return `Append-only file, ${said}: a power cut can take the last second (at most about two) of accepted events, a crash of the store none${policy}.`;
}

function maxmemoryText(policy: string | undefined): string {
  return policy === undefined ? "" : `; eviction policy ${policy}`;
}

function fieldsOf(info: string): Record<string, string> {
  return Object.fromEntries(
    info
      .split("\r\n")
      .filter((line) => line.includes(":"))
      .map((line) => {
        const at = line.indexOf(":");
        return [line.slice(0, at), line.slice(at + 1)];
      }),
  );
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
}
