/**
 * A router without a memory: what no webhook router on Express can leave out, and the cheapest way from the sender to the target that
 * KEEPS names: `nothing` (what was accepted is gone with the process), `stream` (a Redis stream, read by one group), `jobs` (BullMQ
 * as it comes, one job an event) or `groups` (the same with jobs that are added together). The rule runs on Signalbox's engine, Ajv
 * checks both sides, undici posts. No history, no duplicates told apart, no retries, limits or guards.
 */
import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import { Ajv2020 } from "ajv/dist/2020.js";
import { Queue, Worker } from "bullmq";
import express from "express";
import { Redis } from "ioredis";
import { Pool } from "undici";
import { parse } from "yaml";
import { batched } from "../../dist/adapters/store/batch.js";
import { compileExpression } from "../../dist/language/expression.js";
import { CONCURRENCY, readText } from "../workload.js";
import { presetServer } from "./preset.js";

const { KEEPS = "", REDIS_URL = "", TARGET_URL = "", WEBHOOK_SECRET = "" } = process.env;
const target = new URL(TARGET_URL);
const pool = new Pool(target.origin, { connections: CONCURRENCY });
const ajv = new Ajv2020({ allowUnionTypes: true });
const isInput = ajv.compile(JSON.parse(readText("schemas/workload.input.json")));
const isOutput = ajv.compile(JSON.parse(readText("schemas/workload.output.json")));
const when = compiled(parse(readText("routes/workload.yaml")).when);
const rule = compiled(readText("transforms/workload.jsonata"));
/** @type {import("../../dist/core/event.js").EventContext} */
const context = {
  id: "evt_01jd3v0000000000000000000a",
  source: "bench",
  type: "push",
  receivedAt: "2026-11-23T10:20:30.456Z",
  headers: {},
  query: {},
  method: "POST",
  path: "/hooks/bench",
};

/** @param {string} source */
function compiled(source) {
  const found = compileExpression(source);
  if (!found.ok) throw new Error(found.problems.map(({ message }) => message).join("\n"));
  return found.expression;
}

/** @param {unknown} body @param {string} id */
async function deliver(body, id) {
  if (when.evaluateNow(body, context) !== true) return;
  if (!isInput(body)) throw new Error(ajv.errorsText(isInput.errors));
  const result = rule.evaluateNow(body, context);
  if (!isOutput(result)) throw new Error(ajv.errorsText(isOutput.errors));
  const answer = await pool.request({
    method: "POST",
    path: target.pathname,
    headers: { "content-type": "application/json", "idempotency-key": id },
    body: JSON.stringify(result),
  });
  await answer.body.dump();
  if (answer.statusCode >= 300) throw new Error(`The target answered ${answer.statusCode}`);
}

/** What takes an event in, and delivers it. @typedef {(id: string, body: Buffer) => Promise<unknown>} Keep */

/** @returns {Keep} */
function nothing() {
  /** @type {(() => Promise<void>)[]} */
  const waiting = [];
  let free = CONCURRENCY;
  const next = () => {
    const one = free > 0 ? waiting.shift() : undefined;
    if (one === undefined) return;
    free -= 1;
    void one().finally(() => {
      free += 1;
      next();
    });
  };
  return async (id, body) => {
    const value = JSON.parse(body.toString());
    waiting.push(() => deliver(value, id));
    next();
  };
}

/** @returns {Promise<Keep>} */
async function stream() {
  const [writer, reader] = [new Redis(REDIS_URL, { enableAutoPipelining: true }), new Redis(REDIS_URL)];
  await writer.xgroup("CREATE", "events", "router", "$", "MKSTREAM");
  let free = CONCURRENCY;
  let freed = () => {};
  const done = async (/** @type {string} */ key) => {
    free += 1;
    freed();
    await Promise.all([writer.xack("events", "router", key), writer.xdel("events", key)]);
  };
  const read = async () => {
    for (;;) {
      if (free === 0) await new Promise((resolve) => (freed = () => resolve(undefined)));
      const wanted = [
        "GROUP",
        "router",
        "one",
        "COUNT",
        String(free),
        "BLOCK",
        "1000",
        "STREAMS",
        "events",
        ">",
      ];
      /** @type {any} */
      const found = await reader.callBuffer("XREADGROUP", ...wanted);
      for (const [key, [, id, , body]] of found?.[0]?.[1] ?? []) {
        free -= 1;
        void deliver(JSON.parse(body.toString()), id.toString()).then(() => done(key.toString()));
      }
    }
  };
  void read();
  return (id, body) => writer.xadd("events", "*", "id", id, "body", body);
}

const jobOptions = { attempts: 10, removeOnComplete: true, removeOnFail: 5_000 };

/** @param {(job: import("bullmq").Job) => unknown} bodyOf */
function work(bodyOf) {
  const connection = { url: REDIS_URL };
  const worker = new Worker("deliveries", (job) => deliver(bodyOf(job), String(job.id)), {
    connection,
    concurrency: CONCURRENCY,
  });
  worker.on("error", (error) => console.error(error.message));
}

/** @returns {Keep} */
function jobs() {
  const connection = new Redis(REDIS_URL, { enableAutoPipelining: true });
  const queue = new Queue("deliveries", { connection, defaultJobOptions: jobOptions });
  work((job) => job.data);
  return (id, body) => queue.add("push", JSON.parse(body.toString()), { jobId: id });
}

/** What comes in in one turn of the loop goes out as one `addBulk`, and a body is checked and then passed on as it came. @returns {Keep} */
function groups() {
  const queue = new Queue("deliveries", {
    connection: new Redis(REDIS_URL),
    defaultJobOptions: jobOptions,
  });
  work((job) => JSON.parse(job.data));
  /** @type {(job: { name: string, data: string, opts: { jobId: string } }) => Promise<unknown>} */
  const add = batched((some) => queue.addBulk([...some]), { max: 64, inFlight: 4 });
  return (id, body) => {
    const data = body.toString();
    JSON.parse(data);
    return add({ name: "push", data, opts: { jobId: id } });
  };
}

const keep = await { nothing, stream, jobs, groups }[KEEPS]?.();
if (keep === undefined) throw new Error(`KEEPS must be nothing, stream, jobs or groups, not "${KEEPS}".`);

const app = express();
app.post(
  "/hooks/bench",
  express.raw({ type: "application/json", limit: "1mb" }),
  async (request, response) => {
    const signature = Buffer.from(request.get("x-hub-signature-256") ?? "");
    const expected = Buffer.from(
      `sha256=${createHmac("sha256", WEBHOOK_SECRET).update(request.body).digest("hex")}`,
    );
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) {
      response.status(401).end();
      return;
    }
    const id = request.get("x-github-delivery") ?? "";
    await keep(id, request.body);
    const text = JSON.stringify({ id });
    response.writeHead(202, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(text),
    });
    response.end(text);
  },
);
const server = presetServer(app);
server.listen(0, "127.0.0.1", () => {
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  process.stdout.write(`${JSON.stringify({ ready: true, hooks: `http://127.0.0.1:${port}` })}\n`);
});
process.once("SIGTERM", () => process.exit(0));
