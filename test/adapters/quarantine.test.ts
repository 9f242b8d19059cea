/** Held requests and handed-over secrets on a real store: encrypted, bounded, never replaced. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createCaptured } from "../../src/adapters/captured.ts";
import { createFormerSecrets } from "../../src/adapters/former-secrets.ts";
import { createQuarantine } from "../../src/adapters/quarantine.ts";
import { connectWorker, type StoreConnection } from "../../src/adapters/store/redis.ts";
import { createSealer } from "../../src/adapters/secret-key.ts";
import { asRequest } from "../../src/providers/sign.ts";
import { aLog } from "../helpers/log.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { until } from "../helpers/until.ts";

let redis: TestRedis;
let store: StoreConnection;
let folder: string;

beforeEach(async () => {
  redis = await aRedis();
  store = connectWorker({ url: redis.url }, aLog());
  folder = await mkdtemp(join(tmpdir(), "signalbox-key-"));
});
afterEach(async () => {
  store.disconnect();
  await redis.close();
  await rm(folder, { recursive: true, force: true });
});

function aHeld(id: string, body = "confidential", at = Date.now()) {
  const headers = { "x-secret-header": "hidden", "content-type": "text/plain" };
  const request = asRequest({ method: "POST", url: "/hooks/a?q=1", headers, body: Buffer.from(body) });
  return { id, source: "a", cause: "mismatch: none matches", at, request };
}

describeWithRedis("quarantine", () => {
  it("holds a request encrypted and gives it back byte for byte", async () => {
    const quarantine = createQuarantine(store, createSealer(undefined, folder), aLog());
    const held = aHeld("req_1", "confidential \u0000\u00ff");
    quarantine.hold(held, 1);
    await until("it is held", async () => (await quarantine.list(Date.now())).length === 1);
    expect(await quarantine.read("req_1")).toEqual(held);
    const everything = redis.cli("--no-raw", "HGETALL", "{sb}:held") + redis.cli("GET", "{sb}:held:req_1");
    expect(everything).not.toMatch(/confidential|hidden|x-secret-header/);
    expect(Number(redis.cli("PTTL", "{sb}:held:req_1"))).toBeGreaterThan(3_500_000);
    const other = createQuarantine(store, createSealer("another key, which is long enough", folder), aLog());
    await expect(other.read("req_1")).rejects.toThrow(/ADMIN_SECRET_KEY_WRONG/);
    await quarantine.release("req_1", ["evt_1"], 17);
    await quarantine.release("req_1", ["evt_2"], 18);
    expect(await quarantine.list(Date.now())).toEqual([]);
    expect(await quarantine.read("req_1")).toBeUndefined();
    const letIn = await quarantine.of(["req_1", "req_2"]);
    expect(letIn.get("req_1")).toMatchObject({ source: "a", admitted: { events: ["evt_1"], at: 17 } });
    expect(letIn.has("req_2")).toBe(false);
  });

  it("takes no more than its bounds, and says so; what has run out makes room", async () => {
    const log = aLog();
    const quarantine = createQuarantine(store, createSealer(undefined, folder), log);
    const now = Date.now();
    const stale = Array.from({ length: 500 }, (_, at) => [
      `req_old${at}`,
      JSON.stringify({
        id: `req_old${at}`,
        source: "a",
        cause: "",
        at: 0,
        until: now + 60_000,
        bytes: 10,
        address: "",
      }),
    ]);
    await store.hset("{sb}:held", Object.fromEntries(stale) as Record<string, string>);
    quarantine.hold(aHeld("req_2", "x", now), 1);
    await until("it is told", () => log.lines.some(({ step }) => step === "quarantine.full"));
    expect(await quarantine.read("req_2")).toBeUndefined();
    quarantine.hold(aHeld("req_3", "x", now + 61_000), 1);
    await until("it is held", async () => (await quarantine.read("req_3")) !== undefined);
    expect(await store.hlen("{sb}:held")).toBe(1);
  });
});

describeWithRedis("former secrets", () => {
  const aSource = (...secrets: string[]) => [{ name: "shop", file: { secrets } }];

  it("are those that a source had before, by day, kept encrypted, at most four and for 30 days", async () => {
    let now = Date.parse("2026-03-01T12:00:00Z");
    const known = () =>
      createFormerSecrets(store, createSealer(undefined, folder), { clock: { now: () => now }, log: aLog() });
    const secretsOf = async () => (await known().of("shop")).map(({ secret }) => secret);
    await known().remember(aSource("first-secret", "second-secret"));
    expect(await secretsOf()).toEqual([]);
    now += 1_000;
    await known().remember(aSource("second-secret", "third-secret"));
    expect(await known().of("shop")).toEqual([{ secret: "first-secret", until: now }]);
    expect(redis.cli("HGETALL", "{sb}:secrets")).not.toMatch(/first|second|third/);
    // Another process with the same files changes nothing.
    await known().remember(aSource("third-secret", "second-secret"));
    expect(await secretsOf()).toEqual(["first-secret"]);
    // One that comes back is no former one.
    await known().remember(aSource("first-secret"));
    expect(await secretsOf()).toEqual(["second-secret", "third-secret"]);
    for (const nth of [4, 5, 6, 7]) await known().remember(aSource(`secret-${nth}`));
    expect(await secretsOf()).toEqual(["secret-6", "secret-5", "secret-4", "first-secret"]);
    now += 30 * 86_400_000;
    expect(await secretsOf()).toEqual([]);
  });

  it("that do not open under this key are none, and no reason not to start", async () => {
    const parts = { clock: { now: () => 0 }, log: aLog() };
    await createFormerSecrets(store, createSealer(undefined, folder), parts).remember(aSource("a-secret"));
    const other = createFormerSecrets(store, createSealer("another key, which is long", folder), parts);
    await other.remember(aSource("b-secret"));
    expect(parts.log.lines.map(({ step }) => step)).toEqual(["former-secrets.failed"]);
    expect(parts.log.text()).not.toMatch(/[ab]-secret/);
    expect(await other.of("shop")).toEqual([]);
  });
});

describeWithRedis("captured secrets", () => {
  it("are kept encrypted, known to other processes, and never replaced", async () => {
    const sealer = createSealer(undefined, folder);
    const [one, two] = [createCaptured(store, sealer), createCaptured(store, sealer)];
    expect(await two.of("asana")).toEqual([]);
    expect(await one.keep("asana", "first-secret")).toBe(true);
    expect(await one.of("asana")).toEqual(["first-secret"]);
    expect(await one.keep("asana", "second-secret")).toBe(false);
    expect(await two.keep("asana", "third-secret")).toBe(false);
    expect(await two.of("asana")).toEqual(["first-secret"]);
    expect(await createCaptured(store, sealer).of("asana")).toEqual(["first-secret"]);
    expect(redis.cli("HGETALL", "{sb}:captured")).not.toContain("first-secret");
    expect(await two.forget("asana")).toBe(true);
    expect(await two.of("asana")).toEqual([]);
    expect(await two.keep("asana", "later-secret")).toBe(true);
  });

  it("of two requests at once only one is kept", async () => {
    const sealer = createSealer(undefined, folder);
    const kept = await Promise.all(
      Array.from({ length: 10 }, (_, at) => createCaptured(store, sealer).keep("clio", `secret-${at}`)),
    );
    expect(kept.filter(Boolean).length).toBe(1);
  });
});
