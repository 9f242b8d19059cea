/** `npm run bench [which]`: chooses the bench; each writes its page itself. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./workload.js";

/** @type {Readonly<Record<string, string>>} */
const benches = {
  workload: "./against-naive.js",
  history: "./history.js",
  "history-cost": "./history-cost.js",
  dashboards: "./dashboards.js",
  page: "./page.js",
  language: "./language.js",
  hostile: "./hostile.js",
};

const help = `npm run bench -- [--rounds 5] [--events 4000] [--connections 32] [--out bench/results.md]
npm run bench -- history       [--events 1000000] [--out bench/history-results.md]
npm run bench -- history-cost  [--rounds 5] [--events 12000] [--warm 40] [--now <commit, instead of this checkout>]
npm run bench -- dashboards    [--rounds 5] [--events 12000] [--warm 40] [--open 50]
npm run bench -- page          [--loads 5] [--events 2000]
npm run bench -- language      [--suite ../shared/jsonata-test-suite]
npm run bench -- hostile       [--rounds 5] [--seconds 10] [--pace 100] [--hostile 4]
From \`history-cost\` to \`page\` each writes a section of bench/results-operator.md, the last two of bench/results-language.md.
About two minutes as it stands, the histories ten each, the dashboards five, the language three, the others one or two. Smoke run: npm run bench -- --rounds 1 --events 200 --out /dev/null
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
process.on("exit", () => rmSync(join(root, "bench/tmp"), { recursive: true, force: true }));
try {
  const { run } = await import(/** @type {string} */ (benches[which]));
  await run(args);
} catch (error) {
  const usage = /** @type {{ code?: string }} */ (error).code?.startsWith("ERR_PARSE_ARGS") === true;
  const said = error instanceof Error ? error.message : String(error);
  console.error(usage ? `${said}\n${help}` : `The bench has no result: ${said}`);
  process.exit(usage ? 2 : 1);
}
