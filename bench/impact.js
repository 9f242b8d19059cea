/** `npm run bench -- impact`: what a changed rule would change, over the events that a router keeps, and what evaluating the two rules alone takes. */
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { readOptions } from "./options.js";
import { machine } from "./report.js";
import { drive, withRouter } from "./round.js";
import { AUTHORING_PAGE, cell, writeSection } from "./section.js";
import { prepare, program, startSignalbox } from "./sides.js";
import { withStage } from "./stage.js";

const run_ = promisify(execFile);
const RULE = "transforms/workload.jsonata";
const LEAST = 2_000;

/** @typedef {{ whole: number, looking: number, alone: number }} Round seconds: the command, of which looking at events, and the rules alone */

/** @param {readonly string[]} args */
export async function run(args) {
  const options = readOptions(args, {
    numbers: { rounds: 5, events: 10_000, connections: 32, settle: 45 },
    out: AUTHORING_PAGE,
  });
  prepare();
  const where = machine();
  let folder = "";
  let version = "";
  const rounds = await withStage(options, (bench) =>
    withRouter(
      (place) => startSignalbox(Object.assign(place, { folder: (folder = place.folder) })),
      bench,
      { role: "all" },
      async (open) => {
        version = open.redis.version;
        await drive(open.url, bench, options.events);
        // Until most of them are sealed, as captured events usually are.
        await sleep(options.settle * 1_000);
        const dir = join(folder, "workspace");
        const rule = readFileSync(join(dir, RULE), "utf8");
        const edited = rule.replace('"git-bot"', '"git-bot-2"');
        if (edited === rule) throw new Error(`${RULE} does not hold "git-bot" any more.`);
        const bodies = await bodiesOf(open.admin, folder, options.events);
        const alone = await rulesAlone(dir, bodies, [rule, edited]);
        writeFileSync(join(dir, RULE), edited);
        /** @type {Round[]} */
        const rounds = [];
        for (let number = 1; number <= options.rounds; number += 1) {
          const first = number % 2 === 1 ? await alone() : 0;
          const { whole, looking } = await impact(dir, folder, options.events);
          const round = { whole, looking, alone: first || (await alone()) };
          rounds.push(round);
          console.log(`round ${number}/${options.rounds}  ${line(round, options.events)}`);
        }
        return rounds;
      },
    ),
  );
  const more = `Redis ${version}`;
  writeSection(options.out, "Impact over captured events", text(rounds, options), { ...where, more });
}

/** The bodies that the router keeps, by its API. @param {string} admin @param {string} folder @param {number} count */
async function bodiesOf(admin, folder, count) {
  const { token } = JSON.parse(readFileSync(join(folder, "data/router.json"), "utf8"));
  /** @type {any[]} */
  const found = [];
  for (let next = ""; ;) {
    const query = `limit=1000${next === "" ? "" : `&cursor=${next}`}`;
    const headers = { authorization: `Bearer ${token}` };
    const page = await (await globalThis.fetch(`${admin}/api/v1/bodies?${query}`, { headers })).json();
    found.push(...page.items);
    if (page.next === undefined || found.length >= count) return found.slice(0, count);
    next = page.next;
  }
}

/**
 * What evaluates both rules on all bodies, each in seconds: no schemas, nothing read, nothing compared.
 * @param {string} dir @param {readonly any[]} events @param {readonly string[]} rules
 */
async function rulesAlone(dir, events, rules) {
  const { compileExpression } = await import(
    new globalThis.URL("../dist/language/expression.js", import.meta.url).href
  );
  const compiled = rules.map((rule) => compileExpression(rule).expression);
  return async () => {
    const begun = performance.now();
    for (const { body, ...context } of events)
      for (const expression of compiled) await expression.evaluate(body, context);
    return (performance.now() - begun) / 1_000;
  };
}

/** The command as a user runs it, in a process of its own. @param {string} dir @param {string} folder @param {number} events */
async function impact(dir, folder, events) {
  const environment = {
    ...process.env,
    SIGNALBOX_BUILT: "1",
    SIGNALBOX_DATA_DIR: join(folder, "data"),
  };
  const command = [program, "impact", "--last", String(events), "--json", "--dir", dir];
  const begun = performance.now();
  const { stdout } = await run_(process.execPath, command, { env: environment, maxBuffer: 1 << 26 });
  const whole = (performance.now() - begun) / 1_000;
  const report = JSON.parse(stdout);
  if (report.counts.changed !== events)
    throw new Error(`Of ${events} events ${report.counts.changed} are changed: ${stdout.slice(0, 500)}`);
  // The same with one event: what starting, loading and asking take.
  const again = performance.now();
  await run_(process.execPath, [...command.slice(0, 3), "1", ...command.slice(4)], { env: environment });
  return { whole, looking: whole - (performance.now() - again) / 1_000 };
}

/** @param {Round} round @param {number} events */
function line({ whole, looking, alone }, events) {
  return `${(events / looking).toFixed(0)} events/s, ${(events / whole).toFixed(0)} with the start, ${(looking / alone).toFixed(2)} times the rules alone`;
}

/** @param {readonly Round[]} rounds @param {{ events: number }} options */
function text(rounds, { events }) {
  const all = (/** @type {(round: Round) => number} */ of, /** @type {number} */ digits) =>
    cell(rounds.map(of), digits);
  return `Written by \`npm run bench -- impact\`. \`signalbox impact --last ${events}\` over ${events} signed pushes of 8,745 bytes that a router keeps, most of
them sealed; the rule of workload W has been edited so that every result differs.

| measure | |
|---|---|
| events/s, without start and load | **${all(({ looking }) => events / looking, 0)}**, at least ${LEAST} are wanted |
| events/s, the command whole | ${all(({ whole }) => events / whole, 0)} |
| evaluating both rules alone, events/s | ${all(({ alone }) => events / alone, 0)} |
| times the rules alone | **${all(({ looking, alone }) => looking / alone, 2)}** |

Medians of ${rounds.length} rounds, least and greatest in brackets; the ratio is the median of the rounds' own.

- An event is read from the store, told over HTTP as JSON, judged by both routes with \`when\`, input and output schema, and compared; the router goes on with nothing else meanwhile.
- Alone: both expressions on bodies that are parsed already, one after the other in one process, without schemas.
- What starting the command, loading the workspace and asking for the rules in force takes is measured by the same command with one event.`;
}
