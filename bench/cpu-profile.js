/** Reads a .cpuprofile: which functions the time went to, themselves, within a span. */
import { root } from "./workload.js";

/**
 * @typedef {object} CpuProfile as V8 writes it (Chrome DevTools Protocol, Profiler.Profile); times in µs of the machine's monotonic clock
 * @property {{ id: number, callFrame: { functionName: string, url: string, lineNumber: number }, children?: number[] }[]} nodes
 * @property {number} startTime
 * @property {number[]} samples node ids
 * @property {number[]} timeDeltas
 */

/**
 * Self time in µs by function, by package, and by file of ours or library that asked for it (what Node and V8 do for it is its
 * own), the greatest first; samples outside of the span are left out.
 * @param {CpuProfile} profile
 * @param {{ fromMicros: number, toMicros: number }} span
 */
export function selfTimes({ nodes, startTime, samples, timeDeltas }, { fromMicros, toMicros }) {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const owners = ownersOf(nodes);
  /** @type {Map<string, number>} */
  const parts = new Map();
  /** @type {Map<string, number>} */
  const functions = new Map();
  /** @type {Map<string, number>} */
  const packages = new Map();
  let at = startTime;
  for (const [index, id] of samples.entries()) {
    at += timeDeltas[index] ?? 0;
    const frame = frames.get(id);
    // A sample stands for the time until the next one.
    const micros = timeDeltas[index + 1] ?? 0;
    if (frame === undefined || at < fromMicros || at > toMicros || frame.functionName === "(idle)") continue;
    add(functions, `${frame.functionName || "(anonymous)"}  ${placeOf(frame)}`.trimEnd(), micros);
    add(packages, packageOf(frame), micros);
    add(parts, owners.get(id) ?? "Node itself", micros);
  }
  const all = { functions, packages, parts };
  return {
    functions: greatestFirst(all.functions),
    packages: greatestFirst(all.packages),
    parts: greatestFirst(all.parts),
  };
}

/**
 * The share, in %, of a process's busy time that went to files of the given parts and to what they called; what was left behind
 * for the garbage collector is not told apart.
 * @template {string} Part
 * @param {CpuProfile} profile
 * @param {{ fromMicros: number, toMicros: number }} span
 * @param {Readonly<Record<Part, RegExp>>} parts by name, what the file's URL is like
 */
export function sharesUnder({ nodes, startTime, samples, timeDeltas }, { fromMicros, toMicros }, parts) {
  const names = /** @type {Part[]} */ (Object.keys(parts));
  /** @type {Map<number, Part>} */
  const under = new Map();
  const idle = new Set();
  // A node stands before its children.
  for (const { id, callFrame, children = [] } of nodes) {
    if (callFrame.functionName === "(idle)") idle.add(id);
    const part = under.get(id) ?? names.find((name) => parts[name].test(callFrame.url));
    if (part === undefined) continue;
    under.set(id, part);
    for (const child of children) under.set(child, part);
  }
  let at = startTime;
  let busy = 0;
  const shares = /** @type {Record<Part, number>} */ (Object.fromEntries(names.map((name) => [name, 0])));
  for (const [index, id] of samples.entries()) {
    at += timeDeltas[index] ?? 0;
    if (idle.has(id) || at < fromMicros || at > toMicros) continue;
    const micros = timeDeltas[index + 1] ?? 0;
    busy += micros;
    const part = under.get(id);
    if (part !== undefined) shares[part] += micros;
  }
  for (const name of names) shares[name] *= 100 / busy;
  return shares;
}

/** Who asked for what a node did: the nearest file of ours or library above it. @param {CpuProfile["nodes"]} nodes */
function ownersOf(nodes) {
  /** @type {Map<number, string>} */
  const owners = new Map();
  // A node stands before its children.
  for (const { id, callFrame, children = [] } of nodes) {
    const isOurs = callFrame.url !== "" && !callFrame.url.startsWith("node:");
    const own = isOurs || callFrame.functionName === "(garbage collector)" ? partOf(callFrame) : undefined;
    const owner = own ?? owners.get(id);
    if (owner === undefined) continue;
    owners.set(id, owner);
    for (const child of children) owners.set(child, owner);
  }
  return owners;
}

/** @param {{ url: string, functionName: string }} frame */
function partOf(frame) {
  return frame.url.includes("/dist/") && !frame.url.includes("node_modules")
    ? inRepository(frame.url)
    : packageOf(frame);
}

/** @param {Map<string, number>} sums @param {string} key @param {number} micros */
function add(sums, key, micros) {
  sums.set(key, (sums.get(key) ?? 0) + micros);
}

/** @param {Map<string, number>} sums */
function greatestFirst(sums) {
  return [...sums].map(([name, micros]) => ({ name, micros })).sort((a, b) => b.micros - a.micros);
}

/** @param {{ url: string, lineNumber: number }} frame */
function placeOf({ url, lineNumber }) {
  return url === "" ? "" : `${inRepository(url)}:${lineNumber + 1}`;
}

/** `bullmq`, `dist/pipeline`, `node:internal`, or V8's own name such as `(garbage collector)`. @param {{ url: string, functionName: string }} frame */
function packageOf({ url, functionName }) {
  if (url === "") return /^\(.*\)$/.test(functionName) ? functionName : "native code";
  if (url.startsWith("node:")) return url.split("/")[0] ?? url;
  const [, library] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  return library ?? inRepository(url).replace(/\/[^/]+$/, "");
}

/** @param {string} url of a file, or its path */
function inRepository(url) {
  return url.split(root).at(-1) ?? url;
}
