/** Lines that a dead letter stops: which they are, and a person's decision to let one go on. */
import type { Lines } from "../adapters/waiting/lines.ts";
import { SignalboxError } from "../core/errors.ts";
import { isDeliveryId } from "../core/ids.ts";
import type { StoppedLine } from "../history.ts";
import type { Endpoint } from "./endpoint.ts";
import { authorOf } from "./operating.ts";
import { replayDelivery, type Redoing } from "./redoing.ts";
import { release, released, stoppedLines, type ShownLine } from "./shapes/lines.ts";
import { isoOf } from "./shown.ts";

const LIMIT = 50;

/** What the endpoints need. */
export type Lining = Redoing & { readonly lines: Pick<Lines, "stopped" | "stoppedBy" | "leave"> };

/** GET /lines, POST /lines/:id/release. */
export function lineEndpoints(lining: Lining): readonly Endpoint[] {
  return [
    {
      method: "GET",
      path: "/api/v1/lines",
      tag: "Lines",
      summary: "Ordered lines that are stopped: since when, why, and how many wait",
      scope: "read",
      query: { limit: { type: "integer", minimum: 1, maximum: 500 } },
      reply: stoppedLines,
      answer: async ({ query }) => {
        const { items, count } = await lining.lines.stopped(Number(query["limit"] ?? LIMIT));
        return { items: items.map(shownLine), count };
      },
    },
    {
      method: "POST",
      path: "/api/v1/lines/:id/release",
      tag: "Lines",
      summary: "Lets the line that a delivery stops go on: that is tried again, or skipped",
      scope: "operate",
      audit: "line.released",
      body: release,
      reply: released,
      answer: async ({ parameters, body, caller }) => {
        const { does } = body as { does: "retry" | "skip" };
        const by = authorOf(caller);
        const stopped = await stoppedBy(parameters["id"] ?? "", lining);
        const { delivery: id, route, waiting } = stopped;
        if (does === "skip") await lining.lines.leave(stopped.line, id);
        else await retry(stopped, by, lining);
        lining.ports.log.info({ delivery: id, route, waiting, does, by }, "line.released");
        return { id, does };
      },
    },
  ];
}

async function stoppedBy(id: string, { lines, history }: Lining): Promise<StoppedLine> {
  const detail = isDeliveryId(id) ? await history.delivery(id) : undefined;
  if (detail === undefined)
    throw new SignalboxError("ADMIN_DELIVERY_UNKNOWN", "There is no delivery of this id.");
  const stopped = detail.line && (await lines.stoppedBy(detail.line.id, detail.id));
  if (stopped !== undefined) return stopped;
  throw new SignalboxError("ADMIN_CONFLICT", `Delivery ${id} does not stop a line, or not any more.`);
}

async function retry({ delivery }: StoppedLine, by: string, lining: Lining): Promise<void> {
  const detail = await lining.history.delivery(delivery);
  if (detail !== undefined) await replayDelivery(detail, by, lining);
}

function shownLine(one: StoppedLine): ShownLine {
  const { route, key, delivery, how, since, code, waiting, oldestAt } = one;
  return {
    id: delivery,
    ...(route !== undefined && { route }),
    ...{ key, how, since: isoOf(since), code, waiting },
    ...(oldestAt !== undefined && { oldestAt: isoOf(oldestAt) }),
  };
}
