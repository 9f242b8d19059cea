/**
 * Ends a process whose event loop has stood still: its locks have lapsed, others have its deliveries, and it would hold its
 * port for nothing. Whoever supervises it starts it again. A thread watches, since the loop cannot watch itself.
 */
import { Worker } from "node:worker_threads";

/** The loop shows itself so often; the thread looks as often. */
const BEAT_MS = 1_000;
/** Longer than any lock is held, and than any rule or request can take by its budget. */
const STANDSTILL_MS = 60_000;

/** Runs in the thread: nothing of the router is loaded there. */
const THREAD = `
const { workerData: { shared, beatMs, standstillMs } } = require("node:worker_threads");
const beats = new Int32Array(shared);
let last = -1;
let still = 0;
setInterval(() => {
  const now = Atomics.load(beats, 0);
  still = now === last ? still + beatMs : 0;
  last = now;
  if (still < standstillMs) return;
  const error = "The event loop has stood still for " + standstillMs / 1000 + " s; the process ends.";
  const fix = "Start it again; report what it was doing, with its last log lines.";
  const line = JSON.stringify({ level: "fatal", time: new Date().toISOString(), pid: process.pid, error, fix, step: "watchdog.ended" });
  require("node:fs").writeSync(2, line + "\\n");
  process.kill(process.pid, "SIGKILL");
}, beatMs);
`;

/** Begins to watch this process; returns how to stop. A machine that slept stops the thread's count as well. */
export function watchLoop(standstillMs = STANDSTILL_MS): () => Promise<unknown> {
  const shared = new SharedArrayBuffer(4);
  const beats = new Int32Array(shared);
  const beatMs = Math.min(BEAT_MS, standstillMs / 10);
  const thread = new Worker(THREAD, {
    eval: true,
    workerData: { shared, beatMs, standstillMs },
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2 },
    env: {},
    execArgv: [],
  });
  thread.unref();
  thread.on("error", () => undefined);
  const timer = setInterval(() => Atomics.add(beats, 0, 1), beatMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    return thread.terminate();
  };
}
