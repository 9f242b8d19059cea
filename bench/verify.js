/** `npm run bench -- verify`: what verifying costs above a bare createHmac, and what a large catalogue costs at the start. */
import { Buffer } from "node:buffer";
import { execFileSync } from "node:child_process";
import { createHmac, timingSafeEqual } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { URL } from "node:url";
import { readOptions } from "./options.js";
import { machine } from "./report.js";
import { prepare } from "./sides.js";
import { spread } from "./statistics.js";
import { root } from "./workload.js";

const PAGE = join(root, "bench/results-providers.md");
const catalogue = join(root, "src/providers/catalogue");
const BODY_BYTES = 8192;
/** What it may cost. */
const MOST_ABOVE_MICROS = 15;
const MOST_START_MS = 50;

/** @param {readonly string[]} args */
export async function run(args) {
  const options = readOptions(args, { numbers: { rounds: 200, starts: 15 }, out: PAGE });
  prepare();
  const where = machine();
  const { verify } = await import(new URL("../dist/providers/verify.js", import.meta.url).href);
  const verifying = cases().map((one) => ({ name: one.name, ...measure(one, verify, options.rounds) }));
  const starts = measureStarts(options.starts);
  const text = page(verifying, starts, where, options);
  writeFileSync(options.out, text);
  console.log(`${text}\nWritten to ${options.out}`);
}

/** A record's request, signed by hand, and the least that could be done to check it. */
function cases() {
  const body = Buffer.from(JSON.stringify({ text: "x".repeat(BODY_BYTES - 11) }));
  const secret = "secret";
  const seconds = "1772445660";
  const hmac = (/** @type {string} */ before) => () =>
    createHmac("sha256", secret).update(before).update(body).digest();
  return [
    {
      name: "github: HMAC-SHA256 of the body",
      id: "github",
      headers: { "x-hub-signature-256": `sha256=${hmac("")().toString("hex")}` },
      make: hmac(""),
      body,
    },
    {
      name: "stripe: time in the header, a list of signatures",
      id: "stripe",
      headers: { "stripe-signature": `t=${seconds},v1=${hmac(`${seconds}.`)().toString("hex")}` },
      make: hmac(`${seconds}.`),
      body,
    },
    {
      name: "slack-events: time in a header of its own",
      id: "slack-events",
      headers: {
        "x-slack-request-timestamp": seconds,
        "x-slack-signature": `v0=${hmac(`v0:${seconds}:`)().toString("hex")}`,
      },
      make: hmac(`v0:${seconds}:`),
      body,
    },
  ].map((one) => ({ ...one, secret, nowMs: Number(seconds) * 1000 }));
}

/**
 * CPU µs a call, of the engine and of the bare hash, in turns of which every second begins with the other.
 * @param {ReturnType<typeof cases>[number]} one @param {(...given: any[]) => { ok: boolean }} verify @param {number} rounds
 */
function measure({ id, headers, make, body, secret, nowMs }, verify, rounds) {
  const provider = JSON.parse(readFileSync(join(catalogue, `${id}.json`), "utf8"));
  const { scheme } = provider.schemes[0];
  const request = {
    method: "POST",
    path: "/hooks/x",
    query: "",
    headers: { "content-type": "application/json", ...headers },
    rawHeaders: Object.entries(headers).flat(),
    body,
    address: "127.0.0.1",
  };
  const credentials = { secrets: [secret] };
  const expected = make();
  const sides = {
    bare: () => timingSafeEqual(make(), expected),
    engine: () => verify(scheme, request, credentials, nowMs).ok,
  };
  /** @type {{ bare: number[], engine: number[], above: number[] }} */
  const micros = { bare: [], engine: [], above: [] };
  for (let round = -20; round < rounds; round += 1) {
    /** @type {("bare" | "engine")[]} */
    const order = round % 2 === 0 ? ["bare", "engine"] : ["engine", "bare"];
    const took = { bare: 0, engine: 0 };
    for (const name of order) took[name] = cpuMicros(sides[name], 500);
    if (round < 0) continue;
    micros.bare.push(took.bare);
    micros.engine.push(took.engine);
    micros.above.push(took.engine - took.bare);
  }
  return micros;
}

/** @param {() => boolean} call @param {number} times */
function cpuMicros(call, times) {
  const before = process.cpuUsage();
  for (let at = 0; at < times; at += 1) if (!call()) throw new Error("not verified");
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}

/** ms that a new process takes, of its own CPU, to load a workspace while the catalogue holds 15 or all providers, and to read them all. */
function measureStarts(/** @type {number} */ starts) {
  const folder = join(root, "bench/tmp/providers");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "workspace/sources"), { recursive: true });
  writeFileSync(join(folder, "workspace/sources/github.yaml"), "provider: github\nsecrets: [a-secret]\n");
  const all = readdirSync(catalogue).sort();
  const kept = ["github.json", ...all.filter((name) => name !== "github.json").slice(0, 14)];
  const sides = { few: place(join(folder, "few"), kept), all: place(join(folder, "all"), all) };
  /** @type {{ few: number[], all: number[], allRead: number[] }} */
  const took = { few: [], all: [], allRead: [] };
  for (let start = 0; start < starts; start += 1) {
    took.few.push(startOf(sides.few, "workspace"));
    took.all.push(startOf(sides.all, "workspace"));
    took.allRead.push(startOf(sides.all, "catalogue"));
  }
  return { took, count: all.length };
}

/** A copy of the built router with a catalogue of these files. @param {string} folder @param {readonly string[]} names */
function place(folder, names) {
  mkdirSync(join(folder, "src/providers/catalogue"), { recursive: true });
  cpSync(join(root, "dist"), join(folder, "dist"), { recursive: true });
  cpSync(join(root, "package.json"), join(folder, "package.json"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  for (const name of names) cpSync(join(catalogue, name), join(folder, "src/providers/catalogue", name));
  return folder;
}

/** @param {string} folder @param {"workspace" | "catalogue"} what */
function startOf(folder, what) {
  const call =
    what === "workspace"
      ? `const { loadWorkspace } = await import(${JSON.stringify(`${folder}/dist/rules/load.js`)});
         const loaded = await loadWorkspace(${JSON.stringify(join(folder, "../workspace"))}, process.env);
         if (loaded.workspace?.sources?.size !== 1) throw new Error(JSON.stringify(loaded.problems));`
      : `const { listProviders } = await import(${JSON.stringify(`${folder}/dist/providers/catalogue.js`)});
         listProviders();`;
  const code = `${call}
    const { user, system } = process.cpuUsage();
    console.log((user + system) / 1000);`;
  return Number(execFileSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" }));
}

/**
 * @param {{ name: string, bare: number[], engine: number[], above: number[] }[]} verifying
 * @param {ReturnType<typeof measureStarts>} starts @param {ReturnType<typeof machine>} where
 * @param {{ rounds: number, starts: number }} options
 */
function page(verifying, { took, count }, { processor, system, libraries, commit }, options) {
  const of = (/** @type {number[]} */ values) => spread(values).median;
  const rows = verifying.map(
    ({ name, bare, engine, above }) =>
      `| ${name} | ${of(bare).toFixed(2)} | ${of(engine).toFixed(2)} | **${of(above).toFixed(2)}** | ${(of(engine) / of(bare)).toFixed(2)} |`,
  );
  const worst = Math.max(...verifying.map(({ above }) => of(above)));
  const more = of(took.all.map((value, at) => value - took.few[at]));
  const said = (/** @type {boolean} */ held) => (held ? "held" : "**not held**");
  return `# What providers cost

Written by \`npm run bench -- verify\`. Trust differences and ratios: the machine's speed drifts, and what is compared is
interleaved on it.

## Verifying a body of 8 KB

| record | bare createHmac and comparison, CPU µs | engine, CPU µs | above | ratio |
|---|---|---|---|---|
${rows.join("\n")}

Medians of ${options.rounds} turns of 500 calls each; "above" is the median of the turns' own differences. Wanted: at most ${MOST_ABOVE_MICROS} µs above a
bare createHmac: ${said(worst <= MOST_ABOVE_MICROS)}.

## A large catalogue at the start

| a new process | CPU ms |
|---|---|
| loads a workspace with one source, 15 providers in the catalogue | ${of(took.few).toFixed(0)} |
| the same, ${count} providers | ${of(took.all).toFixed(0)} |
| reads all ${count} providers and nothing else | ${of(took.allRead).toFixed(0)} |

Medians of ${options.starts} processes each, Node's own start included; records are read when a source first names them. Wanted: at most
${MOST_START_MS} ms more with 250 providers than with 15: ${said(more <= MOST_START_MS)} (${more.toFixed(1)} ms, the median of the differences).

| | |
|---|---|
| machine | ${processor} |
| system | ${system} |
| versions | Node ${process.versions.node}, ${libraries} |
| commit | ${commit} |
| date | ${new Date().toISOString().slice(0, 10)} |
`;
}
