/** A turn of a worker for a batch: those that pass the route's `when` go in one request, and end together with its attempt. */
import { classOf } from "../core/attempt-class.ts";
import type { Outcome } from "../core/delivery.ts";
import { signOf, type FlowSign } from "../core/flow-sign.ts";
import { OWN_SOURCE } from "../core/happening.ts";
import type { Ports, Recorded } from "../ports.ts";
import { applyRoute } from "../rules/apply.ts";
import type { Route, Workspace } from "../rules/workspace.ts";
import { followedBy } from "./chain.ts";
import { forward, type Forwarded } from "./forward.ts";
import { lineOf } from "./line.ts";
import { settle, whatFollows } from "./settle.ts";
import { guarded } from "./suspect.ts";
import { traceTurn } from "./trace.ts";

/** Of an answer so much is kept with those that are not the first: they can be many, and the cause of a death is told by it. */
const KEPT_ANSWER = 2_000;

/** A delivery with what came of it, and what follows. */
interface Ended {
  readonly one: Recorded;
  readonly forwarded: Forwarded;
  readonly outcome: Outcome;
  readonly sign?: FlowSign;
}

/**
 * Makes one attempt for all deliveries of a batch. `first` is the one that the queue knows, and it is settled last: whoever
 * dies in between leaves a batch that is sent once more, under the same id.
 */
export async function deliverBatch(
  first: Recorded,
  { enqueuedAt, started }: { readonly enqueuedAt: number; readonly started: number },
  route: Route,
  workspace: Workspace,
  ports: Ports,
): Promise<{ again: false } | { again: true; dueAt: number }> {
  const { id } = first.delivery;
  const found = first.batch === id ? await ports.store.batch(id) : [];
  const batch = found.length === 0 ? [first] : found;
  const ends: Ended[] = [];
  const wanted: Recorded[] = [];
  for (const one of batch) {
    if (await passes(one, route)) wanted.push(one);
    else ends.push(await alone(one, () => forward(one, enqueuedAt, workspace, ports), workspace, ports));
  }
  const attempt = (joined: Recorded): Promise<Forwarded> =>
    guarded(joined, started, () => forward(joined, enqueuedAt, workspace, ports), workspace, ports);
  const together = await allTogether(wanted, attempt, workspace, ports);
  ends.push(...together);
  await Promise.all(
    ends.filter(({ one }) => one.delivery.id !== id).map((end) => settled(withLess(end), workspace, ports)),
  );
  const own = ends.find(({ one }) => one.delivery.id === id);
  const retry = together.find(({ outcome }) => outcome.state === "retrying")?.outcome;
  // It stays open as long as the others are to be tried again, whatever is to become of itself.
  if (own !== undefined && (retry === undefined || together.includes(own)))
    settled(own, workspace, ports).catch((error: unknown) =>
      ports.log.error({ delivery: id, error: String(error) }, "delivery.unsettled"),
    );
  return retry?.state === "retrying" ? { again: true, dueAt: retry.dueAt } : { again: false };
}

/** True where the event has a key and the route's `when` takes it. What fails is told of it alone. */
async function passes({ delivery, payload, context }: Recorded, route: Route): Promise<boolean> {
  const { name, when } = route;
  try {
    if (delivery.line === undefined) lineOf(route, { payload, context });
    return when === undefined || !(await applyRoute({ name, when }, payload, context)).filtered;
  } catch {
    return false;
  }
}

async function alone(
  one: Recorded,
  attempt: () => Promise<Forwarded>,
  workspace: Workspace,
  ports: Ports,
): Promise<Ended> {
  const forwarded = await attempt();
  return { one, forwarded, outcome: whatFollows(one, forwarded, workspace, ports) };
}

/** One request for all: their bodies as an array, the first one's context, and those of all in it. */
async function allTogether(
  batch: readonly Recorded[],
  attempt: (joined: Recorded) => Promise<Forwarded>,
  workspace: Workspace,
  ports: Ports,
): Promise<Ended[]> {
  const [carrier] = batch;
  if (carrier === undefined) return [];
  const joined: Recorded = {
    ...carrier,
    payload: batch.map(({ payload }) => payload),
    context: { ...carrier.context, events: batch.map(({ context }) => context) },
    batched: true,
  };
  const { forwarded, outcome } = await alone(joined, () => attempt(joined), workspace, ports);
  const target = workspace.targets.get(carrier.delivery.target);
  const sign = target && signOf(forwarded.attempt, target.flow, forwarded.advice);
  ports.tally.attempt(carrier.delivery, classOf(forwarded.attempt), forwarded.attempt, forwarded.budget);
  traceTurn(joined, forwarded, outcome, ports);
  // One attempt is one sign of how the target is.
  return batch.map((one) => ({ one, forwarded, outcome, ...(one === carrier && sign && { sign }) }));
}

/** What was made and answered stays whole with the first. */
function withLess({ forwarded, ...end }: Ended): Ended {
  const { answer, ...attempt } = forwarded.attempt;
  const { transformed, ...rest } = forwarded;
  return {
    ...end,
    forwarded: {
      ...rest,
      attempt: answer === undefined ? attempt : { ...attempt, answer: answer.slice(0, KEPT_ANSWER) },
      ...(transformed && { transformed: { rule: transformed.rule } }),
    },
  };
}

async function settled(
  { one, forwarded, outcome, sign }: Ended,
  workspace: Workspace,
  ports: Ports,
): Promise<void> {
  const follows = await followedBy(one, forwarded, outcome, workspace, ports);
  await settle(one, forwarded, outcome, follows, ports, sign);
  if (follows) ports.tally.request(OWN_SOURCE, "accepted");
  const { state } = outcome;
  if (state !== "retrying") ports.tally.ended(one.delivery, state === "dead" ? "failed" : state);
}
