/** A process that seals without pause until it is killed: `node sealing.js <redis url> <options as JSON>`. Says "sealing" first. */
import process from "node:process";
import { setImmediate } from "node:timers/promises";
import { createHistory } from "../../dist/adapters/history/history.js";
import { connectWorker } from "../../dist/adapters/store/redis.js";

const [url = "", options = "{}"] = process.argv.slice(2);
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const commands = connectWorker({ url }, quiet);
const queues = { enqueue: () => {}, remove: () => Promise.resolve(true) };
const clock = { now: () => Date.now() };
const history = createHistory({ commands, queues, clock, log: quiet, sealing: JSON.parse(options) });
process.stdout.write("sealing\n");
for (;;) {
  // The lease of the one that was killed would be waited for: here two at once are wanted.
  await commands.del("{sb}:sealer");
  await history.seal();
  await setImmediate();
}
