/** Server-sent events of the operator's side over real HTTP: coalesced, bounded, ended with the session. */
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import type { Server } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { closeServer } from "../../src/adapters/http/close-server.ts";
import { adminApp, serve } from "../../src/adapters/http/express.ts";
import { servedPaths } from "../../src/admin/answer.ts";
import { createChanges, type Changes } from "../../src/admin/changes.ts";
import type { Endpoint } from "../../src/admin/endpoint.ts";
import { eventsOf, type Told } from "../../src/cli/stream.ts";
import { SignalboxError } from "../../src/core/errors.ts";
import { scopesOf, type Caller } from "../../src/core/role.ts";
import { aLog } from "../helpers/log.ts";
import { until } from "../helpers/until.ts";

const VIEWER: Caller = {
  kind: "session",
  id: "u1",
  name: "vera",
  role: "viewer",
  scopes: scopesOf("viewer"),
};
const DELIVERY = `dlv_${"0".repeat(26)}aaaaaaaa`;

let servers: Server[] = [];
let stopping: AbortController[] = [];

afterEach(async () => {
  for (const one of stopping) one.abort();
  await Promise.all(servers.map((server) => closeServer(server, 0)));
  servers = [];
  stopping = [];
});

/** A feed that a test speaks into; `followers` counts who listens. */
function aFeed() {
  const hearing = new Set<(line: string) => void>();
  return {
    follow: (hear: (line: string) => void) => {
      hearing.add(hear);
      return () => void hearing.delete(hear);
    },
    say: (news: object) => hearing.forEach((hear) => hear(JSON.stringify(news))),
    sayText: (line: string) => hearing.forEach((hear) => hear(line)),
    followers: () => hearing.size,
  };
}

const attempt = (target: string, state = "delivered", route = "r1") => ({
  ...{ delivery: DELIVERY, route, target, state, attempt: 1, status: 200 },
});

async function aServer(endpoint: Partial<Endpoint>, identify: () => Promise<Caller | undefined>) {
  const whole: Endpoint = {
    ...{ method: "GET", path: "/stream", tag: "Following", summary: "", scope: "read" },
    ...endpoint,
  };
  const answering = { identify, record: () => Promise.resolve(), log: aLog(), recheckMs: 50 };
  const operator = {
    paths: servedPaths([whole], answering),
    mounts: [],
    guard: () => undefined,
    otherwise: () => undefined,
  };
  const { server, port } = await serve(
    adminApp(
      operator,
      () => undefined,
      () => "",
      aLog(),
    ),
    0,
    "127.0.0.1",
  );
  servers.push(server);
  return { url: `http://127.0.0.1:${port}/stream`, server };
}

const changesServer = (changes: Changes) =>
  aServer(
    {
      query: { source: { type: "string" }, target: { type: "string" }, state: { type: "string" } },
      stream: ({ query }, client) => changes.subscribe(query, client),
    },
    () => Promise.resolve(VIEWER),
  );

/** Opens a stream and keeps what it tells. */
async function aListener(url: string): Promise<{ told: Told[]; ended: () => boolean; leave: () => void }> {
  const controller = new AbortController();
  stopping.push(controller);
  const response = await fetch(url, { signal: controller.signal });
  expect(response.status).toBe(200);
  const told: Told[] = [];
  let ended = false;
  void (async () => {
    for await (const one of eventsOf(response)) told.push(one);
    ended = true;
  })();
  return { told, ended: () => ended, leave: () => controller.abort() };
}

const dataOf = ({ data }: Told): Record<string, unknown> => JSON.parse(data) as Record<string, unknown>;

describe("changes", () => {
  it("tell what happened, with the event and the source of a delivery", async () => {
    const feed = aFeed();
    const changes = createChanges(feed.follow, (route) => (route === "r1" ? "github" : undefined));
    const { told } = await aListener((await changesServer(changes)).url);
    feed.say({ event: `evt_${"0".repeat(26)}`, source: "github", type: "push", deliveries: 1 });
    feed.say(attempt("api"));
    feed.say({
      kind: "refused",
      source: "github",
      code: "ACCEPT_SIGNATURE_INVALID",
      at: "2026-01-01T00:00:00Z",
    });
    feed.sayText("not JSON");
    feed.sayText("null");
    feed.say({ kind: "of a newer process" });
    await until("three are told", () => told.length >= 3);
    expect(told.map(({ event }) => event)).toEqual(["event", "delivery", "refused"]);
    expect(dataOf(told[1]!)).toEqual({
      ...attempt("api"),
      event: `evt_${"0".repeat(26)}`,
      source: "github",
    });
    changes.close();
  });

  it("tell at most 20 in a tick and count the rest", async () => {
    const feed = aFeed();
    const changes = createChanges(feed.follow, () => undefined);
    const { told } = await aListener((await changesServer(changes)).url);
    for (let nth = 0; nth < 500; nth++) feed.say(attempt("api"));
    await until("the rest is counted", () => told.some(({ event }) => event === "skipped"));
    expect(told.filter(({ event }) => event === "delivery")).toHaveLength(20);
    expect(dataOf(told.at(-1)!)).toEqual({ count: 480 });
    changes.close();
  });

  it("tell only the latest of a target, a replay and the overview, beyond what is counted", async () => {
    const feed = aFeed();
    const changes = createChanges(feed.follow, () => undefined);
    const { told } = await aListener((await changesServer(changes)).url);
    for (let nth = 0; nth < 100; nth++) {
      feed.say({ kind: "target", target: "api", change: "paused", nth });
      feed.say({ kind: "target", target: "chat", change: "paused", nth });
      feed.say({ kind: "replay", replay: "rpl_1", nth });
      changes.emit("overview", "", { nth });
    }
    await until("four are told", () => told.length >= 4);
    expect(told.map((one) => [one.event, dataOf(one)["nth"]])).toEqual([
      ["target", 99],
      ["target", 99],
      ["replay", 99],
      ["overview", 99],
    ]);
    changes.close();
  });

  it("are narrowed by source, target and state", async () => {
    const feed = aFeed();
    const changes = createChanges(feed.follow, (route) => (route === "r1" ? "github" : "stripe"));
    const { url } = await changesServer(changes);
    const byTarget = await aListener(`${url}?target=chat`);
    const byState = await aListener(`${url}?state=dead`);
    const bySource = await aListener(`${url}?source=stripe`);
    feed.say({ event: `evt_${"0".repeat(26)}`, source: "github", type: "push", deliveries: 1 });
    feed.say(attempt("api", "dead"));
    feed.say(attempt("chat"));
    feed.say(attempt("chat", "delivered", "r2"));
    await until("each has heard", () => [byTarget, byState, bySource].every(({ told }) => told.length > 0));
    expect(byTarget.told.map((one) => dataOf(one)["target"])).toEqual(["chat", "chat"]);
    expect(byState.told.map((one) => dataOf(one)["state"])).toEqual(["dead"]);
    expect(bySource.told.map((one) => dataOf(one)["route"])).toEqual(["r2"]);
    changes.close();
  });

  it("are followed once for all clients, and not at all when the last one has left", async () => {
    const feed = aFeed();
    const changes = createChanges(feed.follow, () => undefined);
    const { url } = await changesServer(changes);
    const listeners = await Promise.all(Array.from({ length: 50 }, () => aListener(url)));
    expect(feed.followers()).toBe(1);
    feed.say(attempt("api"));
    await until("all have heard", () => listeners.every(({ told }) => told.length === 1));
    for (const { leave } of listeners) leave();
    await until("nobody follows", () => feed.followers() === 0);
    const { told } = await aListener(url);
    feed.say(attempt("api"));
    await until("a later one hears again", () => told.length === 1);
    changes.close();
  });

  it("say so when the router stops, and end", async () => {
    const feed = aFeed();
    const changes = createChanges(feed.follow, () => undefined);
    const { told, ended } = await aListener((await changesServer(changes)).url);
    changes.close();
    await until("the stream ends", ended);
    expect(told).toEqual([{ event: "ended", data: '{"reason":"stopping"}' }]);
    expect(feed.followers()).toBe(0);
  });

  it("cost about as much for 50 clients as for one: the text is made once", () => {
    const feed = aFeed();
    const changes = createChanges(feed.follow, () => undefined);
    for (let nth = 0; nth < 50; nth++) changes.subscribe({}, aClient());
    const parsed = countParsing(() => {
      for (let nth = 0; nth < 10; nth++) feed.say(attempt("api"));
    });
    expect(parsed).toBe(10);
    changes.close();
  });

  it("are not read where they are only counted, but are where somebody may want them", async () => {
    const feed = aFeed();
    const changes = createChanges(feed.follow, () => undefined);
    const all = aClient();
    changes.subscribe({}, all);
    const flood = (): void => {
      for (let nth = 0; nth < 500; nth++) feed.say(attempt("api"));
      feed.say({ kind: "target", target: "api", change: "paused" });
    };
    expect(countParsing(flood)).toBe(21);
    await until("the rest is counted", () => all.heard.includes("event: skipped"));
    expect(all.heard).toContain('{"count":480}');
    expect(all.heard).toContain("event: target");
    const some = aClient();
    changes.subscribe({ target: "chat" }, some);
    flood();
    feed.say(attempt("chat"));
    await until("what was wanted is told", () => some.heard.includes('"target":"chat"'));
    expect(some.heard.match(/^event: delivery$/gm)).toHaveLength(1);
    changes.close();
  });
});

/** A client that keeps what it is told. */
function aClient() {
  const client = {
    heard: "",
    send: () => undefined,
    end: () => undefined,
    write: (text: string) => void (client.heard += text),
  };
  return client;
}

function countParsing(work: () => void): number {
  const parse = JSON.parse.bind(JSON);
  let parsed = 0;
  JSON.parse = (text, reviver) => {
    parsed++;
    return parse(text, reviver) as unknown;
  };
  try {
    work();
  } finally {
    JSON.parse = parse;
  }
  return parsed;
}

describe("every stream", () => {
  it("ends when the session behind it does, and says why", async () => {
    let caller: Caller | undefined = VIEWER;
    let stopped = 0;
    const { url } = await aServer({ stream: () => () => void stopped++ }, () => Promise.resolve(caller));
    const { told, ended } = await aListener(url);
    caller = undefined;
    await until("the stream ends", ended);
    expect(told).toEqual([{ event: "ended", data: '{"reason":"session"}' }]);
    await until("what fed it has stopped", () => stopped === 1);
    expect((await fetch(url)).status).toBe(401);
  });

  it("ends when a token is revoked or loses its scope, but not when the store is away for a while", async () => {
    let answer = (): Promise<Caller> => Promise.resolve(VIEWER);
    const { url } = await aServer({ stream: () => () => undefined }, () => answer());
    const { ended } = await aListener(url);
    let asked = 0;
    answer = () => {
      asked++;
      return Promise.reject(new Error("ECONNRESET"));
    };
    await until("it was asked for again", () => asked > 3);
    expect(ended()).toBe(false);
    answer = () => Promise.reject(new SignalboxError("ADMIN_LOGIN_NEEDED", "The token is revoked."));
    await until("the stream ends", ended);
    answer = () => Promise.resolve({ ...VIEWER, scopes: [] });
    expect((await fetch(url)).status).toBe(403);
  });

  it("cuts a client off that does not read, and keeps the others", async () => {
    const text = `event: delivery\ndata: ${"x".repeat(1_000)}\n\n`;
    const clients = new Set<(text: string) => void>();
    const { url, server } = await aServer(
      {
        stream: (_call, client) => {
          clients.add(client.write);
          return () => void clients.delete(client.write);
        },
      },
      () => Promise.resolve(VIEWER),
    );
    const { told } = await aListener(url);
    const { port } = server.address() as AddressInfo;
    const slow = connect(port, "127.0.0.1");
    slow.on("error", () => undefined);
    slow.pause();
    slow.write("GET /stream HTTP/1.1\r\nhost: localhost\r\n\r\n");
    await until("both are there", () => clients.size === 2);
    await until(
      "the slow one is cut off",
      () => {
        for (const write of clients) write(text.repeat(50));
        return clients.size === 1;
      },
      { everyMs: 1 },
    );
    slow.destroy();
    const heard = told.length;
    for (const write of clients) write(text);
    await until("the other one still hears", () => told.length > heard);
  });
});
