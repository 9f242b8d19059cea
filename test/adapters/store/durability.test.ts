/** Strict durability on real stores: what confirms, by what it is chosen, and what happens when nobody does. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import {
  confirmed,
  strictBy,
  type Ability,
  type Confirmation,
  type Durability,
} from "../../../src/adapters/store/durability.ts";
import { createQueues } from "../../../src/adapters/queues/bullmq.ts";
import { createRecord } from "../../../src/adapters/record/record.ts";
import { connectIngest, connectWorker, whenReady } from "../../../src/adapters/store/redis.ts";
import { openStore, type OpenStore } from "../../../src/adapters/store/store.ts";
import { SignalboxError } from "../../../src/core/errors.ts";
import type { Store } from "../../../src/ports.ts";
import { anEvent, deliveriesOf } from "../../helpers/history.ts";
import { aLog } from "../../helpers/log.ts";
import { aRedis, type TestRedis } from "../../helpers/redis.ts";
import { describeWithRedis } from "../../helpers/require.ts";
import { until } from "../../helpers/until.ts";

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const able = (parts: Partial<Ability>): Ability => ({
  ...{ at: "here:1", appendOnly: true, appendfsync: "everysec", version: [7, 0], replicas: 0 },
  ...parts,
});

describe("what strict durability is confirmed by", () => {
  it.each<[string, Partial<Ability>, Confirmation]>([
    ["a store that syncs before it answers", { appendfsync: "always", replicas: 1 }, "fsync"],
    ["one that knows WAITAOF", { version: [7, 2], replicas: 1 }, "waitaof"],
    ["one that hides its settings", { appendfsync: undefined, version: [8, 0] }, "waitaof"],
    ["one with a replica", { replicas: 2 }, "replica"],
    ["one with a replica and no file", { appendOnly: false, version: [7, 4], replicas: 1 }, "replica"],
  ])("is told of %s", (_what, parts, by) => {
    expect(strictBy(able(parts))).toBe(by);
  });

  it.each<[string, Partial<Ability>]>([
    ["synced every second, and too old to be asked", {}],
    [
      "without a file, whatever it says of syncing",
      { appendOnly: false, appendfsync: "always", version: [7, 4] },
    ],
  ])("is refused where there is nothing: %s", (_what, parts) => {
    expect(() => strictBy(able(parts))).toThrow(SignalboxError);
  });

  it.each<[unknown, boolean]>([
    [1, true],
    [0, false],
    [[1, 0], true],
    [[0, 1], false],
  ])("reads the reply %j", async (reply, isSafe) => {
    const by = Array.isArray(reply) ? "waitaof" : "replica";
    const answers = { wait: () => Promise.resolve(reply), call: () => Promise.resolve(reply) };
    const asked = confirmed(answers as never, { mode: "strict", by });
    if (isSafe) await asked;
    else await expect(asked).rejects.toThrow(/(replica has|disk does not have) it after 700 ms/);
  });
});

async function aStore(options: Readonly<Record<string, string>>): Promise<TestRedis> {
  const redis = await aRedis({ "maxmemory-policy": "noeviction", ...options });
  closing.push(() => redis.close());
  return redis;
}

async function opened(settings: Partial<Parameters<typeof openStore>[0]>): Promise<OpenStore> {
  const dataDir = mkdtempSync(join(tmpdir(), "signalbox-durability-"));
  closing.push(() => rmSync(dataDir, { recursive: true, force: true }));
  const given = { redisUrl: undefined, dataDir, trial: false, production: false, ...settings };
  const store = await openStore({ durability: "strict", ...given }, aLog());
  closing.push(() => store.close());
  return store;
}

async function recordOn(url: string, durability: Durability): Promise<Store> {
  const log = aLog();
  const [ingest, commands] = [connectIngest({ url }, log), connectWorker({ url }, log)];
  closing.push(() => [ingest, commands].forEach((connection) => connection.disconnect()));
  await whenReady(ingest, 5_000);
  const perform = (): Promise<never> => Promise.reject(new Error("nothing is worked on here"));
  const queues = createQueues({ commands, blocking: undefined, clock: Date, log, perform });
  const thaw = (): Promise<boolean> => Promise.resolve(false);
  return createRecord({
    ...{
      ingest,
      commands,
      queues,
      clock: Date,
      ledgerSeconds: 60,
      thaw,
      standing: () => Promise.resolve([]),
    },
    ...{ isLong: () => false, durability: () => durability },
  });
}

const yes = (): boolean => true;
const no = (): boolean => false;

const commit = (store: Store): Promise<unknown> => {
  const event = anEvent(Date.now());
  return store.commit(event, deliveriesOf(event.context.id, { "to-api": "api" }));
};

describeWithRedis("a strict router", () => {
  it("has the store that it starts itself sync before every answer", async () => {
    const store = await opened({});
    expect(store.describe).toContain("append-only file synced always");
    expect(await store.fit).toEqual({ mode: "strict", by: "fsync" });
    const connection = connectWorker(store.target, aLog());
    closing.push(() => connection.disconnect());
    expect(await connection.config("GET", "appendfsync")).toEqual(["appendfsync", "always"]);
  });

  it("takes a given store by what it can do, and refuses one that can confirm nothing, with what to do", async () => {
    const always = await aStore({ appendonly: "yes", appendfsync: "always" });
    expect(await (await opened({ redisUrl: always.url })).fit).toEqual({ mode: "strict", by: "fsync" });
    const weak = await aStore({ appendonly: "yes" });
    const refused = await opened({ redisUrl: weak.url }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "SETTING_STORE_UNSUITED" });
    expect((refused as SignalboxError).detail).toContain("CONFIG SET appendfsync always");
    const replica = await aStore({ replicaof: `127.0.0.1 ${weak.port}` });
    await until("the replica is there", () => weak.cli("info", "replication").includes("state=online"));
    expect(await (await opened({ redisUrl: weak.url })).fit).toEqual({ mode: "strict", by: "replica" });
    expect(replica.cli("info", "replication")).toContain("master_link_status:up");
  });

  it("refuses the trial store", async () => {
    await expect(opened({ trial: true })).rejects.toMatchObject({ code: "SETTING_STORE_UNSUITED" });
  });

  it("answers for no event, alone or in a batch, that its replica does not have within a second", async () => {
    const primary = await aStore({});
    const replica = await aStore({ replicaof: `127.0.0.1 ${primary.port}` });
    await until("the replica is there", () => primary.cli("info", "replication").includes("state=online"));
    const store = await recordOn(primary.url, { mode: "strict", by: "replica" });
    const two = [anEvent(Date.now()), anEvent(Date.now())].map((event) => ({
      event,
      deliveries: deliveriesOf(event.context.id, { "to-api": "api" }),
    }));
    // "online" is before the replica has loaded what it was sent: an event that it did not confirm is stored all the same.
    await until("the replica confirms", () => commit(store).then(yes, no));
    expect(await store.commitAll(two)).toEqual([{ kind: "stored" }, { kind: "stored" }]);
    const events = primary.cli("zcard", "{sb}:events");
    expect(Number(events)).toBeGreaterThanOrEqual(3);
    expect(replica.cli("zcard", "{sb}:events")).toBe(events);
    replica.freeze();
    closing.push(() => replica.thaw());
    const began = performance.now();
    const unsafe = {
      code: "ACCEPT_STORE_UNAVAILABLE",
      detail: expect.stringContaining("no replica has it") as string,
    };
    await expect(commit(store)).rejects.toMatchObject(unsafe);
    await expect(store.commitAll(two)).rejects.toMatchObject(unsafe);
    expect(performance.now() - began).toBeLessThan(2_000);
    replica.thaw();
    await until("the replica confirms again", () => commit(store).then(yes, no));
  }, 30_000);
});
