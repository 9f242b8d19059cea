/** `npm run bench -- observe`: what being watched costs: metrics that are scraped each second, and traces of one event in a hundred. */
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { performance } from "node:perf_hooks";
import { sharesUnder } from "./cpu-profile.js";
import { cpuMicros } from "./cpu-time.js";
import { readOptions } from "./options.js";
import { machine } from "./report.js";
import { drive, withRouter } from "./round.js";
import { OPERATOR_PAGE, cell, writeSection } from "./section.js";
import { prepare, program, startProgram } from "./sides.js";
import { withStage } from "./stage.js";
import { root } from "./workload.js";

/** The copy that nobody can watch: it counts nothing for Prometheus, and knows of no traces. */
const PARTS = [
  ["main.js", "tally: allOf(tallies, prometheus.tally)", "tally: tallies"],
  ["main.js", "await beginTracing(process.env, VERSION, log)", "undefined"],
];
const SAMPLED = 0.01;
const SCRAPE_MS = 1_000;

/** What belongs to being watched, by the files that do it. */
const WATCHING = {
  counting: /\/prom-client\/|\/dist\/adapters\/watching\/prometheus\.js$/,
  learning:
    /\/dist\/adapters\/watching\/(learned|silence)\.js$|\/dist\/core\/(drift|shape|cadence)[^/]*\.js$/,
  tracing:
    /\/@opentelemetry\/|\/dist\/adapters\/watching\/(opentelemetry|otlp|tracing)\.js$|\/dist\/(core|pipeline)\/trace[^/]*\.js$/,
};
const PROFILED = { rounds: 5, events: 15_000, sampleMicros: 100 };

/** `blind`: the copy; `off`: this router, whom nobody watches; the others are watched. */
const SIDES = /** @type {const} */ (["blind", "off", "scraped", "traced"]);

/** @typedef {{ eventsPerSecond: number, cpuMicros: number }} Side */
/** @typedef {Record<typeof SIDES[number], Side>} Round */
/** @typedef {import("./round.js").Open} Open */

/** @param {readonly string[]} args */
export async function run(args) {
  const options = readOptions(args, {
    numbers: { rounds: 25, slice: 2_500, warm: 10_000, connections: 32 },
    out: OPERATOR_PAGE,
  });
  prepare();
  const blind = copied();
  const where = machine();
  const collector = await collecting();
  const environment = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_TRACES_SAMPLER: "traceidratio",
    OTEL_TRACES_SAMPLER_ARG: String(SAMPLED),
  };
  let version = "";
  let kilobytes = 0;
  const rounds = await withStage({ ...options, events: 0 }, (bench) => {
    /** All routers stand side by side, and one of them has something to do. @param {Partial<Record<typeof SIDES[number], Open>>} open @returns {Promise<Round[]>} */
    const withAll = (open) => {
      const name = SIDES.find((one) => open[one] === undefined);
      if (name === undefined)
        return alternately(/** @type {Record<typeof SIDES[number], Open>} */ (open), bench, options);
      /** @type {import("./round.js").Start} */
      const start = (place) =>
        startProgram(
          name === "blind" ? blind : program,
          name === "traced" ? { ...place, environment } : place,
        );
      return withRouter(start, bench, { role: "all" }, async (one) => {
        version = one.redis.version;
        await drive(one.url, bench, options.warm);
        const scraping = name === "scraped" ? scrape(one.admin) : undefined;
        const found = await withAll({ ...open, [name]: one });
        const scraped = await scraping?.stop();
        if (scraped !== undefined) kilobytes = scraped.bytes / scraped.scrapes / 1_000;
        return found;
      });
    };
    return withAll({});
  });
  const shares = await withStage({ ...options, events: 0 }, (bench) => profiled(bench, environment));
  // Spans go out every 5 s, or when there are 512.
  if (collector.bytes() === 0) throw new Error("The collector heard nothing.");
  await collector.close();
  const more = `Redis ${version}`;
  writeSection(options.out, "What being watched costs", text(rounds, { ...options, kilobytes, shares }), {
    ...where,
    more,
  });
}

/**
 * In turns of a few seconds, since the machine's speed drifts; another side comes first each time.
 * @param {Record<typeof SIDES[number], Open>} open @param {import("./round.js").Bench} bench @param {{ rounds: number, slice: number }} options
 */
async function alternately(open, bench, { rounds: count, slice }) {
  /** @type {Round[]} */
  const rounds = [];
  for (let number = 0; number < count; number += 1) {
    const measured = /** @type {Round} */ ({});
    const at = number % SIDES.length;
    for (const name of [...SIDES.slice(at), ...SIDES.slice(0, at)]) {
      const { url, pid, redis } = open[name];
      const from = { at: performance.now(), cpu: cpuMicros([pid, redis.pid]) };
      await drive(url, bench, slice);
      measured[name] = {
        eventsPerSecond: (slice * 1_000) / (performance.now() - from.at),
        cpuMicros: (cpuMicros([pid, redis.pid]) - from.cpu) / slice,
      };
    }
    rounds.push(measured);
    console.log(`round ${number + 1}/${count}  ${line(measured)}`);
  }
  return rounds;
}

/**
 * What V8's own profiler finds in the places of WATCHING while all of it is on: no second router, and so no drift, is in this.
 * @param {import("./round.js").Bench} bench @param {Readonly<Record<string, string>>} environment
 */
async function profiled(bench, environment) {
  /** @type {Record<keyof typeof WATCHING, number>[]} */
  const found = [];
  for (let round = 0; round < PROFILED.rounds; round += 1) {
    const folder = join(root, "bench/tmp", `profile-${process.pid}-${round}`);
    mkdirSync(folder, { recursive: true });
    const nodeArguments = [
      "--cpu-prof",
      `--cpu-prof-dir=${folder}`,
      `--cpu-prof-interval=${PROFILED.sampleMicros}`,
    ];
    /** @type {import("./round.js").Start} */
    const start = (place) => startProgram(program, { ...place, environment });
    const span = await withRouter(start, bench, { role: "all", nodeArguments }, async (one) => {
      await drive(one.url, bench, PROFILED.events / 3);
      const scraping = scrape(one.admin);
      const { startedAt, lastAt } = await drive(one.url, bench, PROFILED.events);
      await scraping.stop();
      return { fromMicros: Number(startedAt / 1_000n), toMicros: Number(lastAt / 1_000n) };
    });
    const [file = ""] = readdirSync(folder);
    const shares = sharesUnder(JSON.parse(readFileSync(join(folder, file), "utf8")), span, WATCHING);
    rmSync(folder, { recursive: true, force: true });
    found.push(shares);
    console.log(`profile ${round + 1}/${PROFILED.rounds}  ${JSON.stringify(shares)}`);
  }
  return found;
}

/** Scrapes by the clock of a Prometheus that is in a hurry. @param {string} admin */
function scrape(admin) {
  let scrapes = 0;
  let bytes = 0;
  let stopped = false;
  const going = (async () => {
    while (!stopped) {
      const answer = await globalThis.fetch(`${admin}/metrics`);
      const page = await answer.text();
      if (!page.includes("signalbox_store_up 1")) throw new Error("The page is not whole.");
      scrapes += 1;
      bytes += page.length;
      await sleep(SCRAPE_MS);
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      await going;
      return { scrapes, bytes };
    },
  };
}

/** A collector that throws away what it is sent. */
async function collecting() {
  let bytes = 0;
  const server = createServer((request, response) => {
    request.on("data", (chunk) => (bytes += chunk.length));
    request.on("end", () => response.end());
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    bytes: () => bytes,
    close: () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())),
  };
}

/** A copy of the built router with PARTS taken out. Returns its program. */
function copied() {
  const folder = join(root, "bench/tmp/blind");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const part of ["dist", "bin", "package.json", "src/providers"])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  for (const [file = "", whole = "", rest = ""] of PARTS) {
    const path = join(folder, "dist", file);
    const text = readFileSync(path, "utf8");
    if (text.split(whole).length !== 2)
      throw new Error(`dist/${file} does not hold \`${whole}\` once: mend PARTS in bench/observe.js.`);
    writeFileSync(
      path,
      text.replace(whole, () => rest),
    );
  }
  return join(folder, "bin/signalbox.js");
}

/** @param {Side} one @param {Side} other */
const dearer = (one, other) => 100 * (one.cpuMicros / other.cpuMicros - 1);
/** @param {Side} one @param {Side} other */
const slower = (one, other) => 100 * (1 - one.eventsPerSecond / other.eventsPerSecond);

/** @param {Round} round */
function line(round) {
  const { blind, off, scraped, traced } = round;
  const shown = SIDES.map(
    (name) => `${name} ${round[name].eventsPerSecond.toFixed(0)}/s ${round[name].cpuMicros.toFixed(0)} µs`,
  );
  return (
    `${shown.join(" · ")} · CPU: counting ${dearer(off, blind).toFixed(1)} %, scraped ${dearer(scraped, blind).toFixed(1)} %, ` +
    `traced ${dearer(traced, off).toFixed(1)} %`
  );
}

/** @param {readonly Round[]} rounds @param {{ slice: number, warm: number, connections: number, kilobytes: number, shares: readonly Record<keyof typeof WATCHING, number>[] }} options */
function text(rounds, { slice, warm, connections, kilobytes, shares }) {
  const share = (/** @type {keyof typeof WATCHING} */ name) =>
    cell(
      shares.map((one) => one[name]),
      2,
    );
  const all = (/** @type {(round: Round) => number} */ of, /** @type {number} */ digits) =>
    cell(rounds.map(of), digits);
  const row = (
    /** @type {string} */ what,
    /** @type {typeof SIDES[number]} */ name,
    /** @type {typeof SIDES[number]} */ than,
  ) =>
    `| ${what} | ${all((round) => round[name].eventsPerSecond, 0)} | ${all((round) => round[name].cpuMicros, 0)} | ` +
    (name === than
      ? "| |"
      : `**${all((round) => dearer(round[name], round[than]), 1)} %** | ${all((round) => slower(round[name], round[than]), 1)} % |`);
  return `Written by \`npm run bench -- observe\`. Workload W through one router: a copy of it that counts nothing for Prometheus and knows of no
traces (PARTS in [bench/observe.js](observe.js)), the router with nobody watching, scraped each second, and with one event in ${1 / SAMPLED} traced.

| side | events/s | CPU µs an event, router and Redis | more CPU | slower |
|---|---|---|---|---|
${row("the copy", "blind", "blind")}
${row("nobody watches, traces off; against the copy", "off", "blind")}
${row("scraped each second; against the copy", "scraped", "blind")}
${row(`traces of ${SAMPLED * 100} %; against nobody`, "traced", "off")}

Medians of ${rounds.length} rounds, least and greatest in brackets; the costs are the medians of the rounds' own. A page that was scraped had
${kilobytes.toFixed(0)} kB.

What V8's profiler finds in the same router while it is scraped each second, traced and learning, in % of the time in which its process is busy
(${shares.length} runs of ${PROFILED.events.toLocaleString("en")} events, a sample each ${PROFILED.sampleMicros} µs; what the garbage collector does for it is not told apart):

| what | % |
|---|---|
| counting for Prometheus, and its page each second | **${share("counting")}** |
| learned shapes and cadences | **${share("learning")}** |
| traces of ${SAMPLED * 100} % | **${share("tracing")}** |

- A Redis and a router each, all of which stand side by side; ${warm.toLocaleString("en")} events to warm up, then ${slice.toLocaleString("en")} a round to each in turn over ${connections} connections, from the first post to the last arrival. Which side comes first changes with each round.
- Not measured: a workspace of many targets, whose page is longer; a collector that is away (what waits for it is bounded).`;
}
