/** `signalbox dev`: from a saved file to what it changes. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { SECRET, post } from "../helpers/github.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aTarget, type TargetServer } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

const program = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

describeWithRedis("signalbox dev", () => {
  let redis: TestRedis;
  let target: TargetServer;
  let dir: string;
  let child: ChildProcess;
  let told = "";
  let hooks = "";
  const write = (path: string, text: string): Promise<void> => writeFile(join(dir, path), text);
  /** What is told from here on, once it holds the text. */
  const tells = async (text: string, change: () => Promise<unknown>): Promise<string> => {
    const from = told.length;
    await change();
    await until(`it tells "${text}"`, () => told.slice(from).includes(text));
    return told.slice(from);
  };

  beforeAll(async () => {
    redis = await aRedis();
    target = await aTarget();
    dir = await mkdtemp(join(tmpdir(), "signalbox-dev-"));
    for (const folder of ["sources", "routes", "targets", "transforms"]) await mkdir(join(dir, folder));
    await write("sources/github.yaml", "provider: github\nsecrets: ['${SECRET}']\n");
    await write("targets/api.yaml", "url: ${TARGET}/api\n");
    await write("routes/everything.yaml", "source: github\ntransform: say\ntarget: api\n");
    await write(
      "transforms/say.yaml",
      "cases:\n  - name: a ref\n    given: { ref: x }\n    expect: { said: x }\n",
    );
    await write("transforms/say.jsonata", '{ "said": \n');
    child = spawn(process.execPath, [program, "dev", "--dir", dir], {
      env: {
        PATH: process.env["PATH"],
        HOME: process.env["HOME"],
        REDIS_URL: redis.url,
        SIGNALBOX_DATA_DIR: join(dir, "data"),
        SIGNALBOX_PORT: "0",
        SIGNALBOX_ADMIN_PORT: "0",
        SIGNALBOX_ALLOW_PRIVATE_TARGETS: "127.0.0.0/8",
        SECRET,
        TARGET: target.url,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout!, child.stderr!])
      stream.on("data", (chunk: Buffer) => (told += chunk.toString()));
  });

  afterAll(async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
    await target.close();
    await redis.close();
    await rm(dir, { recursive: true, force: true });
  });

  it("waits for a workspace with errors to be mended, and serves then", async () => {
    await until("it tells the error", () => told.includes("Waiting for the errors to be mended"));
    expect(told).toContain("transforms/say.jsonata:");
    await tells("Watching the files", () => write("transforms/say.jsonata", '{ "said": ref }\n'));
    hooks = /webhooks\s+(http:\/\/[\d.:]+)/.exec(told)?.[1] ?? "";
    await post(hooks, { body: '{"ref":"main"}' });
    await until("it arrives", () => target.arrivals.length === 1);
  });

  it("shows after a change how the cases go, and what it makes of the route's last event", async () => {
    const said = await tells("Shown after", () =>
      write("transforms/say.jsonata", '{ "said": $uppercase(ref) }\n'),
    );
    expect(said).toContain("transform say, route everything");
    expect(said).toContain("FAIL say: a ref");
    expect(said).toContain("0 of 1 cases pass");
    expect(said).toMatch(/\/said\s+was "main"\s+now "MAIN"/);
    await post(hooks, { body: '{"ref":"next"}' });
    await until("it arrives by the new rule", () => target.arrivals.length === 2);
    expect(target.arrivals[1]!.json).toEqual({ said: "NEXT" });
  });

  it("refuses a change with an error, whatever else was saved, and keeps the rules in force", async () => {
    const said = await tells("stays in force", () =>
      write("transforms/say.jsonata", '{ "said": $nosuch(ref) }\n'),
    );
    expect(said).toMatch(/transforms\/say\.jsonata:1:\d+ RULE_/);
    await post(hooks, { body: '{"ref":"third"}' });
    await until("it arrives by the rule in force", () => target.arrivals.length === 3);
    expect(target.arrivals[2]!.json).toEqual({ said: "THIRD" });
  });

  it("takes new files, and says where a route has seen no event yet", async () => {
    const said = await tells("Shown after", async () => {
      await write("transforms/say.jsonata", '{ "said": ref }\n');
      await write("routes/releases.yaml", "source: github\non: [release]\ntarget: api\n");
    });
    expect(said).toContain("route releases: no event yet");
  });
});
