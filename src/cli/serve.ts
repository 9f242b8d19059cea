/** What `signalbox start` does; in a file of its own, so that the other commands need not load the router. */
import { closeSync, openSync } from "node:fs";
import { keepYoung } from "../adapters/heap.ts";
import { createLog } from "../adapters/watching/pino.ts";
import { SignalboxError } from "../core/errors.ts";
import { startRouter, type Router } from "../main.ts";
import type { Log } from "../ports.ts";
import { loadWorkspace } from "../rules/load.ts";
import type { Workspace } from "../rules/workspace.ts";
import { readSettings, type Settings } from "../settings.ts";
import { rulesFromGit } from "./git-rules.ts";
import { prepareDemo, showDemo, type Demo } from "./demo.ts";
import { EXIT, exitOf, note, noteError, out, outJson, paint } from "./print.ts";
import { readable } from "./log-lines.ts";
import { forgetRunning, noteRunning } from "./running.ts";
import { type Common } from "./options.ts";
import { toldWorkspace } from "./workspace.ts";

/** Options of `start`. */
export interface Options extends Common {
  readonly demo?: boolean;
  readonly json?: boolean;
  readonly rules?: string;
}

/** What is in flight at SIGTERM may take so long to end. */
const STOP_MS = 25_000;

/** A router that serves, and what it was started with. */
export interface Served {
  readonly router: Router;
  readonly settings: Settings;
}

/**
 * Serves the workspace until it is told to stop; without a workspace that can be served the process ends. `mended` resolves when
 * a workspace with errors is worth another look: with it, that is waited for.
 */
export async function serve(options: Options, mended?: () => Promise<void>): Promise<Served> {
  const lines = heldLog(options.json === true);
  let demo: Demo | undefined;
  let router: Router;
  let settings: Settings;
  try {
    settings = readSettings(process.env, {
      ...(options.dir !== undefined && { dir: options.dir }),
      ...(options.rules !== undefined && { rules: options.rules }),
    });
    const log = createLog(settings.logLevel, lines.write);
    demo = options.demo ? await prepareDemo(settings) : undefined;
    const environment = { ...process.env, ...demo?.environment };
    const origin = settings.rules && rulesFromGit(settings.rules, settings, environment, log);
    const open = async (): Promise<Workspace | undefined> =>
      toldWorkspace(
        await (origin?.first() ?? loadWorkspace(settings.dir, environment, settings.ruleBudgets)),
        options.json === true,
      );
    let workspace = await open();
    while (workspace === undefined && mended !== undefined) {
      await mended();
      workspace = await open();
    }
    if (workspace === undefined) {
      await demo?.close();
      lines.release();
      process.exit(EXIT.unconfigured);
    }
    settings = demo?.settings ?? settings;
    const { dir, ruleBudgets } = settings;
    const load = origin?.load ?? (() => loadWorkspace(dir, environment, ruleBudgets));
    keepYoung();
    router = await startRouter(settings, workspace, load, log);
    origin?.follow(router);
    await noteRunning(settings.dataDir, router);
    announce(router, options.json === true, lines.release);
    stopOnSignal(router, settings, demo, log);
    if (demo !== undefined) await showDemo(demo, workspace, router, options.json === true);
    return { router, settings };
  } catch (error) {
    lines.release();
    if (!(error instanceof SignalboxError)) throw error;
    noteError(error);
    process.exit(exitOf(error.code));
  }
}

/** What is logged before the line that says "ready" waits behind it. */
function heldLog(json: boolean): { write: (line: string) => void; release: () => void } {
  let held: string[] | undefined = [];
  const print = (line: string): void => void process.stdout.write(json ? line : `${readable(line)}\n`);
  return {
    write: (line) => void (held === undefined ? print(line) : held.push(line)),
    release: () => {
      const lines = held ?? [];
      held = undefined;
      lines.forEach(print);
    },
  };
}

function announce(router: Router, json: boolean, release: () => void): void {
  if (json) {
    const { hooks, admin, setup } = router;
    outJson({ ready: true, ...(hooks && { hooks }), admin, ...(setup && { setup }) });
  } else {
    out(`${paint.bold("Signalbox")} serves.`);
    if (router.hooks !== undefined) out(`  webhooks   ${router.hooks}/hooks/<source>`);
    if (router.admin !== undefined) out(`  operator   ${router.admin}`);
    if (router.setup !== undefined) out(`  setup      ${router.setup}   (once: makes the first admin)`);
    out(`  store      ${router.store.describe}`);
  }
  for (const warning of router.store.warnings) note(paint.yellow(`  warning: ${warning}`));
  release();
}

function stopOnSignal(router: Router, settings: Settings, demo: Demo | undefined, log: Log): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(130);
    stopping = true;
    log.info({ signal, deadlineSeconds: STOP_MS / 1000 }, "router.stopping");
    const end = performance.now() + STOP_MS;
    // Nobody who presses Ctrl-C has a balancer before the router.
    void (signal === "SIGTERM" ? router.leave() : Promise.resolve())
      .then(() => router.stop(end - performance.now()))
      .then(() => demo?.close())
      .then(() => forgetRunning(settings.dataDir))
      .finally(() => process.exit(EXIT.fine));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  // A terminal that closes says so by the same signal as those who want the rules read again.
  const hadTerminal = hasTerminal();
  process.on("SIGHUP", (signal) => {
    if (hadTerminal && !hasTerminal()) return stop(signal);
    router.reload().catch((error: unknown) => log.error({ error: String(error) }, "rules.unread"));
  });
}

/** True where this process belongs to a terminal that is open. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync("/dev/tty", "r"));
    return true;
  } catch {
    return false;
  }
}
