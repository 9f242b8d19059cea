/** Processes are killed with -9 under load: workers, ingests, the store, all of them. */
import { setTimeout as sleep } from "node:timers/promises";
import { fleet, meanwhile, oneOf, send, settle } from "../drive.js";

/** Kills the store, and starts it again after up to a second. @param {import("../drive.js").World} world @param {() => number} random */
async function restartStore(world, random) {
  await world.store.killed();
  await sleep(random() * 1_000);
  world.store.start();
}

/** One of them that serves: who is killed whenever it begins never does anything on a slow machine. @param {readonly import("../member.js").Member[]} members @param {() => number} random */
function killOne(members, random) {
  const serving = members.filter((member) => member.admin() !== "");
  if (serving.length > 0) oneOf(serving, random).kill("SIGKILL");
}

/** @type {Readonly<Record<string, import("../drive.js").Scenario>>} */
export const killed = {
  "workers-killed": {
    why: "one of two workers is killed every 2 s",
    kills: true,
    async run(world, how) {
      const { ingest, workers } = await fleet(world, 2);
      const kills = await meanwhile(send(world, how, [ingest]), 2_000, () => killOne(workers, how.random));
      return { kills, ...(await settle(world)) };
    },
  },
  "redis-killed": {
    why: "Redis is killed every 7 s, and is back after up to a second",
    kills: true,
    async run(world, how) {
      const { ingest } = await fleet(world, 1);
      const kills = await meanwhile(send(world, how, [ingest]), how.brief ? 3_000 : 7_000, () =>
        restartStore(world, how.random),
      );
      return { kills, ...(await settle(world)) };
    },
  },
  "ingest-killed": {
    why: "the ingest is killed every 2 s, and the sender tries again",
    kills: true,
    async run(world, how) {
      const { ingest } = await fleet(world, 1);
      const kills = await meanwhile(send(world, how, [ingest]), 2_000, () => killOne([ingest], how.random));
      return { kills, ...(await settle(world)) };
    },
  },
  "all-killed": {
    why: "a worker is killed every 2 s, Redis every 7 s, an ingest of two every 5 s",
    kills: true,
    async run(world, how) {
      const { ingest, workers } = await fleet(world, 2);
      const second = await world.start("ingest-1", "ingest");
      await second.serves();
      const ingests = [ingest, second];
      let seconds = 0;
      let others = 0;
      const kills = await meanwhile(send(world, how, ingests), 1_000, async () => {
        seconds += 1;
        if (seconds % 2 === 0) killOne(workers, how.random);
        else others -= 1;
        if (seconds % 5 === 0) {
          killOne(ingests, how.random);
          others += 1;
        }
        if (seconds % 7 === 0) {
          await restartStore(world, how.random);
          others += 1;
        }
      });
      // Workers that die as soon as they have begun leave nearly all of it for afterwards.
      const withinMs = how.slow * (120_000 + how.events * 3);
      return { kills: kills + others, ...(await settle(world, { withinMs })) };
    },
  },
  "order-killed": {
    why: "order of 50 keys, with a target that fails every third first try, and a worker that is killed every 2 s",
    plan: { targets: { all: "/flaky" }, ofRoutes: { all: "order: key\n" } },
    expected: { ordered: true },
    async run(world, how) {
      const { ingest, workers } = await fleet(world, 2);
      const sending = send(world, how, [ingest], { kind: { keys: 50 } });
      const kills = await meanwhile(sending, 2_000, () => killOne(workers, how.random));
      return { kills, ...(await settle(world, { withinMs: 600_000 })) };
    },
  },
};
