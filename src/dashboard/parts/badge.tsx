/** States as coloured words with a shape of their own each, so that colour is never the only sign. */
import type { ComponentChildren } from "preact";
import type { DeliveryDetail, ListedEvent } from "../../admin/shapes/deliveries.ts";
import type { ListedHold } from "../../admin/shapes/holds.ts";
import type { Replay } from "../../admin/shapes/replays.ts";
import type { TargetState } from "../../admin/shapes/state.ts";

export type Tone = "good" | "warn" | "bad" | "note" | "calm";

/** A word in a tone. */
export function Badge(props: {
  readonly tone: Tone;
  readonly children: ComponentChildren;
  readonly title?: string;
  /** Without the dot. */
  readonly bare?: boolean;
}) {
  return (
    <span class={`badge ${props.tone}${props.bare === true ? " bare" : ""}`} title={props.title}>
      {props.children}
    </span>
  );
}

const VERDICTS: Readonly<Record<TargetState["verdict"], Tone>> = {
  fine: "good",
  idle: "calm",
  slow: "warn",
  limited: "warn",
  failing: "bad",
  "breaker-open": "bad",
  paused: "note",
  "no-workers": "bad",
};

/** How a target is. */
export function Verdict({ verdict }: { readonly verdict: TargetState["verdict"] }) {
  return <Badge tone={VERDICTS[verdict]}>{verdict.replace("-", " ")}</Badge>;
}

/** Worse first: how targets are sorted. */
export function gravity(verdict: TargetState["verdict"]): number {
  return ["no-workers", "breaker-open", "failing", "slow", "limited", "paused", "fine", "idle"].indexOf(
    verdict,
  );
}

type State = DeliveryDetail["state"] | ListedEvent["state"] | Replay["state"] | ListedHold["state"];

const STATES: Readonly<Record<State, Tone>> = {
  pending: "note",
  retrying: "warn",
  held: "note",
  delivered: "good",
  filtered: "calm",
  dead: "bad",
  discarded: "calm",
  superseded: "calm",
  deviated: "bad",
  quarantined: "warn",
  unrouted: "calm",
  open: "note",
  settled: "good",
  running: "note",
  paused: "note",
  cancelled: "calm",
  done: "good",
  failed: "bad",
  waiting: "note",
  approved: "good",
  rejected: "bad",
  expired: "warn",
};

/** The state of a delivery, an event, a hold or a replay. */
export function StateBadge({ state }: { readonly state: State }) {
  return <Badge tone={STATES[state]}>{state}</Badge>;
}

/** An HTTP status. */
export function Status({ status }: { readonly status: number | undefined }) {
  if (status === undefined) return null;
  const tone: Tone = status < 300 ? "good" : status === 429 || status < 400 ? "warn" : "bad";
  return (
    <Badge tone={tone} bare>
      {status}
    </Badge>
  );
}
