/** Whether this process has a spool, and the store with it: one that takes requests has, unless it is off or cannot be had. */
import type { Log, Store } from "../../ports.ts";
import type { Settings } from "../../settings.ts";
import { openSpool } from "./spool.ts";
import { spooled } from "./store.ts";

/** The spool, as it stands; or why there is none. */
export type SpoolState =
  | {
      readonly events: number;
      readonly bytes: number;
      readonly maxBytes: number;
      /** Since when events go there, epoch ms; undefined while they do not. */
      readonly since: number | undefined;
      /** Why the last try to write failed. */
      readonly fault: string | undefined;
    }
  | { readonly failed: string }
  | "off";

/** The store as the ingest uses it; `spool` is undefined where this process takes no requests. */
export interface KeptOpen {
  readonly store: Store;
  readonly spool: () => SpoolState | undefined;
  /** Events wait in it. */
  readonly inUse: () => boolean;
  close(): Promise<void>;
}

/** Never throws: where the spool cannot be had the router serves without it, and says so. */
export async function withSpool(
  { role, dataDir, spoolMegabytes }: Pick<Settings, "role" | "dataDir" | "spoolMegabytes">,
  parts: Omit<Parameters<typeof spooled>[0], "spool">,
): Promise<KeptOpen> {
  const { store, log } = parts;
  const without = (state: SpoolState | undefined): KeptOpen => ({
    store,
    spool: () => state,
    inUse: () => false,
    close: () => Promise.resolve(),
  });
  if (role === "worker") return without(undefined);
  if (spoolMegabytes === 0) return without("off");
  const spool = await openSpool(dataDir, spoolMegabytes * 1_048_576, log).catch((error: unknown) =>
    failed(error, log),
  );
  if ("failed" in spool) return without(spool);
  const kept = spooled({ ...parts, spool });
  return {
    store: kept,
    spool: () => {
      const { pending: events, bytes, maxBytes, fault } = spool;
      return { events, bytes, maxBytes, since: kept.since, fault };
    },
    inUse: () => spool.pending > 0,
    async close() {
      await kept.stop();
      await spool.close();
    },
  };
}

function failed(error: unknown, log: Log): { readonly failed: string } {
  const why = error instanceof Error ? error.message : String(error);
  log.error({ error: why, fix: "Make SIGNALBOX_DATA_DIR a folder that can be written." }, "spool.failed");
  return { failed: why };
}
