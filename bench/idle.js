/** `npm run bench -- idle`: what many targets cost that have nothing to do: connections, memory, processor. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuMicros } from "./cpu-time.js";
import { readOptions } from "./options.js";
import { machine } from "./report.js";
import { withRouter } from "./round.js";
import { SCALE_PAGE, cell, writeSection } from "./section.js";
import { prepare, startSignalbox } from "./sides.js";
import { withStage } from "./stage.js";

/** Until start-up is over. */
const SETTLES_MS = 10_000;

/** @param {readonly string[]} args */
export async function run(args) {
  const options = readOptions(args, {
    numbers: { rounds: 5, targets: 1_000, seconds: 10 },
    out: SCALE_PAGE,
  });
  prepare();
  const where = machine();
  const found = await withStage({ events: 0, connections: 1 }, (bench) => {
    const start = (/** @type {import("./sides.js").Place} */ place) =>
      startSignalbox(place, (folder) => addTargets(folder, place.targetUrl, options.targets));
    return withRouter(start, bench, { role: "all" }, async ({ pid, redis }) => {
      await sleep(SETTLES_MS);
      const rounds = [];
      for (let number = 1; number <= options.rounds; number += 1) {
        const [router, store] = [cpuMicros([pid]), cpuMicros([redis.pid])];
        await sleep(options.seconds * 1_000);
        const share = (/** @type {number} */ micros) => micros / (options.seconds * 10_000);
        rounds.push({
          router: share(cpuMicros([pid]) - router),
          store: share(cpuMicros([redis.pid]) - store),
        });
        console.log(`round ${number}/${options.rounds}  ${JSON.stringify(rounds.at(-1))} % of a core`);
      }
      // One of them is the bench's own.
      const connections = (await redis.client.client("LIST")).toString().trim().split("\n").length - 1;
      const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
      return { rounds, connections, megabytes: Number(kilobytes) / 1_024, version: redis.version };
    });
  });
  const more = `Redis ${found.version}`;
  writeSection(options.out, "A thousand idle targets", text(found, options), { ...where, more });
}

/** Targets with a route each, which nothing is sent to. @param {string} folder @param {string} url @param {number} count */
function addTargets(folder, url, count) {
  for (let at = 1; at <= count; at += 1) {
    writeFileSync(join(folder, `targets/idle-${at}.yaml`), `url: ${url}\n`);
    writeFileSync(join(folder, `routes/idle-${at}.yaml`), `source: bench\non: [never]\ntarget: idle-${at}\n`);
  }
}

/**
 * @param {{ rounds: readonly { router: number, store: number }[], connections: number, megabytes: number }} found
 * @param {{ targets: number, seconds: number }} options
 */
function text({ rounds, connections, megabytes }, { targets, seconds }) {
  const all = (/** @type {(round: { router: number, store: number }) => number} */ of) =>
    cell(rounds.map(of), 2);
  return `Written by \`npm run bench -- idle\`. One process with ${targets.toLocaleString("en")} targets, a queue each, and nothing to do.

| measure | |
|---|---|
| connections to Redis | **${connections}** |
| % of a core, router and Redis | **${all(({ router, store }) => router + store)}** |
| % of a core, router | ${all(({ router }) => router)} |
| % of a core, Redis | ${all(({ store }) => store)} |
| resident memory of the router, MB | ${megabytes.toFixed(0)} |

Medians of ${rounds.length} spans of ${seconds} s, least and greatest in brackets.`;
}
