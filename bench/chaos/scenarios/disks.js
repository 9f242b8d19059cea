/** Disks: the power goes, the disk is full, the primary is gone and its replica takes over. */
import { execFileSync, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { tied } from "../../processes.js";
import { fleet, send, settle } from "../drive.js";
import { aStore, freePort } from "../store.js";
import { until } from "../world.js";

const IMAGE_MEGABYTES = 64;
const CUTS = 10;
const BRIEF_CUTS = 3;
/** The append-only file is synced every second, two at most. */
const WINDOW_MS = 2_000;

const sh = (/** @type {string} */ command, /** @type {readonly string[]} */ ...args) =>
  execFileSync(command, args, { stdio: ["ignore", "pipe", "pipe"] });

/**
 * A store on a disk image: `cut` copies what has reached the disk so far, kills the store, and starts it on the copy.
 * @param {import("../drive.js").World} world
 */
function onImage(world) {
  let nth = 0;
  const image = () => join(world.folder, `disk-${nth}.img`);
  const place = () => join(world.folder, `mnt-${nth}`);
  const mount = () => {
    mkdirSync(place(), { recursive: true });
    sh("mount", "-o", "loop", image(), place());
  };
  sh("truncate", "-s", `${IMAGE_MEGABYTES}M`, image());
  sh("mkfs.ext4", "-q", "-F", image());
  mount();
  world.with({ close: () => unmount(place()) });
  return {
    dir: () => join(place(), "redis"),
    async cut() {
      world.store.freeze();
      const cutAt = Date.now();
      const [before, from] = [place(), image()];
      nth += 1;
      copyFileSync(from, image());
      await world.store.killed();
      unmount(before);
      rmSync(from);
      mount();
      world.with({ close: () => unmount(place()) });
      world.store.start({}, this.dir());
      return cutAt;
    },
  };
}

/** @param {string} place */
function unmount(place) {
  try {
    sh("umount", "-l", place);
  } catch {
    // It is not mounted any more.
  }
}

/** @param {"strict" | "fast"} mode @returns {import("../drive.js").Scenario["run"]} */
const cutting = (mode) => async (world, how) => {
  const disk = onImage(world);
  const { store } = world;
  store.start({}, disk.dir());
  await store.answers();
  const env = { SIGNALBOX_DURABILITY: mode };
  const ingest = await world.start("ingest", "ingest", { env });
  const worker = await world.start("worker", "worker", { env });
  await Promise.all([ingest.serves(), worker.serves()]);
  const cuts = how.brief ? BRIEF_CUTS : Math.min(CUTS, Math.max(2, Math.round(how.events / 200)));
  const each = Math.ceil(how.events / cuts);
  /** @type {number[]} */
  const at = [];
  for (let nth = 0; nth < cuts; nth += 1) {
    // Nothing is delivered around the cut, or what is lost would have been delivered already.
    await worker.end();
    const sending = send(world, { ...how, events: each }, [ingest], { from: nth * each });
    sending.catch(() => undefined);
    await sleep(300 + how.random() * 1_200);
    at.push(await disk.cut());
    await store.answers();
    await sending;
    worker.begin();
    await worker.serves();
  }
  const isLate = (/** @type {number} */ time) =>
    at.some((cut) => time <= cut + 100 && time >= cut - WINDOW_MS);
  const gone = (/** @type {string} */ id) =>
    mode === "fast" &&
    world.followed.look().answers.some((one) => one.deliveries?.includes(id) && isLate(one.at));
  const settled = await settle(world, {
    isOver: () => world.followed.missing().every(gone),
    withinMs: 60_000,
  });
  const lostInWindow = mode === "fast" ? world.followed.missing().filter(gone).length : 0;
  const windows = at.map((cut) => ({ from: cut - WINDOW_MS, to: cut + 100 }));
  return { cuts, lostInWindow, ...settled, ...(mode === "fast" && { expected: { windows } }) };
};

/** @type {Readonly<Record<string, import("../drive.js").Scenario>>} */
export const disks = {
  "power-cut-strict": {
    why: "the power goes where the store is, by a copy of its disk; `SIGNALBOX_DURABILITY=strict`",
    needs: ["namespace", "loop"],
    plan: { store: { appendfsync: "always", "auto-aof-rewrite-percentage": "0" } },
    run: cutting("strict"),
  },
  "power-cut-fast": {
    why: "the same with `fast`: what was acknowledged up to 2 s before may be gone",
    needs: ["namespace", "loop"],
    plan: { store: { "auto-aof-rewrite-percentage": "0" } },
    run: cutting("fast"),
  },
  "disk-full": {
    why: "the disk of the store is full, and has room again",
    needs: ["namespace"],
    async run(world, how) {
      const { store } = world;
      const dir = join(world.folder, "redis");
      mkdirSync(dir, { recursive: true });
      sh("mount", "-t", "tmpfs", "-o", "size=64m", "chaos", dir);
      world.with({ close: () => unmount(dir) });
      const { ingest } = await fleet(world, 1);
      const third = Math.ceil(how.events / 3);
      await send(world, { ...how, events: third }, [ingest]);
      fill(join(dir, "filler"));
      await send(world, { ...how, events: third }, [ingest], { from: third });
      await sleep(3_000);
      const fills = await store.info("persistence", "aof_last_write_status");
      rmSync(join(dir, "filler"));
      // One that has ended over it is started again, as by a supervisor.
      if (!store.isUp()) store.start();
      await send(world, { ...how, events: third }, [ingest], { from: 2 * third });
      const broken = fills === "ok" ? ["The disk was never full."] : [];
      return { ...(await settle(world)), broken };
    },
  },
  promotion: {
    why: "the primary is killed under load, a sentinel promotes its replica, and the former one comes back; `strict`, by `WAIT`",
    needs: ["sentinel"],
    async run(world, how) {
      const { store } = world;
      store.start();
      await store.answers();
      const replica = aStore(await freePort(), join(world.folder, "replica"), {
        replicaof: `127.0.0.1 ${store.port}`,
      });
      replica.start();
      world.with(replica);
      await until(
        "the replica follows",
        async () => (await replica.info("replication", "master_link_status")) === "up",
        20_000,
      );
      const sentinel = await aSentinel(world, store.port);
      const env = {
        SIGNALBOX_DURABILITY: "strict",
        REDIS_URL: `redis+sentinel://127.0.0.1:${sentinel}/main`,
      };
      const ingest = await world.start("ingest", "ingest", { env });
      const worker = await world.start("worker", "worker", { env });
      await Promise.all([ingest.serves(), worker.serves()]);
      const sending = send(world, how, [ingest]);
      sending.catch(() => undefined);
      await sleep(how.brief ? 1_000 : 3_000);
      await store.killed();
      const killedAt = Date.now();
      const isPrimary = async () => (await replica.info("replication", "role")) === "master";
      await until("the replica is promoted", isPrimary, 30_000);
      const promotedSeconds = Math.round((Date.now() - killedAt) / 100) / 10;
      await sending;
      // The sentinel makes a replica of it; without any, nothing can be confirmed and all waits in the spool.
      store.start();
      return { promotedSeconds, ...(await settle(world)) };
    },
  },
};

/** Takes all the room that is left. @param {string} path */
function fill(path) {
  try {
    sh("dd", "if=/dev/zero", `of=${path}`, "bs=1M");
  } catch {
    // That is what was wanted: no space left.
  }
}

/** Its port, once it knows the replica. @param {import("../drive.js").World} world @param {number} primary */
async function aSentinel(world, primary) {
  const port = await freePort();
  const folder = join(world.folder, "sentinel");
  mkdirSync(folder);
  const lines = [
    ...[`port ${port}`, "bind 127.0.0.1", `dir ${folder}`, `sentinel monitor main 127.0.0.1 ${primary} 1`],
    ...["sentinel down-after-milliseconds main 500", "sentinel failover-timeout main 2000"],
  ];
  writeFileSync(join(folder, "sentinel.conf"), `${lines.join("\n")}\n`);
  const child = tied(
    spawn("redis-server", [join(folder, "sentinel.conf"), "--sentinel"], { stdio: "ignore" }),
  );
  world.with({ close: () => child.kill("SIGKILL") });
  const asked = aStore(port, folder);
  const knows = async () =>
    (await asked.cli("sentinel", "replicas", "main").catch(() => "")).includes("slave");
  await until("the sentinel knows the replica", knows, 30_000);
  return port;
}
