/** `npm run bench -- history`: what a million events take in Redis, and how soon they are found; writes bench/history-results.md. */
/* global AbortController */
import { Buffer } from "node:buffer";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { Redis } from "ioredis";
import { createHistory } from "../dist/adapters/history/history.js";
import { createRecord } from "../dist/adapters/record/record.js";
import { connectIngest, connectWorker, whenReady } from "../dist/adapters/store/redis.js";
import { deliveryId, eventId } from "../dist/core/ids.js";
import { cpuMicros } from "./cpu-time.js";
import { startRedis } from "./redis.js";
import { machine } from "./report.js";
import { prepare } from "./sides.js";
import { quantile } from "./statistics.js";
import { root } from "./workload.js";

/** @typedef {import("../dist/adapters/history/history.js").Filter} Filter */
/** @typedef {{ name: string, cold: number, p50: number, p95: number, found: string }} Measured */

const HOURS = 48;
const BODY_BYTES = 776;
const SOURCES = ["github", "stripe", "shopify", "zendesk"];
const TARGETS = ["chat", "tracker", "pager", "erp", "crm", "mail", "search", "lake"];
const TYPES = [
  "push",
  "invoice.paid",
  "order.created",
  "ticket.created",
  "issues.opened",
  "customer.updated",
];
const WORDS =
  "acme shop build deploy order refund invoice paid failed retry branch main fix test add remove".split(" ");
const DEDUPE_SAMPLE = 50_000;

/** @template T @param {readonly T[]} list @returns {T} */
const pick = (list) => /** @type {T} */ (list[Math.floor(Math.random() * list.length)]);
const words = (/** @type {number} */ count) => Array.from({ length: count }, () => pick(WORDS)).join(" ");

const PRODUCTS = Array.from({ length: 200 }, () => words(3));

/** A webhook's body of 776 bytes: an id, hashes, numbers of its own; names, URLs and keys that come again. @param {number} at */
function bodyOf(at) {
  const repository = `acme/${pick(WORDS)}-${Math.floor(Math.random() * 50)}`;
  const number = Math.floor(Math.random() * 10_000);
  const parts = {
    id: randomUUID(),
    object: "event",
    created: 1_795_000_000 + at,
    customer: `cus_${Math.floor(Math.random() * 90_000)}`,
    commit: randomBytes(20).toString("hex"),
    amount: Math.floor(Math.random() * 1_000_000),
    currency: pick(["eur", "usd", "gbp"]),
    author: {
      name: pick(["Ada", "Grace", "Alan", "Edsger"]),
      email: `dev${Math.floor(Math.random() * 5_000)}@acme.example`,
    },
    repository: { full_name: repository, html_url: `https://git.acme.example/${repository}`, private: true },
    issue: { number, html_url: `https://git.acme.example/${repository}/issues/${number}`, title: words(6) },
    items: Array.from({ length: 2 }, () => ({
      sku: `sku_${randomBytes(4).toString("hex")}`,
      count: Math.floor(Math.random() * 9),
      title: pick(PRODUCTS),
    })),
    note: "",
  };
  const short = BODY_BYTES - JSON.stringify(parts).length;
  parts.note = NOTE.slice(0, Math.max(0, short));
  return { body: Buffer.from(JSON.stringify(parts)), customer: parts.customer };
}

const NOTE =
  "You receive this because a webhook is registered for this account; see the settings of your organisation. ".repeat(
    3,
  );

/** @param {number} now @param {number} at */
function anEvent(now, at) {
  const { body, customer } = bodyOf(at);
  const providerId = randomUUID();
  const headers = {
    "content-type": "application/json",
    "user-agent": "GitHub-Hookshot/7a4d2e1",
    "x-event-key": providerId,
    "x-signature-256": `sha256=${randomBytes(32).toString("hex")}`,
    accept: "*/*",
    host: "hooks.acme.example",
    "content-length": String(body.length),
  };
  const source = pick(SOURCES);
  const context = {
    ...{
      id: eventId(now, randomBytes(10)),
      source,
      type: pick(TYPES),
      receivedAt: new Date(now).toISOString(),
    },
    ...{ headers, query: {}, method: "POST", path: `/hooks/${source}` },
  };
  return /** @type {import("../dist/core/event.js").Event} */ ({
    ...{
      context,
      dedupeKey: undefined,
      dedupeMs: 0,
      providerId,
      tags: { customer },
      body,
      contentType: "json",
    },
    verified: { kind: "hmac", provider: "github" },
    payload: undefined,
  });
}

/** An attempt with times of its own, as each has. @param {number} now @param {boolean} dead */
function anAttempt(now, dead) {
  const waitMs = Math.round(Math.random() * 90) / 10;
  const headMs = Math.round(Math.random() * 2_000) / 10;
  return /** @type {import("../dist/core/delivery.js").Attempt} */ ({
    ...{ number: 1, trigger: "initial", startedAt: now, durationMs: Math.round(headMs + 1) },
    timings: { waitMs, ruleMs: Math.round(Math.random() * 200) / 1000, headMs, bodyMs: headMs + 0.2 },
    request: { method: "POST", url: "https://api.acme.example/v1/in", bytes: 312 },
    status: dead ? 422 : 200,
    answer: dead ? '{"error":"no such customer"}' : '{"ok":true}',
    ...(dead && { error: { code: "FORWARD_STATUS_REFUSED", detail: "Target answered 422 to POST." } }),
  });
}

/** @param {string} url */
async function open(url) {
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const ingest = connectIngest({ url }, log);
  const commands = connectWorker({ url }, log);
  await whenReady(ingest, 10_000);
  const clock = { at: 0, now: () => clock.at };
  // The queues are measured by the other bench: here nothing but the history is in Redis.
  const queues = {
    enqueue: () => () => undefined,
    remove: () => Promise.resolve(true),
    announce: () => () => undefined,
    end: (/** @type {string} */ _id, /** @type {(finish: string) => Promise<unknown>} */ send) => send(""),
    isAsleep: () => false,
    wake: () => undefined,
    scripts: {
      add: "local function addJob() end\nlocal function addJobLater() end\n",
      finish: "local function finishJob() return {} end\n",
    },
  };
  const fresh = () => createHistory({ commands, queues, clock, log });
  const history = fresh();
  const store = createRecord({
    ingest,
    commands,
    queues,
    clock,
    ledgerSeconds: 8 * 86_400,
    thaw: history.thaw,
    standing: history.standing,
    isLong: () => false,
  });
  const close = () => (ingest.disconnect(), commands.disconnect());
  return { store, history, fresh, clock, commands, close };
}

/** @typedef {Awaited<ReturnType<typeof open>>} Open */

/** Writes events through the real scripts and seals them as time passes. @param {Open} open @param {number} count @param {number} redisPid */
async function fill({ store, history, clock }, count, redisPid) {
  const start = Date.now() - HOURS * 3_600_000;
  const cpu = { hot: 0, hotRedis: 0, seal: 0, sealRedis: 0 };
  /** @param {"hot" | "seal"} which @param {() => Promise<unknown>} work */
  const timed = async (which, work) => {
    const before = process.cpuUsage();
    const redisBefore = cpuMicros([redisPid]);
    await work();
    const { user, system } = process.cpuUsage(before);
    cpu[which] += user + system;
    cpu[/** @type {"hotRedis" | "sealRedis"} */ (`${which}Redis`)] += cpuMicros([redisPid]) - redisBefore;
  };
  for (let at = 0; at < count;) {
    const end = Math.min(count, at + 10_000);
    /** @type {import("../dist/core/event.js").Event[]} */
    const events = [];
    for (; at < end; at++) events.push(anEvent(Math.floor(start + (at / count) * HOURS * 3_600_000), at));
    await timed("hot", async () => {
      for (let from = 0; from < events.length; from += 64) {
        const some = events.slice(from, from + 64).map((event) => {
          const target = pick(TARGETS);
          const delivery = {
            id: deliveryId(event.context.id, `to-${target}`),
            event: event.context.id,
            route: `to-${target}`,
            target,
          };
          return { event, delivery };
        });
        clock.at = Date.parse(/** @type {any} */ (some.at(-1)).event.context.receivedAt);
        await Promise.all(some.map(({ event, delivery }) => store.commit(event, [delivery])));
        await Promise.all(
          some.map(async ({ delivery }) => {
            const recorded = /** @type {any} */ (await store.load(delivery.id, true));
            const dead = Math.random() < 0.01;
            const outcome = dead
              ? { state: "dead", code: "FORWARD_STATUS_REFUSED", detail: "" }
              : { state: "delivered" };
            await store.settle(recorded, anAttempt(clock.at + 20, dead), /** @type {any} */ (outcome));
          }),
        );
      }
    });
    await timed("seal", () => history.seal());
    if (at % 100_000 === 0) console.log(`${at} events written`);
  }
  clock.at = Date.now() + 3_600_000;
  await timed("seal", () => history.seal());
  clock.at = Date.now();
  return Object.fromEntries(Object.entries(cpu).map(([name, micros]) => [name, micros / count]));
}

/** Bytes an event of each kind of key, by `MEMORY USAGE` of some segments. @param {Open} open */
async function breakdown({ commands }) {
  const entries = Object.values(await commands.hgetall("{sb}:dir")).map((text) => JSON.parse(text));
  const some = entries.filter((_, at) => at % Math.ceil(entries.length / 100) === 0);
  const events = some.reduce((sum, { count }) => sum + count, 0);
  /** @type {Record<string, number>} */
  const bytes = {};
  for (const part of ["m", "i", "c", "b"]) {
    const sizes = await Promise.all(
      some.map(({ number }) => commands.memory("USAGE", `{sb}:s:${number}:${part}`)),
    );
    bytes[part] = /** @type {number[]} */ (sizes).reduce((sum, size) => sum + size, 0) / events;
  }
  const all = entries.reduce((sum, { count }) => sum + count, 0);
  bytes.dir = Number(await commands.memory("USAGE", "{sb}:dir", "SAMPLES", 0)) / all;
  return bytes;
}

/** What a remembered provider's id takes. @param {string} url */
async function dedupeBytes(url) {
  const redis = new Redis(url);
  const used = async () => Number(/used_memory:(\d+)/.exec(await redis.info("memory"))?.[1]);
  const before = await used();
  for (let at = 0; at < DEDUPE_SAMPLE; at += 1_000) {
    const pipeline = redis.pipeline();
    for (let one = 0; one < 1_000; one++)
      pipeline.set(
        `{sb}:k:github:${randomUUID()}`,
        eventId(Date.now(), randomBytes(10)).slice(4),
        "PX",
        72 * 3_600_000,
      );
    await pipeline.exec();
  }
  const bytes = ((await used()) - before) / DEDUPE_SAMPLE;
  redis.disconnect();
  return bytes;
}

/** @param {Open} open @param {number} count */
async function query({ history, fresh, clock }, count) {
  /** @type {Measured[]} */
  const measured = [];
  /** @param {string} name @param {number} times @param {(history: Open["history"]) => Promise<unknown>} ask */
  const measure = async (name, times, ask) => {
    const timed = async (/** @type {Open["history"]} */ of) => {
      const before = performance.now();
      const found = await ask(of);
      return { ms: performance.now() - before, found: Number(found) };
    };
    const colds = [];
    for (let at = 0; at < 5; at++) colds.push((await timed(fresh())).ms);
    for (let at = 0; at < 3; at++) await ask(history);
    const warm = [];
    for (let at = 0; at < times; at++) warm.push(await timed(history));
    const times_ = warm.map(({ ms }) => ms);
    const found = warm.reduce((sum, one) => sum + one.found, 0) / warm.length;
    const line = {
      name,
      cold: quantile(colds, 0.5),
      p50: quantile(times_, 0.5),
      p95: quantile(times_, 0.95),
      found: found.toFixed(1),
    };
    measured.push(line);
    console.log(
      `${name}: cold ${line.cold.toFixed(1)} ms, p50 ${line.p50.toFixed(2)}, p95 ${line.p95.toFixed(2)}, finds ${line.found}`,
    );
  };
  const someone = async () => {
    const from = clock.at - Math.random() * HOURS * 3_600_000;
    const [event] = (await history.events({ limit: 1, to: from })).items;
    return event ?? (await history.events({ limit: 1 })).items[0];
  };
  const known = await Promise.all(Array.from({ length: 100 }, someone));
  const details = await Promise.all(known.map((event) => history.event(/** @type {any} */ (event).id)));
  const one = () => /** @type {import("../dist/history.js").EventDetail} */ (pick(details));
  const customerOf = (/** @type {ReturnType<typeof one>} */ { tags }) =>
    String(tags.find(({ name }) => name === "customer")?.value);
  /** All pages of a filter. @param {Open["history"]} of @param {Filter} filter */
  const all = async (of, filter) => {
    let found = 0;
    for (let cursor; ;) {
      const page = await of.events({ ...filter, ...(cursor && { cursor }) });
      found += page.items.length;
      if (page.next === undefined) return found;
      cursor = page.next;
    }
  };
  const listed = async (/** @type {Promise<{ items: readonly unknown[] }>} */ page) =>
    (await page).items.length;
  await measure("one event by id, with its body", 200, async (of) => (await of.event(one().id)) && 1);
  await measure("by the provider's id", 100, (of) => all(of, { providerId: one().providerId, limit: 50 }));
  await measure("by tag (customer)", 200, (of) =>
    all(of, { tag: { name: "customer", value: customerOf(one()) }, limit: 50 }),
  );
  await measure("newest 50 of a source", 200, (of) =>
    listed(of.events({ source: pick(SOURCES), limit: 50 })),
  );
  const day = clock.at - 24 * 3_600_000;
  await measure("newest 50 dead of a target in 24 h", 100, (of) =>
    listed(of.deliveries({ target: pick(TARGETS), state: "dead", from: day, limit: 50 })),
  );
  let deep = await history.events({ source: "github", limit: 50 });
  for (let at = 0; at < 100 && deep.next !== undefined; at++)
    deep = await history.events({ source: "github", limit: 50, cursor: deep.next });
  await measure("the 101st page of a source", 100, (of) =>
    listed(of.events({ source: "github", limit: 50, ...(deep.next && { cursor: deep.next }) })),
  );
  await measure("a filter that no segment passes", 50, (of) => all(of, { status: 599, limit: 50 }));
  await measure("a filter that every segment passes and no event, to the end", 20, (of) =>
    all(of, { source: "github", type: "push", code: "FORWARD_STATUS_REFUSED", status: 200, limit: 50 }),
  );
  await measure("causes of death", 50, async (of) => (await of.deadCauses()).length);
  await measure("the balance of 48 hours", 20, async (of) => (await of.balance(HOURS)).length);
  await measure(
    "the same with a recount of all events",
    5,
    async (of) => (await of.balance(HOURS + 1, { recount: true })).filter(({ balanced }) => balanced).length,
  );
  const since = clock.at - Math.min(1, 100_000 / count) * HOURS * 3_600_000;
  /** @param {Open["history"]} of @param {string} value @param {boolean} first */
  const search = async (of, value, first) => {
    let hits = 0;
    const abort = new AbortController();
    for (let cursor; ;) {
      const asked = /** @type {const} */ ({ in: "body", path: "customer", value, from: since, limit: 100 });
      const page = await of.search(
        { ...asked, ...(cursor && { cursor }) },
        () => (hits++, first && abort.abort()),
        abort.signal,
      );
      if (page.done || abort.signal.aborted || page.next === undefined) return hits;
      cursor = page.next;
    }
  };
  const recent = (
    await Promise.all(
      Array.from(
        { length: 30 },
        async () =>
          (await history.events({ limit: 1, to: since + Math.random() * (clock.at - since) })).items[0],
      ),
    )
  ).map((event) => /** @type {any} */ (event).id);
  const values = (await Promise.all(recent.map((id) => history.event(id)))).map(
    (event) => /** @type {any} */ (event).body.customer,
  );
  await measure("a value in the bodies of the last 100,000: first hit", 30, (of) =>
    search(of, pick(values), true),
  );
  await measure("the same: all hits", 10, (of) => search(of, pick(values), false));
  return measured;
}

/** @param {{ events: number, cpu: any, used: number, parts: any, dedupe: number, queries: readonly Measured[], where: any, redisVersion: string }} found */
function page({ events, cpu, used, parts, dedupe, queries, where, redisVersion }) {
  const ms = (/** @type {number} */ value) => (value < 10 ? value.toFixed(2) : value.toFixed(1));
  const rows = queries.map(
    ({ name, cold, p50, p95, found }) => `| ${name} | ${ms(p50)} | ${ms(p95)} | ${ms(cold)} | ${found} |`,
  );
  return `# What the history costs

Written by \`npm run bench -- history\`. ${events.toLocaleString("en")} events of 48 hours, bodies of ${BODY_BYTES} bytes with ids, hashes and numbers
of their own, seven headers (a signature and an id that differ each time), one tag, one delivery with one attempt; one in a
hundred is a dead letter. They go through the record's own scripts and are sealed as they age.

| | |
|---|---|
| Redis \`used_memory\` | **${(used / 1e6).toFixed(0)} MB**, ${(used / events).toFixed(0)} bytes an event |
| of an event: columns, index, context and attempts, body, directory | ${["m", "i", "c", "b", "dir"].map((part) => parts[part].toFixed(0)).join(" + ")} bytes |
| a remembered provider's id (kept ${72} h by default), besides | ${dedupe.toFixed(0)} bytes |
| CPU µs an event, accept and settle: router + Redis | ${cpu.hot.toFixed(1)} + ${cpu.hotRedis.toFixed(1)} |
| CPU µs an event, sealing: router + Redis | ${cpu.seal.toFixed(1)} + ${cpu.sealRedis.toFixed(1)} |

| query | p50 ms | p95 ms | first in a process, ms | finds |
|---|---|---|---|---|
${rows.join("\n")}

The first query of a process reads the directory, and what columns it needs; \`finds\` is the mean of what one query returns.

| | |
|---|---|
| machine | ${where.processor} |
| system | ${where.system} |
| versions | Node ${process.versions.node}, Redis ${redisVersion} |
| commit | ${where.commit} |
| date | ${new Date().toISOString().slice(0, 10)} |
`;
}

/** @param {readonly string[]} args */
export async function run(args) {
  const options = /** @type {const} */ ({
    events: { type: "string", default: "1000000" },
    out: { type: "string", default: join(root, "bench/history-results.md") },
  });
  const { events: text, out } = parseArgs({ options, args: [...args] }).values;
  const events = Number(text);
  prepare();
  const where = machine();
  const folder = join(root, "bench/tmp", String(process.hrtime.bigint()));
  mkdirSync(folder, { recursive: true });
  const redis = await startRedis(folder, { appendonly: "no" });
  const opened = await open(redis.url);
  const empty = await redis.usedBytes();
  const cpu = await fill(opened, events, redis.pid);
  const used = (await redis.usedBytes()) - empty;
  console.log(`${(used / events).toFixed(0)} bytes an event`, cpu);
  const parts = await breakdown(opened);
  const dedupe = await dedupeBytes(redis.url);
  console.log(parts, dedupe);
  const queries = await query(opened, events);
  writeFileSync(out, page({ events, cpu, used, parts, dedupe, queries, where, redisVersion: redis.version }));
  console.log(`Written to ${out}`);
  opened.close();
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
}
