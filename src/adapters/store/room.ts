/** Whether the store has memory to spare: a store that is full to the brim cannot even note what has been delivered. */
import type { Log } from "../../ports.ts";
import type { StoreConnection } from "./redis.ts";
import { repeat } from "../repeat.ts";

const LOOK_MS = 1_000;
/** Shares of `maxmemory`: from the first on events wait elsewhere, below the second they come again. */
const FULL_SHARE = 0.9;
const ROOMY_SHARE = 0.85;

export interface Room {
  /** As of a second ago; true of a store without a limit. */
  readonly hasRoom: () => boolean;
  /** Share of its limit that it uses, 0 to 1; 0 of a store without a limit. */
  readonly used: () => number;
  stop(): Promise<void>;
}

export function watchRoom(commands: StoreConnection, log: Log): Room {
  let isFull = false;
  let share = 0;
  const stop = repeat(LOOK_MS, log, "room", async () => {
    const info = await commands.info("memory");
    const used = Number(/^used_memory:(\d+)/m.exec(info)?.[1] ?? 0);
    const most = Number(/^maxmemory:(\d+)/m.exec(info)?.[1] ?? 0);
    share = most === 0 ? 0 : used / most;
    const was = isFull;
    isFull = share >= FULL_SHARE || (isFull && share >= ROOMY_SHARE);
    const line = { usedBytes: used, maxBytes: most };
    if (isFull && !was) log.error({ ...line, fix: "Raise maxmemory, or keep less history." }, "store.full");
    if (was && !isFull) log.info(line, "store.roomy");
  });
  return { hasRoom: () => !isFull, used: () => share, stop };
}
