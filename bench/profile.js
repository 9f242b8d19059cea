/** `node bench/profile.js`: one side alone under load with V8's profiler on, and dashboards open if asked; for so many `--seconds` of an even flow in which sealing runs, or a burst; prints where its time goes, per event. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { selfTimes } from "./cpu-profile.js";
import { startHelper } from "./processes.js";
import { drive, driveFor, passing, withRouter } from "./round.js";
import { logIn } from "./session.js";
import { prepare, sides } from "./sides.js";

const SAMPLE_MICROS = 200;

const { values } = parseArgs({
  options: {
    side: { type: "string", default: "signalbox" },
    events: { type: "string", default: "4000" },
    connections: { type: "string", default: "32" },
    open: { type: "string", default: "0" },
    seconds: { type: "string", default: "0" },
    warm: { type: "string", default: "45" },
    top: { type: "string", default: "30" },
  },
});
const start = values.side === "naive" ? sides.naive : sides.signalbox;
const seconds = Number(values.seconds);
const folder = mkdtempSync(join(tmpdir(), "signalbox-profile-"));

process.on("SIGINT", () => process.exit(130));
if (values.side !== "naive") prepare();
const load = startHelper("load.js");
const target = startHelper("target.js");
const { url: targetUrl } = await target.ask({ listen: true });
const secret = randomBytes(16).toString("hex");
const bench = {
  load,
  target,
  targetUrl,
  secret,
  events: Number(values.events),
  connections: Number(values.connections),
};
const nodeArguments = ["--cpu-prof", `--cpu-prof-dir=${folder}`, `--cpu-prof-interval=${SAMPLE_MICROS}`];
const { events, ...driven } = await withRouter(start, bench, { role: "all", nodeArguments }, async (open) => {
  if (seconds === 0) await drive(open.url, bench, 1_000);
  const count = Number(values.open);
  const clients = startHelper("open-dashboards.js");
  if (count > 0) await clients.ask({ admin: open.admin, cookie: await logIn(open), count });
  const driven =
    seconds === 0
      ? { ...(await drive(open.url, bench, bench.events)), events: bench.events }
      : await evenly(open);
  await clients.stop();
  return driven;
});
await Promise.all([load.stop(), target.stop()]);

/** Some seconds of a flow that has gone on for longer. @param {import("./round.js").Open} open */
async function evenly(open) {
  const warm = Number(values.warm);
  return driveFor(open.url, bench, warm + seconds + 1, async () => {
    await sleep(warm * 1_000);
    const startedAt = process.hrtime.bigint();
    const { eventsPerSecond } = await passing(open, bench, seconds);
    return { startedAt, lastAt: process.hrtime.bigint(), events: Math.round(eventsPerSecond * seconds) };
  });
}

const [file = ""] = readdirSync(folder);
const profile = JSON.parse(readFileSync(join(folder, file), "utf8"));
const span = { fromMicros: Number(driven.startedAt / 1_000n), toMicros: Number(driven.lastAt / 1_000n) };
const { functions, packages, parts } = selfTimes(profile, span);
const total = packages.reduce((sum, { micros }) => sum + micros, 0);
const line = (/** @type {{ name: string, micros: number }} */ { name, micros }) =>
  `${(micros / events).toFixed(1).padStart(8)} ${((100 * micros) / total).toFixed(1).padStart(5)} %  ${name}`;
console.log(
  `${values.side}, ${events} events, ${(total / events).toFixed(0)} µs of self time each (by the clock: idle machines only)`,
);
console.log(`\n      µs   share  by package\n${packages.slice(0, 20).map(line).join("\n")}`);
console.log(
  `\n      µs   share  by who asked for it\n${parts.slice(0, Number(values.top)).map(line).join("\n")}`,
);
console.log(
  `\n      µs   share  by function\n${functions.slice(0, Number(values.top)).map(line).join("\n")}`,
);
console.log(`\nFor Chrome DevTools or speedscope: ${join(folder, file)}`);
