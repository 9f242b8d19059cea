/** The command line against a router elsewhere: named by --url, shown a token, asked with the API's filters. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findRunning } from "../../src/cli/running.ts";
import { post } from "../helpers/github.ts";
import { run } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { aTarget, status, type TargetServer } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

const TOKEN = "sb_pat_abc_s3cr3ts3cr3t_1f";

/** A folder without a router's note: what is not named cannot be found. */
let elsewhere: string;

beforeAll(async () => {
  elsewhere = await mkdtemp(join(tmpdir(), "signalbox-elsewhere-"));
});
afterAll(() => rm(elsewhere, { recursive: true, force: true }));

describe("a real router", () => {
  let scene: Scene;
  let environment: Record<string, string>;

  beforeAll(async () => {
    scene = await aScene({});
    scene.target.answer = (arrival, response, nth) =>
      status((arrival.json as { ref?: string }).ref === "bad" ? 404 : 200)(arrival, response, nth);
    const token = (await findRunning(scene.dataDir))?.token;
    environment = {
      SIGNALBOX_DATA_DIR: elsewhere,
      SIGNALBOX_URL: scene.router.admin,
      ...(token !== undefined && { SIGNALBOX_TOKEN: token }),
    };
    for (const ref of ["good", "bad"]) await post(scene.router.hooks, { body: JSON.stringify({ ref }) });
    await post(scene.router.hooks, { body: "{}", secret: "wrong" });
    await until("both are at their end", async () => {
      const { items } = await json<{ items: { state: string }[] }>(["deliveries"]);
      return items.length === 2 && items.every((one) => /delivered|dead/.test(one.state));
    });
  });
  afterAll(() => scene?.close());

  async function json<T>(args: readonly string[]): Promise<T> {
    const { code, stdout, stderr } = await run([...args, "--json"], environment);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return JSON.parse(stdout) as T;
  }
  const text = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(args, environment);
    expect({ args, code, stderr }).toMatchObject({ args, code: 0 });
    return stdout;
  };

  it("lists events and deliveries by filters, relative times too, and goes on by cursor", async () => {
    expect(await text("events", "--type", "push", "--from", "1h")).toMatch(/push.*\n.*push/);
    expect(await text("events", "--to", "1h")).toBe("No events.\n");
    expect(await text("deliveries", "--status", "404")).toMatch(/dead +1 .*404 FORWARD_STATUS_REFUSED/);
    const first = await text("deliveries", "--limit", "1");
    const cursor = /--cursor (\S+)/.exec(first)![1]!;
    const second = await text("deliveries", "--limit", "1", "--cursor", cursor);
    expect(second).not.toBe(first);
    expect(second).toMatch(/dlv_/);
  });

  it("shows one event with the routes, one delivery with its attempts", async () => {
    const { items } = await json<{ items: { id: string; event: string }[] }>([
      "deliveries",
      "--state",
      "dead",
    ]);
    expect(await text("deliveries", items[0]!.id)).toMatch(/attempt 1[\s\S]*answered: \{"said":"404"\}/);
    expect(await text("events", items[0]!.event)).toMatch(
      /"ref": "bad"[\s\S]*dead {2}FORWARD_STATUS_REFUSED/,
    );
  });

  it("shows refused requests with their cause, and dead letters with what to do", async () => {
    expect(await text("requests", "--refused")).toMatch(/refused.*ACCEPT_SIGNATURE_INVALID.*mismatch/);
    const causes = await text("dead-letters");
    expect(causes).toMatch(/1 × everything → api {2}404[\s\S]*does not exist at `api`/);
    const cause = /^(\w+)/.exec(causes)![1]!;
    expect(await text("dead-letters", cause)).toMatch(/dlv_.*dead/);
  });

  it("searches bodies and says how many it looked at", async () => {
    const { code, stdout, stderr } = await run(["search", "ref", "bad"], environment);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^evt_\S+ .*github +push\n$/);
    expect(stderr).toMatch(/looked at\./);
  });

  it("tells a problem with its fix and the part of the schema, and fails", async () => {
    const { code, stderr } = await run(["events", "--limit", "100000"], environment);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /ADMIN_INPUT_INVALID[\s\S]*\/docs\/schemas\/api.getEvents.query#\/properties\/limit/,
    );
    const unknown = await run(["deliveries", `dlv_${"0".repeat(34)}`], environment);
    expect(unknown).toMatchObject({ code: 1, stdout: "" });
    expect(unknown.stderr).toContain("ADMIN_DELIVERY_UNKNOWN");
  });

  it("who is not known is told what that takes on the command line", async () => {
    const nobody = { SIGNALBOX_DATA_DIR: elsewhere, SIGNALBOX_URL: scene.router.admin };
    const asked = await run(["events"], nobody);
    expect(asked.code).toBe(1);
    expect(asked.stderr).toMatch(
      /^ADMIN_LOGIN_NEEDED .*\n.*\n {2}On the command line: .*SIGNALBOX_DATA_DIR, or give SIGNALBOX_TOKEN\.$/m,
    );
    // No token may ask for tokens.
    const tokens = await run(["tokens"], nobody);
    expect(tokens.stderr).toMatch(/On the command line: --as <name>/);
    expect(tokens.stderr).not.toContain("SIGNALBOX_TOKEN");
  });

  it("takes --admin for --url", async () => {
    const { SIGNALBOX_URL: url, ...others } = environment;
    const { code } = await run(["events", "--admin", url!], others);
    expect(code).toBe(0);
  });
});

describe("what is shown to a router", () => {
  let remote: TargetServer;

  beforeAll(async () => {
    remote = await aTarget((_arrival, response) =>
      response.writeHead(200, { "content-type": "application/json" }).end('{"items":[]}'),
    );
  });
  afterAll(() => remote?.close());

  const calls: readonly (readonly [string[], string, string, unknown])[] = [
    [["targets"], "GET", "/api/v1/targets", undefined],
    [["targets", "a b"], "GET", "/api/v1/targets/a%20b", undefined],
    [["pause", "chat", "--reason", "why"], "POST", "/api/v1/targets/chat/pause", { reason: "why" }],
    [["resume", "chat"], "POST", "/api/v1/targets/chat/resume", undefined],
    [["discard", "dlv_1", "--reason", "why"], "POST", "/api/v1/deliveries/dlv_1/discard", { reason: "why" }],
    [["discard", "ab12", "--reason", "why"], "POST", "/api/v1/dead-letters/ab12/discard", { reason: "why" }],
    [["replays"], "GET", "/api/v1/replays", undefined],
    [["replays", "rpl_1", "--cancel"], "POST", "/api/v1/replays/rpl_1/cancel", undefined],
    [["replay", "dlv_1"], "POST", "/api/v1/deliveries/dlv_1/replay", undefined],
    [["audit", "--action", "target.paused"], "GET", "/api/v1/audit?limit=20&action=target.paused", undefined],
    [
      ["deliveries", "--tag", "order:1", "--provider-id", "x"],
      "GET",
      "/api/v1/deliveries?tag=order%3A1&providerId=x&limit=20",
      undefined,
    ],
  ];

  it.each(calls)("%j is %s %s with the token", async (args, method, path, body) => {
    const { code, stdout, stderr } = await run([...args, "--url", `${remote.url}/`], {
      SIGNALBOX_TOKEN: TOKEN,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const last = remote.arrivals.at(-1)!;
    expect([last.method, last.path, last.json]).toEqual([method, path, body]);
    expect(last.headers["authorization"]).toBe(`Bearer ${TOKEN}`);
    expect(stdout).not.toContain(TOKEN);
  });

  it("is no token that was not given, and never that of this machine's router", async () => {
    const environment = { SIGNALBOX_DATA_DIR: elsewhere };
    await run(["targets", "--url", remote.url], environment);
    expect(remote.arrivals.at(-1)!.headers["authorization"]).toBeUndefined();
  });

  it("is not followed to another place: a redirect is a failure", async () => {
    const lure = await aTarget((_arrival, response) =>
      response.writeHead(302, { location: `${remote.url}/api/v1/targets` }).end(),
    );
    const before = remote.arrivals.length;
    const { code } = await run(["targets", "--url", lure.url], { SIGNALBOX_TOKEN: TOKEN });
    expect({ code, followed: remote.arrivals.length - before }).toEqual({ code: 1, followed: 0 });
    await lure.close();
  });
});

describe("wrong usage", () => {
  const wrong: readonly (readonly [string, string[], RegExp])[] = [
    ["a URL that is none", ["events", "--url", "nonsense"], /must be one of http\(s\)/],
    ["credentials in the URL", ["events", "--url", `http://user:${TOKEN}@h/`], /must hold no user/],
    ["a token in the URL", ["events", "--url", `http://h/?token=${TOKEN}`], /must hold no user/],
    ["a token of odd characters", ["events", "--url", "http://h", "--token", `${TOKEN}\n`], /no token holds/],
    ["an option typed wrongly", ["events", `--tokne=${TOKEN}`], /unknown option/],
    ["an argument too many", ["targets", "a", TOKEN], /too many arguments/],
    ["a pause without a reason", ["pause", "chat"], /--reason/],
    ["a password over an open line", ["tokens", "--as", "ada", "--url", "http://h.example"], /by https/],
    ["a wish without a replay", ["replays", "--pause"], /Give the id/],
  ];

  it.each(wrong)("%s is exit code 2, and no token is told", async (_what, args, said) => {
    const { code, stdout, stderr } = await run(args, { SIGNALBOX_DATA_DIR: elsewhere });
    expect(code).toBe(2);
    expect(stderr).toMatch(said);
    expect(stdout + stderr).not.toContain(TOKEN);
  });

  it("a router that is not there is exit code 1 and says how to name one", async () => {
    const { code, stderr } = await run(["events", "--url", "http://127.0.0.1:1"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/No router answers at http:\/\/127.0.0.1:1.*--url/);
  });

  it("every command has an example in its help", async () => {
    const { stdout } = await run(["--help"]);
    const names = [...stdout.matchAll(/^ {2}([a-z-]+)(?: [[<]|\s)/gm)].map(([, name]) => name!);
    const commands = names.filter((name) => name !== "help" && !name.startsWith("-"));
    expect(commands.length).toBeGreaterThan(15);
    const helps = await Promise.all(commands.map(async (name) => (await run([name, "--help"])).stdout));
    expect(commands.filter((_, at) => !/Example/.test(helps[at]!))).toEqual([]);
  }, 60_000);
});
