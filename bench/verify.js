/** What verifying costs above a bare createHmac on an 8 KB body, and what a catalogue of all providers costs at the start. */
import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { verify } from "../dist/providers/verify.js";

const body = Buffer.from(JSON.stringify({ text: "x".repeat(8192) }));
const secret = "secret";
const signature = createHmac("sha256", secret).update(body).digest("hex");
const headers = { "x-hub-signature-256": `sha256=${signature}`, "content-type": "application/json" };
const request = {
  method: "POST",
  path: "/hooks/x",
  query: "",
  headers,
  rawHeaders: Object.entries(headers).flat(),
  body,
  address: "127.0.0.1",
};
const catalogue = new URL("../src/providers/catalogue/", import.meta.url);
const github = JSON.parse(readFileSync(new URL("github.json", catalogue), "utf8"));
const credentials = { secrets: [secret] };

const sides = {
  bare: () => {
    const made = createHmac("sha256", secret).update(body).digest();
    return timingSafeEqual(made, Buffer.from(signature, "hex"));
  },
  engine: () => verify(github.schemes[0].scheme, request, credentials, 0).ok,
};

/** µs a call, the median of interleaved rounds. */
const rounds = { bare: [], engine: [] };
for (let round = 0; round < 60; round += 1) {
  for (const [name, call] of Object.entries(sides)) {
    const start = process.hrtime.bigint();
    for (let at = 0; at < 2000; at += 1) if (!call()) throw new Error("not verified");
    if (round >= 10) rounds[name].push(Number(process.hrtime.bigint() - start) / 2000 / 1000);
  }
}
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const bare = median(rounds.bare);
const engine = median(rounds.engine);

const read = (count) => {
  const start = performance.now();
  const names = readdirSync(catalogue).slice(0, count);
  for (const name of names) JSON.parse(readFileSync(new URL(name, catalogue), "utf8"));
  return performance.now() - start;
};
read(300);
const loads = [15, 300].map((count) => median(Array.from({ length: 21 }, () => read(count))));

console.log(
  JSON.stringify({
    bareMicroseconds: +bare.toFixed(2),
    engineMicroseconds: +engine.toFixed(2),
    ratio: +(engine / bare).toFixed(2),
    aboveMicroseconds: +(engine - bare).toFixed(2),
    allReadMs: +loads[1].toFixed(1),
    fifteenReadMs: +loads[0].toFixed(1),
  }),
);
