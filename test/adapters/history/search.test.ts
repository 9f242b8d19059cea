import { afterEach, beforeEach, expect, it } from "vitest";
import type { Hit, Search } from "../../../src/history.ts";
import { aHistory, OK, type HistoryBench } from "../../helpers/history.ts";
import { aRedis, type TestRedis } from "../../helpers/redis.ts";
import { describeWithRedis } from "../../helpers/require.ts";

let redis: TestRedis;
let bench: HistoryBench;

beforeEach(async () => {
  redis = await aRedis();
  bench = await aHistory({ url: redis.url }, { events: 40 });
});
afterEach(async () => {
  bench.close();
  await redis.close();
});

/** Hits of all calls that it takes, and how many events were looked through. */
async function search(
  parts: Partial<Search> & Pick<Search, "path" | "value">,
): Promise<{ hits: Hit[]; scanned: number }> {
  const hits: Hit[] = [];
  let scanned = 0;
  let cursor: string | undefined;
  do {
    const asked: Search = { in: "body", limit: 3, ...parts, ...(cursor !== undefined && { cursor }) };
    const page = await bench.history.search(asked, (hit) => hits.push(hit));
    scanned += page.scanned;
    cursor = page.next;
  } while (cursor !== undefined);
  return { hits, scanned };
}

describeWithRedis("a search by value", () => {
  it("finds what stands at a path, in bodies and results, hot and sealed, each once", async () => {
    const ids: string[] = [];
    for (let at = 0; at < 100; at++) {
      bench.pass(1_000);
      const body = {
        n: at,
        who: { name: `Zoë ${at % 10}`, tags: ["x", { id: `id-${at}` }] },
        "a/b": at % 2 === 0,
        z: null,
      };
      const { event, deliveries } = await bench.accept({ body, source: at % 2 === 0 ? "even" : "odd" });
      const text = JSON.stringify({ text: `made of ${at}`, list: [{ n: at % 5 }] });
      await bench.attempt(
        deliveries[0]!.id,
        OK,
        {},
        { rule: "0123456789ab", made: { bytes: text.length, text } },
      );
      ids.unshift(event.context.id);
    }
    const wanted = (test: (n: number) => boolean): string[] => ids.filter((_, at) => test(99 - at));
    const check = async (): Promise<void> => {
      const events = async (parts: Parameters<typeof search>[0]): Promise<string[]> =>
        (await search(parts)).hits.map(({ event }) => event);
      expect(await events({ path: "n", value: "42" })).toEqual(wanted((n) => n === 42));
      expect(await events({ path: "who.name", value: "Zoë 7" })).toEqual(wanted((n) => n % 10 === 7));
      expect(await events({ path: "who.tags[1].id", value: "id-3" })).toEqual(wanted((n) => n === 3));
      expect(await events({ path: "/who/tags/1/id", value: "id-3" })).toEqual(wanted((n) => n === 3));
      expect(await events({ path: "/a~1b", value: "true", source: "odd" })).toEqual([]);
      expect(await events({ path: "/a~1b", value: "true", limit: 50 })).toEqual(wanted((n) => n % 2 === 0));
      expect(await events({ path: "z", value: "null", limit: 100 })).toEqual(ids);
      expect(await events({ path: "who.name", value: "42" })).toEqual([]);
      expect(await events({ path: "__proto__.n", value: "42" })).toEqual([]);
      expect((await search({ path: "nothing", value: "at all" })).scanned).toBe(100);
      const results = await search({ in: "result", path: "list[0].n", value: "3", source: "odd" });
      expect(results.hits.map(({ event }) => event)).toEqual(wanted((n) => n % 5 === 3 && n % 2 === 1));
      expect(results.hits[0]!.delivery).toMatch(/^dlv_/);
      expect((await search({ in: "result", path: "text", value: "made of 5" })).hits).toHaveLength(1);
    };
    await check();
    await bench.history.seal();
    await check();
    bench.pass(700_000);
    await bench.history.seal();
    expect((await bench.history.usage()).hot).toBe(0);
    await check();
  });

  it("stops when nobody listens any more", async () => {
    for (let at = 0; at < 100; at++) await bench.accept();
    const gone = AbortSignal.abort();
    const page = await bench.history.search(
      { in: "body", path: "hello", value: "x", limit: 9 },
      () => undefined,
      gone,
    );
    expect(page).toMatchObject({ done: false, next: expect.any(String) as string });
  });

  it("finds fields of forms and texts however they are escaped", async () => {
    const form = Buffer.from("who=Zo%C3%AB+Smith&n=1");
    await bench.accept({ event: { body: form, contentType: "form" } });
    await bench.accept({ event: { body: Buffer.from('{"who":"Zo\\u00eb Smith"}') } });
    await bench.accept({ event: { body: Buffer.from("Zoë Smith"), contentType: "text" } });
    expect((await search({ path: "who", value: "Zoë Smith" })).hits).toHaveLength(2);
    expect((await search({ path: "$", value: "Zoë Smith" })).hits).toHaveLength(1);
  });
});

describeWithRedis("a cursor", () => {
  it("that is malformed, another question's, or points to what has left the history is refused", async () => {
    for (let at = 0; at < 50; at++) {
      bench.pass(1_000);
      const { deliveries } = await bench.accept();
      await bench.attempt(deliveries[0]!.id, OK);
    }
    const { next } = await bench.history.events({ limit: 10 });
    const stale = { code: "ADMIN_CURSOR_STALE" };
    for (const cursor of [
      "",
      "x",
      `${next}x`,
      "../../etc",
      "0".repeat(26) + ".0.aaaaaaaa",
      next!.replace(/^./, "9"),
    ])
      await expect(bench.history.events({ limit: 10, cursor })).rejects.toMatchObject(stale);
    await expect(bench.history.deliveries({ limit: 10, cursor: next! })).rejects.toMatchObject(stale);
    await expect(bench.history.events({ limit: 10, source: "other", cursor: next! })).rejects.toMatchObject(
      stale,
    );
    expect((await bench.history.events({ limit: 5, cursor: next! })).items).toHaveLength(5);
    bench.pass(3_600_000);
    await bench.history.seal();
    expect((await bench.history.events({ limit: 5, cursor: next! })).items).toHaveLength(5);
    expect(await bench.history.forget(1_800_000, 1e9)).toBe(50);
    await expect(bench.history.events({ limit: 5, cursor: next! })).rejects.toMatchObject(stale);
    await expect(bench.history.deadOf("0123456789abcdef", { limit: 5, cursor: "x" })).rejects.toMatchObject(
      stale,
    );
    await expect(bench.history.refusals({ limit: 5, cursor: "bm9uc2Vuc2U" })).rejects.toMatchObject(stale);
  });
});
