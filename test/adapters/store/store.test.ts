import { spawn, type ChildProcess } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectWorker, type StoreConnection } from "../../../src/adapters/store/redis.ts";
import type { Target } from "../../../src/adapters/store/place.ts";
import { openStore, type OpenStore } from "../../../src/adapters/store/store.ts";
import { claimFolder } from "../../../src/adapters/store/folder.ts";
import { installCommand } from "../../../src/adapters/store/trial-store.ts";
import { SignalboxError } from "../../../src/core/errors.ts";
import { readSettings } from "../../../src/settings.ts";
import { aLog } from "../../helpers/log.ts";
import { describeWithRedis, itWithRedis } from "../../helpers/require.ts";
import { until } from "../../helpers/until.ts";

let folder: string;
let dataDir: string;
let log: ReturnType<typeof aLog>;
const stores: OpenStore[] = [];
const connections: StoreConnection[] = [];
const parents: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-store-"));
  dataDir = join(folder, "data");
  log = aLog();
});
afterEach(async () => {
  for (const connection of connections.splice(0)) connection.disconnect();
  for (const parent of parents.splice(0)) parent.kill("SIGKILL");
  for (const store of stores.splice(0)) await store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function anOpenStore(
  environment: Record<string, string> = {},
  searchPath?: string,
): Promise<OpenStore> {
  const store = await openStore(
    readSettings({ SIGNALBOX_DATA_DIR: dataDir, ...environment }),
    log,
    searchPath,
  );
  stores.push(store);
  return store;
}
async function refusal(opening: Promise<unknown>): Promise<SignalboxError> {
  const error = await opening.then(() => undefined).catch((error: unknown) => error);
  if (error instanceof SignalboxError) return error;
  throw new Error(`Expected a refusal, got ${String(error)}`);
}
function connect(target: Target): StoreConnection {
  const connection = connectWorker(target, log);
  connections.push(connection);
  return connection;
}
function pidOf(dataFolder = dataDir): number {
  return Number(readFileSync(join(dataFolder, "redis", "redis.pid"), "utf8"));
}
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A child of a killed parent may stay a zombie where nobody reaps: that one is over.
    return !/^State:\s+Z/m.test(
      existsSync(`/proc/${pid}/status`) ? readFileSync(`/proc/${pid}/status`, "utf8") : "",
    );
  } catch {
    return false;
  }
}

/** A router's process of its own that has the store open, to be killed. */
async function aParent(
  environment: Record<string, string> = {},
): Promise<{ child: ChildProcess; path: string }> {
  const module = (name: string): string =>
    JSON.stringify(new URL(`../../../dist/${name}.js`, import.meta.url).href);
  const script = `
    import { openStore } from ${module("adapters/store/store")};
    import { readSettings } from ${module("settings")};
    const silent = () => undefined;
    const log = { debug: silent, info: silent, warn: silent, error: silent };
    const store = await openStore(readSettings(process.env), log);
    process.stdout.write(JSON.stringify(store.target) + "\\n");
    setInterval(silent, 1000);`;
  const env = { ...process.env, REDIS_URL: "", SIGNALBOX_DATA_DIR: dataDir, ...environment };
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  parents.push(child);
  let printed = "";
  child.stdout.on("data", (data: Buffer) => (printed += data.toString()));
  await until("the parent has its store", () => printed.includes("\n"));
  return { child, path: (JSON.parse(printed) as { path: string }).path };
}
async function killed(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

describeWithRedis("a server of this machine", () => {
  it("is started on a private socket, evicting nothing, with an append-only file", async () => {
    const store = await anOpenStore();
    expect(store.kind).toBe("managed");
    expect(store.describe).toMatch(
      /^(redis|valkey) \d+\.\d+\.\d+ at .*, append-only file synced every second, noeviction$/,
    );
    expect(store.warnings).toEqual([]);
    expect(statSync(join(dataDir, "redis")).mode & 0o777).toBe(0o700);
    const connection = connect(store.target);
    const options = {
      appendonly: "yes",
      appendfsync: "everysec",
      save: "",
      port: "0",
      "maxmemory-policy": "noeviction",
    };
    for (const [name, value] of Object.entries(options)) {
      expect(await connection.config("GET", name)).toEqual([name, value]);
    }
  });

  it("keeps what it was given over a close and a new start", async () => {
    const first = await anOpenStore();
    await connect(first.target).set("a", "kept");
    await first.close();
    expect(existsSync(join(dataDir, "redis", "redis.pid"))).toBe(false);
    const second = await anOpenStore();
    expect(await connect(second.target).get("a")).toBe("kept");
  });

  it("is started again when somebody kills it, and connections find their keys", async () => {
    const store = await anOpenStore();
    const connection = connect(store.target);
    await connection.set("a", "kept");
    const former = pidOf();
    process.kill(former, "SIGKILL");
    expect(await until("the key is there again", () => connection.get("a"))).toBe("kept");
    expect(pidOf()).not.toBe(former);
    expect(log.lines.filter(({ level }) => level === "error").map(({ step }) => step)).toContain(
      "store.ended",
    );
    await until("the restart is told", () => log.lines.some(({ step }) => step === "store.restarted"));
    await store.close();
    expect(isAlive(former)).toBe(false);
  });

  it("ends with its router, also when that is killed with -9, and the next router takes over with all keys", async () => {
    const { child, path } = await aParent();
    await connect({ path }).set("a", "kept");
    const pid = pidOf();
    await killed(child);
    await until("the server is gone", () => !isAlive(pid), { withinMs: 5_000 });
    const store = await anOpenStore();
    expect(await connect(store.target).get("a")).toBe("kept");
  });

  it("is ended and started anew when a killed router left it behind frozen", async () => {
    const { child } = await aParent();
    const pid = pidOf();
    process.kill(pid, "SIGSTOP");
    await killed(child);
    const store = await anOpenStore();
    expect(isAlive(pid)).toBe(false);
    expect(await connect(store.target).ping()).toBe("PONG");
    expect(log.lines.map(({ step }) => step)).toContain("store.orphan-ended");
  });

  it("spares a process that has the left-behind pid by chance", async () => {
    const innocent = spawn("sleep", ["60"]);
    parents.push(innocent);
    mkdirSync(join(dataDir, "redis"), { recursive: true });
    writeFileSync(join(dataDir, "redis", "redis.pid"), `${innocent.pid}\n`);
    await anOpenStore();
    expect(isAlive(innocent.pid!)).toBe(true);
  });

  it("says why it did not start, in its own words", async () => {
    mkdirSync(join(dataDir, "redis", "appendonlydir"), { recursive: true });
    writeFileSync(join(dataDir, "redis", "appendonlydir", "appendonly.aof.manifest"), "nonsense\n");
    const { code, detail } = await refusal(anOpenStore());
    expect(code).toBe("SETTING_STORE_UNREACHABLE");
    expect(detail).toMatch(/^redis \S+ did not start: the last line of .*redis\.log is: .*/);
    expect((await claimFolder(dataDir)).release()).toBeUndefined();
  });

  it("works in a folder whose path is too long for a socket", async () => {
    dataDir = join(folder, "deep".repeat(30), "data");
    const store = await anOpenStore();
    expect(await connect(store.target).ping()).toBe("PONG");
    await expect(refusal(anOpenStore())).resolves.toMatchObject({ code: "SETTING_STORE_LOCKED" });
    await store.close();
    rmSync(dirname((store.target as { path: string }).path), { recursive: true });
  });

  it("is passed over when it is too old, which is said", async () => {
    const bin = join(folder, "bin");
    mkdirSync(bin);
    writeFileSync(
      join(bin, "redis-server"),
      "#!/bin/sh\necho 'Redis server v=6.2.14 sha=0 malloc=libc bits=64'\n",
    );
    chmodSync(join(bin, "redis-server"), 0o755);
    const store = await anOpenStore({}, bin);
    expect(store.kind).toBe("trial");
    expect(store.warnings[0]).toContain(`${join(bin, "redis-server")} is passed over: version 6.2.14`);
  });
});

describe("a data folder", () => {
  it("is refused to a second router, naming the pid of the first", async () => {
    const held = await claimFolder(dataDir);
    const { code, detail } = await refusal(claimFolder(dataDir));
    expect(code).toBe("SETTING_STORE_LOCKED");
    expect(detail).toContain(`process ${process.pid};`);
    held.release();
    (await claimFolder(dataDir)).release();
  });

  it("goes to one at most of many that start at once, and to somebody in the end", async () => {
    const claims = await Promise.allSettled(Array.from({ length: 6 }, () => claimFolder(dataDir)));
    const winners = claims.flatMap((claim) => (claim.status === "fulfilled" ? [claim.value] : []));
    expect(winners.length).toBeLessThanOrEqual(1);
    for (const winner of winners) winner.release();
    (await claimFolder(dataDir)).release();
  });

  it("is taken over from a router that was killed with -9", async () => {
    const { child } = await aParent({ SIGNALBOX_TRIAL: "1" });
    const { detail } = await refusal(claimFolder(dataDir));
    expect(detail).toContain(`process ${child.pid};`);
    await killed(child);
    (await claimFolder(dataDir)).release();
  });

  it("that cannot be made is refused by name", async () => {
    writeFileSync(join(folder, "file"), "");
    const { code, detail } = await refusal(claimFolder(join(folder, "file")));
    expect(code).toBe("SETTING_INVALID");
    expect(detail).toContain("SIGNALBOX_DATA_DIR");
  });
});

describe("the trial store", () => {
  const nowhere = "";

  it("is used where no server is found, with one loud line that tells how to install one", async () => {
    const store = await anOpenStore({}, nowhere);
    expect(store.kind).toBe("trial");
    expect(store.warnings).toHaveLength(1);
    expect(store.warnings[0]).toMatch(/^TRIAL STORE .* crash loses the last 2 seconds .*: /);
    expect(await connect(store.target).ping()).toBe("PONG");
  });

  it("is refused in production", async () => {
    const { code, detail } = await refusal(anOpenStore({ NODE_ENV: "production" }, nowhere));
    expect(code).toBe("SETTING_STORE_TRIAL");
    expect(detail).toContain(installCommand());
    await expect(
      refusal(anOpenStore({ NODE_ENV: "production", SIGNALBOX_TRIAL: "1" })),
    ).resolves.toMatchObject({
      code: "SETTING_STORE_TRIAL",
    });
  });

  it("keeps every type of value and expiry over a close and a new start", async () => {
    const first = await anOpenStore({}, nowhere);
    const connection = connect(first.target);
    await connection.set("text", Buffer.from([0, 255, 10]));
    await connection.set("passing", "1", "PX", 60_000);
    await connection.hset("hash", { a: "1", b: "2" });
    await connection.rpush("list", "x", "y");
    await connection.sadd("set", "m");
    await connection.zadd("zset", 1.5, "one", 2, "two");
    await connection.xadd("stream", "1-1", "field", "value");
    await first.close();
    const again = connect((await anOpenStore({}, nowhere)).target);
    expect(await again.getBuffer("text")).toEqual(Buffer.from([0, 255, 10]));
    expect(await again.pttl("passing")).toBeGreaterThan(1_000);
    expect(await again.hgetall("hash")).toEqual({ a: "1", b: "2" });
    expect(await again.lrange("list", 0, -1)).toEqual(["x", "y"]);
    expect(await again.smembers("set")).toEqual(["m"]);
    expect(await again.zrange("zset", 0, -1, "WITHSCORES")).toEqual(["one", "1.5", "two", "2"]);
    expect(await again.xrange("stream", "-", "+")).toEqual([["1-1", ["field", "value"]]]);
  });

  it("takes its snapshot while a connection waits in a blocking read", async () => {
    const store = await anOpenStore({}, nowhere);
    const waiting = connect(store.target)
      .bzmpop(10, 1, "nothing", "MIN")
      .catch(() => null);
    await connect(store.target).set("a", "1");
    await until("a snapshot is there", () => existsSync(join(dataDir, "redis", "trial.snapshot")));
    connections.splice(0).forEach((connection) => connection.disconnect());
    await waiting;
  });

  it("ends with its router, also when that is killed with -9, and has kept all of it", async () => {
    const { child, path } = await aParent({ SIGNALBOX_TRIAL: "1" });
    const connection = connect({ path });
    await connection.set("a", "kept");
    connection.disconnect();
    await killed(child);
    expect(await connect((await anOpenStore({}, nowhere)).target).get("a")).toBe("kept");
  });

  it("is not started on a snapshot that cannot be read", async () => {
    mkdirSync(join(dataDir, "redis"), { recursive: true });
    writeFileSync(join(dataDir, "redis", "trial.snapshot"), "nonsense");
    const { code, detail } = await refusal(anOpenStore({}, nowhere));
    expect(code).toBe("SETTING_STORE_UNREACHABLE");
    expect(detail).toContain("trial.snapshot cannot be read");
  });

  it.each([
    ["darwin", "", "brew install valkey"],
    ["linux", 'ID=debian\nVERSION_ID="12"\n', "sudo apt-get install redis-server"],
    ["linux", 'ID=linuxmint\nID_LIKE="ubuntu debian"\n', "sudo apt-get install redis-server"],
    ["linux", 'ID="rocky"\nID_LIKE="rhel centos fedora"\n', "sudo dnf install valkey"],
    ["linux", "ID=alpine\n", "sudo apk add valkey"],
    ["linux", "", "install valkey or redis by your system's packages"],
  ])("names the installing command on %s %j", (platform, release, command) => {
    expect(installCommand(platform, release)).toBe(command);
  });

  itWithRedis("gives way to a server of this machine, unless SIGNALBOX_TRIAL asks for it", async () => {
    expect((await anOpenStore({ SIGNALBOX_TRIAL: "1" })).kind).toBe("trial");
  });
});
