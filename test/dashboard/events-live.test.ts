import { describe, expect, test } from "vitest";
import { follow, KEPT_ROWS, rowOf, type Followed } from "../../src/dashboard/pages/events-live.ts";

const NOW = Date.parse("2026-11-11T12:00:00Z");
const NOTHING: Followed = { rows: [], skipped: 0 };

function accepted(event: string, type = "push", deliveries = 1) {
  return { name: "event", value: { event, source: "github", type, deliveries } };
}

function settled(event: string, target: string, state: string, status?: number) {
  return {
    name: "delivery",
    value: { delivery: `dlv_${event}-${target}`, event, source: "github", target, state, status },
  };
}

describe("the list of events, as it goes on", () => {
  test("the newest stands on top, and what becomes of it is written into its row", () => {
    const one = follow(NOTHING, [accepted("evt_1"), accepted("evt_2", "issues", 0)], {}, NOW);
    expect(one.rows.map(({ id }) => id)).toEqual(["evt_2", "evt_1"]);
    expect(one.rows[0]?.quiet).toBe("unrouted");
    const two = follow(
      one,
      [settled("evt_1", "chat", "retrying", 503), settled("evt_1", "chat", "delivered", 200)],
      {},
      NOW,
    );
    expect(two.rows[1]?.deliveries).toEqual([
      { id: "dlv_evt_1-chat", target: "chat", state: "delivered", status: 200 },
    ]);
    expect(one.rows[1]?.deliveries, "what was handed out before is left as it was").toEqual([]);
  });

  test("a delivery that is heard of before its event makes the row, and the event completes it", () => {
    const one = follow(NOTHING, [settled("evt_1", "chat", "delivered", 200)], {}, NOW);
    expect(one.rows[0]?.type).toBeUndefined();
    const two = follow(one, [accepted("evt_1", "push", 2)], {}, NOW);
    expect(two.rows).toMatchObject([
      { id: "evt_1", type: "push", made: 2, deliveries: [{ state: "delivered" }] },
    ]);
  });

  test("a retry of an event below the list does not come up as a new one", () => {
    const listed = rowOf({
      ...{ id: "evt_5", source: "github", type: "push", receivedAt: "2026-11-11T11:00:00Z" },
      ...{ state: "settled", bytes: 1, deliveries: [] },
    });
    expect(follow({ rows: [listed], skipped: 0 }, [settled("evt_1", "chat", "dead")], {}, NOW).rows).toEqual([
      listed,
    ]);
  });

  test("what is not of the wanted type stays out", () => {
    const lines = [accepted("evt_1", "invoice.paid"), accepted("evt_2", "charge.failed")];
    expect(follow(NOTHING, lines, { type: "invoice.*" }, NOW).rows.map(({ id }) => id)).toEqual(["evt_1"]);
  });

  test("a flood leaves a list of bounded length and a count of what went by", () => {
    let list = NOTHING;
    for (let batch = 0; batch < 20; batch++) {
      const lines = Array.from({ length: 100 }, (_, at) =>
        accepted(`evt_${String(batch * 100 + at).padStart(6, "0")}`),
      );
      list = follow(list, [...lines, { name: "skipped", value: { count: 7 } }], {}, NOW);
    }
    expect(list.rows).toHaveLength(KEPT_ROWS);
    expect(list.rows[0]?.id).toBe("evt_001999");
    expect(list.skipped).toBe(140);
  });

  test("lines that are not understood change nothing", () => {
    const lines = [
      { name: "event", value: {} },
      { name: "delivery", value: { event: "evt_1" } },
      { name: "x", value: { event: "evt_2" } },
    ];
    expect(follow(NOTHING, lines, {}, NOW)).toEqual(NOTHING);
  });
});
