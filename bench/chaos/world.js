/** A world to break: a store, processes of the router that are started again when they end, targets, senders that try again. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { clearInterval, setInterval } from "node:timers";
import { setTimeout as sleep } from "node:timers/promises";
import { startHelper } from "../processes.js";
import { root } from "../workload.js";
import { follow } from "./follow.js";
import { aMember } from "./member.js";
import { aStore, freePort } from "./store.js";

/** @typedef {Awaited<ReturnType<typeof makeWorld>>} World */
/**
 * @typedef {object} Plan what a scenario's world is made of
 * @property {Readonly<Record<string, string>>} [targets] by name: a path of the helper, or a whole URL
 * @property {Readonly<Record<string, string>>} [ofTargets] more lines of a target's file, by name; of all by `*`
 * @property {Readonly<Record<string, string>>} [ofRoutes] more lines of the file of a target's route
 * @property {readonly string[]} [sources] `chaos` without it
 * @property {Readonly<Record<string, string>>} [files] more of the workspace, by path
 * @property {Readonly<Record<string, string>>} [store] settings of the store
 */

const RETRY = "retry: { attempts: 20, firstDelaySeconds: 0.5, maxDelaySeconds: 3 }\n";
const SAMPLE_MS = 1_000;
/** Who does not answer by then is not waited for. */
const ASK_MS = 60_000;

/** Numbers that look random and are the same for a seed (mulberry32). @param {number} seed */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** @param {Plan} [plan] */
export async function makeWorld(plan = {}) {
  const {
    targets = { all: "/after/5" },
    ofTargets = {},
    ofRoutes = {},
    sources = ["chaos"],
    files = {},
  } = plan;
  const folder = join(root, "bench/tmp", `chaos-${process.hrtime.bigint()}`);
  const workspace = join(folder, "workspace");
  const write = (/** @type {string} */ path, /** @type {string} */ text) => {
    mkdirSync(dirname(join(workspace, path)), { recursive: true });
    writeFileSync(join(workspace, path), text);
  };
  mkdirSync(folder, { recursive: true });
  const [sent, arrived] = [join(folder, "sent.ndjson"), join(folder, "arrived.ndjson")];
  const target = startHelper("chaos/target.js");
  const { url: targetUrl, stall } = await target.ask({ log: arrived });
  const secrets = {
    sender: "planted-secret-of-the-sender",
    target: "planted-token-of-the-target",
    key: "planted-key-of-all-routers-on-the-store",
  };
  for (const name of sources)
    write(`sources/${name}.yaml`, `provider: github\nsecrets: ["\${CHAOS_SECRET}"]\nmaxBodyBytes: 1048576\n`);
  for (const [name, path] of Object.entries(targets)) {
    const more = `${ofTargets["*"] ?? ""}${ofTargets[name] ?? ""}`;
    const url = path.startsWith("/") ? targetUrl + path : path.replace("{stall}", stall);
    const auth = `auth: { type: bearer, token: "\${CHAOS_TOKEN}" }\n`;
    const patience = /timeoutSeconds/.test(more) ? "" : "timeoutSeconds: 5\n";
    write(
      `targets/${name}.yaml`,
      `url: ${url}\n${auth}${patience}${/retry:/.test(more) ? "" : RETRY}${more}`,
    );
    const route = ofRoutes[name] ?? "";
    write(
      `routes/${name}.yaml`,
      `${/^source:/m.test(route) ? "" : "source: chaos\n"}target: ${name}\n${route}`,
    );
  }
  for (const [path, text] of Object.entries(files)) write(path, text.replaceAll("{target}", targetUrl));

  const store = aStore(await freePort(), join(folder, "redis"), plan.store);
  /** @type {import("./member.js").Member[]} */
  const members = [];
  /** @type {{ close(): unknown }[]} */
  const others = [];
  const environment = {
    ...{ REDIS_URL: `redis://127.0.0.1:${store.port}`, SIGNALBOX_DIR: workspace },
    ...{ CHAOS_SECRET: secrets.sender, CHAOS_TOKEN: secrets.target, SIGNALBOX_SECRET_KEY: secrets.key },
    ...{ SIGNALBOX_ADMIN_PORT: "0", SIGNALBOX_ALLOW_PRIVATE_TARGETS: "127.0.0.0/8" },
    ...{ SIGNALBOX_LOG_LEVEL: "warn", SIGNALBOX_HISTORY_MB: "4096" },
  };
  /**
   * A process of the router. An ingest keeps its port, so that senders find it again.
   * @param {string} name @param {"all" | "ingest" | "worker"} role @param {import("./member.js").Options} [options]
   */
  const start = async (name, role, options = {}) => {
    const port = role === "worker" ? 0 : await freePort();
    const own = { ...environment, SIGNALBOX_ROLE: role, SIGNALBOX_PORT: String(port) };
    const member = Object.assign(aMember(name, folder, own, options), { url: `http://127.0.0.1:${port}` });
    members.push(member);
    return member;
  };

  const most = { megabytes: 0, files: 0, storeMegabytes: 0 };
  const sampling = setInterval(() => {
    for (const member of members) {
      const { megabytes, files } = member.usage();
      most.megabytes = Math.max(most.megabytes, Math.round(megabytes));
      most.files = Math.max(most.files, files);
    }
    void store.info("memory", "used_memory").then((bytes) => {
      most.storeMegabytes = Math.max(most.storeMegabytes, Math.round(Number(bytes ?? 0) / 1_048_576));
    });
  }, SAMPLE_MS);

  /** A call of the public API, of any process that serves. @param {string} path @param {object} [body] @returns {Promise<any>} */
  const ask = async (path, body) => {
    for (const member of members.filter((one) => one.admin() !== "")) {
      const headers = { authorization: `Bearer ${member.token()}`, "content-type": "application/json" };
      const signal = globalThis.AbortSignal.timeout(ASK_MS);
      const init = { headers, signal, ...(body && { method: "POST", body: JSON.stringify(body) }) };
      const response = await globalThis.fetch(member.admin() + path, init).catch(() => undefined);
      const text = response === undefined ? "" : await response.text();
      if (response?.ok)
        return /json/.test(response.headers.get("content-type") ?? "") ? JSON.parse(text) : text;
      if (response !== undefined && response.status !== 503)
        throw new Error(`${path}: ${response.status} ${text}`);
    }
    throw new Error(`Nobody answers ${path}.`);
  };
  /** The same of every process that serves. @param {string} path */
  const askEach = (path) =>
    Promise.all(
      members
        .filter((one) => one.admin() !== "")
        .map((one) =>
          globalThis.fetch(one.admin() + path, {
            headers: { authorization: `Bearer ${one.token()}` },
            signal: globalThis.AbortSignal.timeout(ASK_MS),
          }),
        )
        .map(async (response) => (await response).text()),
    );

  return {
    ...{
      folder,
      workspace,
      write,
      secrets,
      sent,
      arrived,
      store,
      start,
      members,
      ask,
      askEach,
      most,
      targetUrl,
    },
    followed: follow(sent, arrived),
    /** Where the targets of a source's routes stand: what may arrive where. */
    paths: new Map(
      Object.entries(targets).map(([name, path]) => [path, { name, source: sourceOf(ofRoutes[name]) }]),
    ),
    sender: () => startHelper("chaos/sender.js"),
    setUp: (/** @type {boolean} */ up) => target.ask({ up }),
    /** Ended with the world. @template {{ close(): unknown }} T @param {T} other */
    with(other) {
      others.push(other);
      return other;
    },
    /** Every log, and every file of the store: nothing that is secret may stand there. */
    written: () => [
      ...members.map(({ log }) => log),
      ...filesBelow(join(folder, "redis")),
      ...members.flatMap(({ dataDir }) => filesBelow(dataDir).filter((path) => /spool/.test(path))),
    ],
    async close(keep = false) {
      clearInterval(sampling);
      store.thaw();
      await Promise.all(members.map((member) => member.end()));
      await store.close();
      await target.stop();
      for (const other of others.reverse()) await other.close();
      if (!keep) rmSync(folder, { recursive: true, force: true });
    },
  };
}

const sourceOf = (/** @type {string | undefined} */ route) =>
  /^source: (.*)$/m.exec(route ?? "")?.[1] ?? "chaos";

/** @param {string} folder @returns {string[]} */
function filesBelow(folder) {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}

/** Waits until something is true. @param {string} what @param {() => unknown} isTrue @param {number} withinMs @param {number} [everyMs] */
export async function until(what, isTrue, withinMs, everyMs = 100) {
  const began = Date.now();
  for (;;) {
    const found = await isTrue();
    if (found) return found;
    if (Date.now() - began > withinMs)
      throw new Error(`After ${withinMs / 1_000} s it is not so that ${what}.`);
    await sleep(everyMs);
  }
}

/** What the seed makes of a name: the same scenario of a seed does the same, whichever others ran before. @param {number} seed @param {string} name */
export function seedOf(seed, name) {
  return createHash("sha256").update(`${seed} ${name}`).digest().readUInt32BE();
}

/** @param {string} path */
export const textOf = (path) => readFileSync(path, "utf8");
