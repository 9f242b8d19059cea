/** `signalbox listen` and `replay --to`: live webhooks on a developer's machine, byte for byte, over breaks of the connection. */
import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { headersOf, post } from "../helpers/github.ts";
import { aRedis, freePort, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { run } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { aTarget, status, type TargetServer } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

const program = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** White space, an escape, a number that JavaScript would round, and letters beyond ASCII: what a second writing would change. */
const ODD_BODY = '{ "ref" :\t"caf\\u00e9 ☕", "n": 12345678901234567890,\n "z":1.0 }';

describeWithRedis("signalbox listen", () => {
  let redis: TestRedis;
  let scene: Scene;
  let mine: TargetServer;
  let adminPort: number;
  const listeners: ChildProcess[] = [];

  interface Listener {
    readonly child: ChildProcess;
    readonly told: () => string;
    readonly ended: Promise<number | null>;
  }

  async function aListener(...args: string[]): Promise<Listener> {
    const child = spawn(process.execPath, [program, "listen", "--url", scene.router.admin, ...args], {
      env: { PATH: process.env["PATH"], HOME: process.env["HOME"], SIGNALBOX_TOKEN: TOKEN },
      stdio: ["pipe", "pipe", "pipe"],
    });
    listeners.push(child);
    let told = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (told += chunk.toString()));
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    await until("it listens", () => told.includes("Listening at"), { withinMs: 20_000 });
    return { child, told: () => told, ended };
  }

  /** A token that outlasts a restart of the router. */
  const TOKEN = "a-token-of-automation-0123456789abcdef";

  beforeAll(async () => {
    redis = await aRedis();
    mine = await aTarget();
    adminPort = await freePort();
    scene = await aScene({
      redisUrl: redis.url,
      environment: { SIGNALBOX_ADMIN_TOKEN: TOKEN, SIGNALBOX_ADMIN_PORT: String(adminPort) },
      files: { "sources/other.yaml": "provider: github\nsecrets: ['${SECRET}']\n" },
    });
  });
  afterEach(() => {
    for (const child of listeners.splice(0)) child.kill("SIGKILL");
    mine.arrivals.length = 0;
    mine.answer = status(200);
  });
  afterAll(async () => {
    await scene?.close();
    await mine?.close();
    await redis?.close();
  });

  it("relays method, query, headers and the exact bytes, with nothing added but the event's id", async () => {
    await aListener("--forward", `${mine.url}/hooks`);
    const sent = headersOf({ body: ODD_BODY, headers: { "x-odd": "a  b", authorization: "Bearer s3cr3t" } });
    const answer = await fetch(`${scene.router.hooks}/hooks/github?a=1&a=2&b=%20`, {
      method: "POST",
      headers: sent,
      body: ODD_BODY,
    });
    const { id } = (await answer.json()) as { id: string };
    const arrival = await until("it arrives", () => mine.arrivals[0]);
    expect(arrival.bytes.equals(Buffer.from(ODD_BODY))).toBe(true);
    expect(arrival).toMatchObject({ method: "POST", path: "/hooks?a=1&a=2&b=+" });
    const visible = Object.fromEntries(Object.entries(sent).filter(([name]) => name !== "authorization"));
    expect(arrival.headers).toMatchObject({ ...visible, "signalbox-event": id });
    expect(arrival.headers).not.toHaveProperty("authorization");
    const added = Object.keys(arrival.headers).filter((name) => !(name in sent));
    // What `fetch` above has sent beside ours, and what belongs to the connection.
    expect(added.sort()).toEqual(
      [
        "accept",
        "accept-encoding",
        "accept-language",
        "connection",
        "content-length",
        "host",
        "sec-fetch-mode",
        "signalbox-event",
        "user-agent",
      ].filter((name) => name in arrival.headers),
    );
  });

  it("undoes a content-encoding, and says so by not repeating the header", async () => {
    await aListener("--forward", mine.url);
    const body = gzipSync(ODD_BODY);
    await post(scene.router.hooks, { body, headers: { "content-encoding": "gzip" } });
    const arrival = await until("it arrives", () => mine.arrivals[0]);
    expect(arrival.body).toBe(ODD_BODY);
    expect(arrival.headers).not.toHaveProperty("content-encoding");
  });

  it("takes only the sources it is told, each to its own path, in the order in which they came", async () => {
    await aListener("--source", "other", "--forward", `${mine.url}/in/{source}`);
    await post(scene.router.hooks, { body: '{"n":0}' });
    for (const n of [1, 2, 3]) await post(scene.router.hooks, { body: JSON.stringify({ n }) }, "other");
    await until("they arrive", () => mine.arrivals.length === 3);
    expect(mine.arrivals.map(({ path, json }) => [path, (json as { n: number }).n])).toEqual([
      ["/in/other", 1],
      ["/in/other", 2],
      ["/in/other", 3],
    ]);
  });

  it("prints what was answered, sends the last one again by `r`, shows it by `i`, ends by `q`", async () => {
    const { child, told, ended } = await aListener("--forward", `${mine.url}/hooks`);
    mine.answer = (_arrival, response) => void response.writeHead(500).end("no such table");
    await post(scene.router.hooks, { body: '{"ref":"shown"}' });
    await until("it is told", () => /github push {2}POST \/hooks {2}500 {2}\d+ ms {2}evt_/.test(told()));
    mine.answer = status(200);
    child.stdin!.write("r");
    await until("it comes again", () => mine.arrivals.length === 2);
    expect(mine.arrivals[1]!.bytes.equals(mine.arrivals[0]!.bytes)).toBe(true);
    child.stdin!.write("i");
    await until("it is shown", () => told().includes('"ref": "shown"'));
    expect(told()).toMatch(/x-github-event: push/);
    child.stdin!.write("q");
    expect(await ended).toBe(0);
  });

  it("goes on where nobody listens on this machine, and says so", async () => {
    const { told } = await aListener("--json", "--forward", `http://127.0.0.1:${await freePort()}/`);
    const { json } = await post(scene.router.hooks, { body: "{}" });
    await until("it is told", () => told().includes("ECONNREFUSED"));
    const line = told()
      .split("\n")
      .find((one) => one.startsWith("{"))!;
    expect(JSON.parse(line)).toMatchObject({ event: json.id, source: "github", code: "ECONNREFUSED" });
  });

  it("connects again after the router was away, and brings what came meanwhile, each once", async () => {
    const { told } = await aListener("--forward", mine.url);
    await post(scene.router.hooks, { body: '{"ref":"before"}' });
    await until("the first arrives", () => mine.arrivals.length === 1);
    await scene.router.end();
    await until("it sees that", () => told().includes("The router is away"));
    scene.router = await scene.start();
    // Most likely before the listener is back.
    for (const ref of ["meanwhile 1", "meanwhile 2"])
      await post(scene.router.hooks, { body: JSON.stringify({ ref }) });
    await until("it is back", () => told().includes("Connected again"), { withinMs: 15_000 });
    await post(scene.router.hooks, { body: '{"ref":"after"}' });
    const refs = (): unknown[] => mine.arrivals.map(({ json }) => (json as { ref: string }).ref);
    await until("all arrive", () => mine.arrivals.length >= 4);
    expect(refs().sort()).toEqual(["after", "before", "meanwhile 1", "meanwhile 2"]);
  });

  it("ends with the reason where the token may not look, and with usage where there is nowhere to forward to", async () => {
    const environment = { SIGNALBOX_TOKEN: `sb_pat_${randomUUID()}` };
    const refused = await run(["listen", "--url", scene.router.admin, "--forward", mine.url], environment);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/ADMIN_/);
    const wrong = await run(["listen", "--forward", "localhost:3000"], environment);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("--forward takes the URL") });
  });

  it("`replay --to` sends one event from this machine, and that is in the audit trail", async () => {
    const { json } = await post(scene.router.hooks, { body: ODD_BODY });
    const environment = { SIGNALBOX_URL: scene.router.admin, SIGNALBOX_TOKEN: TOKEN };
    const done = await run(["replay", json.id!, "--to", `${mine.url}/again`], environment);
    expect(done).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^POST .*\/again {2}200 {2}\d+ ms/),
    });
    expect(mine.arrivals.map(({ path, body }) => [path, body])).toEqual([["/again", ODD_BODY]]);
    mine.answer = status(500);
    expect((await run(["replay", json.id!, "--to", mine.url], environment)).code).toBe(1);
    expect((await run(["replay", json.deliveries![0]!, "--to", mine.url], environment)).code).toBe(2);
    const audit = await until("it is written down", async () => {
      const { items } = (await (await scene.router.ask("/api/v1/audit")).json()) as {
        items: { action: string; path?: string }[];
      };
      return items.find(({ action, path }) => action === "event.taken" && path?.includes(json.id!));
    });
    expect(audit).toBeDefined();
  });
});
