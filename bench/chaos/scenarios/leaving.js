/** Processes are told to end by SIGTERM, under load: they finish or hand back what is in flight. */
import { alone, fleet, meanwhile, send, settle } from "../drive.js";
import { post, requestOf } from "../body.js";
import { until } from "../world.js";

/** A deadline of 25 s, and a little to leave. */
const END_MS = 27_000;

/** One that is still coming back is let be. @param {import("../member.js").Member | undefined} member */
function leave(member) {
  if (member !== undefined && member.admin() !== "") member.kill("SIGTERM");
}

/** @type {Readonly<Record<string, import("../drive.js").Scenario>>} */
export const leaving = {
  sigterm: {
    why: "a worker in turn is told to end every 3 s, an ingest of two every 6 s",
    async run(world, how) {
      const { ingest, workers } = await fleet(world, 2);
      const second = await world.start("ingest-1", "ingest");
      await second.serves();
      let turn = 0;
      const stops = await meanwhile(send(world, how, [ingest, second]), 3_000, () => {
        turn += 1;
        leave(workers[turn % 2]);
        if (turn % 2 === 0) leave([ingest, second][(turn / 2) % 2]);
      });
      return { stops, ...(await settle(world)) };
    },
  },
  "sigterm-in-flight": {
    why: "SIGTERM with a request of 60 s in flight, and again while Redis is down",
    plan: {
      targets: { all: "/after/5", long: "/long" },
      ofTargets: { long: "timeoutSeconds: 90\n" },
      ofRoutes: { all: "on: [push]\n", long: "on: [long]\n" },
    },
    async run(world, how) {
      const router = await alone(world);
      const to = { url: router.url, secret: world.secrets.sender, log: world.sent };
      const inFlight = async (/** @type {number} */ count) => {
        const seen = () => world.followed.look().arrivals.filter(({ path }) => path === "/long").length;
        await until("the long request is in flight", () => seen() >= count, 40_000);
      };
      await post(to, requestOf(1_000_000, { type: "long" }));
      await inFlight(1);
      await send(world, { ...how, events: Math.ceil(how.events / 4) }, [router]);
      const endMs = await router.end();
      router.begin();
      await router.serves();
      await inFlight(2);
      await world.store.killed();
      const downMs = await router.end();
      await world.setUp(true);
      world.store.start();
      router.begin();
      await router.serves();
      const { settledSeconds } = await settle(world);
      const broken = [endMs, downMs]
        .filter((ms) => ms > END_MS)
        .map((ms) => `It took ${ms / 1_000} s to end; allowed are ${END_MS / 1_000}.`);
      return { endSeconds: endMs / 1_000, downSeconds: downMs / 1_000, settledSeconds, broken };
    },
  },
};
