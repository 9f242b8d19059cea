/** Few files, many connections: slow ones, idle ones. */
import { createConnection } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { alone, send, settle } from "../drive.js";
import { quantile } from "../../statistics.js";

const FEW_FILES = 256;
const HEALTHY_MS = 500;
const OPENING_MS = 20_000;
const IDLE_ONES = 10_000;
const AT_ONCE = 1_000;

/** So many connections to a router, each with what it says first; how to end them. @param {string} url @param {number} count @param {string} hello @param {number} [openingMs] */
async function crowd(url, count, hello, openingMs = OPENING_MS) {
  const { port, hostname } = new URL(url);
  /** @type {import("node:net").Socket[]} */
  const sockets = [];
  // Who has asked something is in once it is answered.
  const isIn = (/** @type {import("node:net").Socket} */ { readyState, bytesRead }) =>
    readyState === "open" && (bytesRead > 0 || hello === SLOW);
  const open = () => sockets.filter(isIn).length;
  const until = Date.now() + openingMs;
  const waitFor = async (/** @type {number} */ wanted) => {
    while (open() < wanted && Date.now() < until) await sleep(100);
  };
  for (let nth = 0; nth < count; nth += 1) {
    const socket = createConnection({ port: Number(port), host: hostname });
    socket.on("error", () => undefined);
    socket.on("connect", () => socket.write(hello));
    socket.resume();
    sockets.push(socket);
    if (nth % 100 === 99) await sleep(20);
    // More than the listening queue holds would have to knock again, seconds later.
    if (nth % 500 === 499) await waitFor(nth - AT_ONCE);
  }
  await waitFor(count);
  return {
    open,
    close: () => sockets.forEach((socket) => socket.destroy()),
  };
}

/** p99 of the answers to requests from a number on, ms. @param {import("../drive.js").World} world @param {number} from */
function answersP99(world, from) {
  const { answers } = world.followed.look();
  const all = answers.filter(({ n, status }) => n >= from && status !== undefined).map(({ ms }) => ms);
  return quantile(all, 0.99);
}

const SLOW = "POST /hooks/chaos HTTP/1.1\r\nHost: router\r\nContent-Length: 100\r\n";
const IDLE = "GET /hooks/nobody HTTP/1.1\r\nHost: router\r\n\r\n";

/** @type {Readonly<Record<string, import("../drive.js").Scenario>>} */
export const connections = {
  "few-files": {
    why: `a router that may open ${FEW_FILES} files, and 1,000 slow connections`,
    needs: ["prlimit"],
    expected: { answerMs: 5_000 },
    async run(world, how) {
      const router = await alone(world, { wrap: ["prlimit", `--nofile=${FEW_FILES}:${FEW_FILES}`] });
      const load = { ...how, events: Math.ceil(how.events / 8), perSecond: how.perSecond / 5 };
      await send(world, load, [router]);
      const slow = await crowd(router.url, 1_000, SLOW);
      const during = send(world, load, [router], { from: 10_000 });
      during.catch(() => undefined);
      await sleep(5_000);
      slow.close();
      const closedAt = Date.now();
      await during;
      const backSeconds = Math.round((Date.now() - closedAt) / 100) / 10;
      await send(world, load, [router], { from: 20_000 });
      const p99 = answersP99(world, 20_000);
      const broken = router.restarts() > 0 ? [`The router ended ${router.restarts()} times.`] : [];
      if (p99 > HEALTHY_MS * how.slow)
        broken.push(`Afterwards answers take ${p99} ms; allowed are ${HEALTHY_MS}.`);
      return { backSeconds, afterP99: p99, ...(await settle(world)), broken };
    },
  },
  "slow-connections": {
    why: "1,000 connections that never end their request",
    async run(world, how) {
      const router = await alone(world);
      const slow = await crowd(router.url, 1_000, SLOW);
      const open = slow.open();
      await send(world, { ...how, events: Math.ceil(how.events / 4), perSecond: how.perSecond / 5 }, [
        router,
      ]);
      const p99 = answersP99(world, 0);
      slow.close();
      const broken =
        p99 > HEALTHY_MS * how.slow ? [`Beside them answers take ${p99} ms; allowed are ${HEALTHY_MS}.`] : [];
      return { open, besideP99: p99, ...(await settle(world)), broken };
    },
  },
  "idle-connections": {
    why: "10,000 connections that are kept open, and all of them get in",
    expected: { files: 12_000 },
    async run(world, how) {
      const router = await alone(world);
      const idle = await crowd(router.url, IDLE_ONES, IDLE, OPENING_MS * how.slow);
      const open = idle.open();
      await send(world, { ...how, events: Math.ceil(how.events / 4), perSecond: how.perSecond / 5 }, [
        router,
      ]);
      const p99 = answersP99(world, 0);
      idle.close();
      const broken =
        p99 > HEALTHY_MS * how.slow ? [`Beside them answers take ${p99} ms; allowed are ${HEALTHY_MS}.`] : [];
      if (open < IDLE_ONES) broken.push(`${open} of ${IDLE_ONES} connections got in.`);
      return { open, besideP99: p99, ...(await settle(world)), broken };
    },
  },
};
