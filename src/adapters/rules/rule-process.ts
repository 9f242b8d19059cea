/** Runs rules of the playground, and rules to be explained, in processes of their own, so that no rule can hurt the router. */
import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { SignalboxError } from "../../core/errors.ts";
import type { ExplainedRule } from "../../rules/explain.ts";
import type { ImpactSketch, ImpactSketched } from "../../rules/impact-sketch.ts";
import { problemOf, type Sketch, type Sketched } from "../../rules/playground.ts";

/** What the process is asked. */
export type Wish =
  | { readonly kind: "try" | "explain"; readonly sketch: Sketch }
  | { readonly kind: "impact"; readonly sketch: ImpactSketch };

export interface RuleRunner {
  /** Throws ADMIN_PLAYGROUND_BUSY where too many wait already. */
  run(sketch: Sketch): Promise<Sketched>;
  /** The same for an explanation. */
  explain(sketch: Sketch): Promise<ExplainedRule>;
  /** The same for what an edited rule would change. */
  impact(sketch: ImpactSketch): Promise<ImpactSketched>;
  stop(): void;
}

/** The last resort: what a rule may do is counted by the language. By the clock, so that a busy machine must not make a rule guilty. */
const DEADLINE_MS = 5_000;
/** A process that does not begin is given up. */
const START_MS = 10_000;
const MAX_RUNNING = 2;
const MAX_WAITING = 8;
const MEMORY_MB = 128;
/** After so many runs a process makes room for a new one. */
const MAX_RUNS = 100;
const IDLE_MS = 300_000;

interface Runner {
  readonly child: ChildProcess;
  readonly ready: Promise<void>;
  runs: number;
  idle?: NodeJS.Timeout;
}

/** Nothing is started before the first rule; from then on a process stands ready. */
export function createRuleRunner(): RuleRunner {
  const idle: Runner[] = [];
  const all = new Set<Runner>();
  const waiting: (() => void)[] = [];
  let running = 0;
  let stopped = false;

  const begin = (): Runner => {
    const child = fork(childScript(), {
      env: {},
      execArgv: [`--max-old-space-size=${MEMORY_MB}`],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    const ready = new Promise<void>((resolve, reject) => {
      child.once("message", () => resolve());
      child.once("exit", () => reject(new Error("The process ended before it was ready.")));
      setTimeout(() => reject(new Error("The process did not begin.")), START_MS).unref();
    });
    ready.catch(() => child.kill("SIGKILL"));
    const runner: Runner = { child, ready, runs: 0 };
    all.add(runner);
    child.once("exit", () => {
      all.delete(runner);
      clearTimeout(runner.idle);
      if (idle.includes(runner)) idle.splice(idle.indexOf(runner), 1);
    });
    child.on("error", () => undefined);
    return runner;
  };
  /** An idle process must not keep the router from ending. */
  const rest = (runner: Runner): void => {
    if (stopped || runner.runs >= MAX_RUNS || idle.length >= MAX_RUNNING) {
      runner.child.kill("SIGKILL");
      return;
    }
    runner.child.unref();
    runner.child.channel?.unref();
    runner.idle = setTimeout(() => runner.child.kill("SIGKILL"), IDLE_MS);
    runner.idle.unref();
    idle.push(runner);
  };
  const take = (): Runner => {
    const runner = idle.pop() ?? begin();
    clearTimeout(runner.idle);
    runner.child.ref();
    runner.child.channel?.ref();
    runner.runs++;
    return runner;
  };
  const turn = async (): Promise<void> => {
    if (running < MAX_RUNNING) {
      running++;
      return;
    }
    if (waiting.length >= MAX_WAITING) {
      const said = `${MAX_RUNNING} rules run and ${MAX_WAITING} wait.`;
      throw new SignalboxError("ADMIN_PLAYGROUND_BUSY", said, { retryAfterSeconds: 2 });
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
  };

  const ask = async <T>(wish: Wish, gaveUp: GaveUp<T>): Promise<T> => {
    await turn();
    const runner = take();
    try {
      await runner.ready;
      const told = await outcomeOf(runner.child, wish, gaveUp);
      if (runner.child.connected) rest(runner);
      return told;
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
      // The one that was killed is replaced now, not when somebody waits for it.
      if (!stopped && idle.length === 0 && running < MAX_RUNNING) rest(begin());
    }
  };

  return {
    run: (sketch) =>
      ask<Sketched>({ kind: "try", sketch }, (message, milliseconds) => ({
        problems: [problemOf("TRANSFORM_LIMIT_EXCEEDED", message)],
        filtered: false,
        milliseconds,
      })),
    explain: (sketch) =>
      ask<ExplainedRule>({ kind: "explain", sketch }, (message) => ({
        fault: { code: "TRANSFORM_LIMIT_EXCEEDED", message },
      })),
    impact: (sketch) =>
      ask<ImpactSketched>({ kind: "impact", sketch }, (message) => ({
        problems: [problemOf("TRANSFORM_LIMIT_EXCEEDED", `${message} With fewer events it may do.`)],
      })),
    stop() {
      stopped = true;
      for (const { child } of all) child.kill("SIGKILL");
    },
  };
}

/** What is told in place of an answer that does not come. */
type GaveUp<T> = (message: string, milliseconds: number) => T;

function outcomeOf<T>(child: ChildProcess, wish: Wish, instead: GaveUp<T>): Promise<T> {
  return new Promise((resolve) => {
    const begun = performance.now();
    const end = (told: T): void => {
      clearTimeout(deadline);
      child.off("message", end);
      child.off("exit", onExit);
      resolve(told);
    };
    const gaveUp = (message: string): T => instead(message, Math.round(performance.now() - begun));
    const onExit = (): void =>
      end(gaveUp(`The rule needs more memory than the ${MEMORY_MB} MB that there are.`));
    const deadline = setTimeout(() => {
      child.kill("SIGKILL");
      end(gaveUp(`The rule took more than ${DEADLINE_MS / 1000} s.`));
    }, DEADLINE_MS);
    child.on("message", end);
    child.on("exit", onExit);
    child.send(wish, (error) => {
      if (error !== null) end(gaveUp("The process of the rule ended."));
    });
  });
}

/** Node 20 runs no TypeScript: from the sources, as in tests, the built file is taken. */
function childScript(): string {
  const built = import.meta.url.endsWith(".ts")
    ? "../../../dist/adapters/rules/rule-child.js"
    : "./rule-child.js";
  return fileURLToPath(new URL(built, import.meta.url));
}
