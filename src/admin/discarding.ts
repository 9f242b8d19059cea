/** Dead letters given up, of a cause or as a filter finds them: few at once, many in the background, as a replay does it. */
import { SignalboxError } from "../core/errors.ts";
import type { Endpoint } from "./endpoint.ts";
import { authorOf, reasonText } from "./operating.ts";
import { begin, counted, orderProperties, shown, unmoved } from "./replay-endpoints.ts";
import type { Order, ReplayDesk } from "./replay-endpoints.ts";
import { discarded, replay } from "./shapes/replays.ts";
import { shape } from "./shapes/shape.ts";

/** A larger group is discarded in the background, at so many a second. */
const AT_ONCE = 1_000;
const RATE = 500;

const causeBody = shape("Why they are given up.", { reason: reasonText });
const filterBody = shape("Which dead letters to give up, and why.", orderProperties, ["expectedCount"]);

/** POST /dead-letters/discard and /dead-letters/:cause/discard. */
export function discardEndpoints(desk: ReplayDesk): readonly Endpoint[] {
  return [
    {
      method: "POST",
      path: "/api/v1/dead-letters/discard",
      tag: "Dead letters",
      summary: "Gives up all dead letters that the filter finds now, in the background; see /replays/:id",
      scope: "operate",
      audit: "dead-letters.discarded",
      status: 202,
      body: filterBody,
      reply: replay,
      answer: async ({ body, caller }) => {
        const { filter, reason, expectedCount } = body as Omit<Order, "ratePerSecond">;
        const { state = "dead", ...rest } = filter;
        if (state !== "dead" || Object.keys(rest).length === 0) {
          const said =
            state === "dead"
              ? "The filter must name something besides the state: all dead letters are too much."
              : "The filter's state must be `dead`, or left out.";
          throw new SignalboxError("ADMIN_INPUT_INVALID", said);
        }
        const wanted = { ...rest, state };
        const { count } = await counted(wanted, desk);
        unmoved(expectedCount, count);
        const order = { filter: wanted, reason, by: authorOf(caller), ratePerSecond: RATE, total: count };
        return shown(await begin(desk, { ...order, does: "discard" }));
      },
    },
    {
      method: "POST",
      path: "/api/v1/dead-letters/:cause/discard",
      tag: "Dead letters",
      summary: "Gives up all dead letters of a cause; a large group in the background",
      scope: "operate",
      audit: "dead-letters.discarded",
      status: 202,
      body: causeBody,
      reply: discarded,
      answer: async ({ parameters, body, caller }) =>
        discardCause(parameters["cause"] ?? "", (body as { reason: string }).reason, authorOf(caller), desk),
    },
  ];
}

async function discardCause(cause: string, reason: string, by: string, desk: ReplayDesk): Promise<unknown> {
  const { history, clock } = desk;
  const group = (await history.deadCauses()).find(({ id }) => id === cause);
  if (group === undefined)
    throw new SignalboxError("ADMIN_NAME_UNKNOWN", "There are no dead letters of this cause.");
  if (group.count > AT_ONCE) {
    const wanted = { filter: { cause, state: "dead" }, reason, by, ratePerSecond: RATE };
    const task = await begin(desk, { ...wanted, does: "discard", total: group.count });
    return { discarded: 0, skipped: 0, task: task.id };
  }
  // What dies of it from now on was not meant.
  const before = clock.now();
  const page = await history.deadOf(cause, { limit: AT_ONCE });
  const meant = page.items.filter(({ changedAt }) => Date.parse(changedAt) < before);
  let done = 0;
  for (const { id } of meant) if ((await history.discard(id, { by, reason })) === "discarded") done++;
  desk.log.info({ cause, by, deliveries: done }, "dead-letters.discarded");
  return { discarded: done, skipped: meant.length - done };
}
