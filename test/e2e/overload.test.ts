/** More than a process can take: what it refuses, whom it refuses first, and that what it took arrives. */
import { writeFile } from "node:fs/promises";
import { request as httpRequest, Agent } from "node:http";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { headersOf } from "../helpers/github.ts";
import { aRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aScene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const agent = new Agent({ keepAlive: true, maxSockets: 200 });

interface Answer {
  readonly status: number;
  readonly code: string | undefined;
  readonly retryAfter: number;
  readonly delivery: string | undefined;
}

const UNIQUE = { properties: { list: { type: "array", uniqueItems: true } } };

/** A flood wants a cheaper client than fetch. */
function send(hooks: string, source: string, body: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      `${hooks}/hooks/${source}`,
      {
        method: "POST",
        agent,
        headers: { ...headersOf({ body }), "content-length": Buffer.byteLength(body) },
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("end", () => {
          const { code, deliveries } = JSON.parse(text) as { code?: string; deliveries?: string[] };
          const retryAfter = Number(response.headers["retry-after"] ?? 0);
          resolve({ status: response.statusCode ?? 0, code, retryAfter, delivery: deliveries?.[0] });
        });
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

describeWithRedis("a process at its limit", () => {
  it("refuses the source that floods it, with a time to come again, and takes all of a quiet one; what it took arrives", async () => {
    const redis = await aRedis();
    closing.push(() => redis.close());
    const scene = await aScene({
      redisUrl: redis.url,
      environment: { SIGNALBOX_SHED_SECONDS: "2" },
      files: {
        "sources/quiet.yaml": "provider: github\nsecrets: ['${SECRET}']\n",
        "routes/quiet.yaml": "source: quiet\ntarget: api\n",
        // Takes the process for so long that each delivery lets in what all senders have ready, however fast the machine is: the
        // result is held in the event loop against a schema that looks through it sixty times, while a rule that took as long would go on aside.
        "routes/everything.yaml": "source: github\ntransform: heavy\ntarget: slow\n",
        "targets/slow.yaml": "url: ${TARGET}/slow\nconcurrency: 1\n",
        "transforms/heavy.jsonata": '{ "list": [1..1200].{ "a": $ } }\n',
        "transforms/heavy.yaml": "output: unique\n",
        "schemas/unique.json": JSON.stringify({ allOf: Array.from({ length: 60 }, () => UNIQUE) }),
      },
    });
    let running = true;
    closing.push(() => ((running = false), scene.close()));
    const noisy: Answer[] = [];
    const quiet: Answer[] = [];
    const flood = async (): Promise<void> => {
      try {
        while (running) noisy.push(await send(scene.router.hooks, "github", '{"n":1}'));
      } catch (error) {
        // The test has failed before, and ends the router under it.
        if (running) throw error;
      }
    };
    const floods = Array.from({ length: 24 }, flood);
    await until(
      "it is at its limit",
      () => scene.router.log.some(({ step }) => step === "intake.overloaded"),
      {
        withinMs: 60_000,
      },
    );
    // More than get in within the half second for which they wait to, however fast the machine is.
    floods.push(...Array.from({ length: 150 }, flood));
    const isRefused = (): boolean => noisy.some(({ status }) => status === 429 || status === 503);
    await until("it refuses", isRefused, { withinMs: 60_000 }).catch((error: unknown) => {
      const told = scene.router.log.filter(({ step }) => /^(intake|spool)\./.test(String(step)));
      throw new Error(`${String(error)} after ${noisy.length} answers; ${JSON.stringify(told.slice(0, 20))}`);
    });
    // Less than its share, however little this machine manages.
    for (let nth = 0; nth < 20; nth++) {
      quiet.push(await send(scene.router.hooks, "quiet", '{"q":1}'));
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    running = false;
    await Promise.all(floods);
    const refused = noisy.filter(({ status }) => status !== 202);
    expect(new Set(refused.map(({ code }) => code))).toContain("ACCEPT_SHARE_EXCEEDED");
    expect(Math.min(...refused.map(({ retryAfter }) => retryAfter))).toBeGreaterThanOrEqual(2);
    expect(quiet.filter(({ status }) => status === 202)).toHaveLength(20);
    // What was taken before it was at its limit is the more the faster the machine accepts: it need not be heavy from here on.
    await writeFile(join(scene.dir, "routes/everything.yaml"), "source: github\ntarget: slow\n");
    expect((await scene.router.ask("/api/v1/rules/reload", { method: "POST" })).status).toBe(200);
    const taken = [...noisy, ...quiet].map(({ delivery }) => delivery).filter((one) => one !== undefined);
    await until(
      "all that was taken arrives",
      () => new Set(scene.target.arrivals.map(({ headers }) => headers["webhook-id"])).size === taken.length,
      { withinMs: 120_000, everyMs: 200 },
    );
    const shed = scene.router.log.find((line) => line["step"] === "intake.shed");
    expect(Object.keys(shed?.["refused"] as object)).toEqual(["github"]);
  }, 240_000);
});
