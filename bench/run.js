/** `npm run bench [which]`: chooses the bench; each writes its page itself. */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./workload.js";

/** @type {Readonly<Record<string, string>>} */
const benches = {
  workload: "./against-naive.js",
  floor: "./floor.js",
  waiting: "./waiting.js",
  order: "./order.js",
  memory: "./memory.js",
  scale: "./scale.js",
  idle: "./idle.js",
  history: "./history.js",
  "history-cost": "./history-cost.js",
  dashboards: "./dashboards.js",
  page: "./page.js",
  language: "./language.js",
  hostile: "./hostile.js",
  check: "./check.js",
  coverage: "./live-coverage.js",
  impact: "./impact.js",
  verify: "./verify.js",
  durability: "./durability.js",
  overload: "./overload.js",
  observe: "./observe.js",
};

const help = `npm run bench -- [--rounds 5] [--events 8000] [--connections 32]     bench/results.md, five minutes
npm run bench -- floor         [--rounds 5] [--events 8000] [--connections 32]     bench/results-floor.md, three minutes
npm run bench -- waiting       [--rounds 5] [--events 1000000] [--few 10000] [--turn 6000]     bench/results-scale.md, twenty minutes
npm run bench -- order         [--rounds 5] [--events 8000] [--connections 32] [--keys 1000] [--warm 5000]     the same page, five minutes
npm run bench -- memory        [--events 1000000] [--warm 30000]     the same page, fifteen minutes
npm run bench -- scale         [--rounds 3] [--events 20000] [--connections 64] [--most 3]     the same page, ten minutes
npm run bench -- idle          [--rounds 5] [--targets 1000] [--seconds 10]     the same page, two minutes
npm run bench -- history       [--events 1000000]     bench/history-results.md, five minutes
npm run bench -- history-cost  [--rounds 4] [--warm 45] [--seconds 25]     bench/results-operator.md, ten minutes
npm run bench -- dashboards    [--rounds 15] [--warm 45] [--seconds 6] [--open 50]     the same page, five minutes
npm run bench -- page          [--loads 5] [--events 2000]     the same page, one minute
npm run bench -- language      [--suite ../shared/jsonata-test-suite]     bench/results-language.md, three minutes
npm run bench -- hostile       [--rounds 5] [--seconds 10] [--pace 100] [--hostile 4]     the same page, two minutes
npm run bench -- check         [--rounds 5] [--routes 200] [--kilobytes 50]     bench/results-authoring.md, one minute
npm run bench -- coverage      [--rounds 9] [--one 200]     the same page, one minute
npm run bench -- impact        [--rounds 5] [--events 10000] [--settle 45]     bench/results-authoring.md, three minutes
npm run bench -- verify        [--rounds 200] [--starts 15]     bench/results-providers.md, two minutes
npm run bench -- durability    [--rounds 5] [--events 6000] [--connections 32]     bench/results-reliability.md, four minutes
npm run bench -- overload      [--rounds 3] [--seconds 60] [--connections 64]     the same page, thirteen minutes
npm run bench -- observe       [--rounds 25] [--slice 2500] [--warm 10000] [--connections 32]     bench/results-operator.md, six minutes
Each takes --out <page>. Smoke run: npm run bench -- --rounds 1 --events 200 --out /dev/null
`;

const [first = "", ...rest] = process.argv.slice(2);
const named = Object.hasOwn(benches, first);
const which = named ? first : "workload";
const args = named ? rest : process.argv.slice(2);

if (args.includes("--help")) {
  process.stdout.write(help);
  process.exit(0);
}
process.on("SIGINT", () => process.exit(130));
process.on("SIGTERM", () => process.exit(143));
process.on("exit", () => {
  const folder = join(root, "bench/tmp");
  // What `npm run chaos` has noted of its runs is no rubbish of this one.
  const rubbish = existsSync(folder) ? readdirSync(folder).filter((name) => name !== "chaos.ndjson") : [];
  for (const name of rubbish) rmSync(join(folder, name), { recursive: true, force: true });
});
try {
  const { run } = await import(/** @type {string} */ (benches[which]));
  await run(args);
} catch (error) {
  const usage = /** @type {{ code?: string }} */ (error).code?.startsWith("ERR_PARSE_ARGS") === true;
  const said = error instanceof Error ? error.message : String(error);
  console.error(usage ? `${said}\n${help}` : `The bench has no result: ${said}`);
  process.exit(usage ? 2 : 1);
}
