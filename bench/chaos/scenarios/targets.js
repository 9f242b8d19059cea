/** Targets that hang, lie, ask for patience, are down, or are flooded. */
import { setTimeout as sleep } from "node:timers/promises";
import { alone, fleet, inTurns, roundOf, send, settle, slower, throughP99 } from "../drive.js";
import { until } from "../world.js";

/** Below this, twice as long is nothing that anybody notices. */
const UNNOTICED_MS = 100;
const NAMES = Array.from({ length: 10 }, (_, nth) => `t${nth}`);
/** How targets misbehave, by name: a path of the helper, or where it leads. */
const BAD = {
  "bad-0": "/drip",
  "bad-1": "/endless",
  "bad-2": "/reset",
  "bad-3": "/heads",
  "bad-4": "{stall}/",
  "bad-5": "http://nowhere.invalid/",
};
const BAD_SECONDS = 1;
const CAP = 50;
/** What a burst may add to a second, and timers that are late. */
const CAP_SLACK = 1.1;

/** How many arrivals came within `ms` after a 429 that said "1" or more. @param {import("../drive.js").World} world @param {string} path @param {number} ms */
function hasty({ followed }, path, ms) {
  const at = followed.look().arrivals.filter((one) => one.path === path);
  return at.filter((one, nth) =>
    // What was under way by then cannot be called back.
    at
      .slice(0, nth)
      .some((other) => other.advice === "1" && one.at - other.at > 150 && one.at - other.at < ms),
  ).length;
}

/** ms by which a `Retry-After` may put off a delivery: a day, and a tenth more. */
const PARKED_MS = 1.1 * 86_400_000;
const HOUR_MS = 3_600_000;

/** Deliveries that a target has put off for hours, by id, with the ms until they are due. @param {import("../drive.js").World} world */
async function parked({ ask }) {
  const { items } = await ask("/api/v1/deliveries?state=retrying&limit=200");
  const due = items.map((/** @type {{ id: string, dueAt: string }} */ { id, dueAt }) => [
    id,
    Date.parse(dueAt) - Date.now(),
  ]);
  return new Map(due.filter((/** @type {[string, number]} */ [, ms]) => ms > HOUR_MS));
}

/** What a storm has come to: all is taken but what it has put off, nothing came early, and nothing is put off for ever. @param {import("../drive.js").World} world */
async function afterStorm(world) {
  const isOver = async () => {
    const off = await parked(world);
    return world.followed.missing().every((id) => off.has(id));
  };
  const settled = await settle(world, { withinMs: 120_000, isOver });
  const off = [...(await parked(world)).values()];
  const early = hasty(world, "/storm", 850);
  const broken =
    early > 0
      ? [`${early} attempts came within a second of which the target had asked to be left alone.`]
      : [];
  if (off.some((ms) => ms > PARKED_MS)) broken.push("A delivery is put off for more than a day.");
  return { parked: off.length, early, ...settled, broken };
}

/** @type {Readonly<Record<string, import("../drive.js").Scenario>>} */
export const targets = {
  "hung-target": {
    why: "one target of ten never answers",
    plan: {
      targets: Object.fromEntries(NAMES.map((name, nth) => [name, nth === 0 ? "/hang" : `/after/5?${name}`])),
      ofRoutes: Object.fromEntries(
        NAMES.map((name, nth) => [name, nth === 0 ? "on: [push]\n" : "on: [push, quiet]\n"]),
      ),
    },
    expected: { mayWait: ["t0"], mayDie: ["t0"], calm: true },
    async run(world, how) {
      const { ingest } = await fleet(world, 1);
      const load = { ...roundOf(how, 0.1), perSecond: how.perSecond / 10 };
      const healthy = (/** @type {string} */ path) => path !== "/hang";
      const arrived = () => {
        const { taken, answers } = world.followed.look();
        return taken.size >= answers.filter(({ status }) => status === 202).length * (NAMES.length - 1);
      };
      const measure = async (/** @type {number} */ from, /** @type {string} */ type) => {
        await send(world, load, [ingest], { from, kind: { type } });
        await until("the healthy ones have theirs", arrived, 60_000);
        return throughP99(world, healthy, from, from + load.events);
      };
      await measure(1, "quiet");
      const found = await inTurns(
        async (from) => {
          await world.ask("/api/v1/targets/t0/pause", { reason: "quiet is measured" });
          return measure(from, "quiet");
        },
        async (from) => {
          await world.ask("/api/v1/targets/t0/resume", {});
          return measure(from, "push");
        },
      );
      const settled = await settle(world, { withinMs: 60_000, isOver: arrived });
      return { ...found, ...settled, broken: slower("Beside a hung target", found, UNNOTICED_MS, how) };
    },
  },
  "bad-targets": {
    why: "targets that drip, never end, reset, send 10 MB of headers, stall in TLS, have no address; one request in four is for them",
    plan: {
      targets: { all: "/after/5", ...BAD },
      ofTargets: Object.fromEntries(
        Object.keys(BAD).map((name) => [
          name,
          `timeoutSeconds: ${BAD_SECONDS}\nretry: { attempts: 2, firstDelaySeconds: 0.2, maxDelaySeconds: 1 }\n`,
        ]),
      ),
      ofRoutes: {
        all: "on: [push]\n",
        ...Object.fromEntries(Object.keys(BAD).map((name) => [name, `on: [${name}]\n`])),
      },
    },
    expected: { mayDie: Object.keys(BAD) },
    async run(world, how) {
      const { ingest } = await fleet(world, 1);
      const kind = { mix: { every: 4, type: "bad", of: 6 } };
      const load = { ...how, events: Math.ceil(how.events / 4), perSecond: how.perSecond / 4 };
      await send(world, load, [ingest], { kind });
      const over = async () => {
        const items = (await world.ask("/api/v1/targets")).items;
        return items.every((/** @type {{ open: number }} */ { open }) => open === 0);
      };
      const settled = await settle(world, { withinMs: 120_000, isOver: over });
      let longestMs = 0;
      for (const name of Object.keys(BAD)) {
        const { items } = await world.ask(`/api/v1/attempts?limit=200&target=${name}`);
        for (const { attempt } of items) longestMs = Math.max(longestMs, Math.round(attempt.durationMs));
      }
      const most = BAD_SECONDS * 1_000 + 500 * how.slow;
      const broken = longestMs > most ? [`An attempt took ${longestMs} ms; allowed are ${most}.`] : [];
      return { ...settled, longestMs, broken };
    },
  },
  "storm-429": {
    why: "a target answers 429 twice for each delivery, with Retry-After as seconds, date, nonsense, a million years, less than nothing",
    plan: {
      targets: { all: "/storm" },
      ofTargets: {
        all: "advice: { maxSeconds: 1 }\nretry: { attempts: 8, firstDelaySeconds: 0.2, maxDelaySeconds: 1 }\n",
      },
    },
    expected: { calm: true, mayWait: ["all"] },
    async run(world, how) {
      const { ingest } = await fleet(world, 1);
      await send(world, { ...how, events: Math.min(100, Math.max(16, Math.ceil(how.events / 100))) }, [
        ingest,
      ]);
      return afterStorm(world);
    },
  },
  "target-down": {
    why: `a target is down while events wait (an hour, in seconds), then takes ${CAP}/s`,
    plan: {
      targets: { all: "/down", other: "/after/5" },
      ofTargets: {
        all: `limit: { count: ${CAP}, perSeconds: 1 }\nbreaker: { minimum: 10, openSeconds: 2, drain: { count: ${CAP}, perSeconds: 1 } }\nretry: { attempts: 100, firstDelaySeconds: 0.5, maxDelaySeconds: 5 }\n`,
      },
      ofRoutes: { all: "on: [push]\n", other: "on: [other]\n" },
    },
    async run(world, how) {
      const { ingest } = await fleet(world, 1);
      const events = Math.ceil(how.events / 4);
      await send(world, { ...how, events }, [ingest]);
      await sleep(5_000);
      const { taken } = world.followed.look();
      const before = taken.size;
      await world.setUp(true);
      const upAt = Date.now();
      await send(world, { ...how, events: 20, perSecond: 10 }, [ingest], {
        from: 1_000_000,
        kind: { type: "other" },
      });
      const settled = await settle(world, { withinMs: 60_000 + (events / CAP) * 2_000 });
      const at = world.followed
        .look()
        .arrivals.filter((one) => one.path === "/down" && one.at > upAt)
        .map((one) => one.at)
        .sort((a, b) => a - b);
      let [peak, first] = [0, 0];
      for (const [nth, to] of at.entries()) {
        while (to - Number(at[first]) >= 1_000) first += 1;
        peak = Math.max(peak, nth - first + 1);
      }
      const otherP99 = throughP99(world, (path) => path === "/after/5");
      const most = Math.ceil(CAP * CAP_SLACK);
      const broken = peak > most ? [`${peak} attempts in a second; allowed are ${most}.`] : [];
      if (before > 0) broken.push(`${before} were taken while the target was down.`);
      if (otherP99 > 1_000 * how.slow) broken.push(`Others took ${otherP99} ms meanwhile.`);
      return { waiting: events, peak, otherP99, ...settled, broken };
    },
  },
  "noisy-source": {
    why: "one source sends twenty times as much as another",
    plan: {
      targets: { quiet: "/after/5?quiet", noisy: "/after/5?noisy" },
      sources: ["quiet", "noisy"],
      ofRoutes: { quiet: "source: quiet\n", noisy: "source: noisy\n" },
    },
    expected: { calm: true },
    async run(world, how) {
      const router = await alone(world);
      const quiet = { ...roundOf(how, 0.05, 80), perSecond: how.perSecond / 25 };
      const noise = { ...how, events: quiet.events * 20, perSecond: quiet.perSecond * 20 };
      const measure = async (/** @type {number} */ from) => {
        await send(world, quiet, [router], { source: "quiet", from });
        await sleep(500);
        return throughP99(world, (path) => path.endsWith("quiet"), from, from + quiet.events);
      };
      await measure(1);
      const found = await inTurns(measure, async (from) => {
        const noisy = send(world, noise, [router], { source: "noisy", from: from + 10_000, connections: 64 });
        noisy.catch(() => undefined);
        const p99 = await measure(from);
        await noisy;
        return p99;
      });
      return {
        ...found,
        ...(await settle(world)),
        broken: slower("The quiet source", found, UNNOTICED_MS, how),
      };
    },
  },
  clocks: {
    why: "the worker's clock is an hour ahead and the ingest's an hour behind, and the target asks for patience",
    plan: {
      targets: { all: "/storm", flaky: "/flaky" },
      ofTargets: {
        all: "advice: { maxSeconds: 1 }\nretry: { attempts: 8, firstDelaySeconds: 0.2, maxDelaySeconds: 1 }\n",
      },
      ofRoutes: { all: "on: [storm]\n", flaky: "on: [push]\n" },
    },
    expected: { mayWait: ["all"] },
    async run(world, how) {
      world.store.start();
      const preload = ["--import", new URL("../clock.js", import.meta.url).href];
      const wrong = (/** @type {number} */ hours) => ({
        node: preload,
        env: { CHAOS_CLOCK_MS: String(hours * 3_600_000) },
      });
      const ingest = await world.start("ingest", "ingest", wrong(-1));
      const worker = await world.start("worker", "worker", wrong(1));
      await Promise.all([ingest.serves(), worker.serves()]);
      await send(world, { ...how, events: 16 }, [ingest], { kind: { type: "storm" } });
      await send(world, { ...how, events: Math.ceil(how.events / 4) }, [ingest], { from: 1_000 });
      const { broken, ...settled } = await afterStorm(world);
      const { items } = await world.ask("/api/v1/deliveries?limit=1");
      const off = Math.abs(Date.parse(items[0]?.receivedAt ?? 0) - Date.now());
      if (off > 120_000)
        broken.push(
          `An event of a minute ago is said to be received ${Math.round(off / 60_000)} minutes off.`,
        );
      return { ...settled, broken };
    },
  },
};
