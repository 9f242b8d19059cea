/** Reads a .cpuprofile: which functions the time went to, themselves, within a span. */
import { root } from "./workload.js";

/**
 * @typedef {object} CpuProfile as V8 writes it (Chrome DevTools Protocol, Profiler.Profile); times in µs of the machine's monotonic clock
 * @property {{ id: number, callFrame: { functionName: string, url: string, lineNumber: number } }[]} nodes
 * @property {number} startTime
 * @property {number[]} samples node ids
 * @property {number[]} timeDeltas
 */

/**
 * Self time in µs by function and by package, the greatest first; samples outside of the span are left out.
 * @param {CpuProfile} profile
 * @param {{ fromMicros: number, toMicros: number }} span
 */
export function selfTimes({ nodes, startTime, samples, timeDeltas }, { fromMicros, toMicros }) {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
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
  }
  return { functions: greatestFirst(functions), packages: greatestFirst(packages) };
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
