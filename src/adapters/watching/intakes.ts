/**
 * What each target's attempts are taken by: so many at once, its limits, and whose turn it is of the lanes. Turns are counted
 * where one is taken, so that no way of asking favours a lane.
 */
import { flowOf, type FlowKeys } from "../../core/target-flow.ts";
import { flowText } from "../waiting/flow-scripts.ts";

/** What a script is told that takes a delivery: 0 live ones first, 1 retries first, 2 replays first. */
export interface Intake {
  readonly turn: number;
  readonly most: number;
  readonly flow: string;
}

/** Of 16 that are taken while all lanes are full, three are retries and one is a replay. */
const TURNS = [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2];

/** By target. */
export class Intakes {
  readonly #known = new Map<string, { most: number; flow: string; taken: number }>();

  /** Keeps a target's limits; returns how many attempts of it this process may make at once. */
  set(target: string, keys: FlowKeys): number {
    const flow = flowOf(keys);
    const taken = this.#known.get(target)?.taken ?? 0;
    this.#known.set(target, { most: flow.most, flow: flowText(flow), taken });
    return flow.most;
  }

  /** What the next one is taken by. */
  ask(target: string): Intake {
    const known = this.#known.get(target);
    if (known === undefined) return { turn: 0, most: 0, flow: "" };
    const { most, flow } = known;
    return { turn: TURNS[known.taken++ % TURNS.length]!, most, flow };
  }

  /** There was none: the turn is the next one's. */
  unask(target: string): void {
    const known = this.#known.get(target);
    if (known !== undefined && known.taken > 0) known.taken--;
  }

  /** How many attempts a target takes at once. */
  most(target: string): number {
    return this.#known.get(target)?.most ?? Infinity;
  }
}
