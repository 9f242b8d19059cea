/** forward: a recorded delivery is filtered, rewritten and sent to its target; whatever happens becomes an attempt. */
import { adviceOf, retryAfterOf, type Advice } from "../core/advice.ts";
import { firstBytes } from "../core/answer-value.ts";
import {
  MAX_ANSWER_BYTES,
  MAX_RESULT_BYTES,
  type Attempt,
  type LookedUp,
  type Made,
} from "../core/delivery.ts";
import { SignalboxError } from "../core/errors.ts";
import { MAX_HOPS, hopsIn } from "../core/happening.ts";
import { verdictOfStatus } from "../core/retry.ts";
import type { Answer, Ports, Recorded, Transformed } from "../ports.ts";
import { applyRoute } from "../rules/apply.ts";
import type { Gate, Route, Workspace } from "../rules/workspace.ts";
import { call } from "./call.ts";
import type { Sent } from "./call.ts";
import { withCanary } from "./canary.ts";
import { isChained, trailOf } from "./chain.ts";
import { notBeforeOf } from "./due.ts";
import { enriched } from "./enrich.ts";
import { meets } from "./expect.ts";
import { lineOf } from "./line.ts";
import { passGate, type Stop } from "./gate.ts";
import { routeOf, routeThen } from "./route-of.ts";
import { logUnforeseen } from "./unforeseen.ts";

/** What is read of an answer that is held against something, or passed on. */
const WHOLE_ANSWER = { bytes: 262_144, encoding: "utf8" } as const;

/** An attempt together with what settling has to know of it. */
export interface Forwarded {
  readonly attempt: Attempt;
  readonly result: "delivered" | "filtered" | "retry" | "dead" | "deviated" | "held";
  /** A deviation is to be tried again, as often as the target's policy allows. */
  readonly retriesDeviation?: boolean;
  /** The target's Retry-After, in seconds where it was a date that can be read. */
  readonly retryAfter: string | undefined;
  /** When the target as a whole may be called again, by its headers. */
  readonly advice: Advice | undefined;
  /** What the target answered, as much of it as was read. */
  readonly answer: Answer | undefined;
  /** Absent where the attempt did not come to its route. */
  readonly transformed?: Transformed;
  /** What was made and what was looked up for it, where the route has a shadow. */
  readonly compared?: { readonly result?: unknown; readonly enrich?: Readonly<Record<string, unknown>> };
  /** The greatest part of any of the rule's budgets that it used, from 0 to 1; absent where none ran. */
  readonly budget?: number;
  /** With `held`: the attempt was not made, and is none. */
  readonly stop?: Stop;
}

/** What an attempt needs from outside. */
export type Forwarding = Pick<
  Ports,
  "http" | "clock" | "random" | "log" | "holds" | "lookups" | "tracing" | "versions" | "canaries"
>;

/** Makes one attempt. Never throws for anything that the event, the rule or the target did. */
export async function forward(
  recorded: Recorded,
  enqueuedAt: number,
  workspace: Workspace,
  ports: Forwarding,
): Promise<Forwarded> {
  const startedAt = ports.clock.now();
  const waitMs = Math.max(0, startedAt - (recorded.dueAt ?? enqueuedAt));
  const progress: Progress = { ruleMs: 0 };
  let error: SignalboxError | undefined;
  let filtered = false;
  try {
    filtered = !(await attempt(recorded, workspace, ports, progress));
  } catch (thrown) {
    if (thrown instanceof SignalboxError) error = thrown;
    else {
      logUnforeseen(ports.log, recorded, thrown);
      error = unforeseen(thrown);
    }
  }
  const { request, answer, ruleMs } = progress;
  const clockedAt = ports.clock.now();
  const { heedMs = 0 } = workspace.targets.get(recorded.delivery.target)?.flow ?? {};
  const made: Attempt = {
    number: recorded.attempts + 1,
    trigger: recorded.trigger,
    startedAt,
    durationMs: Math.max(0, clockedAt - startedAt),
    timings: { waitMs, ruleMs, ...(answer && { headMs: answer.headMs, bodyMs: answer.bodyMs }) },
    ...(request && {
      request: { method: request.method, url: progress.url ?? "", bytes: request.body?.length ?? 0 },
    }),
    ...(progress.transform !== undefined && { transform: progress.transform }),
    ...(progress.lookups && { lookups: progress.lookups }),
    ...(answer && { status: answer.status, answer: firstBytes(answer.body, MAX_ANSWER_BYTES) }),
    ...(error && { error: errorOf(error) }),
  };
  return {
    attempt: made,
    result: progress.stop === undefined ? resultOf(filtered, error) : "held",
    ...(progress.stop && { stop: progress.stop }),
    retryAfter: answer && retryAfterOf(answer.headers, clockedAt),
    advice: answer && adviceOf(answer.status, answer.headers, clockedAt, heedMs),
    answer,
    ...(progress.compares === true && {
      compared: {
        ...(progress.yielded && { result: progress.yielded.result }),
        ...(progress.enrich && { enrich: progress.enrich }),
      },
    }),
    ...(progress.retriesDeviation === true && { retriesDeviation: true }),
    ...(progress.budget !== undefined && { budget: progress.budget }),
    ...(progress.rule !== undefined && {
      transformed: {
        rule: progress.rule,
        ...(progress.yielded && { made: madeOf(progress.yielded.result, progress.json) }),
      },
    }),
  };
}

/** What was reached before the attempt ended, however it ended. */
interface Progress extends Sent {
  /** Without the time that lookups took. */
  ruleMs: number;
  lookups?: LookedUp[];
  retriesDeviation?: boolean;
  budget?: number;
  rule?: string;
  /** The transform's name, where the route has two. */
  transform?: string;
  /** The route has a shadow. */
  compares?: boolean;
  enrich?: Readonly<Record<string, unknown>>;
  /** What the rule made, whether or not it satisfies its schema. */
  yielded?: { readonly result: unknown };
  /** People have to let it pass first. */
  stop?: Stop;
}

/** True when delivered or stopped by the gate, false when filtered; throws with a code of the table otherwise. */
async function attempt(
  recorded: Recorded,
  workspace: Workspace,
  ports: Forwarding,
  progress: Progress,
): Promise<boolean> {
  refuseCircling(recorded);
  const today = routeOf(recorded, workspace);
  if (recorded.version !== undefined) progress.rule = recorded.version;
  const route =
    recorded.version === undefined
      ? withCanary(today, recorded, ports, progress)
      : await routeThen(today, recorded.version, ports.versions);
  // A key that failed when the event came: the sender was answered, and here it is told.
  if (recorded.delivery.line === undefined && recorded.batched === undefined) lineOf(route, recorded);
  progress.rule = route.version;
  const before = performance.now();
  const yielded = (result: unknown): void => void (progress.yielded = { result });
  const looking = route.lookups && lookingUp(recorded, route, ports, progress);
  const { name, transform } = route;
  const parts = recorded.batched ? { name, ...(transform && { transform }) } : route;
  const applied = await applyRoute(parts, recorded.payload, recorded.context, {
    yielded,
    spent: (share) => void (progress.budget = share),
    look: looking?.look,
  }).finally(() => {
    const spent = performance.now() - before - (looking?.spentMs ?? 0);
    progress.ruleMs = Math.round(spent * 1000) / 1000;
  });
  if (applied.filtered) return false;
  if (route.timing !== undefined && recorded.batched === undefined)
    notBeforeOf(route.name, route.timing, recorded);
  let { result } = applied;
  if (hasGate(route)) {
    const passed = await passGate(recorded, route, result, ports);
    if (passed.stop !== undefined) {
      progress.stop = passed.stop;
      return true;
    }
    ({ result } = passed);
  }
  const { expect } = route;
  const isRead = expect?.schema !== undefined || expect?.where !== undefined;
  const isWhole = isRead || recorded.delivery.answerTo !== undefined || isChained(recorded, workspace);
  const wanted = {
    ...(isWhole && { keep: WHOLE_ANSWER }),
    ...(looking && { timeoutMs: looking.leftMs }),
  };
  const answer = await call(recorded, route.target, result, ports, progress, wanted);
  const { status } = answer;
  const who = `Target \`${route.target.name}\``;
  const asked = `${progress.request!.method} ${progress.url!}`;
  if (expect !== undefined) {
    progress.retriesDeviation = expect.retries;
    if (await meets(expect, { answer, who, asked, sent: result, context: recorded.context })) return true;
  }
  const verdict = verdictOfStatus(status);
  if (verdict === "delivered") return true;
  const said = `${who} answered ${status} to ${asked}.`;
  if (status >= 300 && status < 400) throw new SignalboxError("FORWARD_REDIRECTED", said);
  throw new SignalboxError(verdict === "retry" ? "FORWARD_STATUS_RETRYABLE" : "FORWARD_STATUS_REFUSED", said);
}

function hasGate(route: Route): route is Route & { readonly gate: Gate } {
  return route.gate !== undefined;
}

/** The lookups of an attempt: they may take half of its time, and the call has what is left. */
function lookingUp(
  recorded: Recorded,
  { lookups = [], target }: Route,
  ports: Pick<Ports, "http" | "clock" | "lookups" | "log">,
  progress: Progress,
): { look: () => Promise<Readonly<Record<string, unknown>>>; spentMs: number; leftMs: number } {
  const totalMs = target.file.timeoutSeconds * 1000;
  const looking = {
    spentMs: 0,
    leftMs: totalMs,
    look: async () => {
      const begun = performance.now();
      progress.lookups = [];
      try {
        const found = await enriched(recorded, lookups, totalMs / 2, ports, progress.lookups);
        if (progress.compares === true) progress.enrich = found;
        return found;
      } finally {
        looking.spentMs = performance.now() - begun;
        looking.leftMs = totalMs - looking.spentMs;
      }
    },
  };
  return looking;
}

/** A loop ends here, however it came about: over chains, or over a target that calls our hooks. */
function refuseCircling({ delivery, context }: Recorded): void {
  const hops = hopsIn(context.headers);
  if (hops < MAX_HOPS) return;
  const path = [...trailOf(context), delivery.route].map((name) => `\`${name}\``).join(" → ");
  throw new SignalboxError(
    "CHAIN_TOO_LONG",
    `${hops} calls led to this event, and at most ${MAX_HOPS} may follow from one another: ${path}.`,
  );
}

function resultOf(filtered: boolean, error: SignalboxError | undefined): Forwarded["result"] {
  if (filtered) return "filtered";
  if (error === undefined) return "delivered";
  if (error.code === "FORWARD_ANSWER_DEVIATED") return "deviated";
  const retryable: readonly string[] = [
    "FORWARD_CONNECTION_FAILED",
    "FORWARD_TIMEOUT",
    "FORWARD_STATUS_RETRYABLE",
    "FORWARD_TOKEN_UNAVAILABLE",
    "FORWARD_LOOKUP_UNAVAILABLE",
  ];
  return retryable.includes(error.code) ? "retry" : "dead";
}

/** The result as JSON, which may be what was sent. */
function madeOf(result: unknown, json: Buffer | undefined): Made {
  const text = json ?? Buffer.from(JSON.stringify(result));
  return { bytes: text.length, ...(text.length <= MAX_RESULT_BYTES && { text: text.toString() }) };
}

function errorOf({ code, detail, schema }: SignalboxError): NonNullable<Attempt["error"]> {
  return { code, detail, ...(schema && { schema: schema.name, pointer: schema.pointer }) };
}

function unforeseen(thrown: unknown): SignalboxError {
  return new SignalboxError(
    "TRANSFORM_RULE_FAILED",
    "The rewriting failed in a way that nobody foresaw; see the log.",
    { cause: thrown },
  );
}
