/** What deliveries came to, told from the process that made the attempt to the one whose sender waits. Fills the port `Answers`. */
import { randomUUID } from "node:crypto";
import { OPEN_STATES, MAX_ANSWER_BYTES, type DeliveryId } from "../core/delivery.ts";
import type { History } from "../history.ts";
import type { Answers, Ended, Log } from "../ports.ts";
import type { StoreConnection } from "./store/redis.ts";

/** A channel that is not there by then is done without: what was told is found in the record as well. */
const LISTEN_MS = 300;
/** How often the record is looked at meanwhile, since what is told on a channel may be lost. */
const LOOK_MS = 500;

/** Answers over a connection of its own, opened when the first sender waits. */
export function createAnswers(
  connect: () => StoreConnection,
  { commands, history, log }: { commands: StoreConnection; history: Pick<History, "delivery">; log: Log },
): Answers & { close(): void } {
  const channel = `{sb}:answers:${randomUUID()}`;
  const waiting = new Map<DeliveryId, Set<(ended: Ended) => void>>();
  let connection: StoreConnection | undefined;
  let subscribed: Promise<unknown> | undefined;

  const listen = (): Promise<unknown> => {
    if (subscribed !== undefined) return subscribed;
    connection = connect();
    connection.on("message", (_channel: string, text: string) => {
      const ended = JSON.parse(text) as Ended;
      waiting.get(ended.id)?.forEach((hear) => hear(ended));
    });
    subscribed = connection.subscribe(channel).catch((error: unknown) => {
      log.debug({ error: String(error) }, "answers.listen");
      connection?.disconnect();
      subscribed = undefined;
    });
    return subscribed;
  };

  return {
    async listen() {
      await Promise.race([listen(), pause(LISTEN_MS)]);
      return channel;
    },

    await(id) {
      let ended: Ended | undefined;
      let wake = (): void => undefined;
      const hear = (told: Ended): void => {
        ended = told;
        wake();
      };
      const others = waiting.get(id) ?? new Set();
      waiting.set(id, others.add(hear));
      return {
        async within(ms) {
          const deadline = performance.now() + ms;
          for (;;) {
            const left = deadline - performance.now();
            if (ended !== undefined || left <= 0) return ended;
            const told = new Promise<void>((resolve) => (wake = resolve));
            await Promise.race([told, pause(Math.min(left, LOOK_MS))]);
            if (ended !== undefined) return ended;
            const look = recorded(id).catch(() => undefined);
            ended ??= await Promise.race([look, told.then(() => ended), pause(Math.max(left, LAST_LOOK_MS))]);
          }
        },
        drop() {
          others.delete(hear);
          if (others.size === 0) waiting.delete(id);
        },
      };
    },

    tell(to, ended) {
      commands.publish(to, JSON.stringify(ended)).catch((error: unknown) => {
        log.debug({ delivery: ended.id, error: String(error) }, "answers.tell");
      });
    },

    close: () => connection?.disconnect(),
  };

  /** A delivery's end as the record has it; undefined while it is open. */
  async function recorded(id: DeliveryId): Promise<Ended | undefined> {
    const found = await history.delivery(id);
    if (found === undefined || OPEN_STATES.includes(found.state)) return undefined;
    const { status, answer } = found.attemptList.at(-1) ?? {};
    return {
      ...{ id, state: found.state },
      ...(status !== undefined && { status }),
      ...(answer !== undefined && { body: answer }),
      ...(Buffer.byteLength(answer ?? "") >= MAX_ANSWER_BYTES && { cut: true }),
    };
  }
}

/** The last look at the record may take so long. */
const LAST_LOOK_MS = 200;

function pause(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined).unref());
}
