/** Whether the store still holds what it held: one that was emptied under a router that runs (FLUSHALL, a restart without its files) is told of. */
import { randomBytes } from "node:crypto";
import type { Log } from "../../ports.ts";
import { FORMAT, FORMAT_KEY } from "./format.ts";
import type { StoreConnection } from "./redis.ts";
import { repeat } from "../repeat.ts";

/** String: names what the store holds, made by the first process that finds none. */
const IDENTITY_KEY = "{sb}:identity";
const LOOK_MS = 5_000;

/** Looks every 5 s, until the returned stop is called; logs `store.emptied`. Nothing more can be done: the record was the store's. */
export function watchIdentity(commands: StoreConnection, log: Log): () => Promise<void> {
  let known: string | undefined;
  return repeat(LOOK_MS, log, "identity", async () => {
    const own = randomBytes(8).toString("hex");
    const replies = await commands
      .pipeline()
      .setnx(IDENTITY_KEY, own)
      .get(IDENTITY_KEY)
      .setnx(FORMAT_KEY, String(FORMAT))
      .exec();
    const found = replies?.[1]?.[1];
    // A store that takes nothing (full, a replica) says nothing about what it holds.
    if (typeof found !== "string") return;
    if (known !== undefined && found !== known) {
      const error = "The store does not hold any more what it held: it was emptied, or replaced by another.";
      const fix =
        "Accepted events that were not delivered by then are gone; what waits in spools is stored. " +
        "Restore the store's files if there is a copy; let nobody run FLUSHALL (rename-command, ACL).";
      log.error({ error, fix }, "store.emptied");
    }
    known = found;
  });
}
