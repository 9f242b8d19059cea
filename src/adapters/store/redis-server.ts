/** valkey-server or redis-server of this machine as a child on a unix socket, with its data in a folder of the router's. */
import { execFile, execFileSync, spawn, type ChildProcess } from "node:child_process";
import { accessSync, closeSync, constants, openSync, readFileSync, rmSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import type { Log } from "../../ports.ts";
import { keepRunning, type KeptStore } from "./child.ts";
import { untilUnused, type StoreFolder } from "./folder.ts";

/** A server program that is good enough. */
export interface ServerProgram {
  readonly path: string;
  /** As in "redis 7.0.15". */
  readonly version: string;
}

/** BZMPOP came with 7.0. */
const OLDEST_MAJOR = 7;

/** The first server on PATH, and a sentence for each one that was passed over. */
export async function findServer(
  pathVariable: string | undefined,
): Promise<{ program: ServerProgram | undefined; passedOver: readonly string[] }> {
  const passedOver: string[] = [];
  for (const path of candidates(pathVariable ?? "")) {
    const said = await promisify(execFile)(path, ["--version"], { timeout: 3_000 }).then(
      ({ stdout }) => stdout,
      () => "",
    );
    const [, name, version = "", major] = /^(\w+) server v=((\d+)[\d.]*)/i.exec(said) ?? [];
    if (name !== undefined && Number(major) >= OLDEST_MAJOR) {
      return { program: { path, version: `${name.toLowerCase()} ${version}` }, passedOver };
    }
    passedOver.push(
      `${path} is passed over: ${version ? `version ${version}` : "an unknown version"}, expected 7.0 or later.`,
    );
  }
  return { program: undefined, passedOver };
}

function candidates(pathVariable: string): string[] {
  const folders = pathVariable.split(delimiter).filter(Boolean);
  const paths = ["valkey-server", "redis-server"].flatMap((name) =>
    folders.map((folder) => join(folder, name)),
  );
  return [...new Set(paths)].filter((path) => {
    try {
      accessSync(path, constants.X_OK);
      return statSync(path).isFile();
    } catch {
      return false;
    }
  });
}

/** Starts the server on the folder, after ending one that a killed router left there. Throws SETTING_STORE_*. */
export async function startServer(
  program: ServerProgram,
  folder: StoreFolder,
  fsync: "always" | "everysec",
  log: Log,
): Promise<KeptStore & { readonly socket: string }> {
  const socket = join(folder.sockets, "redis.sock");
  const logFile = join(folder.path, "redis.log");
  await endOrphan(folder, socket, log);
  const kept = await keepRunning(
    {
      name: program.version,
      socket,
      start: () => spawnGuarded(program.path, serverOptions(folder, socket, fsync), logFile),
      end: (child) => void child.kill("SIGTERM"),
      lastWords: () => `the last line of ${logFile} is: ${lastLine(logFile)}`,
    },
    log,
  );
  return { socket, close: kept.close };
}

/** Everything is said here, since no configuration file is read. */
function serverOptions({ path }: StoreFolder, socket: string, fsync: string): string[] {
  return Object.entries({
    port: "0",
    unixsocket: socket,
    unixsocketperm: "700",
    dir: path,
    pidfile: join(path, PID_FILE),
    appendonly: "yes",
    appendfsync: fsync,
    save: "",
    "maxmemory-policy": "noeviction",
    daemonize: "no",
  }).flatMap(([name, value]) => [`--${name}`, value]);
}

const PID_FILE = "redis.pid";

/**
 * The shell becomes the server, so its pid is the server's; beforehand it leaves a watcher behind, which ends the server
 * when the pipe from the router breaks, that is however the router ends, kill -9 included. A line on the pipe dismisses it.
 */
const GUARD = 'exec 3<&0 </dev/null; (read -r line <&3 || kill -TERM $$) & exec "$0" "$@" 3<&-';

function spawnGuarded(path: string, options: readonly string[], logFile: string): ChildProcess {
  const output = openSync(logFile, "a", 0o600);
  try {
    // In a session of its own Ctrl-C does not reach it: the router ends first, then its store.
    const child = spawn("/bin/sh", ["-c", GUARD, path, ...options], {
      stdio: ["pipe", output, output],
      detached: true,
    });
    child.unref();
    child.stdin?.on("error", () => undefined);
    child.once("exit", () => child.stdin?.end("ended\n"));
    return child;
  } finally {
    closeSync(output);
  }
}

/** Ends the server of a router that was killed: known by its pid file, and verified by our socket in its title. */
async function endOrphan({ path }: StoreFolder, socket: string, log: Log): Promise<void> {
  const pid = Number(textOf(join(path, PID_FILE)).trim());
  const isOurs = (): boolean => pid > 1 && titleOf(pid).includes(socket);
  if (isOurs()) {
    log.warn({ pid }, "store.orphan-ended");
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      if (isOurs()) process.kill(pid, signal);
      for (const deadline = Date.now() + 5_000; isOurs() && Date.now() < deadline;) await pause(10);
    }
  }
  await untilUnused(socket, path, pid > 1 ? String(pid) : undefined);
  rmSync(socket, { force: true });
}

/** What a process calls itself; empty when there is no such process. /proc first: slim images have no ps. */
function titleOf(pid: number): string {
  if (process.platform === "linux") return textOf(`/proc/${pid}/cmdline`);
  try {
    return execFileSync("ps", ["-ww", "-o", "args=", "-p", String(pid)], { encoding: "utf8" });
  } catch {
    return "";
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function lastLine(path: string): string {
  return textOf(path).trimEnd().split("\n").at(-1) ?? "";
}
