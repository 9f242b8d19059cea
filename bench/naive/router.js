/**
 * The other side of the bench: a webhook router as a good engineer writes it in an afternoon, from the same libraries and
 * the same rule files. It verifies, queues, validates, rewrites and delivers; it has no history, no routes and one queue.
 */
import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import { Ajv2020 } from "ajv/dist/2020.js";
import { Queue, Worker } from "bullmq";
import express from "express";
import jsonata from "jsonata";
import { parse } from "yaml";
import { CONCURRENCY, readText } from "../workload.js";

const { REDIS_URL = "", TARGET_URL = "", WEBHOOK_SECRET = "", ROLE = "all" } = process.env;
const { AbortSignal, fetch } = globalThis;
const connection = { url: REDIS_URL };

const queue = new Queue("deliveries", {
  connection,
  defaultJobOptions: {
    attempts: 10,
    backoff: { type: "exponential", delay: 5_000 },
    removeOnComplete: 1_000,
    removeOnFail: 5_000,
  },
});

const app = express();
app.post(
  "/hooks/bench",
  express.raw({ type: "application/json", limit: "1mb" }),
  async (request, response) => {
    if (!isSigned(request.body, request.get("x-hub-signature-256") ?? "")) {
      response.status(401).json({ error: "invalid signature" });
      return;
    }
    const type = request.get("x-github-event") ?? "unknown";
    // The provider's delivery id as the job's: a redelivery does not run twice.
    const options = { jobId: request.get("x-github-delivery") ?? "" };
    const job = await queue.add(type, JSON.parse(request.body.toString()), options);
    response.status(202).json({ id: job.id });
  },
);

/** @param {Buffer} body @param {string} signature */
function isSigned(body, signature) {
  const expected = `sha256=${createHmac("sha256", WEBHOOK_SECRET).update(body).digest("hex")}`;
  return (
    signature.length === expected.length && timingSafeEqual(Buffer.from(signature), Buffer.from(expected))
  );
}

const ajv = new Ajv2020({ allowUnionTypes: true });
const isInput = ajv.compile(JSON.parse(readText("schemas/workload.input.json")));
const isOutput = ajv.compile(JSON.parse(readText("schemas/workload.output.json")));
const when = jsonata(parse(readText("routes/workload.yaml")).when);
const rule = jsonata(readText("transforms/workload.jsonata"));

/** @param {import("bullmq").Job} job */
async function deliver(job) {
  if ((await when.evaluate(job.data)) !== true) return;
  if (!isInput(job.data)) throw new Error(ajv.errorsText(isInput.errors));
  const result = await rule.evaluate(job.data);
  if (!isOutput(result)) throw new Error(ajv.errorsText(isOutput.errors));
  const response = await fetch(TARGET_URL, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": String(job.id) },
    body: JSON.stringify(result),
    signal: AbortSignal.timeout(15_000),
  });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`The target answered ${response.status}`);
}

if (ROLE !== "ingest") {
  const worker = new Worker(queue.name, deliver, { connection, concurrency: CONCURRENCY });
  worker.on("error", (error) => console.error(error.message));
  worker.on("failed", (job, error) => console.error(job?.id, error.message));
}
const server = app.listen(0, "127.0.0.1", () => {
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  console.log(JSON.stringify({ ready: true, hooks: `http://127.0.0.1:${port}` }));
});
process.on("SIGTERM", () => process.exit(0));
