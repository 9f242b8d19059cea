/** Everything by which the router is operated, put together: what is counted, judged, paused, replayed and tried. */
import type { KeptCanaries } from "../adapters/watching/canaries.ts";
import type { KeptShadows } from "../adapters/watching/shadows.ts";
import type { Queues } from "../adapters/queues/bullmq.ts";
import type { BareCall } from "../adapters/http/express.ts";
import type { Mount, Serve } from "../adapters/http/mount.ts";
import type { Flows } from "../adapters/waiting/flows.ts";
import { createHeartbeat, type Beat } from "../adapters/watching/heartbeat.ts";
import { countHeld } from "../adapters/waiting/held.ts";
import type { KeptLearning } from "../adapters/watching/learned.ts";
import type { Silence } from "../adapters/watching/silence.ts";
import type { HoldStore } from "../adapters/waiting/holds.ts";
import { createPauses } from "../adapters/waiting/pauses.ts";
import type { StoreConnection } from "../adapters/store/redis.ts";
import { repeat } from "../adapters/repeat.ts";
import { createReplays } from "../adapters/record/replay-orders.ts";
import { createRuleRunner } from "../adapters/rules/rule-process.ts";
import { readStoreFacts } from "../adapters/store/state.ts";
import { createTallySteps } from "../adapters/watching/tally-steps.ts";
import type { Versions } from "../adapters/record/versions.ts";
import { sinceWhen } from "../adapters/watching/verdicts.ts";
import type { Ports } from "../ports.ts";
import type { Workspace } from "../rules/workspace.ts";
import type { Answering } from "./answer.ts";
import type { Deciding } from "./deciding.ts";
import type { Endpoint } from "./endpoint.ts";
import type { History } from "../history.ts";
import { holdEndpoints } from "./endpoints/holds.ts";
import type { Lines } from "../adapters/waiting/lines.ts";
import { versionEndpoints } from "./endpoints/versions.ts";
import { lineEndpoints } from "./lines.ts";
import { metricsEndpoints } from "./metrics.ts";
import { operatingEndpoints } from "./operating.ts";
import { createGlance, type Glance } from "./overview.ts";
import { coverageEndpoints } from "./live-coverage.ts";
import { playgroundEndpoints } from "./playground.ts";
import { QUEUES_PATH, queuesMount } from "./queues.ts";
import { habitEndpoints } from "./habits.ts";
import { recounting } from "./recounting.ts";
import { discardEndpoints } from "./discarding.ts";
import { explainEndpoints } from "./explaining.ts";
import { redoingEndpoints } from "./redoing.ts";
import { secondRuleEndpoints } from "./second-rules.ts";
import { replayEndpoints } from "./replay-endpoints.ts";
import { impactEndpoints } from "./impact.ts";
import { createReplaying } from "./replaying.ts";

/** Replays go on in small steps, so that none of them holds the process up. */
const REPLAY_MS = 40;
/** So often verdicts are looked at although nobody asks: that is how exactly it is known since when. */
const JUDGE_MS = 10_000;

export interface Operation {
  readonly endpoints: readonly Endpoint[];
  readonly mount: (answering: Pick<Answering, "identify" | "record">) => Mount<BareCall>;
  readonly glance: Glance;
  readonly deciding: Deciding;
  /** True while a target is paused or its breaker is open. */
  readonly holds: (target: string) => boolean;
  /** See the port of this name. */
  elsewhere(): Promise<boolean>;
  /** Tells the other processes at once which files this one follows now. */
  beat(): void;
  /** Stops what runs by itself. */
  close(): Promise<void>;
}

/** What the endpoints by which the router is operated look at, all together. */
export type Operated = Parameters<typeof operatingEndpoints>[0] &
  Parameters<typeof redoingEndpoints>[0] &
  Parameters<typeof lineEndpoints>[0] &
  Parameters<typeof replayEndpoints>[0] &
  Parameters<typeof holdEndpoints>[0] &
  Parameters<typeof versionEndpoints>[0] &
  Parameters<typeof impactEndpoints>[0] &
  Parameters<typeof secondRuleEndpoints>[0] &
  Parameters<typeof habitEndpoints>[0] &
  Parameters<typeof playgroundEndpoints>[0] &
  Parameters<typeof coverageEndpoints>[0] & { readonly steps: Parameters<typeof metricsEndpoints>[0] };

/** The endpoints by which the router is operated. */
export function operatedEndpoints(operated: Operated): readonly Endpoint[] {
  return [
    ...operatingEndpoints(operated),
    ...metricsEndpoints(operated.steps, operated.clock),
    ...redoingEndpoints(operated),
    ...lineEndpoints(operated),
    ...replayEndpoints(operated),
    ...discardEndpoints(operated),
    ...holdEndpoints(operated),
    ...secondRuleEndpoints(operated),
    ...habitEndpoints(operated),
    ...playgroundEndpoints(operated),
    ...coverageEndpoints(operated),
    ...explainEndpoints(operated),
    ...versionEndpoints(operated),
    ...impactEndpoints(operated),
  ];
}

/** Begins at once: the heartbeat, and in a process that delivers the replays and the verdicts. */
export function operate(parts: {
  readonly holdStore: HoldStore;
  readonly versions: Versions;
  readonly canaries: KeptCanaries;
  readonly shadows: KeptShadows;
  readonly learning: KeptLearning;
  readonly silence: Silence;
  readonly commands: StoreConnection;
  readonly queues: Queues;
  readonly flows: Flows;
  readonly history: History;
  readonly lines: Lines;
  readonly workspace: () => Workspace;
  readonly ports: Pick<Ports, "store" | "log" | "clock" | "random" | "reopen" | "repetitions" | "happened">;
  readonly role: Beat["role"];
  readonly store: { readonly kind: string; readonly describe: string; readonly warnings: readonly string[] };
  /** When a sender is answered, a sentence; undefined before the store was seen. */
  readonly durability: () => string | undefined;
  readonly version: string;
  readonly coverage: Parameters<typeof coverageEndpoints>[0]["coverage"];
}): Operation {
  const {
    commands,
    queues,
    flows,
    history,
    lines,
    holdStore,
    versions,
    workspace,
    ports,
    role,
    store,
    version,
  } = parts;
  const { clock, log, happened } = ports;
  const targets = (): readonly string[] => [...workspace().targets.keys()];
  const pauses = createPauses({ commands, clock, log, targets, happened });
  const state = (): { progressAt: number; active: number; revision: string } => ({
    progressAt: queues.progressAt,
    active: queues.active,
    revision: workspace().revision,
  });
  const heartbeat = createHeartbeat({ commands, clock, log, role, state });
  const steps = createTallySteps(commands, clock);
  const replays = createReplays(commands);
  const rules = createRuleRunner();
  const holds = (target: string): boolean => pauses.current.has(target) || flows.open.has(target);
  const glance = createGlance({
    workspace,
    clock,
    steps,
    queues,
    history: recounting(history, clock),
    stoppedLines: async () => (await lines.stopped(0)).count,
    pauses: () => pauses.read(),
    paused: holds,
    open: () => flows.open,
    workers: () => heartbeat.read(),
    since: (judged) => sinceWhen(commands, judged),
    held: (paused, hours) => countHeld(commands, paused, hours),
    store,
    facts: async () => {
      const facts = await readStoreFacts(commands, store.kind === "trial");
      const answers = parts.durability();
      return answers === undefined
        ? facts
        : { ...facts, durability: `${capital(answers)}. ${facts.durability}` };
    },
    version,
  });
  const endpoints = operatedEndpoints({
    ...{ glance, pauses, flows, workspace, steps, clock, history, lines, holds: holdStore },
    ...{ ports, replays, log, rules, versions, coverage: parts.coverage },
    ...{ canaries: parts.canaries, shadows: parts.shadows },
    ...{ learning: parts.learning, silence: parts.silence },
  });
  // A library of some weight for a page that most never open.
  let boards: Promise<(readOnly: boolean) => Serve> | undefined;
  const board = async (readOnly: boolean): Promise<Serve> => {
    boards ??= import("../adapters/queues/bull-board.ts").then(({ createBullBoards }) =>
      createBullBoards(QUEUES_PATH, queues, targets),
    );
    return (await boards)(readOnly);
  };
  const stops: (() => unknown)[] = [
    () => pauses.stop(),
    () => flows.stop(),
    () => heartbeat.stop(),
    () => rules.stop(),
  ];
  if (role !== "ingest") {
    const replaying = createReplaying({
      replays,
      history,
      workspace,
      versions,
      clock,
      log,
      owner: heartbeat.id,
    });
    stops.push(repeat(REPLAY_MS, log, "replays", replaying));
    stops.push(repeat(JUDGE_MS, log, "verdicts", () => glance.judge()));
  }
  return {
    endpoints,
    mount: (answering) => queuesMount(board, answering, log),
    glance,
    deciding: { holds: holdStore, workspace, ports },
    holds,
    beat: () => heartbeat.beat(),
    elsewhere: () =>
      heartbeat.read().then(
        (all) => all.some(({ id, revision }) => id !== heartbeat.id && revision !== workspace().revision),
        () => false,
      ),
    async close() {
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
