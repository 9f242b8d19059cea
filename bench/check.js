/** `npm run bench -- check`: how long `check` takes for 200 routes with schemas of 50 KB, beside compiling their rules alone. */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { performance } from "node:perf_hooks";
import { readOptions } from "./options.js";
import { machine } from "./report.js";
import { AUTHORING_PAGE, cell, writeSection } from "./section.js";
import { prepare } from "./sides.js";
import { root } from "./workload.js";

const dir = join(root, "bench/tmp/check");
const KILOBYTE = 1024;

/** @param {readonly string[]} args */
export async function run(args) {
  const options = readOptions(args, {
    numbers: { rounds: 5, routes: 200, kilobytes: 50 },
    out: AUTHORING_PAGE,
  });
  prepare();
  const where = machine();
  const { compileExpression } = await import("../dist/language/expression.js");
  const rules = write(options);
  const rounds = [];
  for (let round = 0; round <= options.rounds; round += 1) {
    const begun = performance.now();
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ["--import", "./bench/cpu-at-exit.js", "bin/signalbox.js", "check", "--json", "--dir", dir],
      { cwd: root, encoding: "utf8" },
    );
    const seconds = (performance.now() - begun) / 1_000;
    const cpu = Number(stderr.split("\n").at(-1)) / 1_000;
    const { errors, warnings, problems } = JSON.parse(stdout);
    if (errors + warnings > 0)
      throw new Error(`The workspace is not as it should be: ${JSON.stringify(problems[0])}`);
    const before = process.cpuUsage();
    for (const rule of rules) if (!compileExpression(rule).ok) throw new Error("A rule does not compile.");
    const { user, system } = process.cpuUsage(before);
    const alone = (user + system) / 1_000_000;
    // The first one warms the disk's cache, and the compiler here.
    if (round > 0) rounds.push({ seconds, cpu, alone, ratio: cpu / alone });
    console.log(
      `round ${round}/${options.rounds}  check ${seconds.toFixed(2)} s, CPU ${cpu.toFixed(2)} s · rules alone ${alone.toFixed(3)} s`,
    );
  }
  rmSync(dir, { recursive: true, force: true });
  writeSection(options.out, "Checking a large workspace", text(rounds, options, rules), where);
}

/** Writes the workspace; its rules. @param {{ routes: number, kilobytes: number }} options @returns {string[]} */
function write({ routes, kilobytes }) {
  rmSync(dir, { recursive: true, force: true });
  const put = (/** @type {string} */ path, /** @type {string} */ content) => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  };
  put("sources/bench.yaml", 'provider: github\nsecrets: ["a secret of the bench alone"]\n');
  put("targets/bench.yaml", "url: http://127.0.0.1:1/bench\n");
  const rules = [];
  for (let nth = 0; nth < routes; nth += 1) {
    const input = schemaOf(nth, kilobytes * KILOBYTE, false);
    const output = schemaOf(nth, kilobytes * KILOBYTE, true);
    const rule = ruleOf(nth);
    rules.push(rule);
    put(`schemas/in-${nth}.json`, JSON.stringify(input, null, 1));
    put(`schemas/out-${nth}.json`, JSON.stringify(output, null, 1));
    put(`transforms/rule-${nth}.jsonata`, rule);
    put(`transforms/rule-${nth}.yaml`, `input: in-${nth}\noutput: out-${nth}\n`);
    put(
      `routes/route-${nth}.yaml`,
      `source: bench\non: [type-${nth}]\nwhen: kind = "k${nth}"\ntransform: rule-${nth}\ntarget: bench\n`,
    );
  }
  return rules;
}

/**
 * A schema as vendors publish them: groups of described fields, shared definitions, lists, formats, enumerations; filled up with
 * further groups to a size.
 * @param {number} nth @param {number} bytes @param {boolean} isClosed
 */
function schemaOf(nth, bytes, isClosed) {
  /** @type {Record<string, unknown>} */
  const properties = {
    kind: { type: "string", description: "What it is about." },
    id: { type: "string", minLength: 1, maxLength: 40, pattern: "^[a-z0-9_-]+$" },
    created: { type: "string", format: "date-time", description: "RFC 3339." },
    total: { type: "number", minimum: 0 },
    own_total: { type: "number" },
    customer: { $ref: "#/$defs/person" },
    lines: {
      type: "array",
      maxItems: 100,
      items: {
        type: "object",
        required: ["sku", "price", "quantity"],
        properties: {
          sku: { type: "string", minLength: 1, maxLength: 64 },
          price: { type: "number", minimum: 0, maximum: 1_000_000 },
          quantity: { type: "integer", minimum: 0, maximum: 1_000_000 },
          note: { type: ["string", "null"], description: "What the customer asks for." },
        },
      },
    },
    [`own${nth}`]: { type: "boolean" },
  };
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: `Schema ${nth} of the bench`,
    type: "object",
    required: isClosed ? ["id"] : ["kind", "id", "created", "total", "customer", "lines"],
    ...(isClosed && { additionalProperties: false }),
    properties,
    $defs: {
      person: {
        type: "object",
        required: ["name"],
        properties: {
          name: { type: "string", minLength: 1, maxLength: 200 },
          email: { type: ["string", "null"], format: "email" },
          address: { anyOf: [{ $ref: "#/$defs/address" }, { type: "null" }] },
        },
      },
      address: { type: "object", properties: { city: { type: "string" }, zip: { type: "string" } } },
    },
  };
  const size = () => JSON.stringify(schema, null, 1).length;
  for (let group = 0; size() < bytes; group += 1) properties[`group_${group}`] = groupOf(group);
  return schema;
}

/** @param {number} group */
function groupOf(group) {
  /** @type {Record<string, unknown>} */
  const properties = {};
  for (let field = 0; field < 12; field += 1) {
    const kinds = [
      { type: ["string", "null"], description: `The ${field}th of group ${group}, as it was when it came.` },
      { type: "integer", minimum: 0 },
      { type: "boolean", default: false },
      { enum: ["open", "closed", `other_${group}`], description: "Where it stands." },
      { type: "array", items: { type: "string", maxLength: 100 } },
      {
        type: "object",
        properties: { by: { $ref: "#/$defs/person" }, at: { type: "string", format: "date-time" } },
      },
    ];
    properties[`field_${field}`] = kinds[field % kinds.length];
  }
  return { type: ["object", "null"], description: `Group ${group}.`, required: [], properties };
}

/** @param {number} nth */
const ruleOf = (nth) => `/* Rule ${nth} of the bench. */
(
  $cut := function($text, $max) { $length($text) > $max ? $substring($text, 0, $max - 1) & "…" : $text };
  $sum := $round($sum(lines.(price * quantity)), 2);
  $who := customer.name;
  $notes := lines[$type(note) = "string"].note;
  {
    "kind": kind,
    "id": id,
    "created": created,
    "total": total,
    "own_total": $sum,
    "own${nth}": own${nth} = true,
    "customer": {
      "name": $cut($who, 100),
      "address": { "city": customer.address.city ?: "nowhere", "zip": customer.address.zip ?: "none" }
    },
    "lines": [lines[quantity > 0][[0..99]].{
      "sku": sku,
      "price": price,
      "quantity": quantity,
      "note": note ? $uppercase(note) : "none"
    }],
    "group_0": {
      "field_0": $join($notes, "; ") & " by rule " & $string(${nth}),
      "field_1": $count(lines),
      "field_2": $exists(group_0.field_2) ? group_0.field_2 : false,
      "field_3": group_0.field_3 = "open" ? "open" : "closed",
      "field_4": [group_0.field_4.$cut($, 50)]
    },
    "group_1": group_1 ? { "field_0": group_1.field_0, "field_1": group_1.field_1 ?: 0 }
  }
)
`;

/**
 * @param {readonly { seconds: number, cpu: number, alone: number, ratio: number }[]} rounds
 * @param {{ rounds: number, routes: number, kilobytes: number }} options
 * @param {readonly string[]} rules
 */
function text(rounds, { routes, kilobytes }, rules) {
  const of = (/** @type {"seconds" | "cpu" | "alone" | "ratio"} */ key, /** @type {number} */ digits) =>
    cell(
      rounds.map((round) => round[key]),
      digits,
    );
  return `Written by \`npm run bench -- check\`. A workspace of ${routes} routes, each with a rule of ${rules[0]?.split("\n").length} lines and an input and an output
schema of ${kilobytes} KB of its own (${2 * routes} schemas, ${Math.round((2 * routes * kilobytes) / KILOBYTE)} MB): \`signalbox check --json\` as a command, from its start to its end, beside
compiling the ${routes} rules in a process that is warm.

| | |
|---|---|
| \`check\`, s | **${of("seconds", 2)}** |
| CPU of it, s | ${of("cpu", 2)} |
| CPU of compiling the rules alone, s | ${of("alone", 3)} |
| CPU, times that of the rules alone | ${of("ratio", 1)} |

Medians of ${rounds.length} rounds, least and greatest in brackets.`;
}
