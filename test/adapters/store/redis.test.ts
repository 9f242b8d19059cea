import { createServer as createTlsServer } from "node:tls";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { storeClock } from "../../../src/adapters/store/clock.ts";
import { scripts } from "../../../src/adapters/record/scripts.ts";
import {
  connectBlocking,
  connectIngest,
  connectWorker,
  defineScripts,
  whenReady,
  type StoreConnection,
} from "../../../src/adapters/store/redis.ts";
import { aCertificate } from "../../helpers/certificate.ts";
import { aLog } from "../../helpers/log.ts";
import { aRedis, type TestRedis } from "../../helpers/redis.ts";
import { describeWithRedis } from "../../helpers/require.ts";
import { until } from "../../helpers/until.ts";

let redis: TestRedis;
let log: ReturnType<typeof aLog>;
const open: StoreConnection[] = [];

beforeEach(async () => {
  redis = await aRedis();
  log = aLog();
});
afterEach(async () => {
  for (const connection of open.splice(0)) connection.disconnect();
  await redis.close();
});

async function ingest(): Promise<StoreConnection> {
  const connection = connectIngest({ url: redis.url }, log);
  open.push(connection);
  expect(await whenReady(connection, 5_000)).toBe(true);
  return connection;
}
function worker(url = redis.url): StoreConnection {
  const connection = connectWorker({ url }, log);
  open.push(connection);
  return connection;
}

/** Ms until a command failed; throws when it did not. */
async function failsAfter(command: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  const failed = await command().then(
    () => false,
    () => true,
  );
  expect(failed).toBe(true);
  return performance.now() - start;
}
/** A pipeline resolves with an error for each command. */
async function pipelined(connection: StoreConnection): Promise<void> {
  const [first] = (await connection.pipeline().set("a", 1).get("a").exec()) ?? [];
  if (first?.[0]) throw first[0];
}

describeWithRedis("the ingest connection", () => {
  it("answers an error within 1.2 s while the store hangs, single or pipelined, and works again when it goes on", async () => {
    const connection = await ingest();
    redis.freeze();
    expect(await failsAfter(() => connection.set("a", 1))).toBeLessThan(1_200);
    expect(await failsAfter(() => pipelined(connection))).toBeLessThan(1_200);
    redis.thaw();
    await until("it works again", () => connection.ping().catch(() => false));
  });

  it("answers an error at once while the store is dead, and works again on the restarted one", async () => {
    const connection = await ingest();
    await redis.kill();
    await until("the loss is seen", () => connection.status !== "ready");
    expect(await failsAfter(() => connection.set("a", 1))).toBeLessThan(50);
    expect(await failsAfter(() => pipelined(connection))).toBeLessThan(50);
    await redis.start();
    await until("it works again", () => connection.set("a", 1).catch(() => false), { withinMs: 3_000 });
  });

  it("fails what is under way when the store dies, and does not send it again", async () => {
    const connection = await ingest();
    redis.freeze();
    const counting = failsAfter(() => connection.incr("n"));
    await redis.kill();
    expect(await counting).toBeLessThan(500);
    await redis.start();
    await until("it works again", () => connection.ping().catch(() => false));
    expect(await connection.get("n")).toBeNull();
  });
});

describeWithRedis("the worker's connection", () => {
  it("keeps commands until the store is back", async () => {
    const connection = worker();
    await connection.ping();
    await redis.kill();
    const written = connection.set("a", "kept");
    await redis.start();
    await written;
    expect(await connection.get("a")).toBe("kept");
  });

  it("tells an outage once when it begins and once when it is over", async () => {
    const connection = worker();
    await connection.ping();
    await redis.kill();
    const times = { tries: 0 };
    connection.on("reconnecting", () => times.tries++);
    await until("several tries have failed", () => times.tries >= 4);
    await redis.start();
    await connection.ping();
    expect(log.lines.map(({ step }) => step)).toEqual(["store.lost", "store.recovered"]);
  });

  it("runs the record's scripts by name, also after the store has forgotten them", async () => {
    const connection = worker();
    defineScripts(connection, scripts);
    const settled = `dlv_${"0".repeat(34)}|1|delivered|0|0|github|api||||`;
    const one = [settled, "{}", "{}", "", "", ""];
    const call = [4, "e", "l", "e", "l", "6,6", ...one, ...one];
    const unknown = [0, null, ""];
    expect(await connection.sbSettle(...call)).toEqual([unknown, unknown]);
    redis.cli("script", "flush");
    expect(await connection.sbSettle(...call)).toEqual([unknown, unknown]);
    const pipeline = connection.pipeline();
    pipeline.sbSettle(...call);
    expect(await pipeline.exec()).toEqual([[null, [unknown, unknown]]]);
  });

  it("shows its password in no log line, whether it is wrong or the store is gone", async () => {
    redis.cli("config", "set", "requirepass", "right");
    const connection = worker(`redis://:hunter2@127.0.0.1:${redis.port}`);
    await until("the refusal is told", () => log.lines.length > 0);
    connection.disconnect();
    expect(log.text()).toContain("WRONGPASS");
    expect(log.text()).not.toContain("hunter2");
  });
});

describeWithRedis("a connection's URL", () => {
  it("gives user, password and database", async () => {
    redis.cli("acl", "setuser", "ann", "on", ">p@ss:w%rd", "+@all", "~*", "&*");
    const connection = worker(`redis://ann:p%40ss%3Aw%25rd@127.0.0.1:${redis.port}/3`);
    await connection.set("a", 1);
    expect(redis.cli("-n", "3", "get", "a")).toBe("1");
  });

  it("verifies the certificate of rediss://", async () => {
    const greetings: string[] = [];
    const server = createTlsServer(aCertificate({ host: "127.0.0.1" }), (socket) =>
      socket.on("data", (data) => greetings.push(data.toString())),
    );
    server.on("tlsClientError", () => undefined);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    worker(`rediss://:hunter2@127.0.0.1:${(server.address() as AddressInfo).port}`);
    await until("the certificate is refused", () => log.text().includes("self-signed"));
    expect(greetings).toEqual([]);
    server.close();
  });
});

describeWithRedis("the blocking connection", () => {
  it("waits without holding up, and is answered when something comes", async () => {
    const blocking = connectBlocking({ url: redis.url }, log);
    open.push(blocking);
    const popped = blocking.bzmpop(5, 1, "ready", "MIN", "COUNT", 64);
    redis.cli("zadd", "ready", "0", "team-chat");
    expect(await popped).toEqual(["ready", [["team-chat", "0"]]]);
  });
});

describeWithRedis("the store's clock", () => {
  it("is the store's time, whatever this process thinks the time is", async () => {
    const connection = worker();
    const real = Date.now;
    Date.now = () => real() - 3_600_000;
    try {
      const clock = await storeClock(connection, log);
      expect(Math.abs(clock.now() - real())).toBeLessThan(50);
      clock.stop();
    } finally {
      Date.now = real;
    }
    expect(log.lines.filter(({ step }) => step === "clock.skewed")).toHaveLength(1);
  });

  it("says nothing where the clocks agree", async () => {
    const clock = await storeClock(worker(), log);
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(50);
    clock.stop();
    expect(log.lines).toEqual([]);
  });
});
