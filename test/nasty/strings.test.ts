/** The naughty strings through the whole router: as values and names, as they are and through a rule, each arrives as it was sent. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { post } from "../helpers/github.ts";
import { NAUGHTY, portions, wellFormed } from "../helpers/naughty.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import type { Arrival } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

let scene: Scene;
beforeAll(async () => {
  scene = await aScene({
    files: {
      "routes/everything.yaml": "",
      "routes/as-it-is.yaml": "source: github\non: [plain]\ntarget: api\n",
      "routes/ruled.yaml": "source: github\non: [plain]\ntransform: ruled\ntarget: ruled\n",
      "transforms/ruled.jsonata": '{ "same": texts, "joined": $join(texts, "|"), "all": $ }',
      "targets/ruled.yaml": "url: ${TARGET}/ruled\nretry: { attempts: 1 }\n",
      "routes/placed.yaml": "source: github\non: [placed]\ntarget: placed\n",
      "targets/placed.yaml":
        "url: ${TARGET}/placed/{{ text }}/end\nquery: { q: '{{ text }}' }\nheaders: { x-said: '{{ text }}' }\nretry: { attempts: 1 }\n",
    },
  });
}, 60_000);
afterAll(() => scene.close());

async function arrivalOf(id: string): Promise<Arrival> {
  return until(`${id} arrives`, () =>
    scene.target.arrivals.find(({ headers }) => headers["webhook-id"] === id),
  );
}

describe("naughty strings", () => {
  it.each(portions(NAUGHTY, 60).map((texts, nth) => [nth, texts] as const))(
    "of portion %i arrive byte for byte as they were sent, and unchanged through a rule",
    async (_nth, texts) => {
      const body = JSON.stringify({
        texts,
        names: Object.fromEntries(texts.map((text, at) => [`${text}${at}`, at])),
      });
      const { status, json } = await post(scene.router.hooks, { type: "plain", body });
      expect(status).toBe(202);
      const arrived = await Promise.all(json.deliveries!.map(arrivalOf));
      const plain = arrived.find(({ path }) => path === "/api")!;
      expect(plain.bytes.equals(Buffer.from(body))).toBe(true);
      const ruled = arrived.find(({ path }) => path === "/ruled")!.json as Record<string, unknown>;
      const sent = JSON.parse(Buffer.from(body).toString("utf8")) as { texts: string[] };
      expect(ruled["same"]).toEqual(sent.texts);
      expect(wellFormed(ruled["joined"] as string)).toBe(wellFormed(sent.texts.join("|")));
      expect(ruled["all"]).toEqual(sent);
    },
  );

  it("in a path, a query and a header stay in their place, or end as a dead letter without a call", async () => {
    const texts = NAUGHTY.filter((text) => text.length < 400);
    const sent: { text: string; id: string }[] = [];
    for (const some of portions(texts, 50)) {
      const answers = await Promise.all(
        some.map((text) => post(scene.router.hooks, { type: "placed", body: JSON.stringify({ text }) })),
      );
      answers.forEach(({ json }, at) => sent.push({ text: some[at]!, id: json.deliveries![0]! }));
    }
    await until(
      "all of them have ended",
      async () => {
        const found = (await (
          await scene.router.ask("/api/v1/deliveries?route=placed&state=pending&limit=1")
        ).json()) as { items: unknown[] };
        return found.items.length === 0;
      },
      { withinMs: 30_000 },
    );
    let called = 0;
    for (const { text, id } of sent) {
      const arrival = scene.target.arrivals.find(({ headers }) => headers["webhook-id"] === id);
      if (arrival === undefined) {
        const one = (await (await scene.router.ask(`/api/v1/deliveries/${id}`)).json()) as { state: string };
        expect([text, one.state]).toEqual([text, "dead"]);
        continue;
      }
      called++;
      const { pathname, searchParams } = new URL(arrival.path, "http://x");
      const [, first, segment, end, ...more] = arrival.path.split("?")[0]!.split("/");
      expect([text, first, end, more]).toEqual([text, "placed", "end", []]);
      expect(decodeURIComponent(segment!)).toBe(wellFormed(text));
      expect(pathname.split("/")).toHaveLength(4);
      expect(searchParams.get("q")).toBe(wellFormed(text));
      // It goes out as UTF-8, which Node reads as latin-1; white space around a value is none of it (RFC 9110).
      const heard = Buffer.from(arrival.headers["x-said"]!, "latin1").toString("utf8");
      expect(heard).toBe(wellFormed(text).replace(/^[ \t]+|[ \t]+$/g, ""));
      expect(arrival.headers).not.toHaveProperty("set-cookie");
    }
    expect(called).toBeGreaterThan(100);
  });
});
