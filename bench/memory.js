/** `npm run bench -- memory`: many events through one process, and what memory it holds after each stretch of them. */
import { readFileSync } from "node:fs";
import { readOptions } from "./options.js";
import { machine } from "./report.js";
import { drive, withRouter } from "./round.js";
import { SCALE_PAGE, writeSection } from "./section.js";
import { prepare, sides } from "./sides.js";
import { withStage } from "./stage.js";
import { spread } from "./statistics.js";

/** Events that are posted at a time; what is held is read after each time. */
const PIECE = 10_000;
/** The table has so many rows. */
const STRETCHES = 10;
/** What the last stretches hold counts as flat up to this share above what the first ones do. */
const FLAT_SHARE = 0.05;
/** So many stretches at either end are compared. */
const ENDS = 3;

/** @param {readonly string[]} args */
export async function run(args) {
  const options = readOptions(args, {
    numbers: { events: 1_000_000, warm: 30_000, connections: 32 },
    out: SCALE_PAGE,
  });
  prepare();
  const where = machine();
  const { version, megabytes } = await withStage(options, (bench) =>
    withRouter(sides.signalbox, bench, { role: "all" }, async ({ url, pid, redis }) => {
      /** @type {number[]} */
      const megabytes = [];
      const piece = Math.min(PIECE, Math.ceil(options.events / STRETCHES));
      // The heap grows to what suits it, code is compiled, the first segments are sealed: that comes to an end.
      for (let sent = 0; sent < options.warm; sent += PIECE)
        await drive(url, bench, Math.min(PIECE, options.warm - sent));
      for (let sent = 0; sent < options.events; sent += piece) {
        await drive(url, bench, piece);
        megabytes.push(residentMegabytes(pid));
        process.stdout.write(`${sent + piece} events, ${megabytes.at(-1)?.toFixed(0)} MB\n`);
      }
      return { version: redis.version, megabytes };
    }),
  );
  const title = "A million events through one process";
  writeSection(options.out, title, text(megabytes, options), { ...where, more: `Redis ${version}` });
}

/** What a process holds of the machine's memory. @param {number} pid */
function residentMegabytes(pid) {
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) / 1_024;
}

/** @param {readonly number[]} megabytes @param {{ events: number, warm: number }} options */
function text(megabytes, { events, warm }) {
  const length = Math.ceil(megabytes.length / STRETCHES);
  const stretches = Array.from({ length: STRETCHES }, (_, at) =>
    megabytes.slice(at * length, (at + 1) * length),
  ).filter((some) => some.length > 0);
  const medians = stretches.map((some) => spread(some).median);
  const rows = stretches.map((some, at) => {
    const { median, min, max } = spread(some);
    const upTo = Math.round((events * (at + 1)) / stretches.length);
    return `| ${upTo.toLocaleString("en")} | ${median.toFixed(0)} (${min.toFixed(0)}–${max.toFixed(0)}) |`;
  });
  const ends = Math.min(ENDS, Math.floor(medians.length / 2));
  const first = spread(medians.slice(0, ends)).median;
  const last = spread(medians.slice(-ends)).median;
  const growth = last / first - 1;
  const flat = growth <= FLAT_SHARE;
  return `Written by \`npm run bench -- memory\`. ${events.toLocaleString("en")} events of workload W go through one process, with record, history and sealing,
after ${warm.toLocaleString("en")} to warm up.

| events up to | resident memory of the router, MB: median (least–greatest) |
|---|---|
${rows.join("\n")}

The last ${ends} stretches hold ${last.toFixed(0)} MB, the first ${ends} ${first.toFixed(0)} MB (medians): ${growth < 0 ? "" : "+"}${(growth * 100).toFixed(1)} %, which is **${
    flat ? "flat" : "not flat"
  }** within ${FLAT_SHARE * 100} %.`;
}
