/** A router's front and nothing else: takes a push, does as much with it as STEPS says, answers 202. No step of it can be left out by a webhook router that keeps what it accepts. */
import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import express from "express";
import { Redis } from "ioredis";
import { presetServer } from "./preset.js";

const { STEPS = "", REDIS_URL = "", WEBHOOK_SECRET = "" } = process.env;
const does = new Set(STEPS.split("+"));
const redis = new Redis(REDIS_URL, { enableAutoPipelining: true });

/** @param {Buffer} body @param {import("node:http").IncomingMessage} request */
async function take(body, request) {
  if (does.has("hmac")) {
    const signature = String(request.headers["x-hub-signature-256"]);
    const expected = `sha256=${createHmac("sha256", WEBHOOK_SECRET).update(body).digest("hex")}`;
    if (!timingSafeEqual(Buffer.from(signature), Buffer.from(expected))) return;
  }
  if (does.has("parse")) JSON.parse(body.toString());
  if (does.has("store")) await redis.xadd("front", "*", "b", body);
}

/** @param {import("node:http").IncomingMessage} request @param {Buffer} body @param {import("node:http").ServerResponse} response */
async function answer(request, body, response) {
  await take(body, request);
  const text = JSON.stringify({ id: request.headers["x-github-delivery"] });
  response.writeHead(202, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}

/** @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response */
function readAndAnswer(request, response) {
  /** @type {Buffer[]} */
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => void answer(request, Buffer.concat(parts), response));
}

function withExpress() {
  const app = express();
  if (does.has("own")) app.post("/hooks/bench", readAndAnswer);
  else
    app.post("/hooks/bench", express.raw({ type: "application/json", limit: "1mb" }), (request, response) =>
      answer(request, request.body, response),
    );
  return does.has("preset") ? presetServer(app) : createServer(app);
}

const server = does.has("express") ? withExpress() : createServer(readAndAnswer);
server.listen(0, "127.0.0.1", () => {
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  process.stdout.write(`${JSON.stringify({ ready: true, hooks: `http://127.0.0.1:${address.port}` })}\n`);
});
process.once("SIGTERM", () => process.exit(0));
