/** The network: links that are cut or lose packets, and a balancer before three replicas that are restarted in turn. */
import { execFileSync, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { tied } from "../../processes.js";
import { fleet, send, settle } from "../drive.js";
import { freePort } from "../store.js";
import { until } from "../world.js";

/** Every link has an address of its own on loopback: what goes over it can be told by that. */
const LINKS = { ingest: "127.0.0.2", worker: "127.0.0.3", target: "127.0.0.4" };
const CUT_MS = 8_000;
const BRIEF_CUT_MS = 3_000;
const LEAVE_SECONDS = 2;
/** What the restart of a replica takes, with a second before and after it. */
const RESTART_SECONDS = 10;

const nft = (/** @type {string} */ rules) => void execFileSync("nft", ["-f", "-"], { input: rules });

/** @param {string} rule of what comes in */
const forbid = (rule) => nft(`add rule inet chaos input ${rule}`);

const heal = () => nft("flush chain inet chaos input");

/** An ingest and a worker, each on its own link to the store, and a target on another. @param {import("../drive.js").World} world */
async function linked(world) {
  nft("add table inet chaos\nadd chain inet chaos input { type filter hook input priority 0; }");
  world.with({ close: () => nft("delete table inet chaos") });
  const url = (/** @type {"ingest" | "worker"} */ name) => ({
    REDIS_URL: `redis://${LINKS[name]}:${world.store.port}`,
  });
  world.store.start({ bind: `127.0.0.1 ${LINKS.ingest} ${LINKS.worker}` });
  const port = new URL(world.targetUrl).port;
  world.write(
    "targets/all.yaml",
    `url: http://${LINKS.target}:${port}/after/5\ntimeoutSeconds: 2\nretry: { attempts: 30, firstDelaySeconds: 0.5, maxDelaySeconds: 2 }\n`,
  );
  const ingest = await world.start("ingest", "ingest", { env: url("ingest") });
  const worker = await world.start("worker", "worker", { env: url("worker") });
  await Promise.all([ingest.serves(), worker.serves()]);
  return { ingest, worker };
}

const SENDER = "127.0.0.5";
/** What a sender waits for an answer. */
const PATIENCE_MS = 5_000;

/** @type {Readonly<Record<string, import("../drive.js").Scenario>>} */
export const network = {
  "sender-cut": {
    why: "the link between sender and ingest is cut for 8 s, then for answers alone, then loses 30 %; nothing becomes two events",
    needs: ["namespace", "nft"],
    // What is measured is the link: the sender's patience bounds it, and what it takes to notice.
    expected: { answerMs: PATIENCE_MS + 1_000 },
    async run(world, how) {
      nft("add table inet chaos\nadd chain inet chaos input { type filter hook input priority 0; }");
      world.with({ close: () => nft("delete table inet chaos") });
      const { ingest } = await fleet(world, 1);
      const url = ingest.url.replace("127.0.0.1", SENDER);
      const troubles = [
        `ip daddr ${SENDER} drop`,
        // Requests arrive and are accepted; the sender hears nothing of it, and tries again.
        `ip saddr ${SENDER} drop`,
        `ip daddr ${SENDER} numgen random mod 100 < 30 drop`,
      ];
      const seconds = (troubles.length * (CUT_MS + 2_000)) / 1_000;
      const load = { ...how, perSecond: Math.min(how.perSecond, how.events / seconds) };
      const sending = send(world, load, [ingest], { urls: [url] });
      sending.catch(() => undefined);
      for (const trouble of troubles) {
        await sleep(2_000);
        forbid(trouble);
        await sleep(CUT_MS);
        heal();
      }
      await sending;
      const settled = await settle(world);
      const events = (await world.ask("/api/v1/balance?hours=4")).hours.reduce(
        (/** @type {number} */ sum, /** @type {{ made: number }} */ { made }) => sum + made,
        0,
      );
      const { answers } = world.followed.look();
      const again = answers.filter(({ status }) => status === 200).length;
      const broken = events === how.events ? [] : [`${how.events} requests became ${events} deliveries.`];
      if (again === 0) broken.push("No answer was lost: the scenario has shown nothing.");
      return { knownAgain: again, ...settled, broken };
    },
  },
  partitions: {
    why: "each link is cut for 8 s (3 s in brief), in turn: ingest and store, worker and store, worker and target; then each in one direction",
    needs: ["namespace", "nft"],
    kills: true,
    async run(world, how) {
      const { ingest } = await linked(world);
      const cuts = [
        ...Object.values(LINKS).map((address) => `ip daddr ${address} drop`),
        `ip daddr ${LINKS.ingest} tcp dport ${world.store.port} drop`,
        `ip daddr ${LINKS.worker} tcp sport ${world.store.port} drop`,
        `ip daddr ${LINKS.worker} tcp dport ${world.store.port} reject with tcp reset`,
      ];
      const ms = how.brief ? BRIEF_CUT_MS : CUT_MS;
      const seconds = (cuts.length * (ms + 2_000)) / 1_000;
      const sending = send(world, { ...how, perSecond: Math.min(how.perSecond, how.events / seconds) }, [
        ingest,
      ]);
      sending.catch(() => undefined);
      for (const cut of cuts) {
        await sleep(2_000);
        forbid(cut);
        await sleep(ms);
        heal();
      }
      await sending;
      return { cuts: cuts.length, ...(await settle(world)) };
    },
  },
  "packets-lost": {
    why: "30 % of the packets are lost between ingest and store, worker and store, worker and target",
    needs: ["namespace", "nft"],
    expected: { answerMs: 1_500 },
    async run(world, how) {
      const { ingest } = await linked(world);
      for (const address of Object.values(LINKS))
        forbid(`ip daddr ${address} numgen random mod 100 < 30 drop`);
      await send(world, { ...how, events: Math.ceil(how.events / 4), perSecond: how.perSecond / 5 }, [
        ingest,
      ]);
      await sleep(2_000);
      heal();
      return settle(world);
    },
  },
  "rolling-restart": {
    why: "three replicas behind haproxy are restarted one after the other under load: nothing is refused",
    needs: ["haproxy"],
    async run(world, how) {
      world.store.start();
      const replicas = [];
      const ports = [];
      for (const name of ["a", "b", "c"]) {
        const port = await freePort();
        ports.push(port);
        const leave = String(Math.min(15, LEAVE_SECONDS * how.slow));
        const env = { SIGNALBOX_ADMIN_PORT: String(port), SIGNALBOX_LEAVE_SECONDS: leave };
        replicas.push(await world.start(name, "all", { env }));
      }
      await Promise.all(replicas.map((replica) => replica.serves()));
      const front = await aBalancer(
        world,
        replicas.map(({ url }, nth) => ({ url, check: Number(ports[nth]) })),
      );
      let isOver = false;
      // There is load until each of them has been restarted.
      const seconds = replicas.length * RESTART_SECONDS * how.slow;
      const load = { ...how, perSecond: Math.min(how.perSecond, how.events / seconds) };
      const sending = send(world, load, replicas, { urls: [front] }).finally(() => (isOver = true));
      sending.catch(() => undefined);
      let rolled = 0;
      const endSeconds = [];
      while (!isOver) {
        const replica = /** @type {NonNullable<typeof replicas[0]>} */ (replicas[rolled % replicas.length]);
        await sleep(1_000);
        endSeconds.push((await replica.end()) / 1_000);
        replica.begin();
        await replica.serves();
        const check = async () => (await globalThis.fetch(`${replica.admin()}/readyz/ingest`)).ok;
        await until("it is ready", check, 20_000);
        await sleep(1_000);
        rolled += 1;
      }
      await sending;
      const { answers } = world.followed.look();
      const refused = answers.filter(({ status = 0, error }) => error !== undefined || status >= 300);
      const broken =
        refused.length > 0
          ? [`${refused.length} requests were refused, such as ${JSON.stringify(refused[0])}.`]
          : [];
      if (rolled < replicas.length) broken.push(`Only ${rolled} of ${replicas.length} were restarted.`);
      return { rolled, slowestEndSeconds: Math.max(0, ...endSeconds), ...(await settle(world)), broken };
    },
  },
};

/** A haproxy that asks each replica twice a second whether it takes requests. @param {import("../drive.js").World} world @param {readonly { url: string, check: number }[]} replicas */
async function aBalancer(world, replicas) {
  const port = await freePort();
  const file = join(world.folder, "haproxy.cfg");
  const servers = replicas.map(
    ({ url, check }, nth) =>
      `  server s${nth} ${new URL(url).host} check addr 127.0.0.1 port ${check} inter 500ms fall 2 rise 1`,
  );
  const lines = [
    ...[
      "global",
      "  maxconn 2000",
      "defaults",
      "  mode http",
      "  timeout connect 1s",
      "  timeout check 2s",
      "  timeout client 30s",
    ],
    ...[
      "  timeout server 30s",
      "  retries 3",
      "  option redispatch",
      // A request whose connection ends without an answer may be sent again: the router knows repetitions by their id.
      "  retry-on conn-failure empty-response",
      "frontend hooks",
      `  bind 127.0.0.1:${port}`,
    ],
    ...[
      "  default_backend replicas",
      "backend replicas",
      "  balance roundrobin",
      "  option httpchk",
      // On loopback the operator's side answers only to who names it: a page of another name may not read there.
      "  http-check send meth GET uri /readyz/ingest ver HTTP/1.1 hdr Host localhost",
    ],
    ...servers,
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  const child = tied(spawn("haproxy", ["-db", "-f", file], { stdio: "ignore" }));
  world.with({ close: () => child.kill("SIGKILL") });
  const url = `http://127.0.0.1:${port}`;
  const answers = () =>
    globalThis.fetch(`${url}/hooks/nobody`).then(
      ({ status }) => status === 404,
      () => false,
    );
  await until("the balancer serves", answers, 20_000);
  // By then it has asked each of them at least once.
  await sleep(2_000);
  if (!(await answers())) throw new Error("The balancer finds no replica that is ready.");
  return url;
}
