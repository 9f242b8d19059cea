/** Order: one at a time for a key, in the order in which events were accepted, whatever fails and dies meanwhile. */
import { randomUUID } from "node:crypto";
import { afterEach, expect, it } from "vitest";
import { post } from "../helpers/github.ts";
import { aRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import type { RunningRouter } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { status } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

const KEYS = 50;
/** Events of each key; `SIGNALBOX_TEST_ORDER=2000` is the full size, which takes minutes. */
const EVENTS = Number(process.env["SIGNALBOX_TEST_ORDER"] ?? 40);
const FULL = EVENTS > 40;
const KILL_EVERY_MS = FULL ? 8_000 : 1_500;
const KILLS = FULL ? Math.ceil(EVENTS / 100) : 2;

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const TARGET =
  "url: ${TARGET}/api\ntimeoutSeconds: 2\nconcurrency: 50\nretry: { attempts: 50, firstDelaySeconds: 0.1, maxDelaySeconds: 0.2 }\n";

async function scened(files: Readonly<Record<string, string>>, role = "all"): Promise<Scene> {
  const redis = await aRedis({ appendonly: "yes", "maxmemory-policy": "noeviction" });
  closing.push(() => redis.close());
  const scene = await aScene({
    redisUrl: redis.url,
    environment: { SIGNALBOX_ROLE: role },
    files: { "targets/api.yaml": TARGET, ...files },
  });
  closing.push(() => scene.close());
  return scene;
}

interface Numbered {
  readonly key: string;
  readonly n: number;
}

/** Sends an event until it is answered, as senders do: a connection may close under it. The id is the same, so it is one event. */
async function sent(scene: Scene, body: Numbered): Promise<void> {
  const webhook = { id: randomUUID(), body: JSON.stringify(body) };
  await until(
    "the event is accepted",
    async () => {
      const answer = await post(scene.router.hooks, webhook).catch(() => undefined);
      return answer?.status === 202 || answer?.status === 200;
    },
    { withinMs: 60_000 },
  );
}

/** What a target saw that it must not see. */
function watchOrder(scene: Scene): { readonly wrong: string[]; readonly done: Map<string, number> } {
  const wrong: string[] = [];
  const done = new Map<string, number>();
  const begun = new Map<string, number>();
  let calls = 0;
  scene.target.answer = (arrival, response, nth) => {
    const { key, n } = arrival.json as Numbered;
    const last = begun.get(key) ?? 0;
    if (n > last + 1) wrong.push(`${key}: ${n} came before ${last + 1}`);
    if (n > (done.get(key) ?? 0) + 1) wrong.push(`${key}: ${n} came while one before it was under way`);
    if (n < last && nth === 1) wrong.push(`${key}: ${n} came first after ${last}`);
    begun.set(key, Math.max(last, n));
    if (++calls % 7 === 0) return status(503)(arrival, response, nth);
    if (calls % 31 === 0) return void response.destroy();
    done.set(key, Math.max(done.get(key) ?? 0, n));
    return status(200)(arrival, response, nth);
  };
  return { wrong, done };
}

describeWithRedis("an ordered route", () => {
  it(
    `has no inversion at the target over ${KEYS} keys × ${EVENTS} events, with failures, two workers, and workers killed`,
    async () => {
      const scene = await scened(
        { "routes/everything.yaml": "source: github\ntarget: api\norder: key\n" },
        "ingest",
      );
      const { wrong, done } = watchOrder(scene);
      const worker = (): Promise<RunningRouter> => scene.start({ SIGNALBOX_ROLE: "worker" });
      // Those that take a killed one's place are there already where they are few: starting one takes long under load.
      const workers: RunningRouter[] = [];
      for (let count = FULL ? 2 : 2 + KILLS; count > 0; count--) workers.push(await worker());
      const sender = async (key: string): Promise<void> => {
        for (let n = 1; n <= EVENTS; n++) {
          await sent(scene, { key, n });
        }
      };
      const sending = Promise.all(Array.from({ length: KEYS }, (_, at) => sender(`key ${at}`)));
      const all = (): boolean => [...done.values()].filter((n) => n === EVENTS).length === KEYS;
      let killed = 0;
      let killedAt = Date.now();
      await until(
        "every event of every key has come through",
        async () => {
          if (killed < KILLS && Date.now() - killedAt > KILL_EVERY_MS) {
            await workers[killed % workers.length]!.end("SIGKILL");
            if (FULL) workers[killed % workers.length] = await worker();
            killed++;
            killedAt = Date.now();
          }
          return all() && killed === KILLS;
        },
        { withinMs: FULL ? 1_500_000 : 100_000 },
      );
      await sending;
      expect(wrong).toEqual([]);
      const left = async (): Promise<boolean> => {
        const { items } = (await (await scene.router.ask("/api/v1/deliveries?state=pending")).json()) as {
          items: unknown[];
        };
        return items.length === 0;
      };
      await until("nothing waits in a line", left, { withinMs: 30_000 });
    },
    FULL ? 1_600_000 : 150_000,
  );

  it("makes a dead letter of what has no key, with its code and fix, and calls nobody", async () => {
    const scene = await scened({
      "routes/everything.yaml": "source: github\ntarget: api\norder: $number(issue.id)\n",
    });
    const sent = await post(scene.router.hooks, { body: '{"no":"issue"}' });
    const failing = await post(scene.router.hooks, { body: '{"issue":{"id":"seven"}}' });
    const of = async (id: string): Promise<{ state: string; code?: string; attemptList: unknown[] }> =>
      (await (await scene.router.ask(`/api/v1/deliveries/${id}`)).json()) as never;
    const [missing, failed] = await until("both are dead letters", async () => {
      const found = await Promise.all([of(sent.json.deliveries![0]!), of(failing.json.deliveries![0]!)]);
      return found.every(({ state }) => state === "dead") && found;
    });
    expect(missing).toMatchObject({ code: "DISPATCH_KEY_MISSING" });
    expect(failed).toMatchObject({ code: "DISPATCH_KEY_FAILED" });
    expect(JSON.stringify(missing)).toContain("must yield text, a number, true or false, got nothing");
    expect(JSON.stringify(failed)).not.toContain("seven");
    expect(scene.target.arrivals).toEqual([]);
  });
});
