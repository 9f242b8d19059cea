/** The trial store: for a first run on a machine without a server, in a process of its own since it is slow. */
import { fork, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Log } from "../../ports.ts";
import { keepRunning, type KeptStore } from "./child.ts";
import { untilUnused, type StoreFolder } from "./folder.ts";

/** Starts it on the folder. Throws SETTING_STORE_UNREACHABLE when it does not start. */
export async function startTrialStore(
  folder: StoreFolder,
  log: Log,
): Promise<KeptStore & { readonly socket: string }> {
  const socket = join(folder.sockets, "trial.sock");
  const logFile = join(folder.path, "trial.log");
  // That of a killed router still writes its snapshot.
  await untilUnused(socket, folder.path);
  const kept = await keepRunning(
    {
      name: "the trial store",
      socket,
      start: () => forkStore([socket, join(folder.path, "trial.snapshot")], logFile),
      end: (child) => (child.connected ? child.disconnect() : void child.kill("SIGTERM")),
      lastWords: () => `the last line of ${logFile} is: ${lastLine(logFile)}`,
    },
    log,
  );
  return { socket, close: kept.close };
}

/** A line for people: the command that installs a real store on this system. */
export function installCommand(
  platform: string = process.platform,
  osRelease: string = readOsRelease(),
): string {
  if (platform === "darwin") return "brew install valkey";
  const [, like = ""] = /^ID_LIKE=(.*)$/m.exec(osRelease) ?? [];
  const [, id = ""] = /^ID=(.*)$/m.exec(osRelease) ?? [];
  const family = `${id} ${like}`.replaceAll('"', "");
  if (/debian|ubuntu/.test(family)) return "sudo apt-get install redis-server";
  if (/fedora|rhel|centos|amzn/.test(family)) return "sudo dnf install valkey";
  if (/alpine/.test(family)) return "sudo apk add valkey";
  if (/arch/.test(family)) return "sudo pacman -S valkey";
  if (/suse/.test(family)) return "sudo zypper install valkey";
  return "install valkey or redis by your system's packages";
}

function readOsRelease(): string {
  try {
    return readFileSync("/etc/os-release", "utf8");
  } catch {
    return "";
  }
}

function forkStore(parameters: readonly string[], logFile: string): ChildProcess {
  const output = openSync(logFile, "a", 0o600);
  try {
    // In a session of its own Ctrl-C does not reach it: the router ends first, then its store.
    const stdio = ["ignore", output, output, "ipc"] as const;
    const child = fork(storeScript(), parameters, { stdio: [...stdio], execArgv: [], detached: true });
    child.unref();
    child.channel?.unref();
    return child;
  } finally {
    closeSync(output);
  }
}

/** Node 20 runs no TypeScript: from the sources, as in tests, the built file is taken. */
function storeScript(): string {
  const built = import.meta.url.endsWith(".ts")
    ? "../../../dist/adapters/store/js-redis-server.js"
    : "./js-redis-server.js";
  return fileURLToPath(new URL(built, import.meta.url));
}

function lastLine(path: string): string {
  return readFileSync(path, "utf8").trimEnd().split("\n").at(-1) ?? "";
}
