/** whatFollows: the outcome by the workspace's files, with the jitter that the port `random` gives. */
import { expect, it } from "vitest";
import type { Forwarded } from "../../src/pipeline/forward.ts";
import { whatFollows } from "../../src/pipeline/settle.ts";
import type { Recorded } from "../../src/ports.ts";
import type { Workspace } from "../../src/rules/workspace.ts";
import { anEvent, deliveriesOf } from "../helpers/history.ts";

const NOW = 1_800_000_000_000;

/** What follows from a first attempt that may be made again after 10 s, with chance as given. */
function following(byte: number): { state: string; dueAt?: number } {
  const { context, contentType, payload } = anEvent(NOW);
  const [delivery] = deliveriesOf(context.id, { "to-api": "api" });
  const recorded: Recorded = {
    ...{ delivery: delivery!, state: "pending", attempts: 0, attemptsEver: 0, trigger: "initial" },
    ...{ context, contentType, payload },
  };
  const retry = { attempts: 3, firstDelaySeconds: 10, maxDelaySeconds: 60 };
  const workspace = { targets: new Map([["api", { file: { retry } }]]), routes: new Map() };
  const forwarded = { attempt: { number: 1 }, result: "retry" };
  return whatFollows(recorded, forwarded as unknown as Forwarded, workspace as unknown as Workspace, {
    clock: { now: () => NOW },
    random: { bytes: (count) => new Uint8Array(count).fill(byte) },
  });
}

it("a retry is due at a time that chance decides, from a tenth of the delay to all of it", () => {
  expect(following(0)).toEqual({ state: "retrying", dueAt: NOW + 1_000 });
  expect(following(128)).toEqual({ state: "retrying", dueAt: NOW + 5_518 });
  expect(following(255)).toEqual({ state: "retrying", dueAt: NOW + 10_000 });
});
