/** What is made of BullMQ's scripts, beside the whole of them on a real Redis: a job is added, and finished, as BullMQ does it. */
import { Queue, Worker, type Job } from "bullmq";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createQueues } from "../../../src/adapters/queues/bullmq.ts";
import { finishText, functionsOf } from "../../../src/adapters/queues/queue-scripts.ts";
import { connectWorker, type StoreConnection } from "../../../src/adapters/store/redis.ts";
import { aLog } from "../../helpers/log.ts";
import { aRedis, type TestRedis } from "../../helpers/redis.ts";
import { describeWithRedis } from "../../helpers/require.ts";

const PREFIX = "{sb}:q";
const TOKEN = "the-token";

describeWithRedis("our scripts of BullMQ's functions", () => {
  let redis: TestRedis;
  let commands: StoreConnection;
  let scripts: { readonly add: string; readonly finish: string; readonly take: string };
  let theirs: Queue;
  let worker: Worker;

  beforeEach(async () => {
    redis = await aRedis();
    commands = connectWorker({ url: redis.url }, aLog());
    const perform = (): Promise<never> => Promise.reject(new Error("nothing is worked on here"));
    ({ scripts } = createQueues({ commands, blocking: undefined, clock: Date, log: aLog(), perform }));
    const { hostname: host, port } = new URL(redis.url);
    const connection = { host, port: Number(port), maxRetriesPerRequest: null };
    theirs = new Queue("theirs", { connection, prefix: PREFIX });
    worker = new Worker("theirs", null, {
      ...{ connection, prefix: PREFIX, autorun: false, removeOnComplete: { count: 0 }, lockDuration: 7_000 },
    });
    await Promise.all([theirs.waitUntilReady(), worker.waitUntilReady()]);
  });
  afterEach(async () => {
    await worker.close(true);
    await theirs.close();
    commands.disconnect();
    await redis.close();
  });

  const evaluate = (lua: string, ...args: (string | number)[]): Promise<unknown> =>
    commands.eval(lua, 0, ...args);
  const add = (id: string, at: number) =>
    evaluate(`${scripts.add} return addJob('${PREFIX}:ours:', ARGV[1], 'all', ARGV[2])`, id, at);
  const addLater = (id: string, at: number, delay: number) =>
    evaluate(
      `${scripts.add} return addJobLater('${PREFIX}:ours:', ARGV[1], 'all', ARGV[2], tonumber(ARGV[3]))`,
      ...[id, at, delay],
    );
  const finish = (id: string, fetchNext: boolean, token = TOKEN) =>
    evaluate(
      `${scripts.finish} return finishJob(ARGV[1])`,
      finishText({
        ...{ queue: `${PREFIX}:ours:`, id, token, now: Date.now(), fetchNext, lockDuration: 7_000 },
        ...{ turn: 0, most: 0, flow: "" },
      }),
    );

  /** Takes a job of ours by BullMQ's own script, as a worker of it does. */
  const take = async (): Promise<void> => {
    const ours = new Worker("ours", null, {
      ...{ connection: worker.opts.connection, prefix: PREFIX, autorun: false, lockDuration: 7_000 },
    });
    await ours.waitUntilReady();
    await ours.getNextJob(TOKEN, { block: false });
    await ours.close(true);
  };

  /** What a queue has in the store, without the counter of ids, what is told to nobody, and what depends on the moment. */
  const left = async (name: string): Promise<Readonly<Record<string, unknown>>> => {
    const base = `${PREFIX}:${name}:`;
    const found: Record<string, unknown> = {};
    for (const key of (await commands.keys(`${base}*`)).sort()) {
      const short = key.slice(base.length);
      if (/^(id|meta|events|marker|stalled-check)$/.test(short)) continue;
      const type = await commands.type(key);
      if (type === "hash") {
        const { opts: _opts, processedOn, ...fields } = await commands.hgetall(key);
        found[short] = { ...fields, taken: processedOn !== undefined };
      } else if (type === "list") found[short] = await commands.lrange(key, 0, -1);
      else if (type === "zset") found[short] = await commands.zrange(key, 0, -1, "WITHSCORES");
      else if (type === "set") found[short] = await commands.smembers(key);
      else found[short] = [await commands.get(key), (await commands.pttl(key)) > 6_000];
    }
    return found;
  };

  it("add jobs, at once and for later, as BullMQ's own do, and leave one that is there as it is", async () => {
    const at = Date.now();
    for (const id of ["dlv-1", "dlv-2", "dlv-1"]) {
      await theirs.add("all", {}, { jobId: id, timestamp: at });
      await add(id, at);
    }
    for (const id of ["dlv-3", "dlv-4", "dlv-3"]) {
      await theirs.add("all", {}, { jobId: id, timestamp: at, delay: 60_000 });
      await addLater(id, at, 60_000);
    }
    const ours = await left("ours");
    expect(ours).toEqual(await left("theirs"));
    expect(ours).toMatchObject({ wait: ["dlv-2", "dlv-1"], "dlv-3": { delay: "60000" } });
  });

  it("finish a job as BullMQ's own do, and take the next one with its lock", async () => {
    const at = Date.now();
    for (const id of ["dlv-1", "dlv-2"]) {
      await theirs.add("all", {}, { jobId: id, timestamp: at });
      await add(id, at);
    }
    await take();
    const job = (await worker.getNextJob(TOKEN, { block: false })) as Job;
    const [, id] = (await job.moveToCompleted(null, TOKEN, true)) as [unknown, string];
    const [fields, next] = (await finish("dlv-1", true)) as [string[], string];
    expect(next).toBe("dlv-2");
    expect(next).toBe(id);
    expect(fields).toEqual(expect.arrayContaining(["name", "all", "data", "{}", "ats", "1"]));
    const ours = await left("ours");
    expect(ours).toEqual(await left("theirs"));
    expect(Object.keys(ours)).toEqual(["active", "dlv-2", "dlv-2:lock"]);
    expect(await finish("dlv-2", true)).toBe(0);
    expect(await left("ours")).toEqual({});
  });

  it("take a job as BullMQ's own do, and say when the next one falls due where no other waits", async () => {
    const at = Date.now();
    const ask = (): Promise<unknown> =>
      commands.eval(
        scripts.take,
        1,
        `${PREFIX}:ours:wait`,
        `${PREFIX}:ours:`,
        TOKEN,
        Date.now(),
        7_000,
        0,
        0,
        "",
      );
    for (const id of ["dlv-1", "dlv-2"]) {
      await theirs.add("all", {}, { jobId: id, timestamp: at });
      await add(id, at);
    }
    expect(await ask()).toMatchObject([expect.arrayContaining(["ats", "1"]), "dlv-1", 0, 0]);
    await worker.getNextJob(TOKEN, { block: false });
    expect(await left("ours")).toEqual(await left("theirs"));
    await addLater("dlv-3", at, 60_000);
    expect(await ask()).toMatchObject([expect.arrayContaining(["ats", "1"]), "dlv-2", 0, 0, at + 60_000]);
    expect(await ask()).toEqual([0, 0, 0, at + 60_000]);
  });

  it("refuse what BullMQ's own refuse: a job that is gone, whose lock is, or is another's, or that nobody has taken", async () => {
    expect(await finish("dlv-9", true)).toBe(-1);
    await add("dlv-1", Date.now());
    expect(await finish("dlv-1", true)).toBe(-2);
    await commands.set(`${PREFIX}:ours:dlv-1:lock`, TOKEN);
    expect(await finish("dlv-1", true, "another")).toBe(-6);
    expect(await finish("dlv-1", true)).toBe(-3);
    expect(await left("ours")).toMatchObject({ wait: ["dlv-1"], "dlv-1": { name: "all" } });
  });
});

const TEXT = `local rcall = redis.call
local one, two
local function least()
  return 1
end
local function middle()
  if true then
    return least()
  end
end
local function other()
  return middle()
end
local function most()
  return middle()
end
return most()
`;

it("functions of a script come with those that they call, and the names that they share, in their order", () => {
  const kept = functionsOf(TEXT, ["most"]);
  expect([...kept.matchAll(/^local .*$/gm)].map(([line]) => line)).toEqual([
    "local rcall = redis.call",
    "local one, two",
    "local function least()",
    "local function middle()",
    "local function most()",
  ]);
  expect(kept).not.toContain("return most()");
  expect(() => functionsOf(TEXT, ["most", "gone"])).toThrow(/another one: it has no gone\./);
});
