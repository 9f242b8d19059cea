/** `npm run bench -- durability`: what it costs to answer only when a disk or a replica has the event, in turns. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cpuMicros } from "./cpu-time.js";
import { readOptions } from "./options.js";
import { startRedis } from "./redis.js";
import { machine } from "./report.js";
import { drive } from "./round.js";
import { RELIABILITY_PAGE, cell, writeSection } from "./section.js";
import { prepare, startSignalbox } from "./sides.js";
import { withStage } from "./stage.js";
import { quantile } from "./statistics.js";
import { root } from "./workload.js";

const WARM_UP = 2_000;
const PACED = { count: 400, perSecond: 100 };

/** In the order in which a round runs them; every second round begins with the last. */
const modes = [
  { name: "fast", mode: "fast", redis: { appendfsync: "everysec" }, replica: false },
  { name: "strict, `appendfsync always`", mode: "strict", redis: { appendfsync: "always" }, replica: false },
  { name: "strict, `WAIT` for a replica", mode: "strict", redis: { appendfsync: "everysec" }, replica: true },
];

/** @typedef {Record<"accepted" | "flow" | "cpu" | "p50" | "p99", number>} Found */

/** @param {readonly string[]} args */
export async function run(args) {
  const numbers = { rounds: 5, events: 6_000, connections: 32 };
  const options = readOptions(args, { numbers, out: RELIABILITY_PAGE });
  prepare();
  const where = machine();
  let version = "";
  /** @type {Map<string, Found[]>} */
  const found = new Map(modes.map(({ name }) => [name, []]));
  await withStage(options, async (bench) => {
    for (let round = 1; round <= options.rounds; round += 1) {
      for (const mode of round % 2 === 1 ? modes : modes.toReversed()) {
        const { redisVersion, ...measured } = await measure(mode, bench);
        found.get(mode.name)?.push(measured);
        version = redisVersion;
        console.log(`round ${round}/${options.rounds}  ${mode.name}  ${JSON.stringify(measured)}`);
      }
    }
  });
  const more = `Redis ${version}`;
  writeSection(options.out, "Strict and fast", text(found, options), { ...where, more });
}

/** @param {(typeof modes)[number]} mode @param {import("./round.js").Bench} bench */
async function measure(mode, bench) {
  const { load, secret, connections, events } = bench;
  const accepting = await withStore(mode, bench, "ingest", async ({ url, version }) => {
    await load.ask({ url, secret, count: WARM_UP, connections });
    const { startedAt, endedAt } = await load.ask({ url, secret, count: events, connections });
    const paced = await load.ask({ url, secret, connections, ...PACED });
    return {
      accepted: events / (Number(BigInt(endedAt) - BigInt(startedAt)) / 1e9),
      p50: quantile(paced.millis, 0.5),
      p99: quantile(paced.millis, 0.99),
      redisVersion: version,
    };
  });
  const flowing = await withStore(mode, bench, "all", async ({ url, pids }) => {
    await drive(url, bench, WARM_UP);
    const before = cpuMicros(pids);
    const driven = await drive(url, bench, events);
    const seconds = Number(driven.lastAt - driven.startedAt) / 1e9;
    return { flow: events / seconds, cpu: (cpuMicros(pids) - before) / events };
  });
  return { ...accepting, ...flowing };
}

/**
 * A store of the mode's kind and a router on it, for the time of `use`.
 * @template T
 * @param {(typeof modes)[number]} mode
 * @param {import("./round.js").Bench} bench
 * @param {"ingest" | "all"} role
 * @param {(open: { url: string, pids: number[], version: string }) => Promise<T>} use
 */
async function withStore(mode, { targetUrl, secret }, role, use) {
  const folder = join(root, "bench/tmp", String(process.hrtime.bigint()));
  const folders = [join(folder, "store"), join(folder, "replica")];
  folders.forEach((one) => mkdirSync(one, { recursive: true }));
  const redis = await startRedis(/** @type {string} */ (folders[0]), mode.redis);
  const of = `127.0.0.1 ${new globalThis.URL(redis.url).port}`;
  const replica = mode.replica
    ? await startRedis(/** @type {string} */ (folders[1]), { replicaof: of, appendonly: "no" })
    : undefined;
  try {
    while (replica !== undefined && !(await redis.client.info("replication")).includes("state=online"))
      await new Promise((resolve) => globalThis.setTimeout(resolve, 50));
    const environment = { SIGNALBOX_DURABILITY: mode.mode };
    const router = await startSignalbox({
      redisUrl: redis.url,
      targetUrl,
      folder,
      secret,
      role,
      environment,
    });
    try {
      const pids = [router.pid, redis.pid, ...(replica === undefined ? [] : [replica.pid])];
      return await use({ url: `${router.hooks}/hooks/bench`, pids, version: redis.version });
    } finally {
      await router.stop();
    }
  } finally {
    await replica?.stop();
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {ReadonlyMap<string, readonly Found[]>} found @param {{ rounds: number, events: number, connections: number }} options */
function text(found, { rounds, events, connections }) {
  const of = (/** @type {readonly Found[]} */ rows, /** @type {keyof Found} */ name, digits = 0) =>
    cell(
      rows.map((row) => row[name]),
      digits,
    );
  const rows = [...found].map(
    ([name, all]) =>
      `| ${name} | ${of(all, "accepted")} | ${of(all, "p50", 1)} | ${of(all, "p99", 1)} | ${of(all, "flow")} | ${of(all, "cpu")} |`,
  );
  return `When a sender is answered: \`fast\`, when the store has the event; \`strict\`, when a disk or a replica has it. ${rounds} rounds in turns, a fresh
store and a fresh router each; the disk is this machine's, and a virtual one may promise more than it keeps. Medians (least–greatest).

| | accepted/s | answer p50 ms | p99 ms | through, events/s | CPU µs an event |
|---|---|---|---|---|---|
${rows.join("\n")}

Accepted: ${events} events over ${connections} connections, nothing delivers meanwhile. Answers: at ${PACED.perSecond} requests a second. Through: the same
number from the webhook to the target; CPU is the router's and the stores'. \`npm run bench -- durability\``;
}
