/** Tokens that processes share, on a real store: got by one at a time, whatever becomes of it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { connectWorker, type StoreConnection } from "../../src/adapters/store/redis.ts";
import { createSealer } from "../../src/adapters/secret-key.ts";
import { createTokens } from "../../src/adapters/tokens.ts";
import type { Tokens } from "../../src/ports.ts";
import { aLog } from "../helpers/log.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";

let redis: TestRedis;
let folder: string;
const stores: StoreConnection[] = [];

beforeEach(async () => {
  redis = await aRedis();
  folder = await mkdtemp(join(tmpdir(), "signalbox-key-"));
});
afterEach(async () => {
  for (const store of stores.splice(0)) store.disconnect();
  await redis.close();
  await rm(folder, { recursive: true, force: true });
});

function aProcess(key?: string, now = (): number => Date.now()): Tokens {
  const store = connectWorker({ url: redis.url }, aLog());
  stores.push(store);
  return createTokens(store, createSealer(key, folder), { now });
}

/** An issuer that counts; each token is another one. */
function anIssuer(lifeMs = 60_000) {
  const made: string[] = [];
  const obtain = (): Promise<{ text: string; lifeMs: number }> => {
    made.push(`token-${made.length}`);
    return Promise.resolve({ text: made.at(-1)!, lifeMs });
  };
  return { made, obtain };
}

describeWithRedis("tokens", () => {
  it("are got by somebody else when whoever was getting one is gone", async () => {
    const { made, obtain } = anIssuer();
    redis.cli("set", "{sb}:token:a:lock", "of a killed process", "PX", "600");
    const before = performance.now();
    const processes = [aProcess(), aProcess()];
    const got = await Promise.all(processes.map((tokens) => tokens.take("a", undefined, obtain)));
    expect(got).toEqual(["token-0", "token-0"]);
    expect(made).toHaveLength(1);
    expect(performance.now() - before).toBeGreaterThan(400);
    expect(redis.cli("exists", "{sb}:token:a:lock")).toBe("0");
  });

  it("are got anew by the one, and taken over by the other, when they have lapsed", async () => {
    const clock = { at: Date.now() };
    const { made, obtain } = anIssuer();
    const [one, other] = [aProcess(undefined, () => clock.at), aProcess(undefined, () => clock.at)];
    expect([await one.take("a", undefined, obtain), await other.take("a", undefined, obtain)]).toEqual([
      "token-0",
      "token-0",
    ]);
    clock.at += 60_001;
    expect([await one.take("a", undefined, obtain), await other.take("a", undefined, obtain)]).toEqual([
      "token-1",
      "token-1",
    ]);
    expect(made).toHaveLength(2);
  });

  it("that are refused are replaced once, but not within a second of their making", async () => {
    const clock = { at: Date.now() };
    const { made, obtain } = anIssuer();
    const tokens = aProcess(undefined, () => clock.at);
    const first = await tokens.take("a", undefined, obtain);
    expect(await tokens.take("a", first, obtain)).toBe(first);
    clock.at += 1_001;
    const many = await Promise.all(Array.from({ length: 10 }, () => tokens.take("a", first, obtain)));
    expect(new Set(many)).toEqual(new Set(["token-1"]));
    // Whoever comes late with the former one is given the present one.
    expect(await tokens.take("a", first, obtain)).toBe("token-1");
    expect(made).toHaveLength(2);
  });

  it("are asked for again two seconds after an issuer failed, however often they were wanted meanwhile", async () => {
    const { made, obtain } = anIssuer();
    let asked = 0;
    const failing = (): Promise<never> => {
      asked++;
      return Promise.reject(new Error("the issuer is down"));
    };
    const tokens = aProcess();
    for (let nth = 0; nth < 3; nth++)
      await expect(tokens.take("a", undefined, failing)).rejects.toThrow("the issuer is down");
    expect(asked).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    expect(await tokens.take("a", undefined, obtain)).toBe("token-0");
    expect(made).toHaveLength(1);
  });

  it("are each process's own where the secret keys differ", async () => {
    const { made, obtain } = anIssuer();
    const [one, other] = [aProcess("a".repeat(64)), aProcess("b".repeat(64))];
    expect(await one.take("a", undefined, obtain)).toBe("token-0");
    expect(await other.take("a", undefined, obtain)).toBe("token-1");
    expect(await one.take("a", undefined, obtain)).toBe("token-0");
    expect(made).toHaveLength(2);
  });

  it("that cannot be had are not asked for again for two seconds, and the lock is free", async () => {
    const tokens = aProcess();
    let asked = 0;
    const fail = (): Promise<never> => {
      asked++;
      return Promise.reject(new Error("no"));
    };
    for (let nth = 0; nth < 5; nth++) await expect(tokens.take("a", undefined, fail)).rejects.toThrow("no");
    expect(asked).toBe(1);
    expect(redis.cli("exists", "{sb}:token:a:lock")).toBe("0");
    expect(await aProcess().take("a", undefined, anIssuer().obtain)).toBe("token-0");
  });
});
