/** Keeps a store's process running: started, waited for, started again when it ends by itself, ended on close. */
import type { ChildProcess } from "node:child_process";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { SignalboxError } from "../../core/errors.ts";
import type { Log } from "../../ports.ts";

/** How one kind of store is run. */
export interface StoreProgram {
  /** For people, as in "redis-server". */
  readonly name: string;
  /** The socket that it listens on. */
  readonly socket: string;
  start(): ChildProcess;
  /** Asks it to put its data on disk and end. */
  end(child: ChildProcess): void;
  /** After it ended by itself, or could not be started: a line for people. */
  lastWords(): string;
}

/** A store that is kept running. */
export interface KeptStore {
  /** Ends it and resolves when it is gone; after 10 s it is killed. */
  close(): Promise<void>;
}

const ANSWER_WITHIN_MS = 10_000;
const END_WITHIN_MS = 10_000;
const BACKOFF_MAX_MS = 5_000;

/** Starts and keeps a store. Resolves when it answers. Throws SETTING_STORE_UNREACHABLE when it does not start. */
export async function keepRunning(program: StoreProgram, log: Log): Promise<KeptStore> {
  let closing = false;
  let failures = 0;
  let current = launch(program);
  let restarting = Promise.resolve();

  /** Until it runs: each try waits twice as long as the one before. */
  const restart = async (): Promise<void> => {
    while (!closing) {
      await pause(Math.min(100 * 2 ** failures++, BACKOFF_MAX_MS), undefined, { ref: false });
      if (closing) return;
      current = launch(program);
      if (await answers(program.socket, current)) {
        log.error({ store: program.name, pid: current.child.pid }, "store.restarted");
        failures = 0;
        return watch();
      }
      log.error({ store: program.name, error: program.lastWords() }, "store.start-failed");
      await stop(program, current);
    }
  };
  const watch = (): void => {
    void current.ended.then((how) => {
      if (closing) return;
      log.error(
        { store: program.name, error: `The store's process ended by itself (${how}); it is started again.` },
        "store.ended",
      );
      restarting = restart();
    });
  };

  if (!(await answers(program.socket, current))) {
    await stop(program, current);
    throw new SignalboxError(
      "SETTING_STORE_UNREACHABLE",
      `${program.name} did not start: ${program.lastWords()}`,
    );
  }
  watch();
  return {
    close: async () => {
      closing = true;
      await stop(program, current);
      await restarting;
      // A restart that was under way may have left a newer one.
      await stop(program, current);
    },
  };
}

interface Launched {
  readonly child: ChildProcess;
  /** How it ended, for people. */
  readonly ended: Promise<string>;
  readonly isOver: () => boolean;
}

function launch(program: StoreProgram): Launched {
  const child = program.start();
  let over = false;
  const ended = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
    child.once("error", (error) => resolve(error.message));
  });
  void ended.then(() => (over = true));
  return { child, ended, isOver: () => over };
}

async function stop(program: StoreProgram, { child, ended, isOver }: Launched): Promise<void> {
  if (isOver()) return;
  child.ref();
  program.end(child);
  const late = setTimeout(() => child.kill("SIGKILL"), END_WITHIN_MS);
  await ended;
  clearTimeout(late);
}

/** Asks until the store says PONG; while it says that it is loading, the deadline moves on. False: ended, or silent. */
async function answers(socketPath: string, { isOver }: Launched): Promise<boolean> {
  let deadline = Date.now() + ANSWER_WITHIN_MS;
  while (!isOver() && Date.now() < deadline) {
    const answer = await ask(socketPath);
    if (answer.startsWith("+PONG")) return true;
    if (answer.startsWith("-LOADING")) deadline = Date.now() + ANSWER_WITHIN_MS;
    await pause(5);
  }
  return false;
}

/** The first line that a PING is answered with; empty when there is none within a second. */
function ask(socketPath: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(socketPath, () => socket.write("PING\r\n"));
    socket.setTimeout(1_000);
    const settle = (answer: string) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("data", (data) => settle(data.toString("latin1"))());
    socket.once("timeout", settle(""));
    socket.once("error", settle(""));
    socket.once("close", settle(""));
  });
}
