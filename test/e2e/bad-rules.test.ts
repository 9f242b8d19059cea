/** Files that no one should deploy, put under a router that runs: each is refused with its place and a sentence, and events go on as before. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { post } from "../helpers/github.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";

const RULE = '{ "said": "as before " & ref }\n';
const INPUT = JSON.stringify({ type: "object", properties: { ref: { type: "string" } } });

/** Text by path; `undefined` for a file that goes. */
type Change = Readonly<Record<string, string | undefined>>;

const deep = (levels: number): string => `${'{"properties":{"a":'.repeat(levels)}{}${"}}".repeat(levels)}`;
const manyFields = (count: number): string =>
  JSON.stringify({
    properties: Object.fromEntries(
      Array.from({ length: count }, (_, nth) => [`field${nth}`, { type: "string", title: "x".repeat(40) }]),
    ),
  });

/** What is put there, and what is told of it: file and place, code and sentence. */
const BAD: readonly (readonly [string, Change, RegExp])[] = [
  [
    "schemas that refer to each other in a circle",
    { "schemas/in.json": '{ "$ref": "b" }', "schemas/b.json": '{ "$ref": "in" }' },
    /schemas\/in\.json:1:\d+ RULE_SCHEMA_CONTRADICTORY The schema needs itself without end/,
  ],
  [
    "a schema that asks for another of itself in each",
    {
      "schemas/in.json":
        '{ "type": "object", "required": ["next"], "properties": { "next": { "$ref": "#" } } }',
    },
    /schemas\/in\.json:1:\d+ RULE_SCHEMA_CONTRADICTORY The schema needs itself without end/,
  ],
  [
    "a schema on another host",
    { "schemas/in.json": '{ "$ref": "https://schemas.invalid/x.json" }' },
    /schemas\/in\.json:1:\d+ RULE_SCHEMA_INVALID .*https:\/\/schemas\.invalid\/x\.json/,
  ],
  [
    "a schema of 5 MB",
    { "schemas/in.json": manyFields(60_000) },
    /schemas\/in\.json:1:1 RULE_FILE_TOO_LARGE .* at most 256 KB/,
  ],
  [
    "a schema deeper than can be followed",
    { "schemas/in.json": deep(3_000) },
    /schemas\/in\.json:\d+:\d+ RULE_(SCHEMA|JSON)_INVALID /,
  ],
  [
    "a schema that contradicts itself",
    {
      "schemas/out.json":
        '{ "type": "object", "required": ["said"], "properties": { "said": { "type": "string", "enum": [1] } } }',
    },
    /schemas\/out\.json:1:\d+ RULE_SCHEMA_CONTRADICTORY None of the values of `enum` is of `type` string/,
  ],
  [
    "a rule of 300 KB",
    { "transforms/say.jsonata": `{ "said": ref & ${'"abcdefghij" & '.repeat(20_000)}"" }` },
    /transforms\/say\.jsonata:1:1 RULE_FILE_TOO_LARGE /,
  ],
  [
    "a rule of 64 KB in one expression too deep to follow",
    { "transforms/say.jsonata": `{ "said": ${"(".repeat(32_000)}ref${")".repeat(32_000)} }` },
    /transforms\/say\.jsonata:\d+:\d+ RULE_\w+ /,
  ],
  [
    "a rule that is half saved",
    { "transforms/say.jsonata": '{ "said": "new " & re' + "f[" },
    /transforms\/say\.jsonata:1:\d+ RULE_SYNTAX_INVALID /,
  ],
  [
    "a rule that is empty as an editor leaves it before it writes",
    { "transforms/say.jsonata": "" },
    /transforms\/say\.jsonata:1:1 RULE_SYNTAX_INVALID /,
  ],
  [
    "a route without its other half",
    { "routes/everything.yaml": "source: github\ntransf" },
    /routes\/everything\.yaml:\d+:\d+ RULE_/,
  ],
  [
    "a schema that is half saved",
    { "schemas/in.json": INPUT.slice(0, 30) },
    /schemas\/in\.json:1:\d+ RULE_JSON_INVALID /,
  ],
  [
    "a transform whose rule is gone",
    { "transforms/say.jsonata": undefined },
    /transforms\/say\.yaml:1:1 RULE_TRANSFORM_UNKNOWN /,
  ],
];

describeWithRedis("bad rules under a router that runs", () => {
  let redis: TestRedis;
  let scene: Scene;
  let sent = 0;

  const put = async (change: Change): Promise<void> => {
    for (const [path, text] of Object.entries(change)) {
      const file = join(scene.dir, path);
      if (text === undefined) await rm(file, { force: true });
      else {
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, text);
      }
    }
  };
  const reload = async (): Promise<{ state: string; problems?: unknown }> =>
    (await (await scene.router.ask("/api/v1/rules/reload", { method: "POST" })).json()) as {
      state: string;
    };
  const arrives = async (body: (ref: string) => string, said: (ref: string) => unknown): Promise<void> => {
    const ref = `r${(sent += 1)}`;
    expect((await post(scene.router.hooks, { body: body(ref) })).status).toBe(202);
    await until(`${ref} arrives`, () =>
      scene.target.arrivals.some(({ json }) => JSON.stringify(json) === JSON.stringify({ said: said(ref) })),
    );
  };
  const asBefore = (): Promise<void> =>
    arrives(
      (ref) => JSON.stringify({ ref }),
      (ref) => `as before ${ref}`,
    );

  beforeAll(async () => {
    redis = await aRedis();
    scene = await aScene({
      redisUrl: redis.url,
      files: {
        "schemas/in.json": INPUT,
        "schemas/out.json": '{ "type": "object", "required": ["said"] }',
        "transforms/say.jsonata": RULE,
        "transforms/say.yaml": "input: in\noutput: out\n",
        "routes/everything.yaml": "source: github\ntransform: say\ntarget: api\n",
      },
    });
  });
  afterAll(async () => {
    await scene?.close();
    await redis?.close();
  });

  it.each(BAD)("%s: told with its place, and what ran goes on", async (_what, change, told) => {
    const before: Record<string, string | undefined> = {};
    for (const path of Object.keys(change))
      before[path] = await readFile(join(scene.dir, path), "utf8").catch(() => undefined);
    await put(change);
    const { state, problems } = await reload();
    await put(before);
    expect(state).toBe("refused");
    const lines = (
      problems as { file: string; line: number; column: number; code: string; message: string }[]
    ).map(({ file, line, column, code, message }) => `${file}:${line}:${column} ${code} ${message}`);
    expect(lines.join("\n")).toMatch(told);
    await asBefore();
  });

  it("a rule of 64 KB that is sound is taken, and does what it says", async () => {
    const fields = Array.from({ length: 1_800 }, (_, nth) => `  "field${nth}": ref & "-${nth}"`);
    const large = `(\n$all := {\n${fields.join(",\n")}\n};\n{ "said": $all.field1799 })\n`;
    expect(large.length).toBeGreaterThan(50_000);
    await put({ "transforms/say.jsonata": large });
    expect((await reload()).state).not.toBe("refused");
    await arrives(
      (ref) => JSON.stringify({ ref }),
      (ref) => `${ref}-1799`,
    );
    await put({ "transforms/say.jsonata": RULE });
    expect((await reload()).state).not.toBe("refused");
    await asBefore();
  });

  it("events without a schema are rewritten all the same", async () => {
    await put({ "transforms/say.yaml": undefined });
    expect((await reload()).state).not.toBe("refused");
    await arrives(
      (ref) => JSON.stringify({ ref, unknown: [null, { deep: [1] }] }),
      (ref) => `as before ${ref}`,
    );
  });
});
