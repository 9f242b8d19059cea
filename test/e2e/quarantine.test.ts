/** Quarantine end to end: a rotated secret is told from a forgery, what was held is let in once by whoever comes, and says what it became. */
import { createHmac } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeWithRedis } from "../helpers/require.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { run } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";

const [OLD, NEW, FOREIGN] = ["old-secret-11", "new-secret-22", "foreign-secret-33"];

const source = (secret: string): string =>
  `provider: github\nsecrets: ["${secret}"]\nonInvalid: quarantine\nquarantineHours: 2\n`;

let redis: TestRedis;
let scene: Scene;

interface Listed {
  readonly id: string;
  readonly verdict: string;
  readonly cause: string;
  readonly heldUntil?: string;
  readonly admitted?: { readonly at: string; readonly events: string[] };
}

const post = async (secret: string, n: number, id = `d-${n}`): Promise<{ status: number; text: string }> => {
  const body = JSON.stringify({ n });
  const signature = `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
  const response = await fetch(`${scene.router.hooks}/hooks/shop`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-github-event": "push",
      "x-github-delivery": id,
      "x-hub-signature-256": signature,
    },
    body,
  });
  return { status: response.status, text: await response.text() };
};

const asked = async <T>(path: string, init?: RequestInit): Promise<{ status: number; json: T }> => {
  const response = await scene.router.ask(`/api/v1/${path}`, init);
  return { status: response.status, json: (await response.json()) as T };
};
const listed = async (query: string): Promise<Listed[]> =>
  (await asked<{ items: Listed[] }>(`requests?source=shop&${query}`)).json.items;
const admit = (id: string) =>
  asked<{ admitted: boolean; events?: string[]; cause?: string }>(`requests/${id}/admit`, { method: "POST" });

/** A router with another secret on the same store, as after a deployment. */
async function rotated(secret: string): Promise<void> {
  await writeFile(`${scene.dir}/sources/shop.yaml`, source(secret));
  await scene.router.end();
  scene.router = await scene.start();
}

describeWithRedis("quarantine", () => {
  beforeAll(async () => {
    redis = await aRedis();
    const files = { "sources/shop.yaml": source(OLD), "routes/shop.yaml": "source: shop\ntarget: api\n" };
    scene = await aScene({ files, redisUrl: redis.url });
  }, 60_000);
  afterAll(async () => {
    await scene?.close();
    await redis?.close();
  }, 90_000);

  it("tells a request that is signed with the previous secret from one that nobody knows", async () => {
    expect((await post(OLD, 0)).status).toBe(202);
    await rotated(NEW);
    const late = await post(OLD, 1);
    expect(late.status).toBe(401);
    expect(late.text).not.toMatch(/previous|held/);
    expect((await post(FOREIGN, 2)).status).toBe(401);
    const refused = await until("both are listed as held", async () => {
      const items = await listed("verdict=refused");
      return items.length === 2 && items.every(({ heldUntil }) => heldUntil !== undefined) && items;
    });
    const today = new Date().toISOString().slice(0, 10);
    expect(refused[1]!.cause).toMatch(
      new RegExp(`^mismatch: .*; the request is signed with the previous secret, .* until ${today}`),
    );
    expect(refused[0]!.cause).not.toContain("signed with");
    const ends = Date.parse(refused[0]!.heldUntil!) - Date.now();
    expect(ends).toBeGreaterThan(1.9 * 3_600_000);
    const everything = JSON.stringify([refused, scene.router.log, scene.router.stderr()]);
    for (const secret of [OLD, NEW, FOREIGN]) expect(everything).not.toContain(secret);
    const stored = redis.cli("HGETALL", "{sb}:secrets");
    expect(stored).toContain("shop");
    for (const secret of [OLD, NEW]) expect(stored).not.toContain(secret);
  }, 90_000);

  it("lists what is held, and one of it, to whoever may read", async () => {
    const held = await listed("verdict=held");
    expect(held.map(({ verdict, id }) => [verdict, id.startsWith("req_")])).toEqual([
      ["refused", true],
      ["refused", true],
    ]);
    const one = await asked<Listed>(`requests/${held[0]!.id}`);
    expect(one.json).toEqual(held[0]);
    // Of refused requests the latest are kept; one that is held is found for as long as it is.
    redis.cli("DEL", "{sb}:refusals");
    expect((await asked<Listed>(`requests/${held[0]!.id}`)).json).toEqual(held[0]);
    expect((await listed("verdict=held&to=2020-01-01T00:00:00Z")).length).toBe(0);
    expect((await asked("requests/req_nobody")).status).toBe(404);
  }, 90_000);

  it("lets in what passes, once, whoever comes at once or after a crash, and says so", async () => {
    await rotated(OLD);
    const [forged, late] = await listed("verdict=held");
    const answers = await Promise.all(Array.from({ length: 5 }, () => admit(late!.id)));
    const events = new Set(answers.flatMap(({ json }) => json.events ?? []));
    expect(answers.map(({ json }) => json.admitted)).toEqual(Array(5).fill(true));
    expect(events.size).toBe(1);
    const [event] = events;
    await until("it is delivered", () => scene.target.arrivals.some(({ body }) => body === '{"n":1}'));
    const { json } = await admit(late!.id);
    expect(json).toMatchObject({ admitted: true, events: [event] });
    expect(scene.target.arrivals.filter(({ body }) => body === '{"n":1}').length).toBe(1);
    expect((await asked<Listed>(`requests/${late!.id}`)).json.admitted?.events).toEqual([event]);
    const refused = await admit(forged!.id);
    expect(refused.json).toMatchObject({ admitted: false, code: "ACCEPT_SIGNATURE_INVALID" });
    expect((await listed("verdict=held")).map(({ id }) => id)).toEqual([forged!.id]);
    expect((await admit("req_nobody")).status).toBe(404);
    expect((await admit("..%2f..%2fx")).status).toBe(404);
  }, 90_000);

  it("makes the same event of it without a delivery id, when it is let in twice before it is let go", async () => {
    expect((await post(FOREIGN, 7, "")).status).toBe(401);
    const held = await until("it is held", async () => (await listed("verdict=held")).length === 2);
    expect(held).toBe(true);
    await rotated(FOREIGN);
    const [newest] = await listed("verdict=held");
    const body = redis.cli("GET", `{sb}:held:${newest!.id}`);
    const first = await admit(newest!.id);
    // As if the router had died between storing the event and letting the request go.
    redis.cli("SET", `{sb}:held:${newest!.id}`, body);
    const second = await admit(newest!.id);
    expect(second.json).toEqual(first.json);
    await until("it is delivered", () => scene.target.arrivals.some(({ body: sent }) => sent === '{"n":7}'));
    expect(scene.target.arrivals.filter(({ body: sent }) => sent === '{"n":7}').length).toBe(1);
  }, 90_000);

  it("is told on the command line: until when, what it became, what is still refused", async () => {
    await rotated(NEW);
    expect((await post(OLD, 9)).status).toBe(401);
    // By the note that the router of this data folder has left.
    const environment = { SIGNALBOX_DIR: scene.dir, SIGNALBOX_DATA_DIR: scene.dataDir };
    await until("it is held", async () => {
      const { stdout } = await run(["requests", "--refused"], environment);
      return /signed with the previous secret.*\(held until 20/.test(stdout);
    });
    const [newest] = await listed("verdict=held");
    const still = await run(["requests", "admit", newest!.id], environment);
    expect([still.code, still.stdout]).toEqual([
      1,
      expect.stringMatching(/still refused ACCEPT_SIGNATURE_INVALID/),
    ]);
    await rotated(OLD);
    const passed = await run(["requests", "admit", newest!.id], environment);
    expect([passed.code, passed.stdout]).toEqual([0, expect.stringMatching(/^req_\w+ admitted: evt_\w+\n$/)]);
  }, 90_000);
});
