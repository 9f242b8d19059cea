/** Rules that want to take the process with them, rules that are broken, events that kill their workers. */
import { setTimeout as sleep } from "node:timers/promises";
import { running } from "../../hostile-set.js";
import { post, requestOf } from "../body.js";
import { alone, fleet, inTurns, roundOf, send, settle, slower, throughP99 } from "../drive.js";
import { until } from "../world.js";

const bombFiles = Object.fromEntries(
  running.flatMap(([rule], nth) => [
    [`transforms/bomb-${nth}.jsonata`, rule],
    [`routes/bomb-${nth}.yaml`, `source: chaos\non: [bomb-${nth}]\ntransform: bomb-${nth}\ntarget: bomb\n`],
  ]),
);
/** Beside a rule that takes its whole budget an event waits for that long at most. */
const BESIDE_MS = 500;
const DEATHS = 5;
/** One event in so many is a bomb. */
const EVERY = 10;

/** @type {Readonly<Record<string, import("../drive.js").Scenario>>} */
export const rules = {
  bombs: {
    why: `${running.length} rules that want to take the process with them, one event in ten`,
    plan: {
      targets: { all: "/after/5", bomb: "/ok" },
      ofRoutes: { all: "on: [push]\n", bomb: "on: [never]\n" },
      files: bombFiles,
    },
    expected: { mayDie: ["bomb"], rewritten: ["bomb"], calm: true },
    async run(world, how) {
      const { ingest, workers } = await fleet(world, 1);
      const load = {
        ...roundOf(how, 0.15, EVERY * Math.ceil(running.length / 3)),
        perSecond: how.perSecond / 5,
      };
      const kind = { mix: { every: EVERY, type: "bomb", of: running.length } };
      const over = async () => {
        const { items } = await world.ask("/api/v1/targets");
        return items.every((/** @type {{ open: number }} */ { open }) => open === 0);
      };
      const measure = async (
        /** @type {number} */ from,
        /** @type {import("../body.js").Kind} */ ofWhat = {},
      ) => {
        await send(world, load, [ingest], { from, kind: ofWhat });
        await until("all are at their end", over, 60_000, 200);
        return throughP99(world, (path) => path === "/after/5", from, from + load.events);
      };
      await measure(1);
      // Each round takes up where the last one was: every bomb goes off in time.
      const cycle = running.length * EVERY;
      let bombs = -load.events;
      const found = await inTurns(
        (from) => measure(from),
        (from) => {
          bombs += load.events;
          return measure(Math.ceil(from / cycle) * cycle + bombs, kind);
        },
      );
      const settled = await settle(world, { isOver: over });
      const restarts = workers.reduce((sum, worker) => sum + worker.restarts(), 0);
      const broken = slower("Beside rules that take all that they may", found, BESIDE_MS, how);
      if (restarts > 0) broken.push(`A worker ended ${restarts} times.`);
      return { ...found, ...settled, broken };
    },
  },
  poison: {
    why: "a delivery over which every worker dies, among others",
    plan: {
      targets: { all: "/after/5", poison: "/hang" },
      ofTargets: { poison: "timeoutSeconds: 60\n" },
      ofRoutes: { all: "on: [push]\n", poison: "on: [poison]\n" },
    },
    expected: { mayDie: ["poison"] },
    async run(world, how) {
      const { ingest, workers } = await fleet(world, 1);
      await post(
        { url: ingest.url, secret: world.secrets.sender, log: world.sent },
        requestOf(1_000_000, { type: "poison" }),
      );
      const sending = send(
        world,
        { ...how, events: Math.ceil(how.events / 4), perSecond: how.perSecond / 5 },
        [ingest],
      );
      sending.catch(() => undefined);
      const state = async () => (await world.ask("/api/v1/deliveries?target=poison")).items[0];
      let deaths = 0;
      for (
        const until = Date.now() + 240_000;
        Date.now() < until && (await state())?.state !== "dead";
        await sleep(100)
      ) {
        const arrivals = world.followed.look().arrivals.filter(({ path }) => path === "/hang").length;
        if (arrivals > deaths) {
          deaths = arrivals;
          workers[0]?.kill("SIGKILL");
        }
      }
      await sending;
      const settled = await settle(world, { isOver: () => world.followed.missing().length <= 1 });
      const { code } = await state();
      const broken =
        code === "FORWARD_WORKER_LOST" ? [] : [`It ended with ${code}, not with FORWARD_WORKER_LOST.`];
      if (deaths > DEATHS) broken.push(`${deaths} workers died of it; allowed are ${DEATHS}.`);
      return { deaths, ...settled, broken };
    },
  },
  "rule-broken": {
    why: "a rule that fails is deployed while events wait, then one that cannot be read, then the right one, and the dead are replayed",
    plan: {
      targets: { all: "/ok" },
      ofRoutes: { all: "transform: mark\n" },
      files: { "transforms/mark.jsonata": '{ "n": n, "mark": "first" }' },
    },
    expected: { rewritten: ["all"] },
    async run(world, how) {
      const { ingest, workers } = await fleet(world, 1);
      const events = Math.ceil(how.events / 2);
      await workers[0]?.end();
      await send(world, { ...how, events }, [ingest]);
      const deploy = async (/** @type {string} */ rule) => {
        world.write("transforms/mark.jsonata", rule);
        world.members.forEach((member) => member.kill("SIGHUP"));
        await sleep(1_500);
      };
      await deploy('$error("not today")');
      workers[0]?.begin();
      await workers[0]?.serves();
      const dead = async () => {
        const { items } = await world.ask("/api/v1/dead-letters");
        return items.reduce(
          (/** @type {number} */ sum, /** @type {{ count: number }} */ { count }) => sum + count,
          0,
        );
      };
      await until("all that waited are dead letters", async () => (await dead()) === events, 120_000, 500);
      const { items: causes } = await world.ask("/api/v1/dead-letters");
      await deploy('{ "n": n, ');
      const { checks } = await world.ask("/readyz");
      const refused = /were refused/.test(checks.rules.detail);
      await deploy('{ "n": n, "mark": "second" }');
      const order = { filter: { state: "dead" }, reason: "the rule is mended", ratePerSecond: 5_000 };
      await world.ask("/api/v1/replays", order);
      const settled = await settle(world);
      const broken = causes.length === 1 ? [] : [`Their causes are ${causes.length}, not one.`];
      if (!refused) broken.push("A rule that cannot be read was not refused.");
      if (causes[0]?.code !== "TRANSFORM_RULE_FAILED") broken.push(`The cause is ${causes[0]?.code}.`);
      return { died: events, ...settled, broken };
    },
  },
  "same-id": {
    why: "the same delivery id 100 times at once, after success, after death",
    plan: {
      targets: { all: "/after/5", refuse: "/refuse" },
      ofRoutes: { all: "on: [push]\n", refuse: "on: [refused]\n" },
    },
    async run(world, how) {
      const { ingest } = await fleet(world, 1);
      const second = await world.start("ingest-1", "ingest");
      await second.serves();
      const rounds = Math.max(1, Math.ceil(how.events / 200));
      const broken = [];
      const to = (/** @type {string} */ url) => ({ url, secret: world.secrets.sender, log: world.sent });
      for (let round = 0; round < rounds; round += 1) {
        const made = requestOf(round, { id: `same-${round}` });
        const all = Array.from({ length: 100 }, (_, nth) =>
          post(to(nth % 2 === 0 ? ingest.url : second.url), made),
        );
        const told = await Promise.all(all);
        const first = told.filter(({ status }) => status === 202).length;
        const known = told.filter(({ status }) => status === 200).length;
        if (first !== 1 || known !== 99)
          broken.push(`Of 100 at once ${first} were accepted and ${known} known.`);
      }
      await settle(world);
      const again = await post(to(ingest.url), requestOf(0, { id: "same-0" }));
      if (again.status !== 200 || again.told.duplicate !== true)
        broken.push(`After success it was answered ${again.status}.`);
      const refused = requestOf(1_000_000, { id: "dead-0", type: "refused" });
      const first = await post(to(ingest.url), refused);
      const state = async () => (await world.ask(`/api/v1/deliveries/${first.told.deliveries[0]}`)).state;
      await until("it is a dead letter", async () => (await state()) === "dead", 20_000);
      await world.setUp(true);
      await post(to(second.url), refused);
      return { ...(await settle(world, { withinMs: 30_000 })), broken };
    },
  },
  sizes: {
    why: "bodies and depths at each limit and one beyond, among others",
    async run(world, how) {
      const router = await alone(world);
      const to = { url: router.url, secret: world.secrets.sender, log: world.sent };
      const sending = send(
        world,
        { ...how, events: Math.ceil(how.events / 4), perSecond: how.perSecond / 5 },
        [router],
      );
      sending.catch(() => undefined);
      const limit = 1_048_576;
      const nested = (/** @type {number} */ depth) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
      const keys = JSON.stringify(
        Object.fromEntries(Array.from({ length: 60_000 }, (_, nth) => [`key${nth}`, nth])),
      );
      /** @type {readonly (readonly [string, string, number])[]} */
      const cases = [
        ["a body at the limit", requestOf(0, { bytes: limit }).body, 202],
        ["a byte beyond it", `${requestOf(0, { bytes: limit }).body} `, 413],
        ["depth 100", nested(100), 202],
        ["depth 101", nested(101), 400],
        ["60,000 keys", keys, 202],
        ["no body", "", 400],
        ["half a value", '{"n":', 400],
        ["invalid UTF-8 by name", '{"n":"\\ud800"}', 202],
      ];
      const broken = [];
      for (const [nth, [what, body, status]] of cases.entries()) {
        const answer = await post(to, { n: 1_000_000 + nth, id: `size-${nth}`, type: "push", body });
        if (answer.status !== status) broken.push(`${what}: answered ${answer.status}, not ${status}.`);
      }
      await sending;
      return { ...(await settle(world)), broken };
    },
  },
};
