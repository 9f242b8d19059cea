/**
 * The folder of a store that the router runs itself: private, with room for socket names, and held by one router.
 *
 * The lock is a listening unix socket: the kernel lets it go however its holder ends, a recycled pid cannot keep it, and
 * it is seen across containers that share the folder. Every contender has a name of its own, shows itself first and looks
 * for others afterwards: of two that start at once at least one sees the other, and no name is ever taken over.
 */
import { createHash, randomBytes, randomInt } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { SignalboxError } from "../../core/errors.ts";

/** A folder that is ours until it is released. */
export interface StoreFolder {
  /** Absolute; holds the store's files; mode 0700. */
  readonly path: string;
  /** Absolute; where sockets are made: `path` itself, or a short one where that is too long for a socket's name. */
  readonly sockets: string;
  release(): void;
}

/** sun_path holds 108 bytes on Linux and 104 on macOS, the last one a zero. */
const SOCKET_PATH_MAX = 103;
const LONGEST_NAME = "lock-4194304-0123abcd.new";
/** A router that is just ending, or one that starts at the same moment, is given so many tries. */
const TRIES = 4;

/** Makes and holds `<dataDir>/<name>`. Throws SETTING_STORE_LOCKED naming the pid that has it, SETTING_INVALID. */
export async function claimFolder(dataDir: string, name = "redis"): Promise<StoreFolder> {
  const path = privateFolder(join(dataDir, name), dataDir);
  const fits = Buffer.byteLength(join(path, LONGEST_NAME)) <= SOCKET_PATH_MAX;
  const short = `signalbox-${createHash("sha256").update(path).digest("hex").slice(0, 16)}`;
  const sockets = fits ? path : privateFolder(join(tmpdir(), short), dataDir);
  for (let tries = 1; ; tries++) {
    const { server, name: lock } = await show(sockets, dataDir);
    const release = (): void => {
      rmSync(join(sockets, lock), { force: true });
      server.close();
    };
    const other = await otherAlive(sockets, lock);
    if (other === undefined) return { path, sockets, release };
    release();
    if (tries === TRIES) throw locked(dataDir, other);
    await pause(50 + randomInt(150));
  }
}

/** True when somebody listens on the socket; what is neither refused nor absent counts as listening. */
function isListening(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    const settle = (listening: boolean) => () => {
      socket.destroy();
      resolve(listening);
    };
    socket.once("connect", settle(true));
    socket.once("error", (error: NodeJS.ErrnoException) =>
      settle(error.code !== "ECONNREFUSED" && error.code !== "ENOENT")(),
    );
  });
}

/**
 * Waits until a store that is just ending has let its socket go: two must never write one file. Throws
 * SETTING_STORE_LOCKED after 5 s, as for one that another container has.
 */
export async function untilUnused(socketPath: string, folder: string, pid = "(unknown)"): Promise<void> {
  for (const deadline = Date.now() + 5_000; await isListening(socketPath); await pause(10)) {
    if (Date.now() > deadline) throw locked(folder, pid);
  }
}

function locked(folder: string, pid: string): SignalboxError {
  return new SignalboxError(
    "SETTING_STORE_LOCKED",
    `The data folder ${folder} is in use by process ${pid}; one router at a time keeps its store there. ` +
      "Several processes can share a store by REDIS_URL.",
  );
}

function privateFolder(path: string, dataDir: string): string {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const { uid } = lstatSync(path);
    // In a shared temporary folder somebody else might have made it before us.
    if (uid !== process.getuid?.() || !lstatSync(path).isDirectory())
      throw new Error(`${path} belongs to another user`);
    chmodSync(path, 0o700);
    return realpathSync(path);
  } catch (cause) {
    throw unusable(dataDir, cause);
  }
}

function unusable(dataDir: string, cause: unknown): SignalboxError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new SignalboxError(
    "SETTING_INVALID",
    `SIGNALBOX_DATA_DIR: no store can be kept in ${dataDir}: ${why}.`,
    {
      cause,
    },
  );
}

/** Listens under a name of its own, which appears only once it listens: what is seen and refuses is dead. */
async function show(sockets: string, dataDir: string): Promise<{ server: Server; name: string }> {
  const name = `lock-${process.pid}-${randomBytes(4).toString("hex")}`;
  const server = createServer((socket) => socket.destroy());
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(join(sockets, `${name}.new`), resolve);
    });
    renameSync(join(sockets, `${name}.new`), join(sockets, name));
  } catch (cause) {
    throw unusable(dataDir, cause);
  }
  server.unref();
  return { server, name };
}

/** The pid of another holder or contender that is alive; names of dead ones are cleared away. */
async function otherAlive(sockets: string, own: string): Promise<string | undefined> {
  for (const name of readdirSync(sockets)) {
    const [, pid] = /^lock-(\d+)-[0-9a-f]{8}$/.exec(name) ?? [];
    if (pid === undefined || name === own) continue;
    if (await isListening(join(sockets, name))) return pid;
    rmSync(join(sockets, name), { force: true });
  }
  return undefined;
}
