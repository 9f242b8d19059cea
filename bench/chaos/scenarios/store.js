/** The store hangs, comes late, forgets, is full, evicts. */
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { alone, fleet, send, settle } from "../drive.js";
import { MEMORY_GROUPS, missingOf } from "../needs.js";
import { until } from "../world.js";

const FREEZE_MS = 30_000;
const BRIEF_FREEZE_MS = 8_000;
const BOUND_MEGABYTES = 256;

/** A group of processes that the kernel ends where they take more; `wrap` starts one in it. @param {import("../drive.js").World} world @param {string} name */
function aGroup(world, name) {
  const folder = join(MEMORY_GROUPS, name);
  mkdirSync(folder, { recursive: true });
  world.with({ close: () => rmdirSync(folder) });
  writeFileSync(join(folder, "memory.limit_in_bytes"), String(BOUND_MEGABYTES * 1_048_576));
  return {
    wrap: ["sh", "-c", `echo $$ > ${join(folder, "cgroup.procs")} && exec "$@"`, "sh"],
    /** With what the system keeps of files for it. */
    most: () =>
      Math.round(Number(readFileSync(join(folder, "memory.max_usage_in_bytes"), "utf8")) / 1_048_576),
  };
}

/** @param {import("../drive.js").How} how @param {number} share */
const part = (how, share) => ({ ...how, events: Math.ceil(how.events * share) });

/** @type {Readonly<Record<string, import("../drive.js").Scenario>>} */
export const stores = {
  "redis-frozen": {
    why: "Redis hangs for 30 s (8 s in brief): connections stay open, nothing is answered",
    kills: true,
    async run(world, how) {
      const { ingest } = await fleet(world, 1);
      const sending = send(world, how, [ingest]);
      sending.catch(() => undefined);
      await sleep(1_500);
      world.store.freeze();
      const frozenAt = Date.now();
      const red = async () => (await globalThis.fetch(`${ingest.admin()}/readyz`)).status === 503;
      await until("/readyz is 503", red, 10_000);
      const redSeconds = (Date.now() - frozenAt) / 1_000;
      await sleep((how.brief ? BRIEF_FREEZE_MS : FREEZE_MS) - (Date.now() - frozenAt));
      world.store.thaw();
      await sending;
      const broken =
        redSeconds > 3 * how.slow ? [`/readyz was 503 only after ${redSeconds} s; allowed are 3.`] : [];
      return { redSeconds, ...(await settle(world)), broken };
    },
  },
  "cold-start": {
    why: "the router starts without Redis, which comes when half of the events are there",
    async run(world, how) {
      const router = await world.start("all", "all");
      await router.serves();
      const half = part(how, 0.5);
      await send(world, half, [router]);
      world.store.start();
      await send(world, half, [router], { from: half.events });
      return settle(world);
    },
  },
  flushall: {
    why: "FLUSHALL in the middle: what waits is gone by an operator's word, and all that comes after is delivered",
    async run(world, how) {
      const { ingest } = await fleet(world, 1);
      await send(world, part(how, 0.3), [ingest]);
      await world.store.cli("flushall");
      const flushedAt = Date.now();
      await send(world, part(how, 0.7), [ingest], { from: part(how, 0.3).events });
      const gone = (/** @type {string} */ id) => {
        const { answers } = world.followed.look();
        return answers.some(({ deliveries, at }) => deliveries?.includes(id) && at <= flushedAt);
      };
      const settled = await settle(world, { isOver: () => world.followed.missing().every(gone) });
      return { ...settled, expected: { windows: [{ from: 0, to: flushedAt }] } };
    },
  },
  maxmemory: {
    why: "Redis reaches its maxmemory, and is given more",
    async run(world, how) {
      const { ingest } = await fleet(world, 1);
      await send(world, part(how, 0.3), [ingest]);
      const used = Number(await world.store.info("memory", "used_memory"));
      await world.store.cli("config", "set", "maxmemory", String(used + 100_000));
      await send(world, part(how, 0.5), [ingest], { from: part(how, 0.3).events });
      await world.store.cli("config", "set", "maxmemory", "0");
      await send(world, part(how, 0.2), [ingest], { from: part(how, 0.3).events + part(how, 0.5).events });
      return settle(world);
    },
  },
  evicting: {
    why: "a Redis that evicts: the router refuses to start, and says what to set",
    plan: { store: { "maxmemory-policy": "allkeys-lru" } },
    async run(world, how) {
      world.store.start();
      await world.store.answers();
      const router = await world.start("all", "all");
      router.stayAway();
      await until("it ends", () => router.code() !== undefined, 20_000);
      const code = router.code();
      await world.store.cli("config", "set", "maxmemory-policy", "noeviction");
      router.begin();
      await router.serves();
      await send(world, part(how, 0.1), [router]);
      const broken = code === 78 ? [] : [`It ended with ${code}, not with 78.`];
      return { ...(await settle(world)), broken };
    },
  },
  "memory-256": {
    why: "a router in 256 MB of memory, which the kernel holds it to, or else its own count",
    expected: { megabytes: BOUND_MEGABYTES },
    async run(world, how) {
      const group = missingOf(["group"]) === undefined ? aGroup(world, `chaos-${process.pid}`) : undefined;
      const wrap = group === undefined ? [] : group.wrap;
      const router = await alone(world, { node: ["--max-old-space-size=160"], wrap });
      await send(world, how, [router], { kind: { bytes: 20_000 } });
      const settled = await settle(world);
      return {
        ...settled,
        restarts: router.restarts(),
        ...(group !== undefined && { groupMegabytes: group.most() }),
        broken: router.restarts() > 0 ? ["It was killed."] : [],
      };
    },
  },
};
