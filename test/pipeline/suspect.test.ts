/** What becomes of a delivery over which workers died, by how often they did. */
import { describe, expect, it } from "vitest";
import type { DeliveryId } from "../../src/core/delivery.ts";
import type { Forwarded } from "../../src/pipeline/forward.ts";
import { guarded } from "../../src/pipeline/suspect.ts";
import type { Recorded, Suspects } from "../../src/ports.ts";
import { aLog } from "../helpers/log.ts";
import { noCanaries } from "../helpers/attempt.ts";

const MADE: Forwarded = {
  attempt: { number: 1, trigger: "initial", startedAt: 0, durationMs: 1, timings: { waitMs: 0, ruleMs: 0 } },
  result: "delivered",
  retryAfter: undefined,
  advice: undefined,
  answer: undefined,
};
const id: DeliveryId = `dlv_${"0".repeat(34)}`;

function recorded(attempts = 0): Recorded {
  return {
    delivery: { id, event: `evt_${"0".repeat(26)}`, route: "to-api", target: "api" },
    ...{
      state: "pending",
      attempts,
      attemptsEver: attempts,
      trigger: "initial",
      contentType: "json",
      payload: {},
    },
    context: {
      id: `evt_${"0".repeat(26)}`,
      source: "s",
      type: "t",
      receivedAt: "",
      headers: {},
      query: {},
      method: "POST",
      path: "",
    },
  };
}

async function made(options: { started: number; attempts?: number; deaths?: number; quarantined?: boolean }) {
  const calls: string[] = [];
  const suspects: Suspects = {
    isQuarantined: () => options.quarantined === true,
    alone: (_id, attempt) => (calls.push("alone"), attempt(options.deaths ?? 0)),
    blame: (rule) => (calls.push(`blamed ${rule}`), Promise.resolve(false)),
  };
  const workspace = { routes: new Map([["to-api", { transform: { revision: "rev1" } }]]) } as never;
  const attempt = (): Promise<Forwarded> => (calls.push("attempted"), Promise.resolve(MADE));
  const ports = { suspects, canaries: noCanaries, clock: { now: () => 5 }, log: aLog() };
  const forwarded = await guarded(recorded(options.attempts), options.started, attempt, workspace, ports);
  return { calls, forwarded };
}

describe("a delivery", () => {
  it.each([
    ["that is begun for the first time", { started: 1 }],
    ["that one worker has lost", { started: 2 }],
    ["whose attempts have all ended", { started: 8, attempts: 7 }],
    ["that was put back into a queue that counts anew", { started: 1, attempts: 7 }],
  ])("is attempted like any other: one %s", async (_which, options) => {
    expect((await made(options)).calls).toEqual(["attempted"]);
  });

  it("is attempted alone when two attempts of it never ended", async () => {
    expect((await made({ started: 3 })).calls).toEqual(["alone", "attempted"]);
    expect((await made({ started: 6, attempts: 3, deaths: 2 })).calls).toEqual(["alone", "attempted"]);
  });

  it("is dead with its own code, and its rule's version blamed, when three workers died over it alone", async () => {
    const { calls, forwarded } = await made({ started: 6, deaths: 3 });
    expect(calls).toEqual(["alone", "blamed rev1"]);
    expect(forwarded).toMatchObject({
      result: "dead",
      attempt: { number: 1, startedAt: 5, error: { code: "FORWARD_WORKER_LOST" } },
    });
  });

  it("is dead without an attempt when its rule's version is quarantined", async () => {
    const { calls, forwarded } = await made({ started: 1, quarantined: true });
    expect(calls).toEqual([]);
    expect(forwarded.attempt.error).toMatchObject({
      code: "TRANSFORM_RULE_QUARANTINED",
      detail: expect.stringContaining("to-api") as string,
    });
  });
});
