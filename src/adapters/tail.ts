/** What happens, told to whoever follows: one subscription for the process, opened for the first follower. */
import type { StoreConnection } from "./store/redis.ts";
import { keys } from "./record/keys.ts";

export interface Tail {
  /** Hears a JSON text for each accepted event and each attempt, of all processes; returns how to stop. */
  readonly follow: (hear: (line: string) => void) => () => void;
  close(): void;
}

export function createTail(connect: () => StoreConnection): Tail {
  const followers = new Set<(line: string) => void>();
  let connection: StoreConnection | undefined;
  const end = (): void => {
    connection?.disconnect();
    connection = undefined;
  };
  return {
    follow(hear) {
      followers.add(hear);
      if (connection === undefined) {
        connection = connect();
        connection.on("message", (_channel: string, line: string) =>
          followers.forEach((follower) => follower(line)),
        );
        connection.subscribe(keys.tail).catch(() => undefined);
      }
      return () => {
        followers.delete(hear);
        if (followers.size === 0) end();
      };
    },
    close: end,
  };
}
