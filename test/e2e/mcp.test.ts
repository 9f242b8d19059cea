/** `signalbox mcp`: a client speaks the protocol with a child process, which asks a real router. */
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MAX_ANSWER } from "../../src/cli/mcp-answers.ts";
import { post } from "../helpers/github.ts";
import { invite, setUp } from "../helpers/people.ts";
import { run } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { status } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

const program = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

interface Answer {
  readonly id: number | string | null;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string };
}

/** A client: requests by number, answers by the same. */
class Client {
  readonly answers: Answer[] = [];
  readonly stderr: string[] = [];
  readonly child: ChildProcess;
  private next = 1;

  constructor(environment: Readonly<Record<string, string>>) {
    this.child = spawn(process.execPath, [program, "mcp"], {
      env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...environment },
      stdio: ["pipe", "pipe", "pipe"],
    });
    createInterface({ input: this.child.stdout! }).on("line", (line) =>
      this.answers.push(JSON.parse(line) as Answer),
    );
    this.child.stderr!.on("data", (chunk: Buffer) => this.stderr.push(chunk.toString()));
  }

  raw(line: string): void {
    this.child.stdin!.write(`${line}\n`);
  }

  async ask(method: string, params?: object): Promise<Answer> {
    const id = this.next++;
    this.raw(JSON.stringify({ jsonrpc: "2.0", id, method, ...(params && { params }) }));
    await until(`${method} is answered`, () => this.answers.some((one) => one.id === id), {
      withinMs: 20_000,
    });
    return this.answers.find((one) => one.id === id)!;
  }

  async call(name: string, given: object = {}): Promise<{ text: string; isError: boolean }> {
    const { result } = await this.ask("tools/call", { name, arguments: given });
    const { content, isError } = result as { content: { text: string }[]; isError: boolean };
    return { text: content[0]!.text, isError };
  }

  async json<T>(name: string, given: object = {}): Promise<T> {
    const { text, isError } = await this.call(name, given);
    expect({ text, isError }).toMatchObject({ isError: false });
    return JSON.parse(text) as T;
  }

  async end(): Promise<number | null> {
    const ended = new Promise<number | null>((resolve) => this.child.once("exit", resolve));
    this.child.stdin!.end();
    return ended;
  }
}

describe("over a real router", () => {
  let scene: Scene;
  let client: Client;

  beforeAll(async () => {
    scene = await aScene({
      files: {
        "routes/everything.yaml": "source: github\ntransform: note\ntarget: api\n",
        "transforms/note.jsonata": '{ "ref": ref }\n',
        "transforms/note.yaml": "cases:\n  - name: a push\n    given: { ref: x }\n    expect: { ref: x }\n",
      },
    });
    scene.target.answer = (arrival, response, nth) =>
      status((arrival.json as { ref?: string }).ref === "bad" ? 404 : 200)(arrival, response, nth);
    for (const ref of ["good", "bad"])
      await post(scene.router.hooks, { body: JSON.stringify({ ref, big: "x".repeat(90_000) }) });
    await post(scene.router.hooks, { body: "{}", secret: "wrong" });
    // What a program elsewhere is given: a viewer's token, which may read, and nothing else.
    const { admin } = scene.router;
    const viewer = await invite(admin, await setUp(admin, scene.router.setup), "vera", "viewer");
    const made = await viewer.call("POST", "/api/v1/tokens", { name: "assistant", scopes: ["read"] });
    const token = String(made.json["token"]);
    client = new Client({ SIGNALBOX_URL: scene.router.admin, SIGNALBOX_TOKEN: token });
    await until("both are at their end", async () => {
      const { items } = (await (await scene.router.ask("/api/v1/deliveries")).json()) as {
        items: { state: string }[];
      };
      return items.length === 2 && items.every((one) => /delivered|dead/.test(one.state));
    });
  }, 60_000);
  afterAll(async () => {
    client?.child.kill();
    await scene?.close();
  });

  it("shakes hands, in the version that is asked for or its own", async () => {
    const hello = (protocolVersion: string) =>
      client.ask("initialize", {
        protocolVersion,
        capabilities: {},
        clientInfo: { name: "test", version: "1" },
      });
    expect((await hello("2024-11-05")).result).toMatchObject({
      protocolVersion: "2024-11-05",
      capabilities: { tools: {}, resources: {} },
      serverInfo: { name: "signalbox" },
    });
    expect((await hello("2099-01-01")).result).toMatchObject({ protocolVersion: "2025-06-18" });
    client.raw(JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" }));
    expect((await client.ask("ping")).result).toEqual({});
  });

  it("lists tools that all read, with schemas of what they take", async () => {
    const { tools } = (await client.ask("tools/list")).result as {
      tools: { name: string; inputSchema: object; annotations: object }[];
    };
    expect(tools.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        "overview",
        "list_events",
        "get_event",
        "explain_event",
        "dead_letter_causes",
        "get_rule",
        "refused_requests",
      ]),
    );
    for (const { annotations, inputSchema } of tools) {
      expect(annotations).toMatchObject({ readOnlyHint: true, destructiveHint: false });
      expect(inputSchema).toMatchObject({ type: "object", additionalProperties: false });
    }
  });

  it("goes from what is wrong to the attempt, by what each answer names", async () => {
    const [cause] = (await client.json<{ items: { id: string; count: number }[] }>("dead_letter_causes"))
      .items;
    expect(cause!.count).toBe(1);
    const { items } = await client.json<{ items: { id: string; event: string }[] }>("list_dead_letters", {
      cause: cause!.id,
    });
    const delivery = await client.json<{ state: string; attemptList: { status: number }[] }>("get_delivery", {
      id: items[0]!.id,
    });
    expect(delivery).toMatchObject({ state: "dead", attemptList: [{ status: 404 }] });
    expect(await client.json("explain_event", { id: items[0]!.event })).toMatchObject({
      routes: [{ route: "everything" }],
    });
  });

  it("pages, filters, searches; shows targets, routes, rules with cases, and what was refused", async () => {
    const first = await client.json<{ items: { id: string }[]; next: string }>("list_events", { limit: 1 });
    const second = await client.json<{ items: { id: string }[] }>("list_events", {
      limit: 1,
      cursor: first.next,
    });
    expect(first.items[0]!.id).not.toBe(second.items[0]!.id);
    expect(
      (await client.json<{ items: unknown[] }>("list_deliveries", { state: "delivered" })).items,
    ).toHaveLength(1);
    expect(
      (await client.json<{ hits: object[] }>("search_bodies", { path: "ref", value: "bad" })).hits,
    ).toHaveLength(1);
    expect(await client.json("get_target", { name: "api" })).toMatchObject({ name: "api" });
    expect(JSON.stringify(await client.json("list_routes"))).toContain("everything");
    expect(JSON.stringify(await client.json("get_rule", { name: "note" }))).toContain("a push");
    expect(JSON.stringify(await client.json("refused_requests"))).toContain("ACCEPT_SIGNATURE_INVALID");
    for (const tool of ["overview", "list_targets", "list_sources", "list_rules"]) await client.json(tool);
    await client.json("get_route", { name: "everything" });
  });

  it("keeps an answer short, and says what was cut", async () => {
    const { items } = await client.json<{ items: { id: string }[] }>("list_events", { limit: 1 });
    const { text } = await client.call("get_event", { id: items[0]!.id });
    expect(text.length).toBeLessThanOrEqual(MAX_ANSWER);
    expect(text).toContain("more characters)");
    expect(JSON.parse(text)).toMatchObject({ id: items[0]!.id });
  });

  it("says what does not fit, what there is not, and what it does not know", async () => {
    for (const [name, given, why] of [
      ["get_event", {}, "id"],
      ["list_events", { limit: 5000 }, "limit"],
      ["list_events", { nothing: 1 }, "nothing"],
      ["get_event", { id: "../../../api/v1/settings" }, "ADMIN_EVENT_UNKNOWN"],
      ["get_rule", { name: "../settings" }, "unknown"],
    ] as const) {
      const { text, isError } = await client.call(name, given);
      expect([name, isError]).toEqual([name, true]);
      expect(text.toLowerCase()).toContain(why.toLowerCase());
    }
    expect((await client.ask("tools/call", { name: "replay" })).error).toMatchObject({ code: -32_602 });
    expect((await client.ask("tools/call", { name: "get_event", arguments: [] })).error).toMatchObject({
      code: -32_602,
    });
    expect((await client.ask("sampling/createMessage")).error).toMatchObject({ code: -32_601 });
    const before = client.answers.length;
    for (const line of ["{", "[]", "7", '{"jsonrpc":"2.0","id":1}', `"${"x".repeat(1024 * 1024)}"`])
      client.raw(line);
    await until("garbage is answered", () => client.answers.length === before + 5);
    expect(client.answers.slice(before).every(({ id, error }) => id === null && error !== undefined)).toBe(
      true,
    );
    expect((await client.ask("ping")).result).toEqual({});
  });

  it("hands out the documentation, and no other file", async () => {
    const { resources, nextCursor } = (await client.ask("resources/list")).result as {
      resources: { uri: string }[];
      nextCursor: string;
    };
    expect(resources.length).toBe(50);
    const more = (await client.ask("resources/list", { cursor: nextCursor })).result as {
      resources: { uri: string }[];
    };
    const uris = [...resources, ...more.resources].map(({ uri }) => uri);
    expect(uris).toContain("signalbox://docs/reliability.md");
    const { contents } = (await client.ask("resources/read", { uri: "signalbox://docs/reliability.md" }))
      .result as { contents: { text: string }[] };
    expect(contents[0]!.text).toContain("#");
    for (const uri of ["signalbox://docs/../package.json", "file:///etc/passwd", ""])
      expect((await client.ask("resources/read", { uri })).error).toMatchObject({ code: -32_602 });
    expect((await client.ask("resources/list", { cursor: "x" })).error).toMatchObject({ code: -32_602 });
  });

  it("never asks for anything but by GET: the router's audit trail and its events stay as they were", async () => {
    const { items } = (await (await scene.router.ask("/api/v1/audit")).json()) as {
      items: { action: string }[];
    };
    expect(items.filter(({ action }) => !/token|log|set|user|invit|pass|session/.test(action))).toEqual([]);
  });

  it("ends when its input ends, having answered what was asked", async () => {
    const other = new Client({ SIGNALBOX_URL: scene.router.admin, SIGNALBOX_TOKEN: scene.router.token });
    other.raw(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "overview" } }));
    expect(await other.end()).toBe(0);
    expect(other.answers).toHaveLength(1);
  });
});

it("without a router a tool says so, and the server goes on", async () => {
  const client = new Client({ SIGNALBOX_URL: "http://127.0.0.1:9", SIGNALBOX_TOKEN: "sb_pat_x" });
  const { text, isError } = await client.call("overview");
  expect(isError).toBe(true);
  expect(text).toContain("No router answers");
  expect((await client.ask("ping")).result).toEqual({});
  expect(await client.end()).toBe(0);
});

it("an address that is none ends it at once, with the reason", async () => {
  const { code, stderr, stdout } = await run(["mcp", "--url", "ftp://x"]);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain("http(s)");
});
